"""Part keys, padding and FLOE: docs/wire.md section 3.3."""

import hmac
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.oracle.codec import Refused, encode
from tests.oracle.shape import need

FLOOR = 256
SEGMENT = 1048576
ROTATION = 20
OVERHEAD = 32
PARAMS, IV, TAG = 10, 32, 32
INNER = b"\xff" * 4


@dataclass(frozen=True)
class Sizes:
    """Bytes of a segment, and the binary logarithm of the segments under one key."""

    segment: int = SEGMENT
    rotation: int = ROTATION


WIRE = Sizes()


def expand(name: str, key: bytes, info: bytes, length: int) -> bytes:
    """Return HKDF-Expand of RFC 5869 section 2.3."""
    block, made, number = b"", b"", 0
    while len(made) < length:
        number += 1
        block = hmac.digest(key, block + info + bytes([number]), name)
        made += block
    return made[:length]


def part_key(secret: bytes, core_hash: bytes, name: str) -> bytes:
    """Return the key of one part."""
    return expand("sha256", secret, encode(["xb/1 part", core_hash, name]), 32)


def content_aad(core_hash: bytes, name: str) -> bytes:
    """Return the additional data of one part."""
    return encode(["xb/1 content", core_hash, name])


def padded(size: int) -> int:
    """Return the size to which so many bytes are padded."""
    if size <= FLOOR:
        return FLOOR
    exponent = size.bit_length() - 1
    low = (1 << (exponent - exponent.bit_length())) - 1
    return (size + low) & ~low


def unpad(data: bytes) -> bytes:
    """Return the content in front of the padding."""
    bare = data.rstrip(b"\0")
    need(bare.endswith(b"\x80") and padded(len(bare)) == len(data), "PADDING")
    return bare[:-1]


def open_floe(key: bytes, aad: bytes, ciphertext: bytes, sizes: Sizes = WIRE) -> bytes:
    """Return the plaintext of header and segments; every byte was authenticated."""
    params = b"\0\0" + sizes.segment.to_bytes(4, "big") + IV.to_bytes(4, "big")
    context, tag = ciphertext[: PARAMS + IV], ciphertext[PARAMS + IV : PARAMS + IV + TAG]
    need(len(tag) == TAG and context[:PARAMS] == params, "COMMITMENT")
    wanted = expand("sha384", key, context + b"HEADER_TAG:" + aad, TAG)
    need(hmac.compare_digest(tag, wanted), "COMMITMENT")
    body = ciphertext[PARAMS + IV + TAG :]
    message_key = expand("sha384", key, context + b"MESSAGE_KEY:" + aad, 48)
    pieces = [body[start : start + sizes.segment] for start in range(0, len(body), sizes.segment)]
    need(bool(pieces), "BODY_DECRYPT")
    keys: dict[int, bytes] = {}
    made = []
    for number, piece in enumerate(pieces):
        epoch = number >> sizes.rotation << sizes.rotation
        if epoch not in keys:
            purpose = b"DEK:" + epoch.to_bytes(8, "big")
            keys[epoch] = expand("sha384", message_key, context + purpose + aad, 32)
        made.append(open_segment(keys[epoch], number, piece, final=number == len(pieces) - 1))
    return b"".join(made)


def open_segment(key: bytes, number: int, piece: bytes, *, final: bool) -> bytes:
    """Return what one segment holds at its place."""
    need(len(piece) >= OVERHEAD, "BODY_DECRYPT")
    need(piece[:4] == (len(piece).to_bytes(4, "big") if final else INNER), "BODY_DECRYPT")
    place = number.to_bytes(8, "big") + (b"\1" if final else b"\0")
    try:
        return AESGCM(key).decrypt(piece[4:16], piece[16:], place)
    except InvalidTag as error:
        raise Refused("BODY_DECRYPT") from error


def attachment_length(size: int) -> int:
    """Return the bytes of ciphertext of a file of this size, section 3.6."""
    whole = padded(size)
    return PARAMS + IV + TAG + whole + OVERHEAD * -(-whole // (SEGMENT - OVERHEAD))
