"""Messages that rest in the outbox because people pass them on another way, and what was said about each; all its SQL.

A message that rests is offered to the hub neither now nor when the hub is back: only a word of a person ends that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, insert, select

from nodes.alert_tables import passed_on, resting
from protocol.ids import MessageId

_LAST_WORD: Final = (
    select(passed_on.c.word)
    .where(passed_on.c.message == resting.c.message)
    .order_by(passed_on.c.number.desc())
    .limit(1)
    .scalar_subquery()
)
_RESTS: Final = select(resting, _LAST_WORD.label("word"))


class Word(StrEnum):
    """What somebody said about a message."""

    BEGUN = "begun"  # it is being passed on another way
    BACK = "back"  # it was not: it goes as usual
    KEEP = "keep"  # it was, and it goes as usual too
    WITHDRAW = "withdraw"  # it was, and it is not to go


@dataclass(frozen=True, slots=True)
class Rest:
    """A message that rests. ``word`` is the last one said about it: BEGUN while a person has to decide."""

    message: MessageId
    since: int
    by: str
    word: Word


def begin_rest(connection: Connection, message: MessageId, by: str, at: int) -> bool:
    """Let a message rest and tell whether it did not before; one that rests already goes on as it is."""
    if find_rest(connection, message) is not None:
        return False
    connection.execute(insert(resting).values(message=message, since=at, by=by))
    _say(connection, message, Word.BEGUN, by, at)
    return True


def decide_rest(connection: Connection, message: MessageId, word: Word, by: str, at: int) -> bool:
    """Tell whether a word was needed and is noted. A withdrawn message rests on until it has ended."""
    found = find_rest(connection, message)
    if found is None or found.word is not Word.BEGUN:
        return False
    _say(connection, message, word, by, at)
    if word is not Word.WITHDRAW:
        end_rest(connection, message)
    return True


def end_rest(connection: Connection, message: MessageId) -> None:
    """Let a message rest no longer."""
    connection.execute(delete(resting).where(resting.c.message == message))


def find_rest(connection: Connection, message: MessageId) -> Rest | None:
    """Return how a message rests; None for one that does not."""
    row = connection.execute(_RESTS.where(resting.c.message == message)).one_or_none()
    return None if row is None else _rest(row)


def rests(connection: Connection) -> Sequence[Rest]:
    """Return every message that rests, the longest first."""
    return [_rest(row) for row in connection.execute(_RESTS.order_by(resting.c.since, resting.c.message))]


def _rest(row: Row[Any]) -> Rest:
    return Rest(MessageId(row.message), row.since, row.by, Word(row.word))


def _say(connection: Connection, message: MessageId, word: Word, by: str, at: int) -> None:
    connection.execute(insert(passed_on).values(message=message, word=word.value, at=at, by=by))
