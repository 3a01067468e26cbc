"""Participants with real keys but no disk, clock or network: enough to seal, open, sign and be verified in a test."""

import hashlib
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey
from nacl.signing import SigningKey

from protocol.core import Mode
from protocol.decision import Decision, Verdict
from protocol.envelope import Delivery, Envelope, parse_delivery
from protocol.errors import Code, Fault
from protocol.ids import Channel, KeyId, MessageId, NodeId, PolicyDigest, Reference, StatementId, TypeId
from protocol.opening import Reader, open_delivery
from protocol.ports import Entropy, IdentityPublic
from protocol.seal import Issue, seal
from protocol.stages import Addressee, Cleared, Draft, Opened, Target
from protocol.wrap import (
    encode_wrap,
    open_wrap,
    parse_wrap,
    recipient_key_id,
    recipient_private,
    recipient_public_bytes,
)

NETWORK = bytes(range(16))
NOW = 1_790_000_000


class CountingEntropy:
    """Deterministic bytes that never repeat: SHA-256 of a counter."""

    def __init__(self, seed: str = "entropy") -> None:
        self.seed = seed
        self.calls = 0

    def __call__(self, size: int) -> bytes:
        self.calls += 1
        return hashlib.shake_256(f"{self.seed}/{self.calls}".encode()).digest(size)


class PlainIdentity:
    """An identity whose seeds come from its name."""

    def __init__(self, name: str) -> None:
        self._ed = SigningKey(hashlib.sha256(f"ed/{name}".encode()).digest())
        self._ml = MLDSA65PrivateKey.from_seed_bytes(hashlib.sha256(f"ml/{name}".encode()).digest())
        self.public = IdentityPublic(bytes(self._ed.verify_key), self._ml.public_key().public_bytes_raw())

    def sign_ed25519(self, message: bytes) -> bytes:
        return self._ed.sign(message).signature

    def sign_mldsa65(self, message: bytes) -> bytes:
        return self._ml.sign(message)


class PlainRing:
    """Recipient keys in memory, by key id."""

    def __init__(self, *seeds: bytes) -> None:
        self._seeds = {recipient_key_id(recipient_public_bytes(seed)): seed for seed in seeds}

    def unwrap(self, key_id: KeyId, ciphertext: bytes, info: bytes) -> bytes:
        if key_id not in self._seeds:
            raise Fault(Code.UNKNOWN_DECRYPTION_KEY)
        return open_wrap(recipient_private(self._seeds[key_id]), parse_wrap(encode_wrap(key_id, ciphertext)), info)


@dataclass
class Party:
    """A node: identity, one recipient key, and the two ends of a message."""

    name: str
    node: NodeId = field(init=False)
    identity: PlainIdentity = field(init=False)
    seed: bytes = field(init=False)

    def __post_init__(self) -> None:
        self.node = NodeId(self.name)
        self.identity = PlainIdentity(self.name)
        self.seed = hashlib.sha256(f"kem/{self.name}".encode()).digest()

    @property
    def target(self) -> Target:
        public = recipient_public_bytes(self.seed)
        return Target(self.node, recipient_key_id(public), public, 1)

    @property
    def reader(self) -> Reader:
        return Reader(self.node, NETWORK, 1, PlainRing(self.seed))

    def opens(self, delivery: Delivery, sender: "Party") -> Opened:
        return open_delivery(delivery, sender.identity.public, self.reader)


def draft(sender: Party, *to: Party, **changes: object) -> Draft:
    """Return a small police request; ``changes`` replace its fields."""
    fields: dict[str, object] = {
        "sender": sender.node,
        "to": tuple(Addressee(each.node, Mode.ACTION) for each in to),
        "channel": Channel("police"),
        "type": TypeId("MT-01/1"),
        "purpose": "investigate",
        "conversation": Reference(b"c" * 16),
        "language": "en",
        "life": 14 * 86_400,
        "body": (("/plate", "SK-1234-AB"), ("/reason", "seen at the border")),
        "handling": ("H0",),
        "urgency": "routine",
        "erase_by": NOW + 90 * 86_400,
    }
    return Draft(**(fields | changes))  # type: ignore[arg-type]  # a test's shorthand for keyword arguments


def cleared(of: Draft) -> Cleared:
    """Return the draft as the policy would clear it, with one agreement per addressee."""
    agreements = tuple((who.node, StatementId(hashlib.sha256(who.node.encode()).digest())) for who in of.to)
    return Cleared(of, Decision(Verdict.ALLOW, PolicyDigest(b"p" * 32)), agreements)


def send(sender: Party, *to: Party, entropy: Entropy | None = None, **changes: object) -> Envelope:
    """Return a sealed message from ``sender`` to ``to``."""
    issue = Issue(NETWORK, NOW, 7, b"r" * 32)
    targets = tuple(each.target for each in to)
    return seal(cleared(draft(sender, *to, **changes)), targets, issue, sender.identity, entropy or CountingEntropy())


def deliver(envelope: Envelope, to: Party) -> Delivery:
    """Return what the hub hands ``to``: its own wrap only, re-parsed from bytes."""
    index = [each.node for each in envelope.manifest.core.to].index(to.node)
    delivery = Delivery(
        envelope.id, envelope.manifest, envelope.signed, index, envelope.wraps[index], envelope.contents
    )
    return parse_delivery(delivery.encode())


def message_number(number: int) -> MessageId:
    """Return a distinct message id for tests that need no message."""
    return MessageId(hashlib.sha256(str(number).encode()).digest())
