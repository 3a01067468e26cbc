"""The processing log of one node at work: it takes in every act, and whoever reads it is written down in it first.

It is read for four purposes only (LED Article 25(2)) and kept for at least three years; what is older is taken out in
one step that the log itself records, never beyond its latest anchor.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection

from nodes.casework import processing_log_store as store
from nodes.casework.processing_log import (
    Break,
    Broken,
    Head,
    Kept,
    LogPurpose,
    Verified,
    Verifier,
    trimmed,
)
from nodes.casework.processing_log_anchor_store import anchored, heads_at, last_anchored, last_count, last_made
from nodes.casework.processing_log_anchors import AnchorCheck, Anchored, check_anchors
from nodes.casework.processing_log_glass import parted
from nodes.casework.processing_log_store import Start, Wanted
from nodes.gateway.deeds import Act, Operation
from nodes.gateway.journal import doer_now
from nodes.gateway.search import SearchKey
from protocol.ids import NodeId
from protocol.ports import Clock
from runtime.database import Database

LOG: Final = "processing-log"
YEAR_S: Final = 366 * 86_400
"""A year of keeping, never too short."""
_LOT: Final = 500  # entries of one look
_ANCHOR: Final = "processing log anchor"


class ProcessingJournal:
    """Writes acts down, in the transaction of whoever did them."""

    def __init__(self, node: NodeId, clock: Clock) -> None:
        self._node = node
        self._clock = clock

    def note(self, connection: Connection, act: Act) -> None:
        """Append the act with who does it now; what was reached through broken glass is said to be that."""
        doer, now = doer_now(), self._clock()
        for each in parted(connection, doer, act, now):
            store.append(connection, self._node, now, doer, each)


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, the newest first; ``next`` is the ``before`` of the following page, None at the end."""

    entries: Sequence[Kept]
    next: int | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the log stands: its head, where it begins, and its latest anchor in the network's log.

    ``waiting`` is the count of a later anchor that is on its way there.
    """

    head: Head
    start: Start | None
    anchored: Anchored | None = None
    waiting: int | None = None


class LogBook:
    """Reads the log of one node. The salts of its anchors come out of the key of the search tags."""

    def __init__(self, node: NodeId, clock: Clock, database: Database, search: SearchKey) -> None:
        self._node = node
        self._clock = clock
        self._database = database
        self._search = search
        self._journal = ProcessingJournal(node, clock)

    async def read(self, wanted: Wanted, purpose: LogPurpose) -> Page:
        """Return the entries that are wanted, after the reading itself was written down."""

        def work(connection: Connection) -> Page:
            found = store.find_entries(connection, wanted)
            rows = found[: wanted.limit]
            objects = () if wanted.about is None else (wanted.about,)
            self._note(connection, "read-log", purpose, objects, len(rows))
            return Page(rows, rows[-1].number if len(found) > wanted.limit else None)

        return await self._database.write(work)

    def salts(self, count: int) -> bytes:
        """Return the salt of the anchor that covers ``count`` entries."""
        return self._search.tag(f"{_ANCHOR}\0{count}")  # no word of a message holds a zero byte

    async def verify(self, purpose: LogPurpose, known: Sequence[Head] = ()) -> Broken | Verified:
        """Return what was covered, or the first entry at which the chain does not hold.

        ``known`` are heads that somebody kept from earlier: the chain has to pass through each of them that is not
        older than its beginning.
        """
        while True:
            begun = await self._database.write(lambda c: self._begin(c, "verify-log", purpose))
            start = None if begun.start is None else begun.start.head
            found = await self._follow(Verifier(self._node, start, known), begun)
            if await self._database.read(store.find_start) == begun.start:
                return found

    async def anchors(self) -> AnchorCheck:
        """Return which anchors the log goes through, and between which of them it is another than was anchored."""

        def load(connection: Connection) -> AnchorCheck:
            start = store.find_start(connection)
            found = anchored(connection, self._node, 0 if start is None else start.head.number)
            heads = heads_at(connection, [each.count for each in found])
            return check_anchors(self._node, found, heads, self.salts)

        return await self._database.read(load)

    async def export(self, wanted: Wanted, purpose: LogPurpose) -> AsyncIterator[Sequence[Kept]]:
        """Yield all entries that are wanted in lots, the newest first; only the limit of ``wanted`` is not heeded."""
        begun = await self._database.write(lambda c: self._begin(c, "export-log", purpose))
        before: int | None = min(begun.head.number + 1, wanted.before or begun.head.number + 1)
        while before is not None:
            found = await self._find(replace(wanted, limit=_LOT, before=before))
            rows = found[:_LOT]
            before = rows[-1].number if len(found) > _LOT else None
            yield rows

    async def begin_following(self, since: int | None, purpose: LogPurpose) -> int:
        """Return after which entry somebody reads on who wants all from ``since``; the reading is written down once."""

        def work(connection: Connection) -> int:
            self._note(connection, "export-log", purpose, (), None)
            before = None if since is None else store.last_before(connection, since)
            start = store.find_start(connection)
            return before.number if before is not None else 0 if start is None else start.head.number

        return await self._database.write(work)

    async def following(self, number: int) -> Sequence[Kept]:
        """Return the entries after ``number`` in their order, as many as one look takes."""
        return await self._database.read(lambda connection: store.following(connection, number, _LOT))

    async def standing(self) -> Standing:
        """Return where the log stands; this tells nothing of what is in it."""

        def load(connection: Connection) -> Standing:
            head = store.find_head(connection, self._node)
            last, made = last_anchored(connection, self._node), last_made(connection)
            waiting = None if made is None or (last is not None and made[0] <= last.count) else made[0]
            return Standing(head, store.find_start(connection), last, waiting)

        return await self._database.read(load)

    async def trim(self, keep_years: int) -> int:
        """Return how many entries were taken out because their time is over; the log tells of it in an entry.

        Only what an anchor covers goes, and it goes up to that anchor: what is left can still be told from another log.
        """
        now = self._clock()
        oldest = now - keep_years * YEAR_S
        over = await self._database.read(lambda connection: self._last_over(connection, oldest))
        if over is None:
            return 0

        def work(connection: Connection) -> int:
            self._journal.note(connection, trimmed(over))
            return store.drop_up_to(connection, over, now)

        return await self._database.write(work)

    def _last_over(self, connection: Connection, oldest: int) -> Head | None:
        """Return the chain up to the last anchor whose entries are all older than ``oldest``."""
        over, start = store.last_before(connection, oldest), store.find_start(connection)
        if over is None:
            return None
        begun = 0 if start is None else start.head.number
        count = last_count(connection, self._node, begun, over.number)
        head = None if count is None else heads_at(connection, [count]).get(count)
        return None if count is None or head is None else Head(count, head)

    def _begin(self, connection: Connection, deed: str, purpose: LogPurpose) -> Standing:
        self._note(connection, deed, purpose, (), None)
        head = store.find_head(connection, self._node)
        return Standing(head, store.find_start(connection))

    def _note(
        self, connection: Connection, deed: str, purpose: LogPurpose, objects: tuple[bytes, ...], count: int | None
    ) -> None:
        act = Act(operation=Operation.CONSULTATION, deed=deed, objects=objects, purpose=purpose.value, count=count)
        self._journal.note(connection, act)

    async def _follow(self, verifier: Verifier, begun: Standing) -> Broken | Verified:
        number = 0 if begun.start is None else begun.start.head.number
        while number < begun.head.number:
            after, limit = number, min(_LOT, begun.head.number - number)

            def look(connection: Connection, after: int = after, limit: int = limit) -> tuple[int, Broken | None]:
                rows = store.following(connection, after, limit)
                broken = next((found for each in rows if (found := verifier.take(each)) is not None), None)
                return (rows[-1].number if rows else begun.head.number), broken

            number, broken = await self._database.read(look)
            if broken is not None:
                return broken
        found = verifier.end()
        return (
            found
            if isinstance(found, Broken) or found.head == begun.head
            else Broken(found.head.number + 1, Break.MISSING)
        )

    async def _find(self, wanted: Wanted) -> Sequence[Kept]:
        return await self._database.read(lambda connection: store.find_entries(connection, wanted))
