"""Keys of the parts of one message, derived so that revealing one part's key opens that part only (decision 7).

Specified in docs/wire.md section 3.3.
"""

import hashlib
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from protocol.cbor import encode

KEY_SIZE: Final = 32
NO_IDENTITY: Final = bytes(KEY_SIZE)
"""Stands in a wrap for the identity key of a recipient who may not read identity; every wrap has one length."""


def part_key(secret: bytes, core_bytes: bytes, name: str) -> bytes:
    """Return the 32-byte FLOE key of the part ``name`` under a content or identity secret."""
    info = encode(["xb/1 part", hashlib.sha256(core_bytes).digest(), name])
    return HKDFExpand(SHA256(), KEY_SIZE, info).derive(secret)


def part_aad(core_bytes: bytes, name: str) -> bytes:
    """Return the context a part's ciphertext commits to: the core and the part's name (attacks 25, 54)."""
    return encode(["xb/1 content", hashlib.sha256(core_bytes).digest(), name])
