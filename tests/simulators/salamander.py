"""Builds one AES-256-GCM ciphertext that authenticates under two keys: what a committing scheme has to withstand.

GCM's tag is linear in the ciphertext blocks for a fixed key and nonce. Leaving one block free, the equation "tag under
the first key = tag under the second" has one solution for it (Dodis, Grubbs, Ristenpart and Woodage, 2018).
"""

from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

BLOCK = 16
_REDUCTION = 0xE1 << 120


def multiply(left: int, right: int) -> int:
    """Multiply in GCM's field; the most significant bit is the coefficient of 1."""
    product = 0
    for bit in reversed(range(128)):
        if right >> bit & 1:
            product ^= left
        left = left >> 1 ^ (_REDUCTION if left & 1 else 0)
    return product


def invert(value: int) -> int:
    """Invert by raising to 2**128 - 2."""
    result = 1 << 127
    for _ in range(127):
        value = multiply(value, value)
        result = multiply(result, value)
    return result


@dataclass(frozen=True, slots=True)
class _Key:
    """The two secrets of a key and nonce that enter a tag."""

    hash_key: int
    mask: int

    @classmethod
    def of(cls, key: bytes, nonce: bytes) -> "_Key":
        encryptor = Cipher(AES(key), ECB()).encryptor()  # noqa: S305 - the raw block cipher is what GCM is made of
        blocks = encryptor.update(bytes(BLOCK) + nonce + b"\x00\x00\x00\x01")
        return cls(int.from_bytes(blocks[:BLOCK], "big"), int.from_bytes(blocks[BLOCK:], "big"))

    def tag(self, hashed: list[int]) -> int:
        state = 0
        for block in hashed:
            state = multiply(state ^ block, self.hash_key)
        return state ^ self.mask


def collide(keys: tuple[bytes, bytes], nonce: bytes, aad: bytes, ciphertext: bytes) -> bytes:
    """Return ``ciphertext``, one more block and a tag; the whole opens under both keys with this nonce and ``aad``."""
    first, second = (_Key.of(key, nonce) for key in keys)
    size = len(ciphertext) + BLOCK
    lengths = len(aad) * 8 << 64 | size * 8
    hashed = [*_blocks(aad), *_blocks(ciphertext), 0, lengths]
    difference = first.tag(hashed) ^ second.tag(hashed)
    squares = multiply(first.hash_key, first.hash_key) ^ multiply(second.hash_key, second.hash_key)
    hashed[-2] = multiply(difference, invert(squares))
    return ciphertext + hashed[-2].to_bytes(BLOCK, "big") + first.tag(hashed).to_bytes(BLOCK, "big")


def _blocks(raw: bytes) -> list[int]:
    pieces = [raw[at : at + BLOCK] for at in range(0, len(raw), BLOCK)]
    return [int.from_bytes(piece.ljust(BLOCK, b"\x00"), "big") for piece in pieces]
