"""SQLite as the embedded store: settings proven by reading them back, and checkpoints made by the writer alone.

SQLite before 3.51.3 can corrupt a database when two connections checkpoint at once. Only the writer's connection ever
checkpoints here, readers are read-only, and a lock file keeps a second process out. No code of this process may open
the database file by itself: closing any descriptor of it would drop the POSIX locks that SQLite holds.
"""

import sqlite3
import time
from collections.abc import Callable
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Final, TypeVar

from sqlalchemy import Connection, Engine, NullPool, create_engine, event

from runtime.checkpoints import CheckpointPlan, Mode
from runtime.database_faults import Trouble, classify
from runtime.database_settings import DatabaseSettings
from runtime.files import create_private
from runtime.operator import OperatorError, corrupt_state, from_os_error
from runtime.sessions import Role

T = TypeVar("T")

EMPTY_LOG: Final = "empty-log"
"""Set among the facts of the writer's connection, it lets the next checkpoint empty the log."""
_BUSY_MS: Final = 5_000
_RESTART_MS: Final = 100  # how long a restart of the log waits for readers; it is tried again after the next commit
_STATEMENTS_KEPT: Final = 1_000  # in compiled form, for all connections
_STEPS: Final = 10_000  # instructions of SQLite's machine between two looks at a read's deadline
_PRAGMAS: Final[dict[str, str | int]] = {
    "busy_timeout": _BUSY_MS,
    "foreign_keys": 1,
    "trusted_schema": 0,
    "cell_size_check": 1,
    "mmap_size": 0,
}
_WRITER_PRAGMAS: Final[dict[str, str | int]] = {
    "journal_mode": "wal",
    "synchronous": 2,
    "wal_autocheckpoint": 0,
}


class SqliteSession:
    """One connection to an SQLite file."""

    def __init__(self, path: Path, role: Role, settings: DatabaseSettings) -> None:
        self._path = path
        self._role = role
        self._settings = settings
        self._deadline = 0.0
        self._plan = CheckpointPlan(settings.checkpoint_pages, settings.log_bytes)
        self._changes = 0
        self._raw = self._open()
        opening = _OPENED.set(self._raw)
        try:
            self._connection = _engine().connect()
        finally:
            _OPENED.reset(opening)
        begin = "BEGIN" if role is Role.READER else "BEGIN IMMEDIATE"
        event.listen(self._connection, "begin", lambda _: self._raw.execute(begin))  # as ``mark`` does

    def call(self, work: Callable[[Connection], T]) -> T:
        """Return what ``work`` returns; a reader's statements are interrupted at the deadline."""
        if self._role is Role.READER:
            self._deadline = time.monotonic() + self._settings.read_deadline_s
        try:
            return work(self._connection)
        finally:
            if self._connection.in_transaction():
                self._connection.rollback()

    def mark(self, connection: Connection, statement: str) -> None:  # noqa: ARG002 - PostgreSQL needs the connection
        """Execute the statement on the driver's connection; through SQLAlchemy it costs forty times as much."""
        self._raw.execute(statement)

    def tend(self, weight: int) -> None:
        """Checkpoint when enough pages are in the log."""
        changes = self._raw.total_changes - self._changes
        self._changes += changes
        mode = self._plan.due(changes, weight, self.log_bytes())
        mode = Mode.TRUNCATE if self._connection.info.pop(EMPTY_LOG, False) else mode
        if mode is None:
            return
        if mode is not Mode.PASSIVE:
            self._raw.execute(f"PRAGMA busy_timeout={_RESTART_MS}")
        try:
            busy, pages, moved = self._raw.execute(f"PRAGMA wal_checkpoint({mode.value})").fetchone()
        finally:
            if mode is not Mode.PASSIVE:
                self._raw.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
        if mode is Mode.TRUNCATE and busy:
            self._connection.info[EMPTY_LOG] = True  # a reader was in the way: again after the next commit
        self._plan.learn(pages, moved)

    def verify(self, limit_s: float | None) -> None:
        """Check the file's structure, wholly without a limit, else as far as the time allows."""
        if limit_s == 0:
            return
        end = None if limit_s is None else time.monotonic() + limit_s
        if end is not None:
            self._raw.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
        try:
            findings = [row[0] for row in self._raw.execute("PRAGMA quick_check(1)")]
        except sqlite3.DatabaseError as err:
            if classify(err) is Trouble.BUSY:
                return  # the time is up
            raise corrupt_state(str(self._path), str(err)) from err
        finally:
            self._raw.set_progress_handler(None, _STEPS)
        if findings != ["ok"]:
            raise corrupt_state(str(self._path), str(findings[0]))

    def log_bytes(self) -> int:
        """Return the size of the write-ahead log."""
        try:
            return self._path.with_name(self._path.name + "-wal").stat().st_size
        except FileNotFoundError:
            return 0

    def close(self) -> None:
        """Close the connection; the last one to close empties the log into the database."""
        self._connection.close()
        self._raw.close()

    def _open(self) -> sqlite3.Connection:
        reader = self._role is Role.READER
        if not reader:
            _create(self._path)
        target = f"{self._path.absolute().as_uri()}?mode={'ro' if reader else 'rwc'}"
        raw = sqlite3.connect(target, uri=True, isolation_level=None, check_same_thread=False, cached_statements=256)
        try:
            self._configure(raw, reader=reader)
        except sqlite3.DatabaseError as err:
            raw.close()
            if classify(err) is Trouble.FATAL and not reader:
                raise corrupt_state(str(self._path), str(err)) from err
            raise
        except BaseException:
            raw.close()
            raise
        return raw

    def _configure(self, raw: sqlite3.Connection, *, reader: bool) -> None:
        wanted = dict(_PRAGMAS)
        if reader:
            wanted["query_only"] = 1
            raw.set_progress_handler(lambda: time.monotonic() > self._deadline, _STEPS)
        else:
            raw.execute("PRAGMA auto_vacuum=INCREMENTAL")  # counts in a new file only
            # Zero what is rewritten anyway: a delete on a full disk must not need its own size once more.
            raw.execute("PRAGMA secure_delete=FAST")
            wanted |= _WRITER_PRAGMAS
            wanted["journal_size_limit"] = self._settings.log_bytes
        if self._role is Role.MIGRATION:
            wanted["foreign_keys"] = 0  # tables are rebuilt; the migration checks all keys before it commits
        self._deadline = time.monotonic() + self._settings.read_deadline_s
        for name, value in wanted.items():
            raw.execute(f"PRAGMA {name}={value}").fetchall()
            (found,) = raw.execute(f"PRAGMA {name}").fetchone() or (0,)  # no row: built without that feature
            if found != value:
                raise _weak(self._path, name, found)


_OPENED: Final[ContextVar[sqlite3.Connection]] = ContextVar("opened")


@cache
def _engine() -> Engine:
    """Return what all connections share: a statement is compiled once in a process, not once per connection."""
    return create_engine(
        "sqlite+pysqlite://", creator=_OPENED.get, poolclass=NullPool, query_cache_size=_STATEMENTS_KEPT
    )


def _create(path: Path) -> None:
    # SQLite would make the file readable by all; its log files take over the mode of the database. An existing file
    # is not opened: see the warning above.
    if path.exists():
        return
    try:
        create_private(path, b"")
    except OSError as err:
        raise from_os_error(err, str(path)) from err


def _weak(path: Path, name: str, found: object) -> OperatorError:
    return OperatorError(
        "WEAK_DATABASE",
        f"{path} does not accept the setting {name} (it stays at {found})",
        "Messages are acknowledged only under settings that survive a power cut",
        "Keep the database on a local disk, not on a network folder, and use an unmodified SQLite",
    )
