"""The port through which every act on personal data is written down, and who is behind an act at this moment.

The gateway says what was done, in the transaction that did it; what keeps the entries is composed above it. Whoever
lets a person or a program in says so once with ``acting_as``; all that is done under it is written down under that
name. Outside of it the node acts by itself.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from sqlalchemy import Connection

from nodes.gateway.deeds import ITSELF, Act, Doer

_doer: ContextVar[Doer] = ContextVar("doer", default=ITSELF)


@contextmanager
def acting_as(doer: Doer) -> Iterator[None]:
    """Let everything done inside, in this task and what it starts or writes, be written down as done by ``doer``."""
    before = _doer.set(doer)
    try:
        yield
    finally:
        _doer.reset(before)


def doer_now() -> Doer:
    """Return who acts at this moment."""
    return _doer.get()


class Journal(Protocol):
    """Keeps what was done."""

    def note(self, connection: Connection, act: Act) -> None:
        """Write an act down in the caller's transaction: both are durable together, or neither is."""
        ...
