"""What a scanner found in the files of messages and drafts, by the random name of each file; all its SQL.

A file without a row was not scanned. The word of the scanner is shown to people, so it is kept to plain letters.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update

from nodes.inquiry_tables import file_scan
from nodes.schema import attachment, stash

SCAN: Final = "scan"
"""The name of the loop."""
LONGEST_THREAT: Final = 100
_PLAIN: Final = re.compile(r"[^A-Za-z0-9 ._:/()+-]+")
_HERE: Final = ("here", "ready", "sent")  # states of an attachment whose whole file is in the folder
_FEW: Final = 500  # names in one statement


class ScanState(StrEnum):
    """What is known of a file."""

    NONE = "not-scanned"
    CLEAN = "clean"
    INFECTED = "infected"
    FAILED = "failed"  # the scanner gave no answer that can be trusted; it is asked again


@dataclass(frozen=True, slots=True)
class FileScan:
    """One result. ``threat`` is what the scanner calls its finding, empty where there is none."""

    state: ScanState
    threat: str = ""
    at: int = 0
    attempts: int = 0

    @property
    def infected(self) -> bool:
        """Whether something was found."""
        return self.state is ScanState.INFECTED


NOT_SCANNED: Final = FileScan(ScanState.NONE)


@dataclass(frozen=True, slots=True)
class Unscanned:
    """A file that waits for the scanner: its name in the folder, its length, and the item that opens it."""

    file: str
    length: int
    item: bytes
    attempts: int = 0


def plain_threat(text: str) -> str:
    """Return a scanner's word for its finding as it may be shown; ``unnamed`` where nothing of it can be."""
    return " ".join(_PLAIN.sub(" ", text).split())[:LONGEST_THREAT] or "unnamed"


def scans_of(connection: Connection, files: Iterable[str]) -> Mapping[str, FileScan]:
    """Return the results of those of the files that have one."""
    names = sorted(set(files))
    found: dict[str, FileScan] = {}
    for begin in range(0, len(names), _FEW):
        query = select(file_scan).where(file_scan.c.file.in_(names[begin : begin + _FEW]))
        for row in connection.execute(query):
            found[row.file] = FileScan(ScanState(row.state), row.threat or "", row.scanned_at, row.attempts)
    return found


def scan_of(connection: Connection, file: str) -> FileScan:
    """Return the result of one file."""
    return scans_of(connection, [file]).get(file, NOT_SCANNED)


def due_files(connection: Connection, now: int, limit: int) -> Sequence[Unscanned]:
    """Return files that no scanner has looked at, then those where it failed and may be asked again."""
    found: list[Unscanned] = []
    fresh = (
        select(attachment.c.file, attachment.c.length, attachment.c.item).where(attachment.c.state.in_(_HERE)),
        select(stash.c.file, stash.c.length, stash.c.item),
    )
    for query in fresh:
        table = query.selected_columns
        without = query.where(~select(file_scan.c.file).where(file_scan.c.file == table.file).exists())
        rows = connection.execute(without.where(table.item.is_not(None)).limit(limit - len(found)))
        found += [Unscanned(row.file, row.length, row.item) for row in rows]
    failed = (file_scan.c.state == ScanState.FAILED.value, file_scan.c.next_at <= now)
    for query in fresh:
        table = query.selected_columns
        again = query.add_columns(file_scan.c.attempts).join(file_scan, file_scan.c.file == table.file)
        rows = connection.execute(again.where(table.item.is_not(None), *failed).limit(max(0, limit - len(found))))
        found += [Unscanned(row.file, row.length, row.item, row.attempts) for row in rows]
    return found


def put_scan(connection: Connection, file: str, result: FileScan, next_at: int) -> None:
    """Store what was found; an earlier result of the file gives way."""
    values = {
        "state": result.state.value,
        "threat": result.threat or None,
        "scanned_at": result.at,
        "attempts": result.attempts,
        "next_at": next_at,
    }
    done = connection.execute(update(file_scan).where(file_scan.c.file == file).values(values))
    if not done.rowcount:
        connection.execute(insert(file_scan).values(file=file, **values))


def forget_gone(connection: Connection, kept: Collection[str]) -> int:
    """Forget the results of files that are no longer kept; return how many."""
    gone = [row.file for row in connection.execute(select(file_scan.c.file)) if row.file not in kept]
    for begin in range(0, len(gone), _FEW):
        connection.execute(delete(file_scan).where(file_scan.c.file.in_(gone[begin : begin + _FEW])))
    return len(gone)
