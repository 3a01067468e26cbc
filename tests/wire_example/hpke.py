"""HPKE and FLOE key schedules from bare primitives, as docs/wire.md sections 3.2 and 3.3 write them down."""

import hashlib
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

_SUITE = b"HPKE" + bytes.fromhex("647a00110002")
_LABEL = bytes.fromhex("5c2e2f2f5e5c")


@dataclass(frozen=True, slots=True)
class Opened:
    """Everything between a seed and the AEAD of a wrap."""

    mlkem_seed: bytes
    x25519_private: bytes
    ss_m: bytes
    ss_x: bytes
    shared_secret: bytes
    secret: bytes


@dataclass(frozen=True, slots=True)
class FloeKeys:
    """Header tag, message key and the first segment key of one ciphertext."""

    tag: bytes
    message_key: bytes
    dek: bytes


def _prefixed(raw: bytes) -> bytes:
    return len(raw).to_bytes(2, "big") + raw


def open_by_hand(seed: bytes, enc: bytes, info: bytes) -> Opened:
    """Return the key schedule of one wrap."""
    wide = hashlib.shake_256(seed).digest(96)
    mlkem, x25519 = MLKEM768PrivateKey.from_seed_bytes(wide[:64]), X25519PrivateKey.from_private_bytes(wide[64:])
    ss_m = mlkem.decapsulate(enc[:1088])
    ss_x = x25519.exchange(X25519PublicKey.from_public_bytes(enc[1088:]))
    own = x25519.public_key().public_bytes_raw()
    shared = hashlib.sha3_256(ss_m + ss_x + enc[1088:] + own + _LABEL).digest()
    wanted = 32 + 12 + 64
    hashed = b"".join(
        (
            *(_prefixed(b""), _prefixed(shared), b"HPKE-v1", _SUITE, _prefixed(b"secret")),
            *(wanted.to_bytes(2, "big"), b"\x00", _prefixed(b""), _prefixed(info)),
        )
    )
    return Opened(wide[:64], wide[64:], ss_m, ss_x, shared, hashlib.shake_256(hashed).digest(wanted))


def floe_keys(key: bytes, aad: bytes, iv: bytes) -> FloeKeys:
    """Return the derived keys of a ciphertext of one segment."""
    params = bytes(2) + (1 << 20).to_bytes(4, "big") + (32).to_bytes(4, "big")

    def derive(source: bytes, purpose: bytes, size: int) -> bytes:
        return HKDFExpand(SHA384(), size, params + iv + purpose + aad).derive(source)

    message_key = derive(key, b"MESSAGE_KEY:", 48)
    return FloeKeys(derive(key, b"HEADER_TAG:", 32), message_key, derive(message_key, b"DEK:" + bytes(8), 32))
