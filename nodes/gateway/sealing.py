"""Seals cleared drafts: recipient keys from the replica, the next sequence per recipient, outbox row, in one step.

One message at a time. The numbers are used in the transaction that stores the row, so that a crash burns none. Only
files take time to seal: their message uses its numbers first, and lets the others pass.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from keys.directory import Directory
from nodes.gateway import outbox, sequences
from nodes.gateway.contents import encode_draft
from nodes.gateway.corrections import NoticeBox, move_notices, take_notice
from nodes.gateway.corrections import Origin as NoticeOrigin
from nodes.gateway.deeds import Act, Operation, act_on, restricting
from nodes.gateway.duties import About, DutyBox, move_duties, put_duties
from nodes.gateway.enclosing import Enclosed, Enclosing, Sealed
from nodes.gateway.here import Here
from nodes.gateway.outbox import Outgoing, OutRow, put_outgoing
from nodes.gateway.postings import Posting
from nodes.gateway.replica import Replica
from nodes.gateway.search import put_tags
from nodes.gateway.stores import Store
from nodes.gateway.voids import put_voids, unused_numbers
from protocol.envelope import Envelope
from protocol.errors import Code, Fault
from protocol.ids import Channel, MessageId, NodeId
from protocol.seal import Issue, Prepared, finish, prepare
from protocol.stages import Cleared, Draft, Target


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a sealed message comes from: an API request to remember, or the row that it replaces.

    ``above`` are numbers that the hub has logged for us, after it said that ours were used already. ``voids`` say that
    the numbers of the replaced message are unused. ``files`` are its attachments, one for each that the body tells of.
    """

    request: tuple[bytes, bytes] | None = None  # idempotency key, digest
    replaces: OutRow | None = None
    above: Mapping[NodeId, int] = field(default_factory=dict)
    voids: tuple[Posting, ...] = ()
    files: tuple[Enclosed, ...] = ()


@dataclass(frozen=True, slots=True)
class _Made:
    """A sealed message before it is stored."""

    envelope: Envelope
    files: tuple[Sealed, ...] = ()


class Sealing:
    """Turns cleared drafts into outbox rows."""

    def __init__(self, here: Here, replica: Replica, store: Store) -> None:
        self._here = here
        self._replica = replica
        self._store = store
        self._enclosing = Enclosing(store, here.entropy)
        self._lock = asyncio.Lock()

    async def seal(self, cleared: Cleared, origin: Origin) -> MessageId:
        """Return the id of the message, which is stored and ready to submit when this returns.

        Raises NO_VALID_KEY, naming the recipients without a key for now, and TOO_LARGE; then nothing is stored.
        """
        if origin.files:
            return await self._seal_with_files(cleared, origin)
        async with self._lock:
            prepared, _ = await self._prepare(cleared, origin)
            envelope = await asyncio.to_thread(finish, prepared, (), self._here.signer)
            await self._put(cleared, _Made(envelope), origin)
        return envelope.id

    async def _seal_with_files(self, cleared: Cleared, origin: Origin) -> MessageId:
        """Seal files in constant memory while other messages go on. A failure gives the numbers back if it can."""
        channel = cleared.draft.channel
        async with self._lock:
            prepared, targets = await self._prepare(cleared, origin)
            await self._store.database.write(lambda connection: _use(connection, targets, channel))
        files: tuple[Sealed, ...] = ()
        try:
            files = await self._enclosing.seal(prepared, origin.files)
            parts = tuple(each.parts.part for each in files)
            envelope = await asyncio.to_thread(finish, prepared, parts, self._here.signer)
        except BaseException:
            await self._undo(files, targets, channel)
            raise
        try:
            async with self._lock:
                await self._put(cleared, _Made(envelope, files), origin)
        except Exception:  # not when cancelled: it may be stored then, and the next start sweeps the files if it is not
            await self._undo(files, targets, channel)
            raise
        await asyncio.to_thread(self._enclosing.settle, files)
        return envelope.id

    async def _undo(self, files: tuple[Sealed, ...], targets: tuple[Target, ...], channel: Channel) -> None:
        await asyncio.to_thread(self._enclosing.discard, files)
        await self._give_back(targets, channel)

    async def _give_back(self, targets: tuple[Target, ...], channel: Channel) -> None:
        """Take numbers back that no message bears, or say so to those for whom a later one was used meanwhile."""
        voids = await asyncio.to_thread(unused_numbers, self._here, channel, targets)
        now = self._here.clock()

        def give_back(connection: Connection) -> None:
            for each, void in zip(targets, voids, strict=True):
                if not sequences.give_back(connection, each.node, channel, each.sequence):
                    put_voids(connection, (void,), now)

        await self._store.database.write(give_back)

    async def _prepare(self, cleared: Cleared, origin: Origin) -> tuple[Prepared, tuple[Target, ...]]:
        now = self._here.clock()
        directory = self._replica.directory
        issue = Issue(self._here.network, now, directory.size, directory.root)
        targets = await self._targets(cleared.draft, directory, now, origin.above)
        return await asyncio.to_thread(prepare, cleared, targets, issue, self._here.entropy), targets

    async def _targets(
        self, draft: Draft, directory: Directory, now: int, above: Mapping[NodeId, int]
    ) -> tuple[Target, ...]:
        keys = {who.node: directory.recipient_key(who.node, draft.channel, now) for who in draft.to}
        missing = sorted(node for node, key in keys.items() if key is None)
        if missing:
            raise Fault(Code.NO_VALID_KEY, ", ".join(missing))

        def numbers(connection: Connection) -> dict[NodeId, int]:
            return {who.node: sequences.last_used(connection, who.node, draft.channel) for who in draft.to}

        last = await self._store.database.read(numbers)
        return tuple(
            Target(node, key.key_id, key.public_key, max(last[node], above.get(node, 0)) + 1)
            for node, key in keys.items()
            if key is not None
        )

    async def _put(self, cleared: Cleared, made: _Made, origin: Origin) -> None:
        draft, vault, envelope = cleared.draft, self._store.vault, made.envelope
        content = encode_draft(draft)
        tags = self._store.search.tags_of(value for _, value in (*draft.body, *draft.identity))
        now = self._here.clock()
        replaces = None if origin.replaces is None else origin.replaces.message

        def store(connection: Connection) -> None:
            item = None if origin.replaces is None else origin.replaces.item
            if item is None:
                item = vault.put(connection, content)
                put_tags(connection, item, tags)
            if not made.files:
                for who in envelope.manifest.core.to:
                    sequences.use(connection, who.node, draft.channel, who.sequence)
            put_outgoing(connection, Outgoing(envelope, item, cleared.decision, now, replaces, draft.reference))
            if origin.replaces is not None:
                move_duties(connection, origin.replaces.message, envelope.id)
                move_notices(connection, origin.replaces.message, envelope.id)
            about = About(envelope.id, DutyBox.OUT, draft.channel, draft.type, now)
            put_duties(connection, about, cleared.decision)
            noticed = NoticeOrigin(envelope.id, NoticeBox.OUT, draft.sender, now)
            restricted = take_notice(connection, noticed, draft.type, draft.body)
            self._enclosing.put(connection, envelope.id, made.files, now)
            if origin.replaces is not None:
                code = origin.replaces.code or Code.NO_VALID_KEY
                outbox.mark_replaced(connection, origin.replaces.message, envelope.id, code)
                put_voids(connection, origin.voids, now)
            if origin.request is not None:
                outbox.put_request(connection, *origin.request, envelope.id, now)
            self._store.journal.note(connection, _sent(cleared, envelope, origin))
            if restricted:
                self._store.journal.note(connection, restricting(restricted))

        await self._store.database.write(store)


def _sent(cleared: Cleared, envelope: Envelope, origin: Origin) -> Act:
    """Return the transfer; the id of the message is the digest of what was sent."""
    deed = "send" if origin.replaces is None else "send-again"
    act = act_on(Operation.TRANSFER, deed, envelope.id, cleared.draft, cleared.decision)
    earlier = () if origin.replaces is None else (origin.replaces.message,)
    return replace(act, objects=(*act.objects, *earlier), recipients=tuple(who.node for who in cleared.draft.to))


def _use(connection: Connection, targets: tuple[Target, ...], channel: Channel) -> None:
    for each in targets:
        sequences.use(connection, each.node, channel, each.sequence)
