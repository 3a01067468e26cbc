"""A hub in memory behind the node's own port: real logs, real proofs, real signatures, and every fault on order.

It stores what nodes submit and hands each node its own wrap, like the hub. It judges nothing unless a test tells it to:
what a node must refuse is only seen when a hub lets it through.
"""

import asyncio
import contextlib
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from nodes.gateway.hub_http import refusal_of
from nodes.gateway.trouble import GiveUp, HubRefused, Retry
from protocol.anchor import SignedAnchor, parse_anchor
from protocol.api import DIRECTORY_LOG, Problem
from protocol.catalogue.bundle import bundle_digest, bundle_manifest
from protocol.cbor import Item, encode
from protocol.checkpoint import Checkpoint, directory_origin, messages_origin, sign_checkpoint
from protocol.decision import Decision, encode_decision
from protocol.envelope import encode_delivery, parse_envelope
from protocol.errors import Code
from protocol.evidence import Inclusion, encode_acceptance
from protocol.ids import Channel, MessageId, NodeId, PolicyDigest
from protocol.leaf import Leaf, LeafKind, encode_leaf
from protocol.mailbox import Head, ItemKind, MailboxItem, Page, encode_page, parse_page, sign_head
from protocol.merkle import inclusion_proof, root_at
from protocol.receipt_batch import LoggedBatch, encode_logged_batch, parse_receipts
from protocol.statements import parse_entry, statement_id
from protocol.tokens import Token, parse_token
from protocol.voids import Evidence, SignedVoid, parse_evidence
from runtime.package_data import read_catalogue_files, read_policy_files
from tests.simulators.hub_logs import LogDoor
from tests.simulators.hub_uploads import AttachmentDoor, Uploads
from tests.simulators.hub_witnesses import Offers, WitnessDoor
from tests.simulators.log import MemoryTree
from tests.simulators.network import TestNetwork

Place = tuple[NodeId, Channel]
PACKAGED = {**read_catalogue_files(), **read_policy_files()}
MANIFEST = bundle_manifest(PACKAGED)
PACKAGED_DIGEST = bundle_digest(MANIFEST)


@dataclass
class Stored:
    """One mailbox item before it is served."""

    kind: ItemKind
    leaf: int
    content: bytes


@dataclass
class Calls:
    """What was asked of the hub: the verb and the id or log it was about."""

    made: list[tuple[str, str]] = field(default_factory=list)

    def of(self, verb: str) -> list[str]:
        return [subject for made, subject in self.made if made == verb]


class HubSimulator:
    """One hub of one network. ``door`` gives each node its own client."""

    def __init__(self, network: TestNetwork, manifest: bytes = MANIFEST, files: dict[str, bytes] | None = None) -> None:
        self.network = network
        self.clock = network.clock
        self.messages = MemoryTree()
        self.leaves: dict[bytes, int] = {}
        self.envelopes: dict[MessageId, bytes] = {}
        self.senders: dict[MessageId, Place] = {}
        self.tokens: dict[bytes, Token] = {}
        self.anchors: dict[NodeId, list[SignedAnchor]] = {}
        self.boxes: dict[Place, list[Stored]] = {}
        self.served: dict[Place, int] = {}
        self.blobs: dict[bytes, bytes] = {}
        self.calls = Calls()
        self.refusals: list[Code] = []
        self.refusal_decision: Decision | None = None
        self.replies_to_lose = 0
        self.down = False
        self.closed: Code | None = None  # why it signs nothing: LOG_FORK or RESTART_NEEDED
        self.garbage: bytes | None = None
        self.time_offset = 0
        self.directory_limit: int | None = None
        self.uploads = Uploads(self)
        self.offers = Offers()
        self._counts: dict[Place, int] = {}
        self._heads: dict[Place, tuple[Head, bytes]] = {}
        self.say_nothing_new = self.for_ever = False
        self._arrived = asyncio.Event()
        self.publish(manifest, PACKAGED if files is None else files)

    # What a test orders
    def publish(self, manifest: bytes, files: dict[str, bytes]) -> PolicyDigest:
        """Hold the blobs of a bundle."""
        for body in (manifest, *files.values()):
            self.blobs[hashlib.sha256(body).digest()] = body
        return bundle_digest(manifest)

    def lose_next_reply(self, count: int = 1) -> None:
        """Do what is asked next, and let the answer get lost."""
        self.replies_to_lose += count

    def refuse_next(self, *codes: Code) -> None:
        """Refuse the next submissions with these codes, one each."""
        self.refusals += codes

    def answer_garbage(self, body: bytes | None) -> None:
        """Answer everything with these bytes until None is ordered."""
        self.garbage = body

    def drop_last(self, place: Place) -> None:
        """Forget the newest item of a mailbox after its count was promised: see ``count_as``."""
        self.boxes[place].pop()

    def repeat(self, place: Place, at: int = -1) -> None:
        """Serve an item of a mailbox once more, under a new number."""
        self.boxes[place].append(self.boxes[place][at])
        self._ring()

    def alter(self, place: Place, change: Callable[[bytes], bytes], at: int = -1) -> None:
        """Change the content of a mailbox item; its leaf stays."""
        box = self.boxes[place]
        box[at] = Stored(box[at].kind, box[at].leaf, change(box[at].content))

    def inject(self, place: Place, content: bytes, digest: bytes, kind: ItemKind = ItemKind.MESSAGE) -> None:
        """Put any bytes into a mailbox under a leaf with this digest."""
        kinds = {ItemKind.RECEIPT: LeafKind.EVIDENCE, ItemKind.UNSERVED: LeafKind.UNSERVED}
        leaf_kind = kinds.get(kind, LeafKind.MESSAGE)
        self._put(place, Stored(kind, self._append(leaf_kind, digest), content))

    def forget(self, place: Place, at: int = -1) -> None:
        """Delete the content of an item, as after its expiry."""
        box = self.boxes[place]
        box[at] = Stored(ItemKind.GONE, box[at].leaf, b"")

    def door(self, node: NodeId) -> "Door":
        """Return the client of one node."""
        return Door(self, node)

    @property
    def stored(self) -> int:
        """How many messages are stored."""
        return len(self.envelopes)

    # What the hub does
    def accept(self, node: NodeId, raw: bytes) -> bytes:
        envelope = parse_envelope(raw)
        core = envelope.manifest.core
        if envelope.id not in self.envelopes:
            self.envelopes[envelope.id] = raw
            self.senders[envelope.id] = (node, core.channel)
            leaf = self._append(LeafKind.MESSAGE, envelope.id)
            for index, who in enumerate(core.to):
                content = encode_delivery(envelope.signed.raw, index, envelope.wraps[index], envelope.contents)
                self._put((who.node, core.channel), Stored(ItemKind.MESSAGE, leaf, content))
        return self.logged(envelope.id)

    def log_receipt(self, raw: bytes) -> bytes:
        receipt = parse_evidence(raw)
        if receipt.id not in self.leaves:
            place = self._place_of(receipt)
            leaf = self._append(LeafKind.EVIDENCE, receipt.id)
            self._put(place, Stored(ItemKind.RECEIPT, leaf, raw))
        return self.logged(receipt.id)

    def log_receipts(self, bodies: Sequence[bytes]) -> bytes:
        known = []
        for raw in bodies:
            with contextlib.suppress(HubRefused):
                self.log_receipt(raw)
                known.append(parse_evidence(raw).id)
        size = len(self.messages.entries)
        found = tuple((digest, self._inclusion(self.leaves[digest], size)) for digest in known)
        return encode_logged_batch(LoggedBatch(found, self.checkpoint()))

    def _place_of(self, evidence: Evidence) -> Place:
        """Return the mailbox to which evidence is relayed."""
        if isinstance(evidence, SignedVoid):
            void = evidence.void
            if void.sequence in self.numbers(void.sender, void.recipient, void.channel):
                raise HubRefused(Problem(Code.SENDER_EQUIVOCATION, self.clock()))
            if void.recipient not in self.network.nodes:
                raise HubRefused(Problem(Code.NOT_PERMITTED, self.clock()))
            return void.recipient, void.channel
        place = self.senders.get(evidence.receipt.message)
        if place is None:
            raise HubRefused(Problem(Code.UNKNOWN_MESSAGE, self.clock()))
        return place

    def numbers(self, sender: NodeId, recipient: NodeId, channel: Channel) -> set[int]:
        """Return the sequence numbers of the stored messages of a pair in a channel."""
        cores = [parse_envelope(raw).manifest.core for raw in self.envelopes.values()]
        found = [core.recipient(recipient) for core in cores if (core.sender, core.channel) == (sender, channel)]
        return {who.sequence for who in found if who is not None}

    def log_token(self, raw: bytes) -> bytes:
        token = parse_token(raw)
        if token.id not in self.leaves:
            self._append(LeafKind.TOKEN, token.id)
            self.tokens[token.id] = token.token
        return self.logged(token.id)

    def log_anchor(self, raw: bytes) -> bytes:
        anchor = parse_anchor(raw)
        mine = self.anchors.setdefault(anchor.anchor.node, [])
        if anchor.id not in self.leaves:
            if mine and anchor.anchor.count <= mine[-1].anchor.count:
                raise refusal_of(Problem(Code.ANCHOR_ORDER, self.clock()))
            self._append(LeafKind.ANCHOR, anchor.id)
            mine.append(anchor)
        return self.logged(anchor.id)

    def append_statement(self, raw: bytes) -> bytes:
        entry = parse_entry(raw)
        self.network.directory = self.network.directory.extend([raw])
        self.network.entries.append(raw)
        tree = MemoryTree(self.network.entries)
        index = len(self.network.entries) - 1
        inclusion = Inclusion(raw, index, index + 1, inclusion_proof(index, index + 1, tree.get))
        return encode_acceptance(MessageId(statement_id(entry.payload)), inclusion, self.directory_checkpoint())

    def logged(self, digest: bytes) -> bytes:
        size = len(self.messages.entries)
        return encode_acceptance(MessageId(digest), self._inclusion(self.leaves[digest], size), self.checkpoint())

    def checkpoint(self, size: int | None = None) -> bytes:
        count = len(self.messages.entries) if size is None else size
        head = Checkpoint(messages_origin(self.network.network_id), count, root_at(count, self.messages.get))
        return sign_checkpoint(self.network.hub_log, head, self.clock())

    def directory_checkpoint(self) -> bytes:
        size = len(self.entries())
        head = Checkpoint(directory_origin(self.network.network_id), size, self.network.directory.root_at(size))
        return sign_checkpoint(self.network.hub_log, head, self.clock())

    def entries(self) -> Sequence[bytes]:
        """The directory log as far as this hub shows it."""
        return self.network.entries[: self.directory_limit]

    def page(self, place: Place, after: int) -> bytes:
        box = self.boxes.get(place, [])
        size = len(self.messages.entries)
        items = [
            MailboxItem(number, stored.kind, self._inclusion(stored.leaf, size), stored.content)
            for number, stored in enumerate(box, 1)
            if number > after
        ][:64]
        self.served[place] = max([self.served.get(place, 0), *(each.number for each in items)])
        return encode_page(Page(self._head(place, len(box), size), self.checkpoint(), tuple(items)))

    def _head(self, place: Place, there: int, size: int) -> bytes:
        """Return the signed count, the same bytes as long as the count is the same and nothing was lost."""
        head, raw = self._heads.get(place, (None, b""))
        count = self.counts.get(place, there)
        if head is None or head.count != count or head.log_size > size:
            head = Head(*place, count, size)
            raw = sign_head(head, self.network.hub, self.network.network_id)
            self._heads[place] = (head, raw)
        return raw

    @property
    def counts(self) -> dict[Place, int]:
        """Totals the hub signs although the mailbox holds another number of items."""
        return self._counts

    def count_as(self, place: Place, total: int) -> None:
        """Sign this total for a mailbox."""
        self._counts = {**self._counts, place: total}

    async def arrival(self, place: Place, after: int) -> None:
        """Wait until a mailbox has something after the cursor."""
        while len(self.boxes.get(place, [])) <= after:
            self._arrived.clear()
            await self._arrived.wait()

    async def growth(self, log: str, after: int) -> None:
        """Wait until a log has more entries."""
        while len(self.entries() if log == DIRECTORY_LOG else self.messages.entries) <= after:
            self._arrived.clear()
            await self._arrived.wait()

    def _append(self, kind: LeafKind, digest: bytes) -> int:
        directory = self.network.directory
        self.messages.append(encode_leaf(Leaf(kind, digest, self.clock(), directory.size, directory.root)))
        index = len(self.messages.entries) - 1
        self.leaves.setdefault(digest, index)
        return index

    def _inclusion(self, leaf: int, size: int) -> Inclusion:
        return Inclusion(self.messages.entries[leaf], leaf, size, inclusion_proof(leaf, size, self.messages.get))

    def _put(self, place: Place, item: Stored) -> None:
        self.boxes.setdefault(place, []).append(item)
        self._ring()

    def _ring(self) -> None:
        self._arrived.set()


def says_nothing_new(page: bytes, seen: bytes | None) -> bool:
    """Tell whether a hub leaves a page away: nothing is on it, and its reader has seen the head."""
    found = parse_page(page)
    return not found.items and hashlib.sha256(found.head).digest() == seen


class Door(AttachmentDoor, LogDoor, WitnessDoor):
    """One node's way to the hub (``nodes.gateway.hub_port.HubClient``)."""

    def __init__(self, hub: HubSimulator, node: NodeId) -> None:
        self.hub = hub
        self.node = node

    async def submit(self, message: MessageId, envelope: bytes) -> bytes:
        self._enter("submit", message.hex())
        self._refuse()
        return self._leave(self.hub.accept(self.node, envelope))

    async def fetch(self, channel: Channel, after: int, wait_s: int, seen: bytes | None = None) -> bytes:
        self._enter("fetch", channel)
        if wait_s:
            await self.hub.arrival((self.node, channel), after)
        page = self.hub.page((self.node, channel), after)
        nothing = says_nothing_new(page, seen) or (self.hub.say_nothing_new and (seen is not None or self.hub.for_ever))
        return self._leave(b"" if nothing else page)

    async def put_receipt(self, receipt: bytes, raw: bytes) -> bytes:
        self._enter("receipt", receipt.hex())
        return self._leave(self.hub.log_receipt(raw))

    async def put_receipts(self, raw: bytes) -> bytes:
        bodies = parse_receipts(raw)
        self._enter("receipts", " ".join(parse_evidence(each).id.hex() for each in bodies))
        return self._leave(self.hub.log_receipts(bodies))

    async def put_token(self, token: bytes, raw: bytes) -> bytes:
        self._enter("token", token.hex())
        return self._leave(self.hub.log_token(raw))

    async def put_anchor(self, anchor: bytes, raw: bytes) -> bytes:
        self._enter("anchor", anchor.hex())
        return self._leave(self.hub.log_anchor(raw))

    async def anchors(self, after: int) -> bytes:
        self._enter("anchors", str(after))
        mine = self.hub.anchors.get(self.node, [])
        found: list[Item] = [each.signed.raw for each in mine if each.anchor.count > after]
        return self._leave(encode(found))

    async def highest(self, channel: Channel, recipient: NodeId) -> bytes:
        self._enter("sequence", recipient)
        return self._leave(encode(max(self.hub.numbers(self.node, recipient, channel), default=0)))

    async def put_statement(self, statement: bytes, raw: bytes) -> bytes:
        self._enter("statement", statement.hex())
        return self._leave(self.hub.append_statement(raw))

    async def blob(self, digest: bytes) -> bytes:
        self._enter("blob", digest.hex())
        body = self.hub.blobs.get(digest)
        if body is None:
            raise HubRefused(Problem(Code.NOT_FOUND, self.hub.clock()))
        return self._leave(body)

    async def time(self) -> bytes:
        self._enter("time", "")
        return self._leave(encode(self.hub.clock() + self.hub.time_offset))

    def _refuse(self) -> None:
        if self.hub.refusals:
            decision = self.hub.refusal_decision
            raw = None if decision is None else encode_decision(decision)
            raise refusal_of(Problem(self.hub.refusals.pop(0), self.hub.clock(), decision=raw))

    def _enter(self, verb: str, subject: str) -> None:
        """Note a call; refused while the hub is closed or cannot be reached."""
        self.hub.calls.made.append((verb, subject))
        if self.hub.closed is not None and verb not in ("time", "statement"):
            raise refusal_of(Problem(self.hub.closed, self.hub.clock()))
        if self.hub.down:
            raise Retry(Code.NOT_READY, "no connection")

    def _leave(self, answer: bytes) -> bytes:
        """Return an answer unless it is to get lost, or what is to be answered instead."""
        if self.hub.replies_to_lose:
            self.hub.replies_to_lose -= 1
            raise Retry(Code.NOT_READY, "the answer was lost")
        return answer if self.hub.garbage is None else self.hub.garbage


def wrong_hub() -> GiveUp:
    """Return what a node says when somebody else answers."""
    return GiveUp(Code.TLS_PEER_UNKNOWN)
