"""Fetching: a page of items after the cursor, under a signed count; waiting for the first one holds nothing.

Specified in docs/wire.md section 4.1.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hub.admission_checks import check_sender
from hub.crew import Crew
from hub.items import Refused
from hub.logs import LedgerLog
from hub.mailbox_store import Handing, mark_served
from hub.observer import Observer
from hub.roster import Roster
from hub.shelf import Filled, Query, read_shelf
from hub.wakeups import Place, WakeUps
from protocol.errors import Code, Fault
from protocol.ids import NodeId
from protocol.mailbox import Head, MailboxItem, Page, encode_page, sign_head
from protocol.ports import Clock, IdentitySigner
from runtime.database import Database
from runtime.lifecycle import Lifecycle

_HEADS: Final = 10_000  # signed heads kept in memory, 4 KB each


@dataclass(frozen=True, slots=True)
class Counter:
    """The hub's side of fetching."""

    database: Database
    log: LedgerLog
    roster: Roster
    crew: Crew
    wakeups: WakeUps
    lifecycle: Lifecycle
    heads: "Heads"
    clock: Clock
    observer: Observer
    polls_per_node: int


class Heads:
    """Signed mailbox heads, kept until the count changes or the signature is older than ``age_s``."""

    def __init__(self, signer: IdentitySigner, network: bytes, clock: Clock, age_s: int) -> None:
        self._signer = signer
        self._network = network
        self._clock = clock
        self._age_s = age_s
        self._kept: dict[Place, tuple[int, int, bytes]] = {}

    def find(self, place: Place, count: int) -> bytes | None:
        """Return the kept head for this count while it is fresh."""
        kept = self._kept.get(place)
        if kept is None or kept[0] != count or self._clock() - kept[1] >= self._age_s:
            return None
        return kept[2]

    def sign(self, head: Head) -> bytes:
        """Return the signed head and keep it. CPU work for a thread."""
        raw = sign_head(head, self._signer, self._network)
        if len(self._kept) >= _HEADS:
            self._kept.clear()
        self._kept[head.node, head.channel] = (head.count, self._clock(), raw)
        return raw


async def fetch(counter: Counter, place: Place, after: int, wait_s: float, seen: str = "") -> bytes | None:
    """Return a page of the items after ``after``, waiting up to ``wait_s`` seconds for the first one.

    None when there is none and the signed head is still that with the SHA-256 ``seen``, in hexadecimal digits.
    NODE_SUSPENDED as soon as the directory says so, also for a poll that is open already; RATE_LIMITED when the node
    holds too many polls open. The page is recorded as served before it is returned.
    """
    end = asyncio.get_running_loop().time() + wait_s
    if counter.wakeups.waiting(place[0]) >= counter.polls_per_node:
        raise Fault(Code.RATE_LIMITED, "open polls")
    with counter.wakeups.listen(place) as wake:
        while True:
            wake.clear()  # before looking: what comes meanwhile wakes the rest below
            _check_allowed(counter, place[0])
            page = await _look(counter, place, after)
            left = end - asyncio.get_running_loop().time()
            if page.items or left <= 0 or counter.lifecycle.closing:
                known = not page.items and hashlib.sha256(page.head).hexdigest() == seen
                return None if known else encode_page(page)
            await counter.lifecycle.rest(wake, left)


def _check_allowed(counter: Counter, node: NodeId) -> None:
    refused = check_sender(counter.roster.current.directory.participant(node, counter.clock()))
    if refused is not None:
        raise Refused(refused, node)


async def _look(counter: Counter, place: Place, after: int) -> Page:
    checkpoint = counter.log.latest
    if checkpoint is None:
        raise Fault(Code.NOT_READY, "no checkpoint yet")
    revoked = counter.roster.current.directory.is_key_revoked
    ask = Query(place, after, checkpoint.size)
    count, items = await counter.database.read(lambda connection: read_shelf(connection, ask, revoked))
    while items and not await _mark(counter, place, items):  # a message's life ended between the two
        count, items = await counter.database.read(lambda connection: read_shelf(connection, ask, revoked))
    if items:
        counter.observer.served(place, [item.withheld for item in items])
    head = counter.heads.find(place, count)
    if head is None:
        head = await counter.crew.run(counter.heads.sign, Head(*place, count, checkpoint.size))
    inclusions = await counter.log.include_many([item.leaf for item in items], checkpoint.size) if items else {}
    return Page(
        head,
        checkpoint.raw,
        tuple(MailboxItem(item.number, item.kind, inclusions[item.leaf], item.content) for item in items),
    )


async def _mark(counter: Counter, place: Place, items: Sequence[Filled]) -> bool:
    """Return whether these items may be handed out; from now on they count as handed out."""
    shown, withheld = [each.leaf for each in items if each.shown], [each.leaf for each in items if each.withheld]
    handing = Handing(items[-1].number, shown, withheld)
    return await counter.database.write(lambda connection: mark_served(connection, place, handing))
