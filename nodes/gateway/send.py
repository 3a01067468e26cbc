"""From a wish to a message in the outbox, as one straight call: compose, clear, seal, queue.

A refusal stops everything. Sending to the recipients that no rule refuses is done only when the caller asks for it.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection

from nodes.gateway import outbox
from nodes.gateway.attached import Told, tell_files
from nodes.gateway.compose import Answered, Ground, Plan, compose, plan
from nodes.gateway.consent_store import references_of
from nodes.gateway.conversations import Circle, is_of_circle, put_conversation
from nodes.gateway.enclosing import Enclosed
from nodes.gateway.file_crypto import StoredFile
from nodes.gateway.here import Here
from nodes.gateway.judge import Judge
from nodes.gateway.reading import Reading, ReceivedMessage, SentMessage
from nodes.gateway.sealing import Origin, Sealing
from nodes.gateway.signing import Person, Signing
from nodes.gateway.stash import Stash, enclosed
from nodes.gateway.stores import Network, Store
from nodes.gateway.wishes import InputFault, Wish
from policies.partial import allowed_recipients
from protocol import short_reference
from protocol.core import Core
from protocol.decision import Decision
from protocol.errors import Code, Fault
from protocol.ids import MessageId, NodeId, Reference
from protocol.ports import Entropy
from protocol.stages import Addressee, Cleared, Draft, Refused


@dataclass(frozen=True, slots=True)
class Options:
    """How to send: only try it, send to the rest if a rule refuses some, and which request this is (once only)."""

    dry_run: bool = False
    only_allowed: bool = False
    request: tuple[bytes, bytes] | None = None
    author: str | None = None


@dataclass(frozen=True, slots=True)
class Queued:
    """The message is sealed and stored; ``left_out`` are recipients a rule refused, with the decision about them."""

    message: MessageId
    left_out: tuple[NodeId, ...] = ()
    decision: Decision | None = None


@dataclass(frozen=True, slots=True)
class WouldGo:
    """What a dry run found: the draft as it would be sealed."""

    draft: Draft
    decision: Decision


@dataclass(frozen=True, slots=True)
class Stopped:
    """A rule refused. ``allowed`` are the recipients to whom it could still go."""

    draft: Draft
    refused: Refused
    allowed: tuple[Addressee, ...]


@dataclass(frozen=True, slots=True)
class Faulty:
    """The request itself is wrong."""

    faults: Sequence[InputFault]


@dataclass(frozen=True, slots=True)
class Conflict:
    """The idempotency key was used before for another request."""


OTHER_CIRCLE: Final = InputFault(
    "/conversation",
    "NOT_ALLOWED",
    "This conversation is on another channel or with others; leave it out and the right one is used.",
)
Result = Queued | WouldGo | Stopped | Faulty | Conflict


@dataclass(frozen=True, slots=True)
class SendTools:
    """What sending needs besides network and store."""

    judge: Judge
    sealing: Sealing
    reading: Reading
    people: Mapping[Reference, Person]
    stash: Stash


@dataclass(frozen=True, slots=True)
class _Made:
    """A draft with the files it takes along."""

    draft: Draft
    files: tuple[Enclosed, ...]


class Sending:
    """Sends wishes."""

    def __init__(self, here: Here, network: Network, store: Store, tools: SendTools) -> None:
        self._here = here
        self._network = network
        self._store = store
        self._tools = tools
        self._under_way: set[bytes] = set()

    async def send(self, wish: Wish, options: Options) -> Result:
        """Return what came of it. After ``Queued`` the message is durable and will be offered to the hub by itself.

        Sealing large files takes a while. Raises NO_VALID_KEY, naming the recipients without a key, TOO_LARGE,
        DISK_FULL, and BUSY while the same request is still worked on; then nothing was stored.
        """
        if options.request is None:
            return await self._send(wish, options)
        earlier = await self._earlier(options.request)
        if earlier is not None:
            return earlier
        key = options.request[0]
        if key in self._under_way:
            raise Fault(Code.BUSY, "the same request is under way")
        self._under_way.add(key)
        try:
            return await self._send(wish, options)
        finally:
            self._under_way.discard(key)

    async def _send(self, wish: Wish, options: Options) -> Result:
        made = await self._compose_with_files(wish)
        if not isinstance(made, _Made):
            return Faulty(made)
        draft = made.draft
        verdict = await self._tools.judge.draft(draft, options.author)
        if isinstance(verdict, Refused):
            return await self._refused(made, verdict, options)
        if options.dry_run:
            return WouldGo(draft, verdict.decision)
        return await self._seal(verdict, options, made.files, Queued(MessageId(b"")))

    async def _earlier(self, request: tuple[bytes, bytes]) -> Queued | Conflict | None:
        key, digest = request
        found = await self._store.database.read(lambda connection: outbox.find_request(connection, key))
        if found is None:
            return None
        return Queued(found[1]) if found[0] == digest else Conflict()

    async def _refused(self, made: _Made, refused: Refused, options: Options) -> Result:
        draft = made.draft
        allowed = () if refused.decision is None else allowed_recipients(refused.decision, draft)
        rest = draft if len(allowed) == len(draft.to) else replace(draft, to=allowed)
        if not options.only_allowed or not allowed or rest is draft:
            return Stopped(draft, refused, allowed)
        verdict = await self._tools.judge.draft(rest, options.author)
        if isinstance(verdict, Refused):
            return Stopped(rest, verdict, ())
        if options.dry_run:
            return WouldGo(rest, verdict.decision)
        left_out = tuple(who.node for who in draft.to if who not in allowed)
        return await self._seal(verdict, options, made.files, Queued(MessageId(b""), left_out, refused.decision))

    async def _seal(self, cleared: Cleared, options: Options, files: tuple[Enclosed, ...], shape: Queued) -> Queued:
        message = await self._tools.sealing.seal(cleared, Origin(request=options.request, files=files))
        return replace(shape, message=message)

    async def _compose_with_files(self, wish: Wish) -> _Made | Sequence[InputFault]:
        """Return the draft whose document tells of the files that were uploaded for it."""
        found = await self._tools.stash.find(wish.attachments)
        files = [each for each in found if isinstance(each, StoredFile)]
        if len(files) != len(wish.attachments):
            return [each for each in found if isinstance(each, InputFault)]
        pairs = [(each, file.secret) for each, file in zip(wish.attachments, files, strict=True)]
        told = tell_files(wish.document, pairs)
        if not isinstance(told, Told):
            return told
        draft = await self._compose(replace(wish, document=told.document))
        if not isinstance(draft, Draft):
            return draft
        return _Made(draft, enclosed(wish.attachments, told.parts, files))

    async def _compose(self, wish: Wish) -> Draft | Sequence[InputFault]:
        answered = None if wish.in_reply_to is None else await self._answered(wish.in_reply_to)
        bundle = self._network.replica.bundle
        if bundle is None:
            return [
                InputFault("", str(Code.POLICY_UNKNOWN), "The network's policy is not here yet: no draft can be read.")
            ]
        here = self._here
        ground = Ground(here.node, bundle, self._network.replica.directory, here.clock(), answered)
        planned = plan(wish, ground)
        if not isinstance(planned, Plan):
            return planned
        conversation = await self._conversation(planned, answered)
        if conversation is None:
            return [OTHER_CIRCLE]
        draft = compose(planned, ground, conversation, await self._consents(planned))
        if not isinstance(draft, Draft):
            return draft
        draft = replace(draft, reference=short_reference.new_reference(here.entropy))
        return Signing(here, self._tools.people).sign(draft, planned)

    async def _answered(self, message: MessageId) -> Answered | None:
        found = await self._tools.reading.find(message)
        header: Core | Draft | None = None
        if isinstance(found, ReceivedMessage) and found.opened is not None:
            header = found.opened.core
        elif isinstance(found, SentMessage):
            header = found.draft
        if header is None:
            return None
        sender = header.sender if header.sender != self._here.node else header.to[0].node
        return Answered(
            message, sender, header.channel, header.type, header.conversation, header.language, header.purpose
        )

    async def _conversation(self, planned: Plan, answered: Answered | None) -> Reference | None:
        """Return the conversation of this channel and circle, None when another one was asked for."""
        circle = Circle(planned.channel, frozenset(who.node for who in planned.to))
        asked, me = planned.wish.conversation, self._here.node
        wanted = asked or (None if answered is None else answered.conversation)
        new = new_reference(self._here.entropy)

        def find(connection: Connection) -> Reference | None:
            if wanted is not None and is_of_circle(connection, wanted, circle, me):
                return wanted
            return None if asked else put_conversation(connection, circle.channel, circle.peers, new)

        return await self._store.database.write(find)

    async def _consents(self, planned: Plan) -> Sequence[Reference]:
        """Return the references of the consents that the document names, for these recipients."""
        named = [Reference(bytes.fromhex(each)) for each in sorted(planned.summary.named("consent"))]
        nodes = {who.node for who in planned.to}

        def load(connection: Connection) -> Sequence[Reference]:
            tokens = [token for consent in named for token in references_of(connection, consent)]
            mine = [token for token in tokens if token.sender == self._here.node and token.recipient in nodes]
            return [token.reference for token in mine if not token.withdrawn]

        return await self._store.database.read(load)


def new_reference(entropy: Entropy) -> Reference:
    """Return 16 fresh random bytes."""
    return Reference(entropy(16))


def request_key(key: str) -> bytes:
    """Return what is stored of an idempotency key."""
    return hashlib.sha256(key.encode()).digest()
