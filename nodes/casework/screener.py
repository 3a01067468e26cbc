"""Screens what was received, after it is stored and apart from receiving: nothing waits for it, nothing depends on it.

A request that cannot be screened goes into the red lane, where a person looks at it, and stops no other.
"""

import asyncio
from typing import Final

from sqlalchemy import Connection

from nodes.casework.crosscheck import About, OwnHit, find_hits, wanted
from nodes.casework.lists import drop_old_lists, lists_with
from nodes.casework.request_facts import Content, Received, facts_of, holdings_of
from nodes.casework.results import Screened, drop_erased, due, let_in, put_result, windows
from nodes.casework.screening import Holdings, RequestFacts, lane_of, screen, unscreened
from nodes.casework.subjects import marks_of
from nodes.gateway import inbox
from nodes.gateway.contents import fields_of, parse_opened
from nodes.gateway.deeds import Act, Operation
from nodes.gateway.gateway import Gateway
from nodes.gateway.inbox import READABLE, InRow
from protocol.catalogue.content import summarise
from protocol.catalogue.rows import unflatten
from protocol.catalogue.types import Catalogue
from protocol.errors import Code, Fault
from protocol.ids import MessageId
from protocol.stages import Opened
from runtime.log import Log

SCREEN: Final = "screen"
_AT_ONCE: Final = 20  # requests of one look into the store
_PAUSE_S: Final = 30.0  # new mail wakes the loop; a release and the end of a list may wait this long
_WALK_S: Final = 3_600  # between two looks at all messages, however old
_MARGIN: Final = 1_000  # messages that may become readable after later ones
_OURS: Final = frozenset({Code.BUSY, Code.DISK_FULL, Code.NOT_READY})
"""Faults of this machine: screening is tried again."""


class Screener:
    """Screens the requests of one node."""

    def __init__(self, gateway: Gateway, log: Log) -> None:
        self._gateway = gateway
        self._log = log
        self._begin = 0  # of the messages that are looked at in every round
        self._walked_at = 0

    async def turn(self) -> float:
        """Return when every request here has a result; lists and results that are over are erased."""
        database, now = self._gateway.store.database, self._gateway.here.clock()

        def tidy(connection: Connection) -> None:
            drop_old_lists(connection, now)
            drop_erased(connection)

        await database.write(tidy)
        for message in await database.read(let_in):
            await self._screen(message)
        begin = 0 if now - self._walked_at >= _WALK_S else self._begin
        for window in reversed(await database.read(lambda connection: windows(connection, begin))):
            await self._screen_all(window)
            self._begin = max(self._begin, window[0] - _MARGIN)
        self._walked_at = now if begin == 0 else self._walked_at
        return _PAUSE_S

    async def _screen_all(self, window: tuple[int, int]) -> None:
        database = self._gateway.store.database
        while messages := await database.read(lambda connection: due(connection, _AT_ONCE, window)):
            for message in messages:
                await self._screen(message)

    async def _screen(self, message: MessageId) -> None:
        database = self._gateway.store.database
        row = await database.read(lambda connection: inbox.find(connection, message))
        if row is None:
            return
        try:
            result = await self._examine(row, message)
        except Exception as err:  # whatever is wrong with one request is shown to a person
            if isinstance(err, Fault) and err.code in _OURS:
                raise
            self._log.unexpected(err, SCREEN)
            reasons = unscreened()
            result = Screened(lane_of(reasons), _is_held(row), self._gateway.here.clock(), reasons)
        act = _combined(message, result)

        def put(connection: Connection) -> None:
            put_result(connection, message, result)
            self._gateway.store.journal.note(connection, act)

        await database.write(put)

    async def _examine(self, row: InRow, message: MessageId) -> Screened:
        store = self._gateway.store
        stored = await store.database.read(lambda connection: store.vault.get(connection, row.item))
        if stored is None:
            raise Fault(Code.CANNOT_OPEN, "the content is gone")
        opened = await asyncio.to_thread(parse_opened, stored)
        catalogue = await self._catalogue(opened)
        content = None if _is_held(row) else await asyncio.to_thread(_content, catalogue, opened)
        hits: tuple[OwnHit, ...] = ()
        holdings = Holdings()
        if content is not None:
            marks = await asyncio.to_thread(marks_of, content.document)
            core, key = opened.core, store.search
            about = About(message, core.channel, core.sender, core.type, row.received_at)
            asked = await asyncio.to_thread(wanted, key, marks)
            hits = await store.database.read(lambda connection: find_hits(connection, about, asked))
            lists = await store.database.read(lambda connection: lists_with(connection, key, marks))
            holdings = holdings_of(hits, lists)
        facts = self._facts(row, opened, catalogue, content, holdings)
        reasons = screen(facts)
        now = self._gateway.here.clock()
        return Screened(lane_of(reasons), _is_held(row), now, reasons, tuple(each.message for each in hits))

    def _facts(
        self, row: InRow, opened: Opened, catalogue: Catalogue, content: Content | None, holdings: Holdings
    ) -> RequestFacts:
        held = row.decision.findings if row.decision is not None and _is_held(row) else ()
        received = Received(opened.core, self._gateway.here.node, row.received_at, held)
        return facts_of(received, self._gateway.network.replica.directory, catalogue, content, holdings)

    async def _catalogue(self, opened: Opened) -> Catalogue:
        replica = self._gateway.network.replica
        bundle = replica.find_bundle(opened.core.policy) or replica.bundle
        if bundle is None:
            raise Fault(Code.POLICY_UNKNOWN)
        return bundle.catalogue


def _content(catalogue: Catalogue, opened: Opened) -> Content:
    document = unflatten(fields_of(opened.body))
    return Content(document, summarise(catalogue, catalogue.type(opened.core.type), document))


def _combined(message: MessageId, result: Screened) -> Act:
    """Return the cross-check as it is written down: the request, and what of this node it was found to meet."""
    found = tuple(result.about)
    return Act(operation=Operation.COMBINATION, deed="match", objects=(message, *found), count=len(found))


def _is_held(row: InRow) -> bool:
    """Tell whether a rule still holds the message back: nobody reads its content until a person released it."""
    return row.state not in READABLE
