"""Which part of a box is listed. Rows are numbered as they come and listed newest first, so a page never shifts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import Column, Select

from protocol.ids import DIGEST_SIZE

Row = TypeVar("Row")
Listed = TypeVar("Listed")
_DIGITS: Final = 2 * DIGEST_SIZE


@dataclass(frozen=True, slots=True)
class Window:
    """At most ``limit`` rows with numbers below ``before``, only messages whose id begins with ``prefix`` (hex)."""

    limit: int
    before: int | None = None
    prefix: str | None = None


@dataclass(frozen=True, slots=True)
class Listing(Generic[Listed]):
    """The rows of a window, newest first; ``next`` is the ``before`` of the following window, None at the end."""

    rows: Sequence[Listed]
    next: int | None


def narrowed(query: Select[Any], number: Column[int], message: Column[bytes], window: Window) -> Select[Any]:
    """Return ``query`` over the rows of a window and one more, which tells whether others follow."""
    if window.before is not None:
        query = query.where(number < window.before)
    if window.prefix is not None:
        low, high = (bytes.fromhex(window.prefix.ljust(_DIGITS, fill)) for fill in "0f")
        query = query.where(message.between(low, high))
    return query.order_by(number.desc()).limit(window.limit + 1)


def cut(rows: Sequence[Row], window: Window) -> tuple[Sequence[Row], bool]:
    """Return the rows that belong to the window, and whether older ones follow."""
    return rows[: window.limit], len(rows) > window.limit
