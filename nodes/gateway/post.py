"""Posts this node's signed statements (receipts, voids, tokens, anchors) and stores the proof that they are logged."""

import asyncio
from functools import partial

from sqlalchemy import Connection

from nodes.config import GatewaySettings
from nodes.gateway import postings
from nodes.gateway.alarms import raise_alarm
from nodes.gateway.backoff import delay_s
from nodes.gateway.evidences import Proof, put_proof
from nodes.gateway.here import Here
from nodes.gateway.lanes import Job, run_in_lanes
from nodes.gateway.postings import Kind, Posting, PostRow, PostState
from nodes.gateway.proofs import Claim, Logged, verify_logged
from nodes.gateway.resign import resign_posting
from nodes.gateway.stores import Network, Store
from nodes.gateway.trouble import GiveUp, HubRefused, Retry
from protocol.errors import Code, Fault
from protocol.leaf import LeafKind

_BATCH = 32
_LEAVES = {Kind.TOKEN: LeafKind.TOKEN, Kind.ANCHOR: LeafKind.ANCHOR}
_NEEDLESS = frozenset({Code.SENDER_EQUIVOCATION, Code.NOT_PERMITTED})
"""Refusals of a void that need nobody: a message of the number was logged after all, or its recipient has left."""


class Poster:
    """Drains the postings, several at a time, those about one subject in the order they were made.

    So a reading never reaches the log before its hand-over.
    """

    def __init__(self, here: Here, network: Network, store: Store, settings: GatewaySettings) -> None:
        self._here = here
        self._network = network
        self._store = store
        self._settings = settings

    async def drain(self) -> int | None:
        """Return when every statement that is due was offered once; the time of the next one, None if nothing waits."""
        now = self._here.clock()
        waiting: set[bytes] = set()

        async def offer(row: PostRow) -> None:
            if row.posting.subject not in waiting and not await self._offer(row):
                waiting.add(row.posting.subject)

        rows = await self._store.database.read(lambda connection: postings.due(connection, now, _BATCH))
        jobs = [Job(frozenset((row.posting.subject,)), partial(offer, row)) for row in rows]
        await run_in_lanes(jobs, self._settings.post_parallel)
        return await self._store.database.read(postings.next_due)

    async def _offer(self, row: PostRow) -> bool:
        """Offer one statement; return whether it is done with, logged or refused."""
        new = row.posting
        try:
            raw = await self._put(new)
            logged = await verify_logged(self._network, Claim(_LEAVES.get(new.kind, LeafKind.EVIDENCE), new.id), raw)
            await self._finish(row, logged)
        except HubRefused as trouble:
            if new.kind is Kind.VOID and trouble.code in _NEEDLESS:
                await self._drop(row, trouble.code)
                return True
            if trouble.code is Code.UNKNOWN_KEY and await self._sign_again(row):
                return False
            await self._refuse(row, trouble.code)
        except Retry as trouble:
            await self._postpone(row, trouble.code)
            return False
        except (GiveUp, Fault) as trouble:
            await self._alarm(trouble.code)
            await self._postpone(row, trouble.code)
            return False
        return True

    async def _put(self, new: Posting) -> bytes:
        hub = self._network.hub
        match new.kind:
            case Kind.TOKEN:
                return await hub.put_token(new.id, new.raw)
            case Kind.ANCHOR:
                return await hub.put_anchor(new.id, new.raw)
            case _:
                return await hub.put_receipt(new.id, new.raw)

    async def _finish(self, row: PostRow, logged: Logged) -> None:
        new, at = row.posting, logged.leaf.time
        proof = Proof(new.subject, self._here.node, new.event, new.raw, logged.proof, row.created_at, at)

        def store(connection: Connection) -> None:
            put_proof(connection, proof)
            postings.finish(connection, new.id, PostState.LOGGED)

        await self._store.database.write(store)

    async def _refuse(self, row: PostRow, code: Code) -> None:
        """Store a final refusal. A token that the hub refuses means that the consent does not count: an alarm."""
        at = self._here.clock()

        def store(connection: Connection) -> None:
            postings.finish(connection, row.posting.id, PostState.REFUSED, code)
            raise_alarm(connection, code.value, row.posting.kind.value, at)

        await self._store.database.write(store)

    async def _drop(self, row: PostRow, code: Code) -> None:
        def finish(connection: Connection) -> None:
            postings.finish(connection, row.posting.id, PostState.REFUSED, code)

        await self._store.database.write(finish)

    async def _sign_again(self, row: PostRow) -> bool:
        """Tell whether the statement was signed with keys that this node has replaced since; then it waits anew."""
        new, at = row.posting, self._here.clock()
        try:
            await self._network.sync.run()
        except (HubRefused, Retry, GiveUp, Fault) as trouble:
            await self._postpone(row, trouble.code)
            return True
        raw = await asyncio.to_thread(resign_posting, new.kind, new.raw, self._here)
        if raw is None and self._here.changing():
            await self._postpone(row, Code.UNKNOWN_KEY)  # the hub knows of the change a moment before we do
            return True
        if raw is None:
            return False
        await self._store.database.write(lambda connection: postings.put_signed(connection, new.id, raw, at))
        return True

    async def _postpone(self, row: PostRow, code: Code) -> None:
        settings = self._settings
        wait = delay_s(row.attempts + 1, settings.retry_base_s, settings.retry_cap_s, self._here.entropy)
        at = self._here.clock() + wait
        await self._store.database.write(lambda connection: postings.postpone(connection, row.posting.id, at, code))

    async def _alarm(self, code: Code) -> None:
        at = self._here.clock()
        await self._store.database.write(lambda connection: raise_alarm(connection, code.value, "hub", at))
