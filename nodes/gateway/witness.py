"""A witness at work: asks the hub for what to cosign, demands what ``witness_rules`` says, stores, signs, brings.

Stored before signed: a crash in between is made good at the next turn, and two processes of one witness cannot put
their name under two histories. Nothing else of a node waits for any of it.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from keys.records import RestartRecord
from keys.signed_head import all_charters, shown_charters, signed_head
from nodes.gateway.heads import parse_hashes
from nodes.gateway.hub_port import HubClient
from nodes.gateway.replica import Replica
from nodes.gateway.sync import Sync, parse_entries
from nodes.gateway.trouble import HubRefused
from nodes.gateway.witness_rules import (
    STOPPING,
    Contradiction,
    Finding,
    Kept,
    Reading,
    Shown,
    adopt,
    begin_again,
    begin_reading,
    check_growth,
    compare_clocks,
    compare_heads,
    cuts_off,
    finish_reading,
    is_after,
    is_due,
    read_leaves,
    signed,
    signs_both,
)
from nodes.gateway.witness_store import load_kept, put_finding, swap_kept
from protocol.api import DIRECTORY_LOG, MESSAGE_LOG
from protocol.checkpoint import CheckpointSigner, Head, directory_origin, messages_origin
from protocol.cosignature import cosign, cosign_plain, encode_lines
from protocol.errors import Code, Fault
from protocol.evidence_bundle import head_of
from protocol.limits import MAX_LOG_ENTRIES
from protocol.merkle import Frontier
from protocol.ports import Clock
from protocol.statement_network import Restart
from runtime.database import Database

LOGS: Final = (DIRECTORY_LOG, MESSAGE_LOG)
_LIES: Final = frozenset({Code.BAD_CONSISTENCY, Code.ROLLBACK, Code.ROOT_MISMATCH, Code.SPLIT_VIEW})
"""What ``Sync`` refuses in a directory that does not continue the one it holds."""


@dataclass(frozen=True, slots=True)
class Stand:
    """Who witnesses, and what with."""

    name: str
    signer: CheckpointSigner
    replica: Replica
    sync: Sync
    database: Database
    hub: HubClient
    clock: Clock


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn did: the size that stands under this witness's name now, and what was found."""

    log: str
    size: int
    cosigned: bool
    found: tuple[Contradiction, ...] = ()


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is stored, and what follows where nothing forbids it."""

    log: str
    stored: Kept
    following: Kept | None
    found: tuple[Contradiction, ...] = ()


class Witness:
    """One witness of one network. A log is looked at by one turn at a time."""

    def __init__(self, stand: Stand) -> None:
        self.stand: Final = stand
        self._looked: dict[str, int] = {}
        self._connected: set[str] = set()
        self._moved: int | None = None  # when messages were last cosigned; unknown after a start

    async def turn(self, log: str, wait_s: int) -> Turn:
        """Return after what the hub offers was judged, and cosigned where it continues what was cosigned before.

        Findings are stored with both signed objects before this returns. Raises the hub's troubles, BAD_CHECKPOINT,
        MISSING_SIGNATURE, BAD_SIGNATURE for a note that proves nothing, MALFORMED for leaves that are none. A log that
        grew under keys which a later charter replaced is MISSING_SIGNATURE too.
        """
        connected = log in self._connected  # else somebody may stand behind the address who was not asked before
        self._connected.discard(log)
        done = await self._turn(log, wait_s if connected else 0)
        self._connected.add(log)
        return done

    async def _turn(self, log: str, wait_s: int) -> Turn:
        stand = self.stand
        kept = await stand.database.read(lambda connection: load_kept(connection, log))
        asked = stand.clock()
        due = is_due(
            kept, asked, self._moved_before(log, asked)
        )  # then the same size is wanted once more, and nothing is waited for
        raw = await stand.hub.offer(log, kept.size - 1 if due else kept.size, 0 if due else wait_s)
        shown = await self._shown(log, raw, kept)
        if shown.head.checkpoint.size == kept.size:
            self._looked[log] = asked
        plan = await self._judge(log, kept, shown)
        for each in plan.found:
            await stand.database.write(partial(put_finding, log=log, found=each, at=shown.at))
        return await self._cosign(plan, shown)

    def _moved_before(self, log: str, now: int) -> int | None:
        if log != DIRECTORY_LOG:
            return None
        return now if self._moved is None else self._moved

    async def _shown(self, log: str, raw: bytes, kept: Kept) -> Shown:
        """Return what the hub shows; keys that no charter here names may be those of one not fetched yet."""
        try:
            head = await asyncio.to_thread(self._head, log, raw, kept)
        except Fault as fault:
            if fault.code is not Code.MISSING_SIGNATURE:
                raise
            await self._follow()
            head = await asyncio.to_thread(self._head, log, raw, kept)
        return Shown(head, raw, self.stand.clock(), self._looked.get(log, 0))

    def _head(self, log: str, raw: bytes, kept: Kept) -> Head:
        """Return the head under a charter whose keys may sign it: what is new in the message log, the one in force."""
        directory, size = self.stand.replica.directory, head_of(raw).size
        if log == DIRECTORY_LOG:
            return signed_head(raw, directory_origin(directory.network_id), shown_charters(directory, size))[0]
        charters = [directory.charter] if size > kept.size else all_charters(directory)
        return signed_head(raw, messages_origin(directory.network_id), charters)[0]

    async def _judge(self, log: str, stored: Kept, shown: Shown) -> _Plan:
        plan = await self._compare(log, stored, shown)
        if plan.following is not None:
            return plan
        for cut in await self._restarts(log, stored, shown):
            anew = await self._compare(log, stored, shown, cut.restart)
            if anew.following is None or is_after(cut, anew.following):
                return anew
        return plan

    async def _compare(self, log: str, stored: Kept, shown: Shown, cut: Restart | None = None) -> _Plan:
        """Return what follows from what is stored, or, after a restart, from the whole log, which is read again."""
        kept = stored if cut is None else Kept(Frontier())
        wrong = compare_heads(kept, shown)
        if wrong is not None:
            return _Plan(log, stored, None, (wrong,))
        if shown.head.checkpoint.size == kept.size:
            return _Plan(log, stored, kept)
        begin = begin_reading(stored, shown) if cut is None else begin_again(stored, shown, cut.size)
        following, found = await self._grow(log, kept, shown, begin)
        findings = tuple(each for each in (compare_clocks(shown), found) if each is not None)
        stops = any(each.finding in STOPPING for each in findings)
        return _Plan(log, stored, None if stops else following, findings)

    async def _grow(self, log: str, kept: Kept, shown: Shown, begin: Reading) -> tuple[Kept, Contradiction | None]:
        """Return what would be kept next, and what the growth shows."""
        wrong = await self._prove(log, kept, shown)
        if wrong is not None:
            return kept, wrong
        if log == DIRECTORY_LOG:
            return await self._grow_directory(kept, shown)
        reading = begin
        size = shown.head.checkpoint.size
        while reading.frontier.size < size:
            page = await self._page(reading, size)
            if page is None:
                break
            try:
                reading = await asyncio.to_thread(read_leaves, reading, page)
            except Fault as fault:
                if fault.code is not Code.SPLIT_VIEW:
                    raise
                return kept, Contradiction(Finding.SPLIT_VIEW, kept.note, shown.raw, tuple(page))
        following, found = finish_reading(kept, reading, shown)
        if found is None or found.finding not in STOPPING:
            wrong = await self._compare_views(kept, reading, shown)
            await asyncio.to_thread(self._head, log, shown.raw, kept)  # under the directory of the newest leaf
        return (kept, wrong) if wrong is not None else (following, found)

    async def _prove(self, log: str, kept: Kept, shown: Shown) -> Contradiction | None:
        if kept.size == 0:
            return None
        try:
            proof = parse_hashes(await self.stand.hub.consistency(log, kept.size, shown.head.checkpoint.size))
        except HubRefused:
            proof = ()  # a hub that has no proof between sizes it signed itself is not consistent
        return check_growth(kept, shown, proof)

    async def _grow_directory(self, kept: Kept, shown: Shown) -> tuple[Kept, Contradiction | None]:
        """Compare with the replica, which checks every statement: a witness cosigns no directory it cannot read."""
        tree = shown.head.checkpoint
        if self.stand.replica.directory.size < tree.size:
            await self._follow()
            await asyncio.to_thread(self._head, DIRECTORY_LOG, shown.raw, kept)  # its own entries may change the keys
        try:
            self.stand.replica.directory.check_view(tree.size, tree.root)
        except Fault as fault:
            if fault.code is Code.STALE_DIRECTORY:
                return kept, Contradiction(Finding.WITHHELD_MESSAGE, kept.note, shown.raw)
            return kept, Contradiction(Finding.SPLIT_VIEW, kept.note, shown.raw)
        return adopt(kept, shown), None

    async def _follow(self) -> None:
        """Bring the directory up to date; a hub that lies about it, or keeps it back, leaves it as it is.

        What it then contradicts is found by whoever compares. Other faults are raised: they may be this node's own.
        """
        try:
            await self.stand.sync.follow()
        except HubRefused:
            return
        except Fault as fault:
            if fault.code not in _LIES:
                raise

    async def _page(self, reading: Reading, size: int) -> Sequence[bytes] | None:
        start = reading.frontier.size
        end = min(size, start + MAX_LOG_ENTRIES)
        try:
            return parse_entries(await self.stand.hub.entries(MESSAGE_LOG, start, end), end - start)
        except (HubRefused, Fault):
            return None  # what a checkpoint promises is not shown

    async def _compare_views(self, kept: Kept, reading: Reading, shown: Shown) -> Contradiction | None:
        """Return SPLIT_VIEW where a leaf was decided under a directory that is none of this witness's."""
        if reading.views and reading.views[-1][0] > self.stand.replica.directory.size:
            await self._follow()
        for size, root in reading.views:
            try:
                self.stand.replica.directory.check_view(size, root)
            except Fault:
                return Contradiction(Finding.SPLIT_VIEW, kept.note, shown.raw, (root,))
        return None

    async def _restarts(self, log: str, kept: Kept, shown: Shown) -> list[RestartRecord]:
        """Return the restarts by which the registrars declared that this log goes on from an earlier size (5.6).

        The newest comes first: it was declared about all that stood before it. Each counts once: what is kept is from
        before it, and what takes its place must be from after it.
        """
        if log != MESSAGE_LOG:
            return []
        await self._follow()
        size, declared = shown.head.checkpoint.size, self.stand.replica.directory.restart_records()
        fitting = [each for each in reversed(declared) if cuts_off(each, kept) and each.restart.lost_size <= size]
        return [each for each in fitting if await self._continues(each.restart, shown)]

    async def _continues(self, cut: Restart, shown: Shown) -> bool:
        if cut.size == 0:
            return True
        before = Kept(Frontier(cut.size, (cut.root,)))
        return await self._prove(MESSAGE_LOG, before, shown) is None

    async def _cosign(self, plan: _Plan, shown: Shown) -> Turn:
        stand, now, log, following = self.stand, self.stand.clock(), plan.log, plan.following
        idle = Turn(log, plan.stored.size, cosigned=False, found=plan.found)
        if following is None or following.size == 0:
            return idle
        if following.size == plan.stored.size and not is_due(following, now, self._moved_before(log, now)):
            return idle
        if not await stand.database.write(partial(swap_kept, log=log, old=plan.stored, new=following)):
            return idle  # another process of this witness was first
        both = signs_both(following, now, always=log == DIRECTORY_LOG)
        raw = await asyncio.to_thread(self._sign, shown, now, both=both)
        await stand.hub.cosign(log, following.size, raw)
        if log == MESSAGE_LOG:
            self._moved = now
        done = signed(following, now, both=both)
        await stand.database.write(partial(swap_kept, log=log, old=following, new=done))
        return Turn(log, done.size, cosigned=True, found=plan.found)

    def _sign(self, shown: Shown, now: int, *, both: bool) -> bytes:
        name, signer, tree = self.stand.name, self.stand.signer, shown.head.checkpoint
        lines = cosign(signer, name, tree, now) if both else (cosign_plain(signer, name, tree, now),)
        return encode_lines(lines)
