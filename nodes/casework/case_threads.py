"""Reads from the store what a case is made of: the messages of its thread, their evidence, how far a correction is.

Only headers and the few fields that say how a case stands are looked at; what rules hold back stays closed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, select

from nodes.casework.case_signals import Receipt, Standing, Thread, Written, in_order
from nodes.casework.clock_cases import URGENT
from nodes.casework.correction_facts import load_case
from nodes.casework.corrections import Stage
from nodes.casework.said import Said
from nodes.gateway.corrections import notices_of
from nodes.gateway.here import Here
from nodes.gateway.inbox import InState
from nodes.gateway.outbox import OutState, addressees
from nodes.gateway.stores import Store
from nodes.schema import inbox, outbox
from protocol.core import Core, Mode
from protocol.cose import parse as parse_signed
from protocol.envelope import parse_manifest
from protocol.errors import Fault
from protocol.ids import MessageId, NodeId
from protocol.limits import MAX_SIGNED

IN: Final = "in"
OUT: Final = "out"
TAKEN_RECEIVED: Final = "cases-received"
TAKEN_SENT: Final = "cases-sent"
"""Facts: how far the messages of each box have their place in a case."""
POLICE: Final = "police"
CORRECTION: Final = "MT-12"
_IN_STANDING: Final[Mapping[InState, Standing]] = {
    InState.ACCEPTED: Standing.HERE,
    InState.RELEASED: Standing.HERE,
    InState.HELD: Standing.HELD,
    InState.RETURNED: Standing.RETURNED,
}
_OUT_STANDING: Final[Mapping[OutState, Standing]] = {
    OutState.READY: Standing.WAITING,
    OutState.ACCEPTED: Standing.GONE,
    OutState.REFUSED: Standing.STOPPED,
    OutState.EXPIRED: Standing.STOPPED,
    OutState.REPLACED: Standing.STOPPED,
}
TAKEN: Final = frozenset(_IN_STANDING)
"""States of received messages that belong to a case; what could not be opened has its own alarms."""
_IN: Final[Select[Any]] = select(
    *(inbox.c.id, inbox.c.message, inbox.c.type, inbox.c.channel, inbox.c.in_reply_to, inbox.c.state, inbox.c.item),
    *(inbox.c.raw, inbox.c.logged_at, inbox.c.received_at, inbox.c.released_at, inbox.c.returned_at),
    inbox.c.reference,
)
_OUT: Final[Select[Any]] = select(
    *(outbox.c.number, outbox.c.message, outbox.c.type, outbox.c.channel, outbox.c.in_reply_to, outbox.c.state),
    *(outbox.c.item, outbox.c.signed, outbox.c.created_at, outbox.c.accepted_at, outbox.c.reference),
    *(outbox.c.replaces, outbox.c.replaced_by),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A message of either box as far as it decides which case it belongs to."""

    message: MessageId
    mine: bool
    type: str
    channel: str
    in_reply_to: MessageId | None
    at: int
    reference: str | None
    core: Core
    replaces: MessageId | None = None

    @property
    def family(self) -> str:
        """The type without its version."""
        return self.type.partition("/")[0]

    @property
    def partners(self) -> tuple[NodeId, ...]:
        """The other participants: whom it went to, or who sent it."""
        return tuple(dict.fromkeys(each.node for each in self.core.to)) if self.mine else (self.core.sender,)

    @property
    def urgent(self) -> bool:
        """Whether its sender calls it urgent."""
        return self.core.urgency == URGENT


def find_message(connection: Connection, message: MessageId) -> Found | None:
    """Return a message of either box that belongs to a case; None for any other."""
    row = connection.execute(_IN.where(inbox.c.message == message)).one_or_none()
    if row is not None:
        return _received(row)
    row = connection.execute(_OUT.where(outbox.c.message == message)).one_or_none()
    return None if row is None else _sent(row)


def received_after(connection: Connection, number: int, limit: int) -> Sequence[tuple[int, MessageId]]:
    """Return received messages in the order of arrival, with the numbers of their rows."""
    query = select(inbox.c.id, inbox.c.message).where(inbox.c.id > number).order_by(inbox.c.id).limit(limit)
    return [(row.id, MessageId(row.message or b"")) for row in connection.execute(query)]


def sent_after(connection: Connection, number: int, limit: int) -> Sequence[tuple[int, MessageId]]:
    """Return messages of this node in the order of writing, with the numbers of their rows."""
    query = select(outbox.c.number, outbox.c.message).where(outbox.c.number > number)
    rows = connection.execute(query.order_by(outbox.c.number).limit(limit))
    return [(row.number, MessageId(row.message)) for row in rows]


class Threads:
    """Reads the threads of one node."""

    def __init__(self, here: Here, store: Store) -> None:
        self._here = here
        self._store = store

    def load(
        self, connection: Connection, start: MessageId, messages: Sequence[MessageId], said: Said
    ) -> Thread | None:
        """Return the thread of a case that began with ``start``; None once nothing is known of that message."""
        wanted = list(messages)
        received = connection.execute(_IN.where(inbox.c.message.in_(wanted))).all()
        sent = connection.execute(_OUT.where(outbox.c.message.in_(wanted), outbox.c.replaced_by.is_(None))).all()
        rows = [row for row in received if InState(row.state) in TAKEN]
        readable = [each.item for each in rows if _IN_STANDING[InState(each.state)] is Standing.HERE]
        said.take(connection, [*readable, *(each.item for each in sent)])
        came = [(each, core) for each in rows if (core := _core(each.raw)) is not None]
        left = [(each, core) for each in sent if (core := _core(each.signed)) is not None]
        written = [self._received(connection, *each, said) for each in came]
        written += [self._sent(connection, *each, said) for each in left]
        first = next((each for each in written if each.message == start), None)
        if first is None:
            return None
        rest = tuple(each for each in in_order(written) if each.message != start)
        stage = self._stage(connection, start) if first.family == CORRECTION else None
        return Thread(self._here.node, first, rest, stage)

    def _stage(self, connection: Connection, notice: MessageId) -> Stage | None:
        """Return how far the least advanced of the corrections is that a notice says."""
        noted = notices_of(connection, notice)
        cases = [load_case(connection, self._store.vault, each.about, each.subject) for each in noted]
        order = list(Stage)
        return min((each.stage for each in cases if each is not None), key=order.index, default=None)

    def _received(self, connection: Connection, row: Row[Any], core: Core, said: Said) -> Written:
        state = InState(row.state)
        readable = _IN_STANDING[state] is Standing.HERE
        held = state is InState.HELD or row.released_at is not None or row.returned_at is not None
        return Written(
            message=MessageId(row.message),
            family=row.type.partition("/")[0],
            sender=core.sender,
            to=tuple(each.node for each in core.to if each.mode is Mode.ACTION),
            at=row.logged_at,
            queued_at=row.logged_at,
            standing=_IN_STANDING[state],
            in_reply_to=None if row.in_reply_to is None else MessageId(row.in_reply_to),
            said=said.of(connection, MessageId(row.message), row.item) if readable else None,
            erased=readable and row.item is None,
            held_at=row.received_at if held else None,
            released_at=row.released_at,
            returned_at=row.returned_at,
        )

    def _sent(self, connection: Connection, row: Row[Any], core: Core, said: Said) -> Written:
        standing = _OUT_STANDING[OutState(row.state)]
        people = addressees(connection, MessageId(row.message))
        receipts = (
            Receipt(each.node, each.handed_over_at, bool(each.held), each.read_at, each.rejected_at) for each in people
        )
        return Written(
            message=MessageId(row.message),
            family=row.type.partition("/")[0],
            sender=core.sender,
            to=tuple(each.node for each in core.to if each.mode is Mode.ACTION),
            at=row.created_at if row.accepted_at is None else row.accepted_at,
            queued_at=row.created_at,
            standing=standing,
            in_reply_to=None if row.in_reply_to is None else MessageId(row.in_reply_to),
            said=said.of(connection, MessageId(row.message), row.item),
            erased=row.item is None,
            receipts=tuple(receipts),
        )


def _received(row: Row[Any]) -> Found | None:
    core = _core(row.raw)
    if core is None or InState(row.state) not in TAKEN or row.channel != POLICE:
        return None
    return Found(
        message=MessageId(row.message),
        mine=False,
        type=row.type,
        channel=row.channel,
        in_reply_to=None if row.in_reply_to is None else MessageId(row.in_reply_to),
        at=row.logged_at,
        reference=row.reference,
        core=core,
    )


def _sent(row: Row[Any]) -> Found | None:
    core = _core(row.signed)
    if core is None or row.channel != POLICE:
        return None
    return Found(
        message=MessageId(row.message),
        mine=True,
        type=row.type,
        channel=row.channel,
        in_reply_to=None if row.in_reply_to is None else MessageId(row.in_reply_to),
        at=row.created_at,
        reference=row.reference,
        core=core,
        replaces=None if row.replaces is None else MessageId(row.replaces),
    )


def _core(signed: bytes) -> Core | None:
    """Return the header of a message; None of a damaged one, which stops no other: its seal says what is wrong."""
    try:
        return parse_manifest(parse_signed(signed, MAX_SIGNED).payload).core
    except Fault:
        return None
