"""Takes mail: fetch, verify, open, recheck, store, queue evidence. Repeating any part of it is harmless.

The hub is believed in nothing: the mailbox head and the checkpoint are signed and continue what was seen before, every
item is proved to stand in the log, and what is missing from a mailbox is noticed (attack 22).
"""

import asyncio
import hashlib
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from nodes.gateway import incoming, postings, unserved
from nodes.gateway.alarms import raise_alarm
from nodes.gateway.arrivals import (
    Arrival,
    Arrived,
    Confirmed,
    Missing,
    Unfetched,
    Unopenable,
    View,
    Voided,
    behind,
    read_item,
)
from nodes.gateway.contents import encode_opened
from nodes.gateway.deeds import Operation, act_on, restricting
from nodes.gateway.foreign_consents import heed
from nodes.gateway.hearing import Ending
from nodes.gateway.held_notes import read_rule, tell_rule
from nodes.gateway.here import Here
from nodes.gateway.inbox import Position, find, position
from nodes.gateway.incoming import Judged, Place
from nodes.gateway.judge import Judge
from nodes.gateway.postings import Posting
from nodes.gateway.receipts import HOUR, make_receipt
from nodes.gateway.stores import Network, Store
from nodes.gateway.trouble import HubTrouble
from protocol.charter import Charter
from protocol.checkpoint import Checkpoint
from protocol.core import Core
from protocol.errors import Code, Fault
from protocol.evidence import Event
from protocol.ids import Channel, MessageId
from protocol.mailbox import Head, MailboxItem, Page, parse_page, verify_head
from protocol.opening import Reader
from protocol.stages import Accepted, Held
from runtime.operator import OperatorError

_PATIENCE: Final = 4  # tries before a leaf ahead of the directory, or an item that cannot be stored, is given up
_LIES: Final = frozenset(
    {
        Code.BAD_CHECKPOINT,
        Code.BAD_CONSISTENCY,
        Code.BAD_EVIDENCE,
        Code.BAD_SIGNATURE,
        Code.MALFORMED,
        Code.MISSING_SIGNATURE,
        Code.ROLLBACK,
        Code.SPLIT_VIEW,
        Code.UNKNOWN_KEY,
    }
)
"""What an honest hub never serves: a page refused for it stays an alarm, also when the next page is good again."""
_SIGNED_AGAIN_S: Final = 900  # a hub that says that nothing is new has to sign so, this often
_OURS: Final = frozenset({Code.BUSY, Code.DISK_FULL, Code.NOT_READY})
"""Faults of this machine: no item is ever given up for them."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What one fetch brought."""

    items: int
    messages: int


@dataclass(frozen=True, slots=True)
class Taking:
    """What taking mail needs besides the store: who judges it, what ends of consents lock, the bound of receipts."""

    judge: Judge
    ending: Ending
    failures_per_hour: int


@dataclass(frozen=True, slots=True)
class _Quiet:
    """A head that signs no more items than were taken: its digest, where taking stood, and when it came."""

    head: bytes
    at: Position
    since: int


class Receiver:
    """Takes the mail of one node, one channel at a time; several channels may be taken side by side."""

    def __init__(self, here: Here, network: Network, store: Store, tools: Taking) -> None:
        self._here = here
        self._network = network
        self._store = store
        self._judge = tools.judge
        self._ending = tools.ending
        self._failures_per_hour = tools.failures_per_hour
        self._waits: dict[Channel, int] = {}
        self._quiet: dict[Channel, _Quiet] = {}
        self._failures: dict[Channel, int] = {}

    async def take(self, channel: Channel, wait_s: int) -> Taken:
        """Return when one page of a mailbox is stored, evidence queued, and the cursor behind it.

        Raises BAD_SIGNATURE, BAD_CHECKPOINT, BAD_CONSISTENCY, SPLIT_VIEW, ROLLBACK or MALFORMED for a page the hub may
        not serve; an alarm is stored and nothing of the page. An item that cannot be read is stored as such and stops
        nothing.
        """
        try:
            return await self._take_page(channel, wait_s)
        except Fault as fault:
            if fault.code in _LIES:
                await self._alarm(fault.code, channel)
            raise

    async def _take_page(self, channel: Channel, wait_s: int) -> Taken:
        before = await self._store.database.read(lambda connection: position(connection, channel))
        known = self._known(channel, before)
        raw = await self._network.hub.fetch(channel, before.number, wait_s, known)
        if known is not None and not raw:  # whoever was asked for a signed head has to give one
            return Taken(0, 0)
        page = parse_page(raw)
        checkpoint = await self._network.heads.accept(page.checkpoint)
        if await self._store.database.read(lambda connection: position(connection, channel)) != before:
            return Taken(0, 0)  # the log began anew meanwhile: the mailbox is taken from its beginning next time
        head = await self._check_head(page, channel, before)
        await self._note_missing(page, head, before)
        if not page.items and head.count == before.number:
            self._quiet[channel] = _Quiet(hashlib.sha256(page.head).digest(), before, self._here.clock())
        messages = 0
        for item in page.items:
            messages += await self._take_item(item, Place(channel, before, page.checkpoint, 0), checkpoint, head)
        return Taken(len(page.items), messages)

    def _known(self, channel: Channel, before: Position) -> bytes | None:
        """Return the digest of the head under which nothing was left to take; None where a signed one is wanted."""
        quiet = self._quiet.get(channel)
        if quiet is None or quiet.at != before or self._here.clock() - quiet.since >= _SIGNED_AGAIN_S:
            return None
        return quiet.head

    async def _check_head(self, page: Page, channel: Channel, before: Position) -> Head:
        head = await self._signed_head(page)
        if (head.node, head.channel) != (self._here.node, channel):
            raise Fault(Code.BAD_EVIDENCE, "head of another mailbox")
        if head.count < before.total or head.count < before.number:
            raise Fault(Code.ROLLBACK, "mailbox")
        return head

    async def _signed_head(self, page: Page) -> Head:
        """Return the head under the hub's identity; one that is unknown may be that of a charter not fetched yet."""
        try:
            return await asyncio.to_thread(verify_head, page.head, self._charter.hub_identity, self._here.network)
        except Fault as fault:
            if fault.code is not Code.UNKNOWN_KEY:
                raise
        await self._network.sync.follow()
        return await asyncio.to_thread(verify_head, page.head, self._charter.hub_identity, self._here.network)

    async def _note_missing(self, page: Page, head: Head, before: Position) -> None:
        """Raise an alarm for items the signed count promises and the hub does not serve; what is served is taken."""
        numbers = [item.number for item in page.items]
        expected = list(range(before.number + 1, before.number + 1 + len(numbers)))
        withheld = not numbers and head.count > before.number
        if numbers == expected and not withheld and (not numbers or numbers[-1] <= head.count):
            return
        await self._alarm(Code.SEQUENCE_GAP, head.channel)

    async def _alarm(self, code: Code, channel: Channel) -> None:
        at, subject = self._here.clock(), f"mailbox {channel}"
        await self._store.database.write(lambda connection: raise_alarm(connection, code.value, subject, at))

    async def _take_item(self, item: MailboxItem, place: Place, checkpoint: Checkpoint, head: Head) -> int:
        now = self._here.clock()
        place = Place(place.channel, Position(item.number, head.count, now), place.checkpoint, now)
        arrival = await self._read(item, place.channel, checkpoint)
        if behind(arrival, self._network.replica.directory):
            await self._network.sync.run()
            arrival = await self._read(item, place.channel, checkpoint)
            self._check_patience(arrival, place)
        await self._put(arrival, place)
        self._waits.pop(place.channel, None)
        self._failures.pop(place.channel, None)
        return isinstance(arrival, Arrived)

    def _check_patience(self, arrival: Arrival, place: Place) -> None:
        """Raise STALE_DIRECTORY a few times for a leaf beyond the hub's published directory; then take it as it is."""
        if not behind(arrival, self._network.replica.directory):
            return
        waits = self._waits.get(place.channel, 0) + 1
        self._waits[place.channel] = waits
        if waits < _PATIENCE:
            raise Fault(Code.STALE_DIRECTORY, "the leaf is ahead of the hub's directory")

    async def _read(self, item: MailboxItem, channel: Channel, checkpoint: Checkpoint) -> Arrival:
        here, directory = self._here, self._network.replica.directory
        reader = Reader(here.node, here.network, directory.charter.minimum_suite, here.ring)
        view = View(channel, checkpoint, directory, reader, here.clock())
        return await asyncio.to_thread(read_item, item, view)

    async def _put(self, arrival: Arrival, place: Place) -> None:
        """Store an arrival. One that cannot be stored for reasons of its own becomes unopenable after a few tries."""
        try:
            await self._store_arrival(arrival, place)
        except (HubTrouble, OperatorError):
            raise
        except Exception as err:
            if not self._is_its_own_fault(err, place.channel):
                raise
            code = err.code if isinstance(err, Fault) else Code.INTERNAL
            message = arrival.opened.id if isinstance(arrival, Arrived) else None
            await self._put_unopenable(Unopenable(arrival.item, code, arrival.leaf, None, message), place)

    def _is_its_own_fault(self, err: Exception, channel: Channel) -> bool:
        if isinstance(err, Fault) and err.code in _OURS:
            return False
        tries = self._failures.get(channel, 0) + 1
        self._failures[channel] = tries
        return tries >= _PATIENCE

    async def _store_arrival(self, arrival: Arrival, place: Place) -> None:
        write = self._store.database.write
        match arrival:
            case Arrived():
                await self._put_message(arrival, place)
            case Confirmed():
                rule = await asyncio.to_thread(read_rule, self._here, arrival.receipt.receipt)
                await write(lambda connection: incoming.store_confirmation(connection, arrival, place, rule))
            case Voided():
                await write(lambda connection: incoming.store_voided(connection, arrival, place))
            case Unfetched():
                await write(lambda connection: unserved.store_unfetched(connection, arrival, place))
            case Missing():
                await write(lambda connection: incoming.store_missing(connection, arrival, place))
            case Unopenable():
                await self._put_unopenable(arrival, place)

    async def _put_message(self, arrived: Arrived, place: Place) -> None:
        message = arrived.opened.id
        me = arrived.opened.core.recipient(self._here.node)
        if me is None:
            raise Fault(Code.NOT_A_RECIPIENT)
        database = self._store.database
        if await database.read(lambda connection: find(connection, message)) is not None:
            await database.write(lambda connection: incoming.store_repeat(connection, message, place))
            return
        if await database.read(lambda connection: incoming.equivocates(connection, arrived, me)):
            core = arrived.opened.core
            await self._put_unopenable(
                Unopenable(arrived.item, Code.SENDER_EQUIVOCATION, arrived.leaf, core, message), place
            )
            return
        verdict = await self._judge.opened(arrived.opened, arrived.leaf)
        held = isinstance(verdict, Held)
        files = tuple(self._store.files.new_name() for _ in arrived.opened.attachments)
        receipt = None
        if not files:  # else the hand-over is confirmed once they are here
            receipt = await asyncio.to_thread(self._handed_over, arrived.opened.core, message, verdict, held=held)
        rows = (*arrived.opened.body, *(arrived.opened.identity or ()))
        judged = Judged(
            arrived=arrived,
            me=me,
            decision=verdict.decision,
            held=held,
            content=encode_opened(arrived.opened),
            tags=self._store.search.tags_of(row.value for row in rows),
            receipt=receipt,
            files=files,
        )
        vault = self._store.vault

        def store(connection: Connection) -> None:
            restricted = incoming.store_message(connection, vault, judged, place)
            heed(connection, self._ending, arrived.opened, place.at)
            core = arrived.opened.core
            self._store.journal.note(
                connection, act_on(Operation.COLLECTION, "receive", message, core, verdict.decision)
            )
            if restricted:
                self._store.journal.note(connection, restricting(restricted))

        await database.write(store)
        for file in files:
            self._store.files.settle(file)

    def _handed_over(self, core: Core, message: MessageId, verdict: Accepted | Held, *, held: bool) -> Posting:
        rule = b""
        if held:
            about = (message, core.sender, core.channel)
            rule = tell_rule(self._here, self._network.replica.directory, verdict.decision, about)
        return make_receipt(self._here, Event.CONTENT_HANDOVER, message, held=held, rule=rule)

    async def _put_unopenable(self, found: Unopenable, place: Place) -> None:
        receipt = await self._failure_receipt(found, place)
        await self._store.database.write(
            lambda connection: incoming.store_unopenable(connection, found, place, receipt)
        )

    async def _failure_receipt(self, found: Unopenable, place: Place) -> Posting | None:
        """Return the receipt that says CANNOT_OPEN and nothing else; None where none is due or too many were made."""
        message = found.message
        if message is None:
            return None
        event = Event.CONTENT_HANDOVER_FAILURE

        def unwanted(connection: Connection) -> bool:
            recent = postings.count_since(connection, int(event), place.at - HOUR)
            return recent >= self._failures_per_hour or find(connection, MessageId(message)) is not None

        if await self._store.database.read(unwanted):
            return None
        return await asyncio.to_thread(make_receipt, self._here, event, message)

    @property
    def _charter(self) -> Charter:
        return self._network.replica.directory.charter
