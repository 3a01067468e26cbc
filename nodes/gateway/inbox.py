"""The durable list of what arrived; all its SQL. Everything served for this node has a row, readable or not.

accepted | held -> released or returned | unopenable (local code) | gone (deleted before it was fetched).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, update

from nodes.gateway.sequences import Gap, gaps
from nodes.gateway.windows import Listing, Window, cut, narrowed
from nodes.schema import cursor, inbox
from protocol.core import Mode
from protocol.decision import Decision, encode_decision, parse_decision
from protocol.errors import Code
from protocol.ids import Channel, MessageId, NodeId, Reference, TypeId


class InState(StrEnum):
    """Where a received item stands. A reader sees content only in ``accepted`` and ``released``."""

    ACCEPTED = "accepted"
    HELD = "held"
    RELEASED = "released"
    RETURNED = "returned"
    UNOPENABLE = "unopenable"
    GONE = "gone"


READABLE = frozenset({InState.ACCEPTED, InState.RELEASED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One item to be stored. What could not be read is None; ``raw`` is what proves the item, or the item itself."""

    channel: Channel
    number: int
    message: MessageId | None
    state: InState
    raw: bytes
    logged_at: int
    received_at: int
    code: Code | None = None
    sender: NodeId | None = None
    type: TypeId | None = None
    conversation: Reference | None = None
    in_reply_to: MessageId | None = None
    random: Reference | None = None
    sequence: int | None = None
    mode: Mode | None = None
    decision: Decision | None = None
    item: bytes | None = None
    expires_at: int | None = None
    erase_by: int | None = None
    out_of_order: bool = False
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InRow:
    """One stored item without content and proof."""

    channel: Channel
    number: int
    message: MessageId | None
    state: InState
    code: Code | None
    sender: NodeId | None
    type: TypeId | None
    conversation: Reference | None
    in_reply_to: MessageId | None
    sequence: int | None
    mode: Mode | None
    decision: Decision | None
    item: bytes | None
    logged_at: int
    received_at: int
    expires_at: int | None
    erase_by: int | None
    read_at: int | None
    released_at: int | None
    returned_at: int | None
    reason: bytes | None
    out_of_order: bool
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """How far a mailbox was taken: the last item's number, and the largest total the hub ever signed for it."""

    number: int = 0
    total: int = 0
    fetched_at: int = 0


_COLUMNS = [column for column in inbox.c if column.name not in ("raw", "random")]


def put_incoming(connection: Connection, incoming: Incoming) -> None:
    """Store an item. The caller moves the cursor and queues the evidence in the same transaction."""
    connection.execute(
        insert(inbox).values(
            channel=incoming.channel,
            number=incoming.number,
            message=incoming.message,
            state=incoming.state.value,
            code=None if incoming.code is None else incoming.code.value,
            sender=incoming.sender,
            type=incoming.type,
            conversation=incoming.conversation,
            in_reply_to=incoming.in_reply_to,
            random=incoming.random,
            sequence=incoming.sequence,
            mode=None if incoming.mode is None else str(incoming.mode),
            decision=None if incoming.decision is None else encode_decision(incoming.decision),
            item=incoming.item,
            raw=incoming.raw,
            logged_at=incoming.logged_at,
            received_at=incoming.received_at,
            expires_at=incoming.expires_at,
            erase_by=incoming.erase_by,
            out_of_order=incoming.out_of_order,
            reference=incoming.reference,
        )
    )


def find(connection: Connection, message: MessageId) -> InRow | None:
    """Return one received message."""
    row = connection.execute(select(*_COLUMNS).where(inbox.c.message == message)).one_or_none()
    return None if row is None else _rows(connection, [row])[0]


def find_twin(connection: Connection, sender: NodeId, random: Reference) -> MessageId | None:
    """Return the message of ``sender`` with these random bytes; another one with the same is equivocation."""
    query = select(inbox.c.message).where(inbox.c.sender == sender, inbox.c.random == random)
    found: bytes | None = connection.execute(query).scalar_one_or_none()
    return None if found is None else MessageId(found)


def find_sequence(connection: Connection, sender: NodeId, channel: Channel, sequence: int) -> MessageId | None:
    """Return the message of ``sender`` with this sequence in ``channel``."""
    query = select(inbox.c.message).where(
        inbox.c.sender == sender, inbox.c.channel == channel, inbox.c.sequence == sequence
    )
    found: bytes | None = connection.execute(query.limit(1)).scalar_one_or_none()
    return None if found is None else MessageId(found)


def proof_bytes(connection: Connection, message: MessageId) -> bytes | None:
    """Return what proves a received message: the sender's signed manifest."""
    found: bytes | None = connection.execute(select(inbox.c.raw).where(inbox.c.message == message)).scalar_one_or_none()
    return found


def listing(connection: Connection, window: Window, items: Select[tuple[bytes]] | None = None) -> Listing[InRow]:
    """Return the items of a window, newest first; only those with one of ``items`` where given."""
    query = select(*_COLUMNS)
    if items is not None:
        query = query.where(inbox.c.item.in_(items))
    found = connection.execute(narrowed(query, inbox.c.id, inbox.c.message, window)).all()
    rows, more = cut(found, window)
    return Listing(_rows(connection, rows), rows[-1].id if more else None)


def in_conversation(connection: Connection, conversation: Reference) -> Sequence[InRow]:
    """Return the items of one conversation in the order they arrived."""
    query = select(*_COLUMNS).where(inbox.c.conversation == conversation).order_by(inbox.c.id)
    return _rows(connection, connection.execute(query).all())


def held_rows(connection: Connection, limit: int) -> Sequence[InRow]:
    """Return what a rule holds here, the oldest first."""
    query = select(*_COLUMNS).where(inbox.c.state == InState.HELD.value).order_by(inbox.c.id)
    return [_row(each) for each in connection.execute(query.limit(limit))]


def mark_read(connection: Connection, message: MessageId, at: int) -> bool:
    """Note the first reading; return whether this was the first."""
    query = update(inbox).where(inbox.c.message == message, inbox.c.read_at.is_(None)).values(read_at=at)
    return connection.execute(query).rowcount == 1


def mark_released(connection: Connection, message: MessageId, at: int, reason: bytes) -> bool:
    """Note that a person released a held message; False when it was not held (any more)."""
    return _leave_hold(connection, message, {"state": InState.RELEASED.value, "released_at": at, "reason": reason})


def mark_returned(connection: Connection, message: MessageId, at: int, reason: bytes) -> bool:
    """Note that a person returned a held message to its sender; False when it was not held (any more)."""
    return _leave_hold(connection, message, {"state": InState.RETURNED.value, "returned_at": at, "reason": reason})


def position(connection: Connection, channel: Channel) -> Position:
    """Return how far a mailbox was taken."""
    row = connection.execute(select(cursor).where(cursor.c.channel == channel)).one_or_none()
    return Position() if row is None else Position(row.number, row.total, row.fetched_at)


def move_cursor(connection: Connection, channel: Channel, to: Position) -> None:
    """Store how far a mailbox was taken; number and total never go back."""
    now = position(connection, channel)
    values = {
        "number": max(now.number, to.number),
        "total": max(now.total, to.total),
        "fetched_at": max(now.fetched_at, to.fetched_at),
    }
    changed = connection.execute(update(cursor).where(cursor.c.channel == channel).values(values))
    if changed.rowcount == 0:
        connection.execute(insert(cursor).values(channel=channel, **values))


def reset_cursors(connection: Connection) -> None:
    """Take every mailbox from its first item again; what is here already is suppressed as a repeat."""
    connection.execute(update(cursor).values(number=0, total=0))


def due_for_erasure(connection: Connection, now: int) -> Sequence[bytes]:
    """Return the content of messages whose owner said that it must be erased by now."""
    query = select(inbox.c.item).where(inbox.c.item.is_not(None), inbox.c.erase_by <= now)
    return [row.item for row in connection.execute(query)]


def _leave_hold(connection: Connection, message: MessageId, values: dict[str, Any]) -> bool:
    query = update(inbox).where(inbox.c.message == message, inbox.c.state == InState.HELD.value).values(values)
    return connection.execute(query).rowcount == 1


def _rows(connection: Connection, rows: Sequence[Row[Any]]) -> list[InRow]:
    """Return stored lines as values; one that came out of order is so for as long as something before it is missing."""
    found = [_row(each) for each in rows]
    if not any(each.out_of_order for each in found):
        return found
    missing = gaps(connection)
    return [replace(each, out_of_order=each.out_of_order and _is_ahead(each, missing)) for each in found]


def _is_ahead(row: InRow, missing: Sequence[Gap]) -> bool:
    return any(
        (gap.sender, gap.channel) == (row.sender, row.channel) and gap.low < (row.sequence or 0) for gap in missing
    )


def _row(row: Row[Any]) -> InRow:
    return InRow(
        channel=Channel(row.channel),
        number=row.number,
        message=None if row.message is None else MessageId(row.message),
        state=InState(row.state),
        code=None if row.code is None else Code(row.code),
        sender=None if row.sender is None else NodeId(row.sender),
        type=None if row.type is None else TypeId(row.type),
        conversation=None if row.conversation is None else Reference(row.conversation),
        in_reply_to=None if row.in_reply_to is None else MessageId(row.in_reply_to),
        sequence=row.sequence,
        mode=None if row.mode is None else Mode(row.mode),
        decision=None if row.decision is None else parse_decision(row.decision),
        item=row.item,
        logged_at=row.logged_at,
        received_at=row.received_at,
        expires_at=row.expires_at,
        erase_by=row.erase_by,
        read_at=row.read_at,
        released_at=row.released_at,
        returned_at=row.returned_at,
        reason=row.reason,
        out_of_order=row.out_of_order,
        reference=row.reference,
    )
