"""Checkpoint keys of a log or a witness: Ed25519 and ML-DSA-44, apart from every identity."""

from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from nacl.signing import SigningKey

from protocol.checkpoint import LogKeys
from protocol.ports import Entropy

SEED_SIZE: Final = 32


@dataclass(frozen=True, slots=True)
class LogSeeds:
    """What a keystore keeps of checkpoint keys. Never shown: the representation is empty."""

    ed25519: bytes = field(repr=False)
    mldsa44: bytes = field(repr=False)


class LogSigner:
    """Signs checkpoints with both keys (``protocol.checkpoint.CheckpointSigner``). Built by ``log_signer``."""

    __slots__ = ("_ed25519", "_keys", "_mldsa44")

    def __init__(self, ed25519: SigningKey, mldsa44: MLDSA44PrivateKey, keys: LogKeys) -> None:
        self._ed25519 = ed25519
        self._mldsa44 = mldsa44
        self._keys = keys

    @property
    def keys(self) -> LogKeys:
        """The keys whose signatures this signer makes."""
        return self._keys

    def sign_ed25519(self, message: bytes) -> bytes:
        """Return 64 bytes."""
        return self._ed25519.sign(message).signature

    def sign_mldsa44(self, message: bytes) -> bytes:
        """Return 2 420 bytes, empty context."""
        return self._mldsa44.sign(message)

    def __repr__(self) -> str:
        return "LogSigner()"

    def __reduce__(self) -> str:
        raise TypeError("checkpoint keys leave the process only inside a keystore")


def create_log_seeds(entropy: Entropy) -> LogSeeds:
    """Return seeds for new checkpoint keys."""
    return LogSeeds(entropy(SEED_SIZE), entropy(SEED_SIZE))


def log_signer(seeds: LogSeeds) -> LogSigner:
    """Return the signer of these seeds; the public keys are computed from them, never taken from elsewhere."""
    ed25519 = SigningKey(seeds.ed25519)
    mldsa44 = MLDSA44PrivateKey.from_seed_bytes(seeds.mldsa44)
    return LogSigner(ed25519, mldsa44, LogKeys(bytes(ed25519.verify_key), mldsa44.public_key().public_bytes_raw()))
