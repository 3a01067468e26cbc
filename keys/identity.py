"""Private identities: Ed25519 (PyNaCl) and ML-DSA-65 (cryptography), always both, made from two 32-byte seeds."""

from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey
from nacl.signing import SigningKey

from protocol.ports import Entropy, IdentityPublic

SEED_SIZE: Final = 32


@dataclass(frozen=True, slots=True)
class IdentitySeeds:
    """What a keystore keeps of an identity. Never shown: the representation is empty."""

    ed25519: bytes = field(repr=False)
    mldsa65: bytes = field(repr=False)


class PrivateIdentity:
    """Signs with both halves (``protocol.ports.IdentitySigner``). Built by ``private_identity``."""

    __slots__ = ("_ed25519", "_mldsa65", "_public")

    def __init__(self, ed25519: SigningKey, mldsa65: MLDSA65PrivateKey, public: IdentityPublic) -> None:
        self._ed25519 = ed25519
        self._mldsa65 = mldsa65
        self._public = public

    @property
    def public(self) -> IdentityPublic:
        """The identity whose signatures this signer makes."""
        return self._public

    def sign_ed25519(self, message: bytes) -> bytes:
        """Return 64 bytes."""
        return self._ed25519.sign(message).signature

    def sign_mldsa65(self, message: bytes) -> bytes:
        """Return 3 309 bytes, empty context; hedged, so two calls differ."""
        return self._mldsa65.sign(message)

    def __repr__(self) -> str:
        return "PrivateIdentity()"

    def __reduce__(self) -> str:
        raise TypeError("a private identity leaves the process only inside a keystore")


def create_seeds(entropy: Entropy) -> IdentitySeeds:
    """Return seeds for a new identity."""
    return IdentitySeeds(entropy(SEED_SIZE), entropy(SEED_SIZE))


def private_identity(seeds: IdentitySeeds) -> PrivateIdentity:
    """Return the identity of these seeds; the public half is computed from them, never taken from elsewhere."""
    ed25519 = SigningKey(seeds.ed25519)
    mldsa65 = MLDSA65PrivateKey.from_seed_bytes(seeds.mldsa65)
    public = IdentityPublic(bytes(ed25519.verify_key), mldsa65.public_key().public_bytes_raw())
    return PrivateIdentity(ed25519, mldsa65, public)
