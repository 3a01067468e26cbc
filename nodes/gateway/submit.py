"""Offers the outbox to the hub until every message is accepted, refused for good, or over.

Each message has its own time to try, so that one that fails never holds back the others. A refusal that a newer
directory or policy cures is cured here: synchronise, clear again, seal as a new message.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from nodes.config import GatewaySettings
from nodes.gateway import evidences, outbox
from nodes.gateway.alarms import raise_alarm
from nodes.gateway.backoff import delay_s
from nodes.gateway.contents import parse_draft
from nodes.gateway.evidences import Proof, put_proof
from nodes.gateway.here import Here
from nodes.gateway.judge import Judge
from nodes.gateway.outbox import OutRow
from nodes.gateway.proofs import Claim, Logged, verify_logged
from nodes.gateway.sealing import Origin, Sealing
from nodes.gateway.stores import Network, Store
from nodes.gateway.trouble import SEAL_AGAIN, GiveUp, HubRefused, Retry
from protocol.decision import encode_decision, parse_decision
from protocol.errors import Code, Fault
from protocol.leaf import LeafKind
from protocol.stages import Draft, Refused

_LEAP: Final = 64  # numbers left out at the first sign that ours were used before; doubled at each further one


@dataclass(frozen=True, slots=True)
class Tools:
    """What submitting needs besides the network and the store."""

    judge: Judge
    sealing: Sealing
    settings: GatewaySettings


class Submitter:
    """Drains the outbox."""

    def __init__(self, here: Here, network: Network, store: Store, tools: Tools) -> None:
        self._here = here
        self._network = network
        self._store = store
        self._tools = tools

    async def drain(self) -> int | None:
        """Return when every message that is due was offered once; the time of the next one, None when nothing waits."""
        limit = self._tools.settings.submit_parallel
        now = self._here.clock()
        rows = await self._store.database.read(lambda connection: outbox.due(connection, now, limit))
        async with asyncio.TaskGroup() as group:
            for row in rows:
                group.create_task(self.offer(row))
        return await self._store.database.read(outbox.next_due)

    async def offer(self, row: OutRow) -> None:
        """Offer one message and store what came of it. Faults of the hub are alarms, and the message stays ready."""
        if row.expires_at <= self._here.clock():
            await self._write(lambda connection: outbox.mark_expired(connection, row.message))
            return
        body = await self._store.database.read(lambda connection: outbox.envelope_bytes(connection, row.message))
        if body is None:
            raise RuntimeError("a ready message without its envelope")
        try:
            raw = await self._network.hub.submit(row.message, body)
            logged = await verify_logged(self._network, Claim(LeafKind.MESSAGE, row.message), raw)
            await self._accept(row, logged)
        except Retry as trouble:
            await self._postpone(row, trouble.code, trouble.after_s)
        except HubRefused as trouble:
            await self._refused(row, trouble)
        except (GiveUp, Fault) as trouble:
            await self._alarm(trouble.code)
            await self._postpone(row, trouble.code, None)

    async def _accept(self, row: OutRow, logged: Logged) -> None:
        at = logged.leaf.time
        new = Proof(row.message, evidences.HUB, evidences.ACCEPTANCE, b"", logged.proof, at, at)

        def store(connection: Connection) -> None:
            put_proof(connection, new)
            outbox.mark_accepted(connection, row.message, at)

        await self._write(store)

    async def _refused(self, row: OutRow, trouble: HubRefused) -> None:
        if trouble.code in SEAL_AGAIN:
            await self._seal_again(row, trouble.code)
            return
        await self._refuse(row, trouble.code, _readable(trouble.problem.decision))

    async def _refuse(self, row: OutRow, code: Code, decision: bytes | None) -> None:
        await self._write(lambda connection: outbox.mark_refused(connection, row.message, code, decision))

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
            leap = _LEAP << tries if code is Code.SENDER_EQUIVOCATION else 0
            await self._tools.sealing.seal(verdict, Origin(replaces=row, leap=leap))
        except (Retry, GiveUp, HubRefused, Fault) as trouble:
            # Without a key of the recipient or without the hub the message waits as it is.
            await self._postpone(row, trouble.code, None)

    async def _draft(self, row: OutRow) -> Draft:
        def load(connection: Connection) -> bytes:
            content = self._store.vault.get(connection, row.item)
            if content is None:
                raise Fault(Code.EXPIRED, "the draft was erased")
            return content

        return parse_draft(await self._store.database.read(load))

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
        wait = delay_s(row.attempts + 1, settings.retry_base_s, settings.retry_cap_s, self._here.entropy)
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
