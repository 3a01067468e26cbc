"""Posts this node's signed statements (receipts, voids, tokens, anchors) and stores the proof that they are logged.

Receipts and voids that wait go together, so that the hub proves all of them under one checkpoint: whoever comes back
after a day has a day's messages to confirm. What is not logged that way is offered by itself and told why.
"""

import asyncio
from collections.abc import Sequence
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
from nodes.gateway.proofs import Claim, Logged, verify_leaves, verify_logged
from nodes.gateway.resign import resign_posting
from nodes.gateway.stores import Network, Store
from nodes.gateway.trouble import GiveUp, HubRefused, Retry
from protocol.errors import Code, Fault
from protocol.evidence import encode_acceptance
from protocol.ids import MessageId
from protocol.leaf import LeafKind
from protocol.limits import MAX_BATCH
from protocol.receipt_batch import encode_receipts, parse_logged_batch

_TOGETHER = (Kind.RECEIPT, Kind.VOID)
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
        rows = await self._store.database.read(lambda connection: postings.due(connection, now, MAX_BATCH))
        rows, waiting = await self._offer_together(rows)

        async def offer(row: PostRow) -> None:
            if row.posting.subject not in waiting and not await self._offer(row):
                waiting.add(row.posting.subject)

        jobs = [Job(frozenset((row.posting.subject,)), partial(offer, row)) for row in rows]
        await run_in_lanes(jobs, self._settings.post_parallel)
        return await self._store.database.read(postings.next_due)

    async def _offer_together(self, rows: Sequence[PostRow]) -> tuple[Sequence[PostRow], set[bytes]]:
        """Return what is left to be offered singly, and the subjects that have to wait.

        The first receipt or void about each subject is offered here; later ones wait until it is logged.
        """
        first = {row.posting.subject: row for row in reversed(rows)}
        batch = [row for row in rows if row.posting.kind in _TOGETHER and row is first[row.posting.subject]]
        if len(batch) < 2:  # noqa: PLR2004 - one by itself has an answer of its own
            return rows, set()
        try:
            done = await self._log_together(batch)
        except HubRefused:
            return rows, set()  # one of them spoils the request: each by itself is told why
        except (Retry, GiveUp, Fault) as trouble:
            if not isinstance(trouble, Retry):
                await self._alarm(trouble.code)
            for row in batch:
                await self._postpone(row, trouble.code)
            return [row for row in rows if row not in batch], {row.posting.subject for row in batch}
        return [row for row in rows if row.posting.id not in done], set()

    async def _log_together(self, batch: Sequence[PostRow]) -> set[bytes]:
        """Return the ids of those that the hub logged, all of them verified and their proofs stored."""
        rows = {row.posting.id: row for row in batch}
        request = encode_receipts([row.posting.raw for row in batch])
        answer = parse_logged_batch(await self._network.hub.put_receipts(request))
        if not {digest for digest, _ in answer.logged} <= {*rows}:
            raise Fault(Code.BAD_EVIDENCE, "a receipt that was not handed in")
        claims = [(_claim(rows[digest].posting), inclusion) for digest, inclusion in answer.logged]
        leaves = await verify_leaves(self._network, claims, answer.checkpoint)
        found = [
            (rows[digest], Logged(leaf, encode_acceptance(MessageId(digest), inclusion, answer.checkpoint)))
            for (digest, inclusion), leaf in zip(answer.logged, leaves, strict=True)
        ]
        await self._finish(found)
        return {row.posting.id for row, _ in found}

    async def _offer(self, row: PostRow) -> bool:
        """Offer one statement; return whether it is done with, logged or refused."""
        new = row.posting
        try:
            raw = await self._put(new)
            logged = await verify_logged(self._network, _claim(new), raw)
            await self._finish([(row, logged)])
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

    async def _finish(self, found: Sequence[tuple[PostRow, Logged]]) -> None:
        def store(connection: Connection) -> None:
            for row, logged in found:
                new, at = row.posting, logged.leaf.time
                put_proof(
                    connection,
                    Proof(new.subject, self._here.node, new.event, new.raw, logged.proof, row.created_at, at),
                )
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


def _claim(new: Posting) -> Claim:
    return Claim(_LEAVES.get(new.kind, LeafKind.EVIDENCE), new.id)
