"""Reads the facts of the yearly report from what this node sent and received, and folds it.

Grounds of refusals stand in content. Where that was erased before the report was made the ground counts as unknown;
what stands in headers and times is never lost.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from nodes.casework.clock_cases import URGENT, Awaited, Case
from nodes.casework.clocks import Clocks
from nodes.casework.statistics import (
    UNKNOWN,
    Asked,
    By,
    Facts,
    Handled,
    Refusal,
    Report,
    Scope,
    Urgency,
    fold,
)
from nodes.gateway.contents import parse_body
from nodes.gateway.here import Here
from nodes.gateway.inbox import InState
from nodes.gateway.outbox import OutState, addressees
from nodes.gateway.replica import Replica
from nodes.gateway.stores import Store
from nodes.schema import inbox, outbox
from policies.clocks.zones import ZONES
from protocol.core import Mode
from protocol.cose import parse as parse_signed
from protocol.envelope import parse_manifest
from protocol.ids import MessageId, NodeId
from protocol.limits import MAX_SIGNED
from protocol.records import Kind

_LOT: Final = 50  # requests of one look into the store
_LONGEST_S: Final = 1.0
_REQUEST: Final = "MT-01/%"
_ANSWER, _NOTHING, _DELAY, _REFUSAL = ("MT-03/", "MT-04/", "MT-09/", "MT-10/")
_GROUND: Final = re.compile(r"/grounds/[0-9]+/ground")
_CAME: Final = tuple(each.value for each in (InState.ACCEPTED, InState.HELD, InState.RELEASED, InState.RETURNED))
_WENT: Final = outbox.c.state == OutState.ACCEPTED.value


class StatisticsBook:
    """Makes the reports of one node."""

    def __init__(self, here: Here, store: Store, replica: Replica) -> None:
        self._here = here
        self._store = store
        self._replica = replica
        self._clocks = Clocks(here, store, replica)

    async def report(self, year: int) -> Report:
        """Return the report of a calendar year, from all that is stored now."""
        return await asyncio.to_thread(fold, year, await self.facts())

    async def facts(self) -> Facts:
        """Return every fact there is; whatever order messages came in, they are the same."""
        own = self._replica.directory.participant(self._here.node)
        zone = None if own is None else ZONES.get(own.country)
        by = By.CONTACT_POINT if own is None or own.kind is Kind.CONTACT_POINT else By.AUTHORITY
        return Facts(await self._asked(by), await self._handled(), zone)

    async def _asked(self, by: By) -> Sequence[Asked]:
        found: list[Asked] = []
        last = 0
        while True:
            lot = await self._store.database.read(lambda c, last=last: self._asked_after(c, last, by))  # type: ignore[misc]
            if not lot:
                return found
            last = lot[-1][0]
            found += [each for _, asked in lot for each in asked]

    def _asked_after(self, connection: Connection, last: int, by: By) -> Sequence[tuple[int, list[Asked]]]:
        query = select(outbox.c.number, outbox.c.message, outbox.c.accepted_at).where(
            _WENT, outbox.c.type.like(_REQUEST), outbox.c.number > last
        )
        lot = []
        for row in connection.execute(query.order_by(outbox.c.number).limit(_LOT)).all():
            to = [each.node for each in addressees(connection, MessageId(row.message)) if each.mode is Mode.ACTION]
            countries = sorted({self._country(each) for each in to})
            lot.append((row.number, [Asked(row.message, row.accepted_at, each, by) for each in countries]))
        return lot

    async def _handled(self) -> Sequence[Handled]:
        found: list[Handled] = []
        last, clock = 0, asyncio.get_running_loop().time
        while True:
            begun = clock()
            lot = await self._store.database.read(lambda c, last=last: self._handled_after(c, last))  # type: ignore[misc]
            if not lot:
                return found
            last = lot[-1][0]
            found += await self._with_clocks([each for _, each, _ in lot], {each.message for _, each, d in lot if d})
            await asyncio.sleep(min(_LONGEST_S, clock() - begun))  # there may be very many: pages go first

    def _handled_after(self, connection: Connection, last: int) -> Sequence[tuple[int, Handled, bool]]:
        """Return requests with their answers, and whether a judicial delay was told of each."""
        columns = (inbox.c.id, inbox.c.message, inbox.c.sender, inbox.c.raw, inbox.c.logged_at)
        query = select(*columns).where(
            inbox.c.message.is_not(None),
            inbox.c.state.in_(_CAME),
            inbox.c.type.like(_REQUEST),
            inbox.c.mode == str(Mode.ACTION),
            inbox.c.id > last,
        )
        rows = connection.execute(query.order_by(inbox.c.id).limit(_LOT)).all()
        answers = self._answers(connection, [row.message for row in rows])
        return [
            (row.id, self._one(connection, row, mine), any(each.type.startswith(_DELAY) for each in mine))
            for row in rows
            for mine in (answers.get(row.message, []),)
        ]

    def _answers(self, connection: Connection, messages: Sequence[bytes]) -> Mapping[bytes, list[Any]]:
        columns = (outbox.c.message, outbox.c.in_reply_to, outbox.c.type, outbox.c.item, outbox.c.accepted_at)
        query = select(*columns).where(_WENT, outbox.c.in_reply_to.in_(messages)).order_by(outbox.c.accepted_at)
        found: dict[bytes, list[Any]] = {}
        for row in connection.execute(query):
            found.setdefault(row.in_reply_to, []).append(row)
        return found

    def _one(self, connection: Connection, row: Any, answers: Sequence[Any]) -> Handled:  # noqa: ANN401 - a row
        core = parse_manifest(parse_signed(row.raw, MAX_SIGNED).payload).core
        replied = [each.accepted_at for each in answers if self._is_whole(connection, each)]
        refusals = [self._refusal(connection, each) for each in answers if each.type.startswith(_REFUSAL)]
        return Handled(
            message=MessageId(row.message),
            at=row.logged_at,
            country=self._country(core.sender),
            urgency=Urgency.URGENT if core.urgency == URGENT else Urgency.NOT_URGENT,
            replied_at=min(replied, default=None),
            refusals=tuple(refusals),
        )

    def _is_whole(self, connection: Connection, row: Row[Any]) -> bool:
        """Tell whether a message answers the whole request; an erased answer counts as a whole one."""
        if row.type.startswith(_NOTHING):
            return True
        if not row.type.startswith(_ANSWER):
            return False
        said = self._said(connection, row)
        return said is None or said.get("/completeness") == "complete"

    def _refusal(self, connection: Connection, row: Row[Any]) -> Refusal:
        said = self._said(connection, row)
        if said is None:
            return Refusal(MessageId(row.message), row.accepted_at, (), Scope.FULL)
        grounds = {str(value) for path, value in said.items() if _GROUND.fullmatch(path)}
        scope = Scope.PART if said.get("/scope") == Scope.PART.value else Scope.FULL
        return Refusal(MessageId(row.message), row.accepted_at, tuple(sorted(grounds)), scope)

    def _said(self, connection: Connection, row: Row[Any]) -> Mapping[str, object] | None:
        content = self._store.vault.get(connection, row.item)
        return None if content is None else dict(parse_body(content))

    async def _with_clocks(self, handled: Sequence[Handled], delayed: set[MessageId]) -> Sequence[Handled]:
        """Return the requests with the end of their limit, where it passed under a notice of judicial delay."""
        now = self._here.clock()
        cases = await self._clocks.of(sorted(delayed))
        return [_with_clock(each, cases.get(each.message, ()), self._here.node, now) for each in handled]

    def _country(self, node: NodeId) -> str:
        known = self._replica.directory.participant(node)
        return UNKNOWN if known is None else known.country


def _with_clock(handled: Handled, cases: Sequence[Case], me: NodeId, now: int) -> Handled:
    for case in cases:
        clock = case.clock
        if case.awaited is not Awaited.ANSWER or case.owed_by != me or clock.delay is None:
            continue
        limit = replace(clock, delay=None).due(now)
        ended = clock.closed_at
        if (ended or now) > limit:
            return replace(handled, deviated_at=limit, ended_at=ended)
    return handled
