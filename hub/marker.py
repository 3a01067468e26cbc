"""How a hub notices that its database is older than what it promised (docs/adr/0011-restored-hub.md).

Two marks. A backup carries a row that says it is one; whoever starts a hub on it, by ``restore`` or by copying files,
starts a restored hub. And the largest sizes ever promised are noted in a small file beside the data, so that an older
database file put in place by hand is noticed while that note survives. A hub that lost both cannot tell: witnesses do.
"""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, delete, func, select

from hub.log_store import last_checkpoint
from hub.rows import insert_rows
from hub.schema import RESTORED
from protocol.api import DIRECTORY_LOG, MESSAGE_LOG
from protocol.cbor import decode, encode
from protocol.errors import Fault
from protocol.shapes import as_fixed, as_int
from runtime.files import sync_file, write_atomic
from runtime.operator import corrupt_state

MARK_NAME: Final = "promised"
BACKUP_NAME: Final = "last-backup"
_LIMIT: Final = 64  # bytes


@dataclass(frozen=True, slots=True)
class Promised:
    """The largest sizes of both logs for which a checkpoint was stored."""

    directory: int = 0
    messages: int = 0


def read_mark(folder: Path) -> Promised:
    """Return the note beside the data; nothing promised when there is none. A damaged note stops the hub."""
    path = folder / MARK_NAME
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return Promised()
    try:
        directory, messages = as_fixed(decode(raw, _LIMIT), "mark", 2)
        return Promised(as_int(directory, "directory"), as_int(messages, "messages"))
    except Fault as err:
        raise corrupt_state(str(path), "unreadable") from err


def write_mark(folder: Path, promised: Promised) -> None:
    """Note the sizes durably."""
    write_atomic(folder / MARK_NAME, encode([promised.directory, promised.messages]), private=True)


def note_backup(folder: Path, now: int) -> None:
    """Note durably that a verified backup was written, for the metric of its age."""
    write_atomic(folder / BACKUP_NAME, encode(now), private=True)


def last_backup(folder: Path) -> int | None:
    """Return when the last verified backup was written, in seconds UTC; None when there was none."""
    path = folder / BACKUP_NAME
    try:
        return as_int(decode(path.read_bytes(), _LIMIT), "backup")
    except FileNotFoundError:
        return None
    except Fault as err:
        raise corrupt_state(str(path), "unreadable") from err


def promised_sizes(connection: Connection) -> Promised:
    """Return the sizes of the newest stored checkpoints."""
    directory, messages = (last_checkpoint(connection, log) for log in (DIRECTORY_LOG, MESSAGE_LOG))
    return Promised(directory.size if directory else 0, messages.size if messages else 0)


def is_restored(connection: Connection) -> bool:
    """Return whether the database says that it comes from a backup and no restart was declared since."""
    return connection.execute(select(func.count()).select_from(RESTORED)).scalar_one() > 0


def mark_restored(connection: Connection, now: int, size: int) -> None:
    """Note in the database that it was restored."""
    if not is_restored(connection):
        insert_rows(connection, RESTORED, [(now, size)])


def clear_restored(connection: Connection) -> None:
    """Forget the mark; only a declared restart may do this."""
    connection.execute(delete(RESTORED))


def mark_backup(copy: Path, now: int) -> None:
    """Write the mark into a backup that has no user yet, durably, so that even a plain copy of it is noticed."""
    with closing(sqlite3.connect(copy, isolation_level=None)) as raw:
        raw.execute("PRAGMA journal_mode=DELETE")
        raw.execute("BEGIN IMMEDIATE")
        raw.execute("DELETE FROM restored")
        size = raw.execute("SELECT size FROM log_head WHERE log = ?", (MESSAGE_LOG,)).fetchone()
        raw.execute("INSERT INTO restored (at, size) VALUES (?, ?)", (now, size[0] if size else 0))
        raw.execute("COMMIT")
    sync_file(copy)
