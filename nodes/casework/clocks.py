"""Reads from the store what clocks are folded from: requests here, and what answers them, both boxes.

Nothing about clocks is stored: whatever order messages came in, the same rows give the same clocks, and a restart loses
none. What was folded is kept in memory beside what was seen of its rows, and folded again once that differs.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, and_, false, or_, select, true

from nodes.case_event_tables import case_file, case_message
from nodes.casework.case_threads import TAKEN_RECEIVED, TAKEN_SENT
from nodes.casework.clock_cases import ANSWERS, STARTERS, URGENT, Awaited, Case, Heard, Pair, cases_of
from nodes.casework.machine import Stand
from nodes.casework.said import Said
from nodes.gateway.here import Here
from nodes.gateway.inbox import READABLE, InState
from nodes.gateway.outbox import OutState, addressees
from nodes.gateway.replica import Replica
from nodes.gateway.replica_store import find_fact
from nodes.gateway.stores import Store
from nodes.schema import addressee, inbox, outbox
from policies.clocks.limits import Regime
from policies.clocks.zones import ZONES
from protocol.cbor import Item
from protocol.core import Core, Mode
from protocol.cose import parse as parse_signed
from protocol.envelope import parse_manifest
from protocol.errors import Fault
from protocol.ids import Channel, MessageId, NodeId
from protocol.limits import MAX_SIGNED

AT_ONCE: Final = 100  # requests of one look into the store
_SEEN_AT_ONCE: Final = 500
_LIVE: Final = (Stand.OURS.value, Stand.THEIRS.value)
_HERE: Final = (InState.ACCEPTED, InState.HELD, InState.RELEASED, InState.RETURNED)
_IN: Final = (inbox.c.message, inbox.c.type, inbox.c.in_reply_to, inbox.c.state, inbox.c.item, inbox.c.returned_at)
_OUT: Final = (outbox.c.message, outbox.c.type, outbox.c.in_reply_to, outbox.c.state, outbox.c.item)
_INBOX: Final = select(*_IN, false().label("mine"), inbox.c.raw.label("signed"), inbox.c.logged_at.label("at"))
_OUTBOX: Final = select(*_OUT, true().label("mine"), outbox.c.signed, outbox.c.accepted_at.label("at"))
_RECEIVED: Final = and_(inbox.c.message.is_not(None), inbox.c.state.in_([each.value for each in _HERE]))
_SENT: Final = outbox.c.state == OutState.ACCEPTED.value
_BY_NAME: Final = (
    ("2006/960", Regime.INITIATIVE),
    ("PCC", Regime.CONVENTION),
    ("Police Cooperation Convention", Regime.CONVENTION),
)
_ERASED: Final[Mapping[str, Item]] = {
    "/completeness": "complete",
    "/complete": True,
    "/scope": "full",
    "/phase": "deny",
    "/outcome": "executed",
    "/decision": "refuse",
    "/correction/state": "applied",
}
"""What an erased answer counts as once its request is erased too: a case does not come back by being erased."""


@dataclass(frozen=True, slots=True)
class _Folded:
    """What was folded, and a hash of what was seen just before of everything that it was folded from."""

    seen: int
    cases: tuple[Case, ...]


class Clocks:
    """Folds the clocks of one node."""

    def __init__(self, here: Here, store: Store, replica: Replica) -> None:
        self._here = here
        self._store = store
        self._replica = replica
        self._lock = asyncio.Lock()
        self._kept: dict[MessageId, _Folded] = {}

    async def of(self, messages: Iterable[MessageId]) -> Mapping[MessageId, tuple[Case, ...]]:
        """Return the clocks that each of the messages started; a message that started none is left out."""
        wanted, found = list(messages), dict[MessageId, tuple[Case, ...]]()
        for begin in range(0, len(wanted), AT_ONCE):
            part = wanted[begin : begin + AT_ONCE]
            found |= await self._store.database.read(lambda connection, part=part: self.fold(connection, part))  # type: ignore[misc]
        return found

    async def open(self) -> tuple[Case, ...]:
        """Return every clock of this node that runs or rests, whoever owes, the earliest due first.

        The first look folds them all; a later one only those of which something moved since.
        """
        async with self._lock:
            started, live = list[MessageId](), await self._store.database.read(_live)
            for begin in range(0, len(live), _SEEN_AT_ONCE):
                started += await self._keep(live[begin : begin + _SEEN_AT_ONCE])
            self._kept = {each: self._kept[each] for each in started}
        now = self._here.clock()
        running = [each for kept in self._kept.values() for each in kept.cases if each.clock.closed_at is None]
        return tuple(sorted(running, key=lambda each: (each.clock.due(now), each.message, each.owed_by, each.text)))

    async def _keep(self, messages: Sequence[MessageId]) -> Sequence[MessageId]:
        """Keep what those of these messages are folded to that may have a clock; return them.

        What moves between looking and folding is folded once more.
        """
        size = self._replica.directory.size  # agreements and time zones come from there
        rows = await self._store.database.read(lambda connection: _seen(connection, _started(connection, messages)))
        seen = {each: hash((size, frozenset(found))) for each, found in rows.items()}
        moved = [each for each in seen if each not in self._kept or self._kept[each].seen != seen[each]]
        found = await self.of(moved)
        self._kept |= {each: _Folded(seen[each], found.get(each, ())) for each in moved}
        return list(seen)

    def fold(
        self, connection: Connection, messages: Sequence[MessageId], said: Said | None = None
    ) -> dict[MessageId, tuple[Case, ...]]:
        """Return the same as ``of`` inside a transaction of the caller, for at most ``AT_ONCE`` messages.

        What was opened in the same look is in ``said`` and not opened again.
        """
        said = Said(self._store) if said is None else said
        starters = [f"{each}/%" for each in STARTERS]
        requests = [
            *connection.execute(_INBOX.where(_RECEIVED, inbox.c.message.in_(messages), _like(inbox.c.type, starters))),
            *connection.execute(_OUTBOX.where(_SENT, outbox.c.message.in_(messages), _like(outbox.c.type, starters))),
        ]
        cores = dict[bytes, Core]()
        requests = _whole(requests, cores)
        if not requests:
            return {}
        answers = self._answers(connection, [row.message for row in requests])
        questions = [row.message for row in answers if row.type.startswith("MT-07/")]
        answers = _whole([*answers, *self._answers(connection, questions)], cores)
        by_target: dict[bytes, list[Row[Any]]] = {}
        for row in answers:
            by_target.setdefault(row.in_reply_to, []).append(row)
        said.take(connection, [row.item for row in (*requests, *answers) if self._is_open(row)])
        found = {}
        for row in requests:
            direct = by_target.get(row.message, [])
            further = [more for each in direct for more in by_target.get(each.message, [])]
            core = cores[row.message]
            request = self._heard(connection, row, core, said)
            heard = [
                self._heard(connection, each, cores[each.message], said, erased=row.item is None)
                for each in (*direct, *further)
            ]
            found[request.message] = cases_of(request, heard, lambda a, b, core=core: self._pair(a, b, core))  # type: ignore[misc]
        return found

    def _answers(self, connection: Connection, messages: Sequence[bytes]) -> list[Row[Any]]:
        if not messages:
            return []
        kinds = [f"{each}/%" for each in ANSWERS]
        return [
            *connection.execute(_INBOX.where(_RECEIVED, inbox.c.in_reply_to.in_(messages), _like(inbox.c.type, kinds))),
            *connection.execute(_OUTBOX.where(_SENT, outbox.c.in_reply_to.in_(messages), _like(outbox.c.type, kinds))),
        ]

    def _heard(
        self, connection: Connection, row: Row[Any], core: Core, all_said: Said, *, erased: bool = False
    ) -> Heard:
        me = self._here.node
        mine = core.sender == me
        message, family = MessageId(row.message), row.type.partition("/")[0]
        starts = family in STARTERS
        to = tuple(each.node for each in core.to if each.mode is Mode.ACTION and (mine or each.node == me))
        said = all_said.of(connection, message, row.item) if self._is_open(row) else None
        returned = dict[NodeId, int]()
        if mine and starts:
            people = addressees(connection, message)
            returned = {each.node: each.rejected_at for each in people if each.rejected_at is not None}
        elif not mine and row.returned_at is not None:
            returned = {me: row.returned_at}
        return Heard(
            message=message,
            at=row.at,
            family=family,
            sender=core.sender,
            to=to,
            in_reply_to=None if row.in_reply_to is None else MessageId(row.in_reply_to),
            urgent=core.urgency == URGENT,
            said=_ERASED if erased and said is None and row.item is None else said,
            returned=returned,
        )

    def _is_open(self, row: Row[Any]) -> bool:
        """Tell whether a message may be read: what rules hold back stays closed."""
        return row.mine or InState(row.state) in READABLE

    def _pair(self, requester: NodeId, debtor: NodeId, core: Core) -> Pair:
        directory = self._replica.directory
        known = directory.participant(debtor)
        zone = None if known is None else ZONES.get(known.country)
        channel = Channel(core.channel)
        bonds = directory.agreements_between(requester, debtor, channel, core.issued_at)
        regimes = {regime for bond in bonds for name, regime in _BY_NAME if name in bond.instrument}
        return Pair(regimes.pop() if len(regimes) == 1 else Regime.DIRECTIVE, zone)


def _live(connection: Connection) -> list[MessageId]:
    """Return the messages of cases that go on, and those that have no case yet."""
    of_cases = (
        select(case_message.c.message)
        .join(case_file, case_file.c.number == case_message.c.case)
        .where(case_file.c.stand.in_(_LIVE))
    )
    found = dict.fromkeys(connection.execute(of_cases).scalars())
    for box, number, mark in ((inbox, inbox.c.id, TAKEN_RECEIVED), (outbox, outbox.c.number, TAKEN_SENT)):
        new = select(box.c.message).where(box.c.message.is_not(None), number > (find_fact(connection, mark) or 0))
        found |= dict.fromkeys(connection.execute(new).scalars())
    return [MessageId(each) for each in found]


def _started(connection: Connection, messages: Sequence[MessageId]) -> list[MessageId]:
    """Return those of some messages that may have a clock."""
    kinds, found = [f"{each}/%" for each in STARTERS], list[MessageId]()
    action = and_(_RECEIVED, inbox.c.mode == str(Mode.ACTION))
    for box, fits in ((inbox, action), (outbox, _SENT)):
        asks = select(box.c.message).where(box.c.message.in_(messages), fits, _like(box.c.type, kinds))
        found += [MessageId(each) for each in connection.execute(asks).scalars()]
    return found


def _seen(connection: Connection, messages: Sequence[MessageId]) -> Mapping[MessageId, set[object]]:
    """Return what is to be seen of all from which the clocks of these messages are folded, without opening it."""
    seen: dict[MessageId, set[object]] = {each: set() for each in messages}
    about = {each: {each} for each in messages}
    for box, extra in ((inbox, inbox.c.returned_at), (outbox, outbox.c.accepted_at)):
        mine = select(box.c.message, box.c.state, box.c.item.is_(None), extra).where(box.c.message.in_(messages))
        for message, *rest in connection.execute(mine):
            seen[MessageId(message)].add(tuple(rest))
    level = list(messages)
    for _ in range(2):  # answers, and answers to the questions among them
        level = _answers_seen(connection, level, about, seen)
    rejected = select(addressee).where(addressee.c.message.in_(list(about)), addressee.c.rejected_at.is_not(None))
    for row in connection.execute(rejected):
        for root in about[row.message]:
            seen[root].add((row.message, row.node))
    return seen


def _answers_seen(
    connection: Connection,
    to: Sequence[MessageId],
    about: dict[MessageId, set[MessageId]],
    seen: Mapping[MessageId, set[object]],
) -> list[MessageId]:
    """Add what answers some messages to what is seen of the requests that they are about; return the answers."""
    found, kinds = [], [f"{each}/%" for each in ANSWERS]
    for box in (inbox, outbox):
        query = select(box.c.message, box.c.in_reply_to, box.c.state, box.c.item.is_(None))
        answers = query.where(box.c.in_reply_to.in_(to), box.c.message.is_not(None), _like(box.c.type, kinds))
        for message, target, *rest in connection.execute(answers):
            about.setdefault(MessageId(message), set()).update(about[target])
            found.append(MessageId(message))
            for root in about[target]:
                seen[root].add((message, *rest))
    return found


def _like(column: Any, patterns: Sequence[str]) -> Any:  # noqa: ANN401 - a column and a condition
    return or_(*(column.like(each) for each in patterns))


def _whole(rows: Sequence[Row[Any]], cores: dict[bytes, Core]) -> list[Row[Any]]:
    """Return the rows whose headers can be read, and put those into ``cores``; a damaged one stops no other."""
    for row in rows:
        with suppress(Fault):
            cores[row.message] = parse_manifest(parse_signed(row.signed, MAX_SIGNED).payload).core
    return [row for row in rows if row.message in cores]


def owed_first(cases: Sequence[Case], now: int) -> Case | None:
    """Return the clock that matters most of a message: the earliest that is open, else the last that was closed."""
    running = [each for each in cases if each.clock.closed_at is None]
    if running:
        return min(running, key=lambda each: (each.clock.due(now), each.awaited is not Awaited.ANSWER, each.owed_by))
    return max(cases, key=lambda each: each.clock.closed_at or 0, default=None)
