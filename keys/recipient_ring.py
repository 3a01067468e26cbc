"""The private recipient keys a node still holds, one a week and channel, and the opening of wraps with them.

Erasing a seed here, in the keystore and in the custodian's copy is what makes old messages unreadable (protocol
decision 11). Python cannot promise that freed memory is overwritten; the promise is about disks and backups.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey

from protocol.errors import Code, Fault
from protocol.ids import Channel, KeyId
from protocol.ports import Entropy
from protocol.wrap import (
    ENC_SIZE,
    SEED_SIZE,
    Wrap,
    open_wrap,
    recipient_key_id,
    recipient_private,
    recipient_public_bytes,
)


@dataclass(frozen=True, slots=True)
class RecipientSeed:
    """One private recipient key with its window [not_before, not_after) in seconds UTC; the seed is never shown."""

    channel: Channel
    not_before: int
    not_after: int
    key_id: KeyId
    public_key: bytes = field(repr=False)
    seed: bytes = field(repr=False)


def recipient_seed(channel: Channel, window: tuple[int, int], seed: bytes) -> RecipientSeed:
    """Return the key of ``seed`` for one channel and window; public key and id are computed from the seed."""
    public = recipient_public_bytes(seed)
    return RecipientSeed(channel, *window, recipient_key_id(public), public, seed)


def create_recipient_seed(channel: Channel, window: tuple[int, int], entropy: Entropy) -> RecipientSeed:
    """Return a new key for one channel and window."""
    return recipient_seed(channel, window, entropy(SEED_SIZE))


class RecipientRing:
    """Opens wraps to the keys it holds (``protocol.ports.Unwrapper``)."""

    __slots__ = ("_opened", "_seeds")

    def __init__(self, seeds: Iterable[RecipientSeed] = ()) -> None:
        self._seeds = {each.key_id: each for each in seeds}
        self._opened: dict[KeyId, MLKEM768X25519PrivateKey] = {}

    def unwrap(self, key_id: KeyId, ciphertext: bytes, info: bytes) -> bytes:
        """Return the wrapped secret; UNKNOWN_DECRYPTION_KEY for a key not held or erased, else WRAP_DECRYPT."""
        seed = self._seeds.get(key_id)
        if seed is None:
            raise Fault(Code.UNKNOWN_DECRYPTION_KEY)
        private = self._opened.get(key_id)
        if private is None:
            private = self._opened[key_id] = recipient_private(seed.seed)
        return open_wrap(private, Wrap(key_id, ciphertext[:ENC_SIZE], ciphertext[ENC_SIZE:], b""), info)

    def seeds(self) -> tuple[RecipientSeed, ...]:
        """Return every key held, for the keystore, ascending by channel and window."""
        return tuple(sorted(self._seeds.values(), key=lambda each: (each.channel, each.not_before, each.key_id)))

    def add(self, seeds: Iterable[RecipientSeed]) -> None:
        """Hold ``seeds`` too."""
        self._seeds |= {each.key_id: each for each in seeds}

    def erase(self, key_ids: Iterable[KeyId]) -> None:
        """Forget these keys. Not here: the keystore file, which the caller saves before it believes the erasure."""
        for key_id in key_ids:
            self._seeds.pop(key_id, None)
            self._opened.pop(key_id, None)

    def __contains__(self, key_id: object) -> bool:
        return key_id in self._seeds

    def __repr__(self) -> str:
        return f"RecipientRing({len(self._seeds)} keys)"
