"""An auditor's own copy of both logs and of what its mandate shows: one file, grown page by page.

A page is committed whole or not at all, so that an interrupted copy goes on where it stopped.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from egnatia.audit.copy_schema import NAME, SCRIPT, VERSION
from protocol.ids import parse_hex_digest
from runtime.operator import OperatorError, corrupt_state

Row = tuple[Any, ...]
_WAIT_S: Final = 2.0  # for another command to finish a page


class Copy:
    """One open copy. ``pin`` is the charter's digest it was made for."""

    def __init__(self, path: Path, raw: sqlite3.Connection) -> None:
        self.path = path
        self._raw = raw

    @classmethod
    def open(cls, folder: Path, *, pin: bytes | None = None) -> "Copy":
        """Open the copy in a folder; with a pin make one where there is none. One of another network is refused."""
        path = folder / NAME
        fresh = not path.exists()
        if fresh and pin is None:
            raise OperatorError(
                "NO_COPY",
                f"There is no copy of the logs in {folder}",
                "Nothing is said about a log that nobody looked at",
                "Bring one with: egnatia audit follow --once --state FOLDER --config node.toml",
            )
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        raw = sqlite3.connect(path, isolation_level=None, timeout=_WAIT_S)
        copy = cls(path, raw)
        if fresh and pin is not None:
            raw.executescript(f"PRAGMA journal_mode=WAL; BEGIN; {SCRIPT} PRAGMA user_version={VERSION}; COMMIT;")
            copy.put_fact("pin", pin.hex())
        try:
            copy._check(pin)
        except OperatorError:
            copy.close()
            raise
        return copy

    def close(self) -> None:
        """Close the file."""
        self._raw.close()

    @property
    def pin(self) -> bytes:
        """The digest of the charter of the network this copy is of."""
        return parse_hex_digest(str(self.fact("pin")))

    def fact(self, name: str) -> str | int | bytes | None:
        """Return what is noted under a name."""
        found = self.row("SELECT value FROM fact WHERE name = ?", (name,))
        return None if found is None else found[0]

    def put_fact(self, name: str, value: str | int | bytes) -> None:
        """Note something under a name."""
        self.run("INSERT OR REPLACE INTO fact VALUES (?, ?)", [(name, value)])

    @contextmanager
    def page(self) -> Iterator[None]:
        """Commit everything written in the block together, or nothing of it."""
        try:
            self._raw.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as err:
            raise OperatorError(
                "COPY_IN_USE",
                f"Another command is writing the copy in {self.path.parent}",
                "Two commands never grow one copy at the same time",
                "Let it end, or name another folder with --state",
            ) from err
        try:
            yield
        except BaseException:
            self._raw.execute("ROLLBACK")
            raise
        self._raw.execute("COMMIT")

    def run(self, text: str, rows: Sequence[Row]) -> None:
        """Run a statement for each row of values."""
        self._raw.executemany(text, rows)

    def row(self, text: str, values: Row = ()) -> Row | None:
        """Return the first row of a query."""
        found: Row | None = self._raw.execute(text, values).fetchone()
        return found

    def rows(self, text: str, values: Row = ()) -> list[Row]:
        """Return all rows of a query."""
        return self._raw.execute(text, values).fetchall()

    def size(self, log: str) -> int:
        """Return how many entries of a log are here."""
        found = self.row("SELECT COALESCE(MAX(seq) + 1, 0) FROM entry WHERE log = ?", (log,))
        return int(found[0]) if found else 0

    def entries(self, log: str, start: int, end: int) -> list[bytes]:
        """Return the entries [start, end) of a log; a missing one means a damaged copy."""
        rows = self.rows(
            "SELECT body FROM entry WHERE log = ? AND seq >= ? AND seq < ? ORDER BY seq", (log, start, end)
        )
        if len(rows) != max(0, min(end, self.size(log)) - start):
            raise corrupt_state(str(self.path), "an entry is missing")
        return [bytes(body) for (body,) in rows]

    def _check(self, pin: bytes | None) -> None:
        try:
            (version,) = self._raw.execute("PRAGMA user_version").fetchone()
            mine = self.pin
        except sqlite3.DatabaseError as err:
            raise corrupt_state(str(self.path), "no database") from err
        if version != VERSION:
            raise corrupt_state(str(self.path), f"version {version}")
        if pin is not None and pin != mine:
            raise OperatorError(
                "OTHER_NETWORK",
                f"The copy in {self.path.parent} is of another network",
                "Two networks never share a copy",
                "Name another folder with --state",
            )
