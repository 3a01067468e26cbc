"""The durable list of what this node sends; all its SQL. A row is written once sealed and never leaves unexplained.

ready -> accepted (the hub's evidence is stored) | refused (final, with the code) | replaced (sealed again as a new
message) | expired (its life ended before the hub took it).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update

from nodes.schema import addressee, outbox, request
from protocol.core import Mode
from protocol.decision import Decision, encode_decision, parse_decision
from protocol.envelope import Envelope
from protocol.errors import Code
from protocol.ids import Channel, MessageId, NodeId, Reference, TypeId


class OutState(StrEnum):
    """Where a message of this node stands."""

    READY = "ready"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    REPLACED = "replaced"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to be stored as ready: the sealed envelope, where its draft is kept, and why it may go."""

    envelope: Envelope
    item: bytes
    decision: Decision
    at: int
    replaces: MessageId | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """One addressee of a sent message with what it confirmed. Times are its own, seconds UTC."""

    node: NodeId
    mode: Mode
    sequence: int
    handed_over_at: int | None
    held: bool | None
    read_at: int | None
    failed_at: int | None
    rejected_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutRow:
    """One message of the outbox without its content."""

    number: int
    message: MessageId
    state: OutState
    channel: Channel
    type: TypeId
    conversation: Reference
    in_reply_to: MessageId | None
    item: bytes | None
    decision: Decision
    created_at: int
    expires_at: int
    attempts: int
    next_at: int
    code: Code | None
    refusal: Decision | None
    accepted_at: int | None
    replaces: MessageId | None
    replaced_by: MessageId | None


_COLUMNS = [column for column in outbox.c if column.name not in ("envelope", "signed")]


def put_outgoing(connection: Connection, out: Outgoing) -> None:
    """Store a sealed message as ready to submit, with its addressees."""
    core = out.envelope.manifest.core
    connection.execute(
        insert(outbox).values(
            message=out.envelope.id,
            state=OutState.READY.value,
            channel=core.channel,
            type=core.type,
            conversation=core.conversation,
            in_reply_to=core.in_reply_to,
            item=out.item,
            decision=encode_decision(out.decision),
            signed=out.envelope.signed.raw,
            envelope=out.envelope.encode(),
            created_at=out.at,
            expires_at=core.expires_at,
            erase_by=core.erase_by,
            attempts=0,
            next_at=out.at,
            replaces=out.replaces,
        )
    )
    rows = [
        {"message": out.envelope.id, "node": who.node, "mode": str(who.mode), "sequence": who.sequence}
        for who in core.to
    ]
    connection.execute(insert(addressee), rows)


def due(connection: Connection, now: int, limit: int) -> Sequence[OutRow]:
    """Return the oldest messages that are ready and whose time to try has come."""
    query = (
        select(*_COLUMNS)
        .where(outbox.c.state == OutState.READY.value, outbox.c.next_at <= now)
        .order_by(outbox.c.number)
        .limit(limit)
    )
    return [_row(each) for each in connection.execute(query)]


def next_due(connection: Connection) -> int | None:
    """Return when the next ready message wants to be tried, None when nothing waits."""
    query = select(outbox.c.next_at).where(outbox.c.state == OutState.READY.value).order_by(outbox.c.next_at).limit(1)
    found: int | None = connection.execute(query).scalar_one_or_none()
    return found


def envelope_bytes(connection: Connection, message: MessageId) -> bytes | None:
    """Return the bytes to submit, None once they are no longer kept."""
    found: bytes | None = connection.execute(
        select(outbox.c.envelope).where(outbox.c.message == message)
    ).scalar_one_or_none()
    return found


def signed_bytes(connection: Connection, message: MessageId) -> bytes | None:
    """Return the signed manifest of a sent message."""
    found: bytes | None = connection.execute(
        select(outbox.c.signed).where(outbox.c.message == message)
    ).scalar_one_or_none()
    return found


def find(connection: Connection, message: MessageId) -> OutRow | None:
    """Return one message of the outbox."""
    row = connection.execute(select(*_COLUMNS).where(outbox.c.message == message)).one_or_none()
    return None if row is None else _row(row)


def newest(connection: Connection, limit: int, items: Sequence[bytes] | None = None) -> Sequence[OutRow]:
    """Return the newest messages, replaced ones left out; only those with one of ``items`` where given."""
    query = select(*_COLUMNS).where(outbox.c.state != OutState.REPLACED.value)
    if items is not None:
        query = query.where(outbox.c.item.in_(items))
    return [_row(each) for each in connection.execute(query.order_by(outbox.c.number.desc()).limit(limit))]


def in_conversation(connection: Connection, conversation: Reference) -> Sequence[OutRow]:
    """Return the messages of one conversation in the order they were written."""
    query = select(*_COLUMNS).where(outbox.c.conversation == conversation).order_by(outbox.c.number)
    return [_row(each) for each in connection.execute(query)]


def addressees(connection: Connection, message: MessageId) -> Sequence[Sent]:
    """Return whom a message is for and what each of them confirmed."""
    query = select(addressee).where(addressee.c.message == message).order_by(addressee.c.node)
    return [_sent(each) for each in connection.execute(query)]


def postpone(connection: Connection, message: MessageId, next_at: int, code: Code) -> None:
    """Note a failed try; the message stays ready."""
    _set(connection, message, {"attempts": outbox.c.attempts + 1, "next_at": next_at, "code": code.value})


def mark_accepted(connection: Connection, message: MessageId, logged_at: int) -> None:
    """Note that the hub's acceptance was verified; the caller stores the evidence in the same transaction."""
    _set(connection, message, {"state": OutState.ACCEPTED.value, "accepted_at": logged_at, "code": None})


def mark_refused(connection: Connection, message: MessageId, code: Code, refusal: bytes | None) -> None:
    """Note a final refusal with the hub's decision; the envelope is no longer needed."""
    values = {"state": OutState.REFUSED.value, "code": code.value, "refusal": refusal, "envelope": None}
    _set(connection, message, values)


def mark_expired(connection: Connection, message: MessageId) -> None:
    """Note that the message's life ended in the outbox."""
    _set(connection, message, {"state": OutState.EXPIRED.value, "code": Code.EXPIRED.value, "envelope": None})


def mark_replaced(connection: Connection, message: MessageId, by: MessageId, code: Code) -> None:
    """Note that the message was sealed again as ``by``."""
    values = {"state": OutState.REPLACED.value, "code": code.value, "replaced_by": by, "envelope": None}
    _set(connection, message, values)


def offer_again(connection: Connection, message: MessageId, at: int) -> None:
    """Put an accepted message back to ready, because the hub lost its leaf (a signed restart says so)."""
    _set(connection, message, {"state": OutState.READY.value, "next_at": at, "attempts": 0})


def drop_envelopes(connection: Connection, now: int) -> int:
    """Forget the sealed bytes of messages that every addressee confirmed or whose life is over; return how many."""
    waiting = select(addressee.c.message).where(addressee.c.handed_over_at.is_(None), addressee.c.failed_at.is_(None))
    done = or_(outbox.c.expires_at <= now, outbox.c.message.not_in(waiting))
    query = update(outbox).where(outbox.c.state == OutState.ACCEPTED.value, outbox.c.envelope.is_not(None), done)
    return connection.execute(query.values(envelope=None)).rowcount


def due_for_erasure(connection: Connection, now: int) -> Sequence[bytes]:
    """Return the content of sent messages whose own date of erasure has come."""
    query = select(outbox.c.item).where(outbox.c.item.is_not(None), outbox.c.erase_by <= now)
    return [row.item for row in connection.execute(query.distinct())]


def find_request(connection: Connection, key: bytes) -> tuple[bytes, MessageId] | None:
    """Return the digest and the message of an earlier request with this idempotency key."""
    row = connection.execute(select(request).where(request.c.key == key)).one_or_none()
    return None if row is None else (row.digest, MessageId(row.message))


def put_request(connection: Connection, key: bytes, digest: bytes, message: MessageId, at: int) -> None:
    """Remember which message a request made."""
    connection.execute(insert(request).values(key=key, digest=digest, message=message, at=at))


def _set(connection: Connection, message: MessageId, values: dict[str, Any]) -> None:
    connection.execute(update(outbox).where(outbox.c.message == message).values(values))


def _row(row: Row[Any]) -> OutRow:
    return OutRow(
        number=row.number,
        message=MessageId(row.message),
        state=OutState(row.state),
        channel=Channel(row.channel),
        type=TypeId(row.type),
        conversation=Reference(row.conversation),
        in_reply_to=None if row.in_reply_to is None else MessageId(row.in_reply_to),
        item=row.item,
        decision=parse_decision(row.decision),
        created_at=row.created_at,
        expires_at=row.expires_at,
        attempts=row.attempts,
        next_at=row.next_at,
        code=None if row.code is None else Code(row.code),
        refusal=None if row.refusal is None else parse_decision(row.refusal),
        accepted_at=row.accepted_at,
        replaces=None if row.replaces is None else MessageId(row.replaces),
        replaced_by=None if row.replaced_by is None else MessageId(row.replaced_by),
    )


def _sent(row: Row[Any]) -> Sent:
    return Sent(
        node=NodeId(row.node),
        mode=Mode(row.mode),
        sequence=row.sequence,
        handed_over_at=row.handed_over_at,
        held=row.held,
        read_at=row.read_at,
        failed_at=row.failed_at,
        rejected_at=row.rejected_at,
    )
