"""The durable list of what this node sends; all its SQL. A row is written once sealed and never leaves unexplained.

ready -> accepted (the hub's evidence is stored) | refused (final, with the code) | replaced (sealed again as a new
message) | expired (its life ended before the hub took it).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, exists, func, insert, or_, select, update

from nodes import alert_tables
from nodes.gateway.windows import Listing, Window, cut, narrowed
from nodes.schema import addressee, attachment, outbox, request
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
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """One addressee of a sent message with what it confirmed. Times are its own, seconds UTC.

    ``failed_at`` is when it could not open the message; ``unserved_at`` when the hub logged that it never fetched it.
    """

    node: NodeId
    mode: Mode
    sequence: int
    handed_over_at: int | None
    held: bool | None
    read_at: int | None
    failed_at: int | None
    rejected_at: int | None
    held_rule: str | None = None  # which rule holds it there, as the recipient told this node alone
    unserved_at: int | None = None

    @property
    def spoke(self) -> bool:
        """Whether the recipient said anything itself."""
        return any(each is not None for each in (self.handed_over_at, self.read_at, self.failed_at, self.rejected_at))

    @property
    def never_fetched(self) -> bool:
        """Whether the hub says that it ran out unfetched, and the recipient does not prove the contrary."""
        return self.unserved_at is not None and not self.spoke

    @property
    def has_it(self) -> bool:
        """Whether it may have the message: nothing says that it does not."""
        return self.failed_at is None and self.rejected_at is None and not self.never_fetched


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
    reference: str | None = None
    files: bool = False  # whether attachments go with it


_FILES = exists().where(attachment.c.message == outbox.c.message)
_RESTS = exists().where(alert_tables.resting.c.message == outbox.c.message)  # until somebody says what becomes of it
_COLUMNS = [*(column for column in outbox.c if column.name not in ("envelope", "signed")), _FILES.label("files")]


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
            reference=out.reference,
        )
    )
    rows = [
        {"message": out.envelope.id, "node": who.node, "mode": str(who.mode), "sequence": who.sequence}
        for who in core.to
    ]
    connection.execute(insert(addressee), rows)


def due(connection: Connection, now: int, limit: int, *, files: bool = False) -> Sequence[OutRow]:
    """Return the oldest messages that are ready and whose time to try has come, of the lane with or without files.

    One that rests is not offered; it comes when its life is over, so that it ends like any other.
    """
    query = (
        select(*_COLUMNS)
        .where(outbox.c.state == OutState.READY.value, outbox.c.next_at <= now, _lane(files=files))
        .where(or_(~_RESTS, outbox.c.expires_at <= now))
        .order_by(outbox.c.number)
        .limit(limit)
    )
    return [_row(each) for each in connection.execute(query)]


def next_due(connection: Connection, *, files: bool = False) -> int | None:
    """Return when the next ready message of a lane wants to be tried, None when nothing waits."""
    ready = (outbox.c.state == OutState.READY.value, _lane(files=files))
    waiting = select(outbox.c.next_at).where(*ready, ~_RESTS).order_by(outbox.c.next_at).limit(1)
    resting = select(func.min(outbox.c.expires_at)).where(*ready, _RESTS)
    times: list[int | None] = [connection.execute(each).scalar() for each in (waiting, resting)]
    return min((each for each in times if each is not None), default=None)


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


def listing(connection: Connection, window: Window, items: Select[tuple[bytes]] | None = None) -> Listing[OutRow]:
    """Return the messages of a window, newest first, replaced ones left out; only those with one of ``items``."""
    query = select(*_COLUMNS).where(outbox.c.state != OutState.REPLACED.value)
    if items is not None:
        query = query.where(outbox.c.item.in_(items))
    found = connection.execute(narrowed(query, outbox.c.number, outbox.c.message, window)).all()
    rows, more = cut(found, window)
    return Listing([_row(each) for each in rows], rows[-1].number if more else None)


def in_conversation(connection: Connection, conversation: Reference) -> Sequence[OutRow]:
    """Return the messages of one conversation in the order they were written."""
    query = select(*_COLUMNS).where(outbox.c.conversation == conversation).order_by(outbox.c.number)
    return [_row(each) for each in connection.execute(query)]


def has_answer(connection: Connection, message: MessageId) -> bool:
    """Tell whether this node has sent an answer to a message, one that was not refused or given up."""
    living = (OutState.READY.value, OutState.ACCEPTED.value)
    query = select(exists().where(outbox.c.in_reply_to == message, outbox.c.state.in_(living)))
    return bool(connection.execute(query).scalar_one())


def addressees(connection: Connection, message: MessageId) -> Sequence[Sent]:
    """Return whom a message is for and what each of them confirmed."""
    query = select(addressee).where(addressee.c.message == message).order_by(addressee.c.node)
    return [_sent(each) for each in connection.execute(query)]


def lanes_of(connection: Connection, rows: Sequence[OutRow]) -> Mapping[MessageId, frozenset[tuple[NodeId, Channel]]]:
    """Return for each message in which (recipient, channel) it keeps its place among the others."""
    found: dict[MessageId, set[tuple[NodeId, Channel]]] = {row.message: set() for row in rows}
    channels = {row.message: row.channel for row in rows}
    query = select(addressee.c.message, addressee.c.node).where(addressee.c.message.in_(list(found)))
    for message, node in connection.execute(query):
        found[MessageId(message)].add((NodeId(node), channels[MessageId(message)]))
    return {message: frozenset(lanes) for message, lanes in found.items()}


def postpone(connection: Connection, message: MessageId, next_at: int, code: Code) -> None:
    """Note a failed try; the message stays ready."""
    _set(connection, message, {"attempts": outbox.c.attempts + 1, "next_at": next_at, "code": code.value})


def note_progress(connection: Connection, message: MessageId) -> None:
    """Note that an upload got further: failures are counted anew from here."""
    _set(connection, message, {"attempts": 0, "code": None})


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


def put_signed(connection: Connection, envelope: Envelope, at: int) -> None:
    """Store a waiting message under new signatures and offer it at once; its id is what it was."""
    values = {"signed": envelope.signed.raw, "envelope": envelope.encode(), "next_at": at}
    _set(connection, envelope.id, values)


def drop_envelopes(connection: Connection, now: int) -> int:
    """Forget the sealed bytes of messages that every addressee confirmed or whose life is over; return how many."""
    nothing = (addressee.c.handed_over_at.is_(None), addressee.c.failed_at.is_(None))
    done = or_(outbox.c.expires_at <= now, ~exists().where(addressee.c.message == outbox.c.message, *nothing))
    query = update(outbox).where(outbox.c.state == OutState.ACCEPTED.value, outbox.c.envelope.is_not(None), done)
    return connection.execute(query.values(envelope=None)).rowcount


def due_for_erasure(connection: Connection, now: int) -> Sequence[bytes]:
    """Return the content of sent messages whose own date of erasure has come."""
    query = select(outbox.c.item).where(outbox.c.item.is_not(None), outbox.c.erase_by <= now)
    return [row.item for row in connection.execute(query)]


def find_request(connection: Connection, key: bytes) -> tuple[bytes, MessageId] | None:
    """Return the digest and the message of an earlier request with this idempotency key."""
    row = connection.execute(select(request).where(request.c.key == key)).one_or_none()
    return None if row is None else (row.digest, MessageId(row.message))


def put_request(connection: Connection, key: bytes, digest: bytes, message: MessageId, at: int) -> None:
    """Remember which message a request made."""
    connection.execute(insert(request).values(key=key, digest=digest, message=message, at=at))


def _lane(*, files: bool) -> ColumnElement[bool]:
    return _FILES if files else ~_FILES


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
        reference=row.reference,
        files=bool(row.files),
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
        held_rule=row.held_rule,
        unserved_at=row.unserved_at,
    )
