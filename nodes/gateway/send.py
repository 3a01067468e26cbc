"""From a wish to a message in the outbox, as one straight call: compose, clear, seal, queue.

A refusal stops everything. Sending to the recipients that no rule refuses is done only when the caller asks for it.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from keys.identity import PrivateIdentity
from keys.personal import Act
from keys.personal import ActKind as SignedKind
from nodes.gateway import outbox
from nodes.gateway.acts import Signed, digest_of, issuer_path, sign_into, terms_of
from nodes.gateway.compose import Answered, Ground, Plan, compose, document_faults, plan
from nodes.gateway.consent_store import references_of
from nodes.gateway.conversations import put_conversation
from nodes.gateway.here import Here
from nodes.gateway.judge import Judge
from nodes.gateway.reading import Reading, ReceivedMessage, SentMessage
from nodes.gateway.sealing import Origin, Sealing
from nodes.gateway.stores import Network, Store
from nodes.gateway.wishes import InputFault, Wish
from policies.partial import allowed_recipients
from protocol.catalogue.rows import flatten
from protocol.core import Core
from protocol.decision import Decision
from protocol.errors import Code
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


Result = Queued | WouldGo | Stopped | Faulty | Conflict


@dataclass(frozen=True, slots=True)
class Person:
    """A person of this node with a personal signing key."""

    id: Reference
    role: str
    signer: PrivateIdentity


@dataclass(frozen=True, slots=True)
class SendTools:
    """What sending needs besides network and store."""

    judge: Judge
    sealing: Sealing
    reading: Reading
    people: Mapping[Reference, Person]


class Sending:
    """Sends wishes."""

    def __init__(self, here: Here, network: Network, store: Store, tools: SendTools) -> None:
        self._here = here
        self._network = network
        self._store = store
        self._tools = tools

    async def send(self, wish: Wish, options: Options) -> Result:
        """Return what came of it. After ``Queued`` the message is durable and will be offered to the hub by itself.

        Raises NO_VALID_KEY, naming the recipients without a key, and TOO_LARGE; then nothing was stored.
        """
        if options.request is not None:
            earlier = await self._earlier(options.request)
            if earlier is not None:
                return earlier
        draft = await self._compose(wish)
        if not isinstance(draft, Draft):
            return Faulty(draft)
        verdict = await self._tools.judge.draft(draft, options.author)
        if isinstance(verdict, Refused):
            return await self._refused(draft, verdict, options)
        if options.dry_run:
            return WouldGo(draft, verdict.decision)
        return await self._seal(verdict, options, Queued(MessageId(b"")))

    async def _earlier(self, request: tuple[bytes, bytes]) -> Queued | Conflict | None:
        key, digest = request
        found = await self._store.database.read(lambda connection: outbox.find_request(connection, key))
        if found is None:
            return None
        return Queued(found[1]) if found[0] == digest else Conflict()

    async def _refused(self, draft: Draft, refused: Refused, options: Options) -> Result:
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
        return await self._seal(verdict, options, Queued(MessageId(b""), left_out, refused.decision))

    async def _seal(self, cleared: Cleared, options: Options, shape: Queued) -> Queued:
        message = await self._tools.sealing.seal(cleared, Origin(request=options.request))
        return replace(shape, message=message)

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
        conversation = wish.conversation or await self._conversation(planned, answered)
        draft = compose(planned, ground, conversation, await self._consents(planned))
        if not isinstance(draft, Draft) or wish.sign_as is None:
            return draft
        return self._sign(draft, planned, wish.sign_as)

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

    async def _conversation(self, planned: Plan, answered: Answered | None) -> Reference:
        if answered is not None and answered.channel == planned.channel:
            return answered.conversation
        peers = [who.node for who in planned.to]
        new = new_reference(self._here.entropy)
        return await self._store.database.write(
            lambda connection: put_conversation(connection, planned.channel, peers, new)
        )

    async def _consents(self, planned: Plan) -> Sequence[Reference]:
        """Return the references of the consents that the document names, for these recipients."""
        named = [Reference(bytes.fromhex(each)) for each in sorted(planned.summary.named("consent"))]
        nodes = {who.node for who in planned.to}

        def load(connection: Connection) -> Sequence[Reference]:
            tokens = [token for consent in named for token in references_of(connection, consent)]
            mine = [token for token in tokens if token.sender == self._here.node and token.recipient in nodes]
            return [token.reference for token in mine if not token.withdrawn]

        return await self._store.database.read(load)

    def _sign(self, draft: Draft, planned: Plan, person_id: Reference) -> Draft | Sequence[InputFault]:
        """Return the draft with the issuer's personal signature where its type takes one."""
        person = self._tools.people.get(person_id)
        path = issuer_path(planned.type)
        if person is None or path is None:
            words = "This person has no key at this node." if person is None else "This type takes no signature."
            return [InputFault("/sign_as", "NOT_ALLOWED", words)]
        document = dict(planned.wish.document)
        signed = Signed(planned.type, terms_of(draft), draft.body, document)
        here = self._here
        act = Act(
            kind=SignedKind.ISSUE,
            node=here.node,
            person=person.id,
            role=person.role,
            draft=digest_of(signed),
            time=here.clock(),
        )
        document[path] = dict(sign_into(act, person.signer, here.network))
        faults = document_faults(document, "body", planned.type)
        return faults or replace(draft, body=tuple(flatten(document)))


def new_reference(entropy: Entropy) -> Reference:
    """Return 16 fresh random bytes."""
    return Reference(entropy(16))


def request_key(key: str) -> bytes:
    """Return what is stored of an idempotency key."""
    return hashlib.sha256(key.encode()).digest()
