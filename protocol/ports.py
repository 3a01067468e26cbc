"""What the pure core is handed instead of reaching for it: time, randomness, keys."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from protocol.ids import KeyId

Clock = Callable[[], int]
"""Seconds since the epoch, UTC."""
Entropy = Callable[[int], bytes]
"""That many fresh random bytes."""


@dataclass(frozen=True, slots=True)
class IdentityPublic:
    """The public identity of a node, registrar or hub: both halves, always together (decision 2)."""

    ed25519: bytes  # 32 bytes
    mldsa65: bytes  # 1 952 bytes


class IdentitySigner(Protocol):
    """Signs with both halves of an identity; the private halves stay behind it."""

    @property
    def public(self) -> IdentityPublic:
        """The identity whose signatures this signer makes."""
        ...

    def sign_ed25519(self, message: bytes) -> bytes:
        """Return 64 bytes."""
        ...

    def sign_mldsa65(self, message: bytes) -> bytes:
        """Return 3 309 bytes, empty context."""
        ...


class Unwrapper(Protocol):
    """Opens wraps addressed to the keys it holds; one uniform failure (attack 62)."""

    def unwrap(self, key_id: KeyId, ciphertext: bytes, info: bytes) -> bytes:
        """Return the wrapped secret or raise ``Fault(UNKNOWN_DECRYPTION_KEY)`` or ``Fault(WRAP_DECRYPT)``."""
        ...
