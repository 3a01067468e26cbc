"""One connection in the hands of one thread at a time: what SQLite and PostgreSQL have in common."""

from collections.abc import Callable
from enum import Enum, auto
from typing import Protocol, TypeVar

from sqlalchemy import Connection

T = TypeVar("T")


class Role(Enum):
    """What a connection is for."""

    WRITER = auto()
    READER = auto()
    MIGRATION = auto()


class Session(Protocol):
    """A connection that runs plain functions; whoever calls it must be the only one at that time."""

    def call(self, work: Callable[[Connection], T]) -> T:
        """Return what ``work`` returns. It begins and ends its own transaction; a lost connection is opened anew."""
        ...

    def mark(self, connection: Connection, statement: str) -> None:
        """Execute a SAVEPOINT, RELEASE or ROLLBACK TO, the cheapest way this database knows."""
        ...

    def tend(self, weight: int) -> None:
        """Do what is due after a commit of so many bytes, such as a checkpoint. Raises the database's errors."""
        ...

    def verify(self, limit_s: float | None) -> None:
        """Raise ``OperatorError`` when the database cannot be used or its pages contradict each other.

        Looking at pages stops at the limit; None looks at all of them.
        """
        ...

    def log_bytes(self) -> int:
        """Return the size of the write-ahead log beside the database; 0 where the server keeps it."""
        ...

    def close(self) -> None:
        """Close the connection; harmless when it is already lost."""
        ...
