"""What the offline commands do: found a hub's database, back it up, restore it, go on after a loss, look it over.

Each works on a hub that does not run; the database's lock sees to that. None of them needs the keystore's passphrase,
except the look at everything.
"""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from sqlalchemy import Connection

from hub.build import load
from hub.config import HubConfig
from hub.founding import found, load_directory, store_blobs
from hub.log_store import peek_head, read_edge
from hub.marker import mark_backup, mark_restored, note_backup, read_mark
from hub.recovery import Recovered, Recovery, needs_restart, recover
from protocol.api import MESSAGE_LOG
from protocol.charter import Charter
from runtime.backup import BackupReport, back_up, describe_copy
from runtime.database import Database
from runtime.database_settings import database_path
from runtime.files import sync_directory, sync_file
from runtime.migrations import migrations_of, upgrade
from runtime.operator import OperatorError, corrupt_state

T = TypeVar("T")
_PARTIAL: Final = ".partial"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much stands in the logs, when the last leaf was made, and whether a restart must be declared.

    ``root`` is the message log's, which a restart statement has to name.
    """

    directory: int
    messages: int
    restored: bool
    last_leaf: int = 0
    root: bytes = b""


def with_database(config: HubConfig, work: Callable[[Connection], T]) -> T:
    """Return what ``work`` does in one transaction of a database brought to this release's schema."""
    upgrade(config.database, migrations_of("hub"))
    database = Database(config.database)

    async def run() -> T:
        try:
            return await database.write(work)
        finally:
            await asyncio.to_thread(database.close)

    database.open()
    return asyncio.run(run())


def found_hub(config: HubConfig, entries: Sequence[bytes], blobs: Sequence[bytes], now: int) -> Sizes:
    """Write a new database that holds the directory log and the policy files."""
    config.data_folder.mkdir(parents=True, exist_ok=True)

    def write(connection: Connection) -> Sizes:
        directory = found(connection, entries, bytes.fromhex(config.charter_digest), now)
        store_blobs(connection, blobs, now)
        return Sizes(directory.size, 0, restored=False)

    return with_database(config, write)


def look_over(config: HubConfig, now: int) -> Sizes:
    """Check the stored logs as a start does; LOG_FORK, ROOT_MISMATCH or ``OperatorError`` for what is wrong."""
    _quick_check(config)
    mark = read_mark(config.data_folder)

    def read(connection: Connection) -> Sizes:
        snapshot = load(connection, config, now)
        head = peek_head(connection, MESSAGE_LOG)
        root = _message_root(connection, head.size)
        return Sizes(snapshot.directory.size, head.size, needs_restart(connection, mark), head.time, root)

    return with_database(config, read)


def back_up_hub(config: HubConfig, target: Path, now: int) -> BackupReport:
    """Write a verified copy that says of itself that it is one. The hub may run meanwhile."""
    if target.exists():
        raise OperatorError(
            "BACKUP_EXISTS", f"{target} exists already", "A backup never overwrites another", "Choose a new name"
        )
    partial = target.with_name(f".{target.name}.unmarked")
    partial.unlink(missing_ok=True)
    back_up(config.database, partial)
    try:
        mark_backup(partial, now)
        partial.rename(target)
    finally:
        partial.unlink(missing_ok=True)
    sync_directory(target.absolute().parent)
    note_backup(config.data_folder, now)
    return describe_copy(target)


def restore_hub(config: HubConfig, backup: Path, now: int) -> Sizes:
    """Put a backup in the database's place, after checking it; an existing database is never overwritten."""
    path = database_path(config.database)
    if path is None:
        raise OperatorError(
            "RESTORE_ELSEWHERE",
            "A PostgreSQL database is not restored by this command",
            "A server is restored with its own tools",
            "Restore it, then run: egnatia hub mark-restored",
        )
    if path.exists():
        raise OperatorError(
            "DATABASE_EXISTS",
            f"{path} is there",
            "A database is never overwritten",
            "Move it and the files beside it (-wal, -shm) away first; keep them for examination",
        )
    _integrity(backup)
    partial = path.with_name(path.name + _PARTIAL)
    shutil.copyfile(backup, partial)
    sync_file(partial)
    partial.rename(path)
    sync_directory(path.absolute().parent)

    def mark(connection: Connection) -> Sizes:
        messages = peek_head(connection, MESSAGE_LOG).size
        mark_restored(connection, now, messages)
        directory = load_directory(connection, bytes.fromhex(config.charter_digest))
        return Sizes(directory.size, messages, restored=True, root=_message_root(connection, messages))

    return with_database(config, mark)


def _message_root(connection: Connection, size: int) -> bytes:
    return read_edge(connection, MESSAGE_LOG, size).frontier.root()


def recover_hub(config: HubConfig, entries: Sequence[bytes], restart: bytes, now: int) -> Recovered:
    """Declare a restart: the lost directory entries and the statement of the registrars go in, a new epoch begins."""
    mark = read_mark(config.data_folder)

    def write(connection: Connection) -> Recovered:
        if not needs_restart(connection, mark):
            raise OperatorError(
                "NOT_RESTORED",
                "Nothing was lost here",
                "A restart is declared only after a loss",
                "Run: egnatia hub run",
            )
        directory = load_directory(connection, bytes.fromhex(config.charter_digest))
        missing = tuple(entries[directory.size :])
        return recover(connection, directory, Recovery(missing, restart, now), mark)

    return with_database(config, write)


def _quick_check(config: HubConfig) -> None:
    path = database_path(config.database)
    if path is None or not path.exists():
        return
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as raw:
        _refuse_damage(path, raw, "PRAGMA quick_check(1)")


def _integrity(backup: Path) -> None:
    with closing(sqlite3.connect(f"{backup.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as raw:
        _refuse_damage(backup, raw, "PRAGMA integrity_check(1)")


def _refuse_damage(path: Path, raw: sqlite3.Connection, question: str) -> None:
    try:
        (finding,) = raw.execute(question).fetchone()
    except sqlite3.DatabaseError as err:
        raise corrupt_state(str(path), "no readable database") from err
    if finding != "ok":
        raise corrupt_state(str(path), str(finding))


def load_charter(config: HubConfig) -> Charter:
    """Return the charter in force as the stored directory says."""
    pinned = bytes.fromhex(config.charter_digest)
    return with_database(config, lambda connection: load_directory(connection, pinned)).charter
