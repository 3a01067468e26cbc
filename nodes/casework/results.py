"""What screening found, one row for each request: lane, reasons, and which messages here it is about; all its SQL.

Reasons hold codes and counts. A row goes when the content of its message is erased.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, delete, func, insert, or_, select, true

from nodes.casework.screening import Lane, Reason
from nodes.gateway.inbox import InState
from nodes.schema import inbox, screening
from protocol.cbor import Item, decode, encode
from protocol.errors import Malformed
from protocol.ids import MessageId, parse_digest
from protocol.shapes import as_fixed, as_list, as_text

REQUESTS: Final = ("MT-01", "MT-R1")
"""Types that ask this node for something, without their versions."""
_WINDOW: Final = 5_000  # rows of one look
_LIMIT: Final = 1 << 20
_MOST: Final = 1_000
_WORDS: Final = 4_096  # bytes of one parameter
_OPEN: Final = (InState.ACCEPTED.value, InState.HELD.value, InState.RELEASED.value)


@dataclass(frozen=True, slots=True)
class Screened:
    """The result for one request. ``held`` says that only its header could be judged; ``about`` are messages here."""

    lane: Lane
    held: bool
    at: int
    reasons: tuple[Reason, ...]
    about: tuple[MessageId, ...] = ()


def put_result(connection: Connection, message: MessageId, result: Screened) -> None:
    """Store the result of a request; an earlier one is replaced."""
    connection.execute(delete(screening).where(screening.c.message == message))
    connection.execute(
        insert(screening).values(
            message=message,
            lane=result.lane.value,
            held=result.held,
            screened_at=result.at,
            result=encode([[_item(each) for each in result.reasons], list(result.about)]),
        )
    )


def find_result(connection: Connection, message: MessageId) -> Screened | None:
    """Return the result of a request, None while there is none. MALFORMED for a damaged row."""
    row = connection.execute(select(screening).where(screening.c.message == message)).one_or_none()
    if row is None:
        return None
    reasons, about = as_fixed(decode(row.result, _LIMIT), "screening", 2)
    return Screened(
        Lane(row.lane),
        row.held,
        row.screened_at,
        tuple(_reason(each) for each in as_list(reasons, "reasons", 0, _MOST)),
        tuple(MessageId(parse_digest(each)) for each in as_list(about, "about", 0, _MOST)),
    )


def lanes(connection: Connection, messages: Sequence[MessageId]) -> Mapping[MessageId, Lane]:
    """Return the lane of each of the messages that has one."""
    query = select(screening.c.message, screening.c.lane).where(screening.c.message.in_(list(messages)))
    return {MessageId(row.message): Lane(row.lane) for row in connection.execute(query)}


def windows(connection: Connection, begin: int) -> Sequence[tuple[int, int]]:
    """Return the numbers of received messages from ``begin`` on in parts that are quickly looked through."""
    last: int = connection.execute(select(func.coalesce(func.max(inbox.c.id), 0))).scalar_one()
    return [(at, at + _WINDOW) for at in range(begin, last + 1, _WINDOW)]


def due(connection: Connection, limit: int, window: tuple[int, int] | None = None) -> Sequence[MessageId]:
    """Return requests that were not screened yet, or only while they were held; the newest first.

    With a ``window`` only the messages in it are looked at. Everything it asks about an older request stands in one
    index; the order must not lead it through the rows instead.
    """
    near = true() if window is None else inbox.c.id.between(*window)
    again = (inbox.c.state == InState.RELEASED.value) & screening.c.held
    query = (
        select(inbox.c.message)
        .outerjoin(screening, screening.c.message == inbox.c.message)
        .where(
            near,
            or_(*(inbox.c.type.like(f"{each}/%") for each in REQUESTS)),
            inbox.c.state.in_(_OPEN),
            inbox.c.item.is_not(None),
            or_(screening.c.message.is_(None), again),
        )
        .order_by((inbox.c.id + 0).desc())
        .limit(limit)
    )
    return [MessageId(row.message) for row in connection.execute(query)]


def let_in(connection: Connection) -> Sequence[MessageId]:
    """Return requests that were screened while they were held, and may be read now."""
    query = (
        select(inbox.c.message)
        .join(screening, screening.c.message == inbox.c.message)
        .where(inbox.c.state == InState.RELEASED.value, inbox.c.item.is_not(None), screening.c.held)
    )
    return [MessageId(row.message) for row in connection.execute(query)]


def drop_erased(connection: Connection) -> int:
    """Forget the results of messages whose content was erased; return how many."""
    gone = select(inbox.c.message).where(inbox.c.item.is_(None), inbox.c.message.is_not(None))
    return connection.execute(delete(screening).where(screening.c.message.in_(gone))).rowcount


def _item(reason: Reason) -> Item:
    return [reason.id, reason.lane.value, reason.article, reason.text, [list(each) for each in reason.parameters]]


def _reason(item: Item) -> Reason:
    name, lane, article, text, parameters = as_fixed(item, "reason", 5)
    if lane not in set(Lane):
        raise Malformed("lane")
    pairs = [as_fixed(each, "parameter", 2) for each in as_list(parameters, "parameters", 0, _MOST)]
    return Reason(
        as_text(name, "id"),
        Lane(str(lane)),
        as_text(article, "article", _WORDS),
        as_text(text, "text"),
        tuple((as_text(one, "name"), as_text(other, "value", _WORDS)) for one, other in pairs),
    )
