"""Keys for what a node stores: every item has its own key, wrapped by an epoch key held only in the keystore.

Erasing items for good means: re-wrap the survivors under a new epoch, save the keystore, destroy the old epoch, save
again (invariant 10). A copy of the database without the keystore reveals nothing, and an old copy nothing later.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from protocol.cbor import encode
from protocol.errors import Code, Fault
from protocol.ports import Entropy

KEY_SIZE: Final = 32
NONCE_SIZE: Final = 12
_WRAP: Final = "xb/1 stored key"


@dataclass(frozen=True, slots=True)
class EpochKey:
    """One epoch: its number from 1, its key, which is never shown, and when it began."""

    number: int
    key: bytes = field(repr=False)
    created_at: int = 0


class EpochRing:
    """The epochs a node still has. New items go under the newest; older ones open as long as their epoch lives."""

    __slots__ = ("_entropy", "_epochs")

    def __init__(self, epochs: Iterable[EpochKey], entropy: Entropy) -> None:
        self._epochs = {each.number: each for each in epochs}
        self._entropy = entropy

    @property
    def current(self) -> int:
        """The number of the newest epoch, 0 before the first."""
        return max(self._epochs, default=0)

    @property
    def oldest(self) -> int:
        """The number of the oldest epoch held, 0 before the first; those before it are destroyed."""
        return min(self._epochs, default=0)

    def epochs(self) -> tuple[EpochKey, ...]:
        """Return every epoch held, for the keystore, ascending."""
        return tuple(self._epochs[number] for number in sorted(self._epochs))

    def begin(self, now: int) -> EpochKey:
        """Start a new epoch and return it. The caller saves the keystore before it wraps anything under it."""
        epoch = EpochKey(self.current + 1, self._entropy(KEY_SIZE), now)
        self._epochs[epoch.number] = epoch
        return epoch

    def destroy(self, number: int) -> None:
        """Forget an epoch: what is still wrapped under it is gone once the keystore is saved.

        The newest epoch is refused (``ValueError``): begin another first, so that a number is never used twice.
        """
        if number == self.current:
            raise ValueError("the newest epoch is still in use")
        self._epochs.pop(number, None)

    def wrap(self, item_id: bytes, key: bytes) -> bytes:
        """Return an item's key wrapped under the newest epoch and bound to the item."""
        number = self.current
        if number == 0:
            raise ValueError("no epoch has begun")
        nonce = self._entropy(NONCE_SIZE)
        return nonce + AESGCM(self._epochs[number].key).encrypt(nonce, key, encode([_WRAP, number, item_id]))

    def unwrap(self, epoch: int, item_id: bytes, wrapped: bytes) -> bytes:
        """Return an item's key. UNKNOWN_DECRYPTION_KEY once its epoch was destroyed, WRAP_DECRYPT for changed bytes."""
        held = self._epochs.get(epoch)
        if held is None:
            raise Fault(Code.UNKNOWN_DECRYPTION_KEY, "epoch destroyed")
        nonce, sealed = wrapped[:NONCE_SIZE], wrapped[NONCE_SIZE:]
        try:
            return AESGCM(held.key).decrypt(nonce, sealed, encode([_WRAP, epoch, item_id]))
        except (InvalidTag, ValueError):  # ValueError: a nonce cut short
            raise Fault(Code.WRAP_DECRYPT, "stored key") from None

    def __repr__(self) -> str:
        return f"EpochRing(current={self.current}, held={len(self._epochs)})"
