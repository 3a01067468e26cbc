"""What a database error means for the commit it happened in, for both kinds of database."""

import sqlite3
from enum import Enum, auto
from typing import Final

from sqlalchemy.exc import DBAPIError

from protocol.errors import Code, Fault


class Trouble(Enum):
    """The four ways in which a whole commit fails, and the one in which only its own work does."""

    OWN = auto()  # a constraint or a mistake of one work
    FULL = auto()  # no space: nothing was written, later it may work
    BUSY = auto()  # a lock or a deadline: nothing was written, later it may work
    LOST = auto()  # the database cannot be reached: whether the commit counted is unknown
    FATAL = auto()  # the disk or the file cannot be trusted: the process ends (fail-stop)


_SQLITE: Final = {
    sqlite3.SQLITE_FULL: Trouble.FULL,
    sqlite3.SQLITE_BUSY: Trouble.BUSY,
    sqlite3.SQLITE_LOCKED: Trouble.BUSY,
    sqlite3.SQLITE_INTERRUPT: Trouble.BUSY,
    sqlite3.SQLITE_NOMEM: Trouble.BUSY,
    sqlite3.SQLITE_CANTOPEN: Trouble.LOST,
    sqlite3.SQLITE_IOERR: Trouble.FATAL,
    sqlite3.SQLITE_CORRUPT: Trouble.FATAL,
    sqlite3.SQLITE_NOTADB: Trouble.FATAL,
}
_PRIMARY: Final = 0xFF  # the low byte of an extended SQLite result code is its family

_READ_ONLY: Final = "25006"  # in the writer's hands: the server became a standby
# PostgreSQL, appendix A; a five-letter state is looked up whole, then by its class of two.
_POSTGRES: Final = {
    "53100": Trouble.FULL,
    "53": Trouble.LOST,
    "08": Trouble.LOST,
    "57P": Trouble.LOST,
    "40": Trouble.BUSY,
    "55P03": Trouble.BUSY,
    "57014": Trouble.BUSY,
    "25P03": Trouble.LOST,
    _READ_ONLY: Trouble.LOST,
    "58": Trouble.FATAL,
    "XX001": Trouble.FATAL,
    "XX002": Trouble.FATAL,
}
_CODES: Final = {Trouble.FULL: Code.DISK_FULL, Trouble.BUSY: Code.BUSY}


def classify(error: BaseException) -> Trouble:
    """Return what this error means for the commit; what is no database error is the work's own."""
    if isinstance(error, MemoryError):
        return Trouble.BUSY
    if isinstance(error, DBAPIError):
        return _classify_driver(error)
    if isinstance(error, sqlite3.Error):
        return _classify_sqlite(error)
    return Trouble.OWN


def is_write_in_read(error: BaseException) -> bool:
    """Return whether a read tried to write: a mistake of the caller, not a state of the database."""
    origin = getattr(error, "orig", error)
    if isinstance(origin, sqlite3.Error):
        return getattr(origin, "sqlite_errorcode", 0) == sqlite3.SQLITE_READONLY
    return getattr(origin, "sqlstate", None) == _READ_ONLY


def _classify_driver(error: DBAPIError) -> Trouble:
    if isinstance(error.orig, sqlite3.Error):
        return _classify_sqlite(error.orig)
    state = str(getattr(error.orig, "sqlstate", None) or "")
    for length in (5, 3, 2):
        if len(state) >= length and state[:length] in _POSTGRES:
            return _POSTGRES[state[:length]]
    return Trouble.LOST if error.connection_invalidated or not state else Trouble.OWN


def _classify_sqlite(error: sqlite3.Error) -> Trouble:
    code: int = getattr(error, "sqlite_errorcode", 0)
    if code & _PRIMARY == sqlite3.SQLITE_READONLY and code != sqlite3.SQLITE_READONLY:
        return Trouble.FATAL  # the file was moved or its log cannot be used; plain, it is a write in a read
    return _SQLITE.get(code & _PRIMARY, Trouble.OWN)


def refusal(trouble: Trouble, error: BaseException) -> Fault:
    """Return the fault for everyone whose work was in a commit that failed as a whole."""
    return Fault(_CODES.get(trouble, Code.NOT_READY), f"commit failed: {type(error).__name__}")
