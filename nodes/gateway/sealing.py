"""Seals cleared drafts: recipient keys from the replica, the next sequence per recipient, outbox row, in one step.

One message at a time. The numbers are used in the transaction that stores the row, so that a crash burns none.
"""

import asyncio
from dataclasses import dataclass

from sqlalchemy import Connection

from keys.directory import Directory
from nodes.gateway import outbox, sequences
from nodes.gateway.contents import encode_draft
from nodes.gateway.here import Here
from nodes.gateway.outbox import Outgoing, OutRow, put_outgoing
from nodes.gateway.replica import Replica
from nodes.gateway.search import put_tags
from nodes.gateway.stores import Store
from protocol.envelope import Envelope
from protocol.errors import Code, Fault
from protocol.ids import MessageId, NodeId
from protocol.seal import Issue, seal
from protocol.stages import Cleared, Draft, Target


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a sealed message comes from: an API request to remember, or the row that it replaces.

    ``leap`` numbers are left out before the next one, after the hub said that ours were used already.
    """

    request: tuple[bytes, bytes] | None = None  # idempotency key, digest
    replaces: OutRow | None = None
    leap: int = 0


class Sealing:
    """Turns cleared drafts into outbox rows."""

    def __init__(self, here: Here, replica: Replica, store: Store) -> None:
        self._here = here
        self._replica = replica
        self._store = store
        self._lock = asyncio.Lock()

    async def seal(self, cleared: Cleared, origin: Origin) -> MessageId:
        """Return the id of the message, which is stored and ready to submit when this returns.

        Raises NO_VALID_KEY, naming the recipients without a key for now, and TOO_LARGE; then nothing is stored.
        """
        async with self._lock:
            now = self._here.clock()
            directory = self._replica.directory
            issue = Issue(self._here.network, now, directory.size, directory.root)
            targets = await self._targets(cleared.draft, directory, now, origin.leap)
            envelope = await asyncio.to_thread(seal, cleared, targets, issue, self._here.signer, self._here.entropy)
            await self._put(cleared, envelope, origin)
        return envelope.id

    async def _targets(self, draft: Draft, directory: Directory, now: int, leap: int) -> tuple[Target, ...]:
        keys = {who.node: directory.recipient_key(who.node, draft.channel, now) for who in draft.to}
        missing = sorted(node for node, key in keys.items() if key is None)
        if missing:
            raise Fault(Code.NO_VALID_KEY, ", ".join(missing))

        def numbers(connection: Connection) -> dict[NodeId, int]:
            return {who.node: sequences.last_used(connection, who.node, draft.channel) for who in draft.to}

        last = await self._store.database.read(numbers)
        return tuple(
            Target(node, key.key_id, key.public_key, last[node] + 1 + leap)
            for node, key in keys.items()
            if key is not None
        )

    async def _put(self, cleared: Cleared, envelope: Envelope, origin: Origin) -> None:
        draft, vault = cleared.draft, self._store.vault
        content = encode_draft(draft)
        tags = self._store.search.tags_of(value for _, value in (*draft.body, *draft.identity))
        now = self._here.clock()
        replaces = None if origin.replaces is None else origin.replaces.message

        def store(connection: Connection) -> None:
            item = None if origin.replaces is None else origin.replaces.item
            if item is None:
                item = vault.put(connection, content)
                put_tags(connection, item, tags)
            for who in envelope.manifest.core.to:
                sequences.use(connection, who.node, draft.channel, who.sequence)
            put_outgoing(connection, Outgoing(envelope, item, cleared.decision, now, replaces))
            if origin.replaces is not None:
                code = origin.replaces.code or Code.NO_VALID_KEY
                outbox.mark_replaced(connection, origin.replaces.message, envelope.id, code)
            if origin.request is not None:
                outbox.put_request(connection, *origin.request, envelope.id, now)

        await self._store.database.write(store)
