"""Offers the outbox to the hub until every message is accepted, refused for good, or over.

Each message has its own time to try, so that one that fails never holds back the others. A refusal that a newer
directory or policy cures is cured here: synchronise, clear again, seal as a new message.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from sqlalchemy import Connection

from nodes.config import GatewaySettings
from nodes.gateway import attachments, evidences, outbox
from nodes.gateway.alarms import raise_alarm
from nodes.gateway.backoff import delay_s
from nodes.gateway.contents import parse_draft
from nodes.gateway.enclosing import Enclosed, enclosed_again
from nodes.gateway.evidences import Proof, put_proof
from nodes.gateway.here import Here
from nodes.gateway.judge import Judge
from nodes.gateway.lanes import Job, run_in_lanes
from nodes.gateway.outbox import OutRow
from nodes.gateway.proofs import Claim, Logged, verify_logged
from nodes.gateway.resign import resign_envelope
from nodes.gateway.sealing import Origin, Sealing
from nodes.gateway.stores import Network, Store
from nodes.gateway.trouble import SEAL_AGAIN, GiveUp, HubRefused, Retry
from nodes.gateway.upload import Uploader
from nodes.gateway.voids import make_voids, put_voids
from protocol.cbor import decode
from protocol.decision import encode_decision, parse_decision
from protocol.envelope import Envelope
from protocol.errors import Code, Fault
from protocol.ids import NodeId
from protocol.leaf import LeafKind
from protocol.shapes import as_int
from protocol.stages import Draft, Refused
from protocol.voids import VoidReason

_TURNS: Final = 64  # messages with attachments that take turns
_FURTHEST: Final = 1 << 32  # a hub that claims to have logged more messages than this since the backup is not believed


@dataclass(frozen=True, slots=True)
class Tools:
    """What submitting needs besides the network and the store."""

    judge: Judge
    sealing: Sealing
    settings: GatewaySettings
    uploader: Uploader


class Submitter:
    """Drains the outbox."""

    def __init__(self, here: Here, network: Network, store: Store, tools: Tools) -> None:
        self._here = here
        self._network = network
        self._store = store
        self._tools = tools

    async def drain(self) -> int | None:
        """Return when every message that is due was offered once; the time of the next one, None when nothing waits.

        Several at a time; those of one recipient and channel in the order they were sealed.
        """
        limit = self._tools.settings.submit_parallel
        now = self._here.clock()
        rows = await self._store.database.read(lambda connection: outbox.due(connection, now, limit))
        lanes = await self._store.database.read(lambda connection: outbox.lanes_of(connection, rows))
        await run_in_lanes([Job(lanes[row.message], partial(self.offer, row)) for row in rows], limit)
        return await self._store.database.read(outbox.next_due)

    async def drain_uploads(self) -> int | None:
        """Return when every message with attachments that is due had its slice; the time of the next one, or None.

        They have a lane of their own and take turns, so that a long upload holds up neither other messages nor a
        short upload.
        """
        now, room = self._here.clock(), asyncio.Semaphore(self._store.files.settings.parallel)

        async def offer(row: OutRow) -> None:
            async with room:
                await self.offer(row)

        rows = await self._store.database.read(lambda connection: outbox.due(connection, now, _TURNS, files=True))
        async with asyncio.TaskGroup() as group:
            for row in rows:
                group.create_task(offer(row))
        return await self._store.database.read(lambda connection: outbox.next_due(connection, files=True))

    async def offer(self, row: OutRow) -> None:
        """Offer one message and store what came of it. Faults of the hub are alarms, and the message stays ready."""
        if row.expires_at <= self._here.clock():
            await self._end(row, VoidReason.EXPIRED, lambda connection: outbox.mark_expired(connection, row.message))
            return
        body = await self._store.database.read(lambda connection: outbox.envelope_bytes(connection, row.message))
        if body is None:
            raise RuntimeError("a ready message without its envelope")
        try:
            raw = await self._deliver(row, body)
            if raw is None:
                return
            logged = await verify_logged(self._network, Claim(LeafKind.MESSAGE, row.message), raw)
            await self._accept(row, logged)
        except Retry as trouble:
            await self._postpone(row, trouble.code, trouble.after_s)
        except HubRefused as trouble:
            await self._refused(row, trouble)
        except (GiveUp, Fault) as trouble:
            await self._alarm(trouble.code)
            await self._postpone(row, trouble.code, None)

    async def give_up(self, row: OutRow) -> None:
        """Return when a waiting message is never offered again; its recipients are told that its numbers are unused.

        One that the hub had taken before its answer was lost stays taken: what is signed about it then counts.
        """
        await self._end(row, VoidReason.EXPIRED, lambda connection: outbox.mark_expired(connection, row.message))

    async def _deliver(self, row: OutRow, body: bytes) -> bytes | None:
        """Return the acceptance evidence; None while attachments are on their way."""
        if row.files:
            return await self._tools.uploader.advance(row.message, body)
        return await self._network.hub.submit(row.message, body)

    async def _accept(self, row: OutRow, logged: Logged) -> None:
        at = logged.leaf.time
        new = Proof(row.message, evidences.HUB, evidences.ACCEPTANCE, b"", logged.proof, at, at)

        def store(connection: Connection) -> None:
            put_proof(connection, new)
            outbox.mark_accepted(connection, row.message, at)
            attachments.mark_sent(connection, row.message)

        await self._write(store)

    async def _refused(self, row: OutRow, trouble: HubRefused) -> None:
        if trouble.code is Code.UNKNOWN_KEY and await self._sign_again(row):
            return
        if trouble.code in SEAL_AGAIN:
            await self._seal_again(row, trouble.code)
            return
        await self._refuse(row, trouble.code, _readable(trouble.problem.decision))

    async def _refuse(self, row: OutRow, code: Code, decision: bytes | None) -> None:
        def refuse(connection: Connection) -> None:
            outbox.mark_refused(connection, row.message, code, decision)

        await self._end(row, VoidReason.REFUSED, refuse)

    async def _end(self, row: OutRow, reason: VoidReason, mark: Callable[[Connection], None]) -> None:
        """Mark a message that will never be logged, and tell its recipients that its numbers are unused."""
        voids = await make_voids(self._here, self._store.database, row, reason)
        now = self._here.clock()

        def end(connection: Connection) -> None:
            mark(connection)
            put_voids(connection, voids, now)

        await self._write(end)

    async def _sign_again(self, row: OutRow) -> bool:
        """Tell whether the message was signed with keys that this node has replaced since, and is signed anew now."""
        try:
            await self._network.sync.run()
        except (Retry, GiveUp, HubRefused, Fault) as trouble:
            await self._postpone(row, trouble.code, None)
            return True
        raw = await self._store.database.read(lambda connection: outbox.envelope_bytes(connection, row.message))
        envelope = None if raw is None else await asyncio.to_thread(resign_envelope, raw, self._here)
        if envelope is None and self._here.changing():
            await self._postpone(row, Code.UNKNOWN_KEY, None)  # the hub knows of the change a moment before we do
            return True
        if envelope is None:
            return False
        return await self._put_signed(row, envelope)

    async def _put_signed(self, row: OutRow, envelope: Envelope) -> bool:
        """Keep the new signatures; where an upload is on its way, the hub has to hold them first."""
        try:
            if row.files:
                await self._network.hub.reserve(row.message, envelope.encode())
        except (Retry, GiveUp, HubRefused, Fault) as trouble:
            await self._postpone(row, trouble.code, None)
            return True
        at = self._here.clock()
        await self._write(lambda connection: outbox.put_signed(connection, envelope, at))
        return True

    async def _seal_again(self, row: OutRow, code: Code) -> None:
        """Replace a message by a new one under the newest directory and policy; a limit keeps this from going on."""
        tries = await self._tries(row)
        if tries >= self._tools.settings.seal_again_limit or row.item is None:
            await self._refuse(row, code, None)
            return
        try:
            await self._network.sync.run()
            verdict = await self._tools.judge.draft(await self._draft(row))
            if isinstance(verdict, Refused):
                decision = None if verdict.decision is None else encode_decision(verdict.decision)
                await self._refuse(row, verdict.code, decision)
                return
            above = await self._logged(row) if code is Code.SENDER_EQUIVOCATION else {}
            voids = await make_voids(self._here, self._store.database, row, VoidReason.REPLACED)
            files = await self._store.database.read(lambda connection: self._files(connection, row))
            await self._tools.sealing.seal(verdict, Origin(replaces=row, above=above, voids=voids, files=files))
        except (Retry, GiveUp, HubRefused, Fault) as trouble:
            # Without a key of the recipient or without the hub the message waits as it is.
            await self._postpone(row, trouble.code, None)

    async def _logged(self, row: OutRow) -> Mapping[NodeId, int]:
        """Return the highest numbers the hub has logged from this node: after a restore they are above our own."""
        people = await self._store.database.read(lambda connection: outbox.addressees(connection, row.message))
        found = {}
        for who in people:
            raw = await self._network.hub.highest(row.channel, who.node)
            found[who.node] = as_int(decode(raw), "sequence", 0, who.sequence + _FURTHEST)
        return found

    async def _draft(self, row: OutRow) -> Draft:
        def load(connection: Connection) -> bytes:
            content = self._store.vault.get(connection, row.item)
            if content is None:
                raise Fault(Code.EXPIRED, "the draft was erased")
            return content

        return parse_draft(await self._store.database.read(load))

    def _files(self, connection: Connection, row: OutRow) -> tuple[Enclosed, ...]:
        files = enclosed_again(self._store, connection, row.message)
        if files is None:
            raise Fault(Code.ATT_MISSING, "a sealed file was erased")
        return files

    async def _tries(self, row: OutRow) -> int:
        """Return how many messages this one replaces, one after the other."""

        def count(connection: Connection) -> int:
            found, at = 0, row.replaces
            while at is not None:
                earlier = outbox.find(connection, at)
                found, at = found + 1, None if earlier is None else earlier.replaces
            return found

        return await self._store.database.read(count)

    async def _postpone(self, row: OutRow, code: Code, after_s: int | None) -> None:
        settings = self._tools.settings
        now = await self._store.database.read(lambda connection: outbox.find(connection, row.message))
        attempts = row.attempts if now is None else now.attempts  # an upload that got further begins counting anew
        wait = delay_s(attempts + 1, settings.retry_base_s, settings.retry_cap_s, self._here.entropy)
        at = self._here.clock() + max(wait, min(after_s or 0, settings.retry_cap_s))
        await self._write(lambda connection: outbox.postpone(connection, row.message, at, code))

    async def _alarm(self, code: Code) -> None:
        at = self._here.clock()
        await self._write(lambda connection: raise_alarm(connection, code.value, "hub", at))

    async def _write(self, work: Callable[[Connection], None]) -> None:
        await self._store.database.write(work)


def _readable(decision: bytes | None) -> bytes | None:
    """Return the hub's decision if it is one; an unreadable one is left out, the code alone stays."""
    if decision is None:
        return None
    try:
        parse_decision(decision)
    except Fault:
        return None
    return decision
