"""A case in memory with everything that proves it: a network, its log, its witnesses, and bundles of evidence."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from keys.log_signer import LogSigner
from protocol.checkpoint import directory_origin, messages_origin, sign_checkpoint, verify_head
from protocol.cosignature import add_cosignatures, cosign
from protocol.disclosure import Disclosure
from protocol.envelope import Envelope
from protocol.evidence import Event, Inclusion, Receipt, parse_receipt, sign_receipt
from protocol.evidence_bundle import EvidenceBundle, encode_evidence_bundle
from protocol.evidence_told import LoggedReceipt, LoggedUnserved, ToldMessage, show_in_bundle
from protocol.leaf import Leaf, LeafKind, encode_leaf, payload_digest
from protocol.merkle import inclusion_proof
from protocol.unserved import Unserved
from tests.simulators.hub_world import Senders
from tests.simulators.log import MemoryTree
from tests.simulators.network import MK, RS, Member, TestNetwork
from tests.simulators.party import NOW, CountingEntropy


class Hand:
    """Time as the test says."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


@dataclass
class Said:
    """A message with its leaf, and its recipients' receipts with theirs."""

    envelope: Envelope
    index: int
    receipts: list[tuple[bytes, int]] = field(default_factory=list)
    unserved: list[tuple[Unserved, int]] = field(default_factory=list)
    shown: tuple[Disclosure, ...] = ()
    sealed: bool = False


@dataclass
class TestCase:
    """Messages between two contact points, a log of all of it, and who cosigns it."""

    __test__ = False

    clock: Hand = field(default_factory=Hand)
    network: TestNetwork = field(init=False)
    senders: Senders = field(init=False)
    tree: MemoryTree = field(default_factory=MemoryTree)
    said: list[Said] = field(default_factory=list)
    members: Sequence[Member] = (RS, MK)
    witnesses: Sequence[str] = ("auditor", "mk.contact", "rs.contact")

    def __post_init__(self) -> None:
        self.network = TestNetwork.small(self.clock, CountingEntropy("case"), members=self.members)
        self.senders = Senders(self.network)

    @property
    def pin(self) -> bytes:
        return self.network.charter_digest

    def log(self, kind: LeafKind, digest: bytes, /, **changes: object) -> int:
        """Append a leaf; ``changes`` say something else than the present moment."""
        directory = self.network.directory
        leaf = Leaf(kind, digest, self.clock(), directory.size, directory.root)
        self.tree.append(encode_leaf(replace(leaf, **changes)))  # type: ignore[arg-type]  # a test's shorthand
        return self.tree.frontier.size - 1

    def send(self, sender: Member = RS, to: Member | Sequence[Member] = MK, **changes: object) -> Said:
        """Seal a message and log it; ``changes`` that begin with ``leaf_`` are about its leaf."""
        leaf = {key.removeprefix("leaf_"): changes.pop(key) for key in list(changes) if key.startswith("leaf_")}
        envelope = self.senders.seal(sender, *(to if isinstance(to, Sequence) else (to,)), **changes)
        self.said.append(Said(envelope, self.log(LeafKind.MESSAGE, envelope.id, **leaf)))
        return self.said[-1]

    def say(self, about: Said, event: Event, by: Member = MK, **changes: object) -> None:
        """Let a recipient say something about a message."""
        fields: dict[str, object] = {"message": about.envelope.id, "recipient": by.node, "at": self.clock()}
        receipt = Receipt(event=event, **(fields | changes))  # type: ignore[arg-type]  # a test's shorthand
        raw = sign_receipt(receipt, self.network.nodes[by.node].identity, self.network.network_id)
        about.receipts.append((raw, self.log(LeafKind.EVIDENCE, parse_receipt(raw).id)))

    def never_handed_out(self, about: Said, to: Member = MK, **changes: object) -> None:
        """Let the hub log that a recipient never fetched a message; ``changes`` that begin with ``leaf_`` as above."""
        leaf = {key.removeprefix("leaf_"): changes.pop(key) for key in list(changes) if key.startswith("leaf_")}
        core = about.envelope.manifest.core
        record = replace(Unserved(about.envelope.id, to.node, core.channel, 1, core.expires_at), **changes)  # type: ignore[arg-type]
        index = self.log(LeafKind.UNSERVED, payload_digest(record.encode()), **leaf)
        about.unserved.append((record, index))

    def inclusion(self, index: int) -> Inclusion:
        size = self.tree.frontier.size
        return Inclusion(self.tree.entries[index], index, size, inclusion_proof(index, size, self.tree.get))

    def checkpoint(self, tree: MemoryTree, origin: str) -> bytes:
        """Return the hub's checkpoint with the cosignatures of the witnesses that are awake."""
        signed = sign_checkpoint(self.network.hub_log, tree.checkpoint(origin), self.clock())
        head = verify_head(signed, origin, self.network.hub_log.keys)
        lines = [
            line for name in self.witnesses for line in cosign(self.key(name), name, head.checkpoint, self.clock())
        ]
        return add_cosignatures(head, lines)

    def bundle_head(self) -> tuple[int, bytes]:
        """Return the size of the directory now, and the checkpoint over it."""
        entries = self.network.entries
        origin = directory_origin(self.network.network_id)
        return len(entries), self.checkpoint(MemoryTree(entries), origin)

    def key(self, name: str) -> LogSigner:
        return self.network.witnesses[name]

    def told(self, said: Said) -> ToldMessage:
        envelope = said.envelope
        return ToldMessage(
            signed=envelope.signed,
            manifest=envelope.manifest,
            logged=self.inclusion(said.index),
            receipts=tuple(LoggedReceipt(parse_receipt(raw), self.inclusion(at)) for raw, at in said.receipts),
            contents=envelope.contents if said.sealed else (),
            wraps=tuple(enumerate(envelope.wraps)) if said.sealed else (),
            shown=tuple(show_in_bundle(each) for each in said.shown),
            unserved=tuple(LoggedUnserved(each, self.inclusion(at)) for each, at in said.unserved),
        )

    def bundle(self, **changes: object) -> EvidenceBundle:
        """Return everything said so far; ``changes`` replace fields of the bundle."""
        network = self.network
        made = EvidenceBundle(
            network=network.network_id,
            charter=self.pin,
            maker=RS.node,
            made_at=self.clock(),
            directory=tuple(network.entries),
            directory_checkpoint=self.bundle_head()[1],
            checkpoints=(self.checkpoint(self.tree, messages_origin(network.network_id)),),
            messages=tuple(self.told(each) for each in self.said),
        )
        return replace(made, **changes)  # type: ignore[arg-type]  # a test's shorthand

    def raw(self, **changes: object) -> bytes:
        return encode_evidence_bundle(self.bundle(**changes))


def usual() -> TestCase:
    """Return a case with one message that was handed over and opened."""
    case = TestCase()
    said = case.send()
    case.clock.now += 60
    case.say(said, Event.CONTENT_HANDOVER)
    case.clock.now += 60
    case.say(said, Event.CONTENT_ACCESS_TRACKING)
    return case
