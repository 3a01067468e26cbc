"""Who takes part in the worked example. All seeds are SHA-256 of a name: never do that outside an example."""

import hashlib
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.mldsa import (
    MLDSA44PrivateKey,
    MLDSA44PublicKey,
    MLDSA65PrivateKey,
    MLDSA65PublicKey,
)
from nacl.signing import SigningKey

from protocol.checkpoint import LogKeys
from protocol.cose import ed25519_kid, identity_kid, mldsa_kid
from protocol.ids import KeyId, NodeId
from protocol.ports import IdentityPublic
from protocol.wrap import recipient_key_id, recipient_public_bytes
from tests.wire_example.book import Book

NETWORK = bytes.fromhex("a17c0f5e42d94b3b8f6a905d1c73e428")
WEEK = 7 * 86_400
MONDAY = 1_795_996_800  # 30 November 2026, 00:00 UTC
NOW = MONDAY + 36_000


def seed(label: str) -> bytes:
    """Return the 32-byte seed of a label."""
    return hashlib.sha256(f"docs/wire.md example: {label}".encode()).digest()


class Signer:
    """An identity or log key pair whose ML-DSA signatures come from the book."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.ed_seed = seed(f"{name} ed25519")
        self.ml_seed = seed(f"{name} ml-dsa")
        self._ed = SigningKey(self.ed_seed)

    @property
    def ed25519(self) -> bytes:
        """The public key."""
        return bytes(self._ed.verify_key)

    def sign_ed25519(self, message: bytes) -> bytes:
        """Return the one signature there is."""
        return self._ed.sign(message).signature


class Identity(Signer):
    """Signs objects."""

    @property
    def public(self) -> IdentityPublic:
        """Both public keys."""
        return IdentityPublic(self.ed25519, self._ml.public_key().public_bytes_raw())

    @property
    def _ml(self) -> MLDSA65PrivateKey:
        return MLDSA65PrivateKey.from_seed_bytes(self.ml_seed)

    def sign_mldsa65(self, message: bytes) -> bytes:
        """Return a signature, another one each time."""
        return self._ml.sign(message)

    def check_mldsa65(self, signature: bytes, message: bytes) -> None:
        """Raise unless the signature verifies."""
        MLDSA65PublicKey.from_public_bytes(self.public.mldsa65).verify(signature, message)


class LogSigner(Signer):
    """Signs checkpoints."""

    @property
    def keys(self) -> LogKeys:
        """Both public keys."""
        return LogKeys(self.ed25519, self._ml.public_key().public_bytes_raw())

    @property
    def _ml(self) -> MLDSA44PrivateKey:
        return MLDSA44PrivateKey.from_seed_bytes(self.ml_seed)

    def sign_mldsa44(self, message: bytes) -> bytes:
        """Return a signature, another one each time."""
        return self._ml.sign(message)

    def check_mldsa44(self, signature: bytes, message: bytes) -> None:
        """Raise unless the signature verifies."""
        MLDSA44PublicKey.from_public_bytes(self.keys.mldsa44).verify(signature, message)


@dataclass(frozen=True, slots=True)
class Reader:
    """A recipient: node, identity and one recipient key."""

    node: NodeId
    identity: Identity

    @property
    def seed(self) -> bytes:
        """The seed of its recipient key."""
        return seed(f"{self.node} recipient key")

    @property
    def public_key(self) -> bytes:
        """The recipient key."""
        return recipient_public_bytes(self.seed)

    @property
    def key_id(self) -> KeyId:
        """Its id."""
        return recipient_key_id(self.public_key)


SENDER = NodeId("ngo.haven.at")
SENDER_IDENTITY = Identity("sender")
SHELTER = Reader(NodeId("ngo.kuca.rs"), Identity("first recipient"))
ADVICE = Reader(NodeId("ngo.savet.rs"), Identity("second recipient"))
HUB = Identity("hub")
HUB_LOG = LogSigner("hub log")
WITNESS = LogSigner("witness")
WITNESS_NAME = "audit.vienna"


def write_keys(book: Book) -> None:
    """Add the keys of everybody."""
    book.step(
        "Keys (2.2, 3.2)",
        "A node in Vienna writes to two nodes in Serbia. Every private key is a 32-byte seed. The network id enters "
        "every signature. Node ids: sender `ngo.haven.at`, recipients `ngo.kuca.rs` and `ngo.savet.rs`, witness "
        "`audit.vienna`.",
    )
    book.given("network.id", NETWORK)
    for short, identity in (("sender", SENDER_IDENTITY), ("kuca", SHELTER.identity), ("hub", HUB)):
        book.given(f"{short}.ed25519.seed", identity.ed_seed)
        book.put(f"{short}.ed25519.public", identity.ed25519)
        book.put(f"{short}.ed25519.key-id", ed25519_kid(identity.ed25519))
        book.given(f"{short}.ml-dsa-65.seed", identity.ml_seed)
        book.put(f"{short}.ml-dsa-65.public", identity.public.mldsa65)
        book.put(f"{short}.ml-dsa-65.key-id", mldsa_kid(identity.public.mldsa65))
        book.put(f"{short}.identity-id", identity_kid(identity.public))
    for short, signer in (("log", HUB_LOG), ("witness", WITNESS)):
        book.given(f"{short}.ed25519.seed", signer.ed_seed)
        book.put(f"{short}.ed25519.public", signer.ed25519)
        book.given(f"{short}.ml-dsa-44.seed", signer.ml_seed)
        book.put(f"{short}.ml-dsa-44.public", signer.keys.mldsa44)
    for short, reader in (("kuca", SHELTER), ("savet", ADVICE)):
        book.given(f"{short}.recipient.seed", reader.seed)
        book.put(f"{short}.recipient.public", reader.public_key)
        book.put(f"{short}.recipient.key-id", reader.key_id)
