"""Mutations that know the encoding: one or a few changes to a valid object's tree, or to its bytes.

Byte strings that hold an item themselves (payloads, cores, headers) are entered, so that changes reach the inner
objects; digests of an envelope are sometimes computed anew, so that changes reach what lies behind them.
"""

import hashlib
from collections.abc import Sequence
from random import Random

from protocol.cbor import Item, Tagged, decode, encode
from protocol.errors import Fault

INTEGERS = (0, 1, 2, 23, 24, 255, 256, 65_535, 65_536, (1 << 53) - 1, 1 << 53, (1 << 64) - 1, -1, -(1 << 64))
TEXTS = (
    "",
    "a",
    "police",
    "rs.contact",
    "MT-01/1",
    "x" * 65,
    "x" * 201,
    "a\x00b",
    "é",
    "e\u0301",
    "\u202e",
    "MK.contact",
)
BYTES = (b"", bytes(16), bytes(32), b"\xff" * 32, bytes(31), bytes(33), bytes(64), b"\x80", b"\xa0", b"\xf6")
LOOSE = (None, True, False, [], {}, Tagged(98, []), [[]], {0: 0}, {"a": 1})
_INNER_LIMIT = 20_000


class Mutator:
    """Draws mutants of ``seeds``; the same random source gives the same mutants."""

    def __init__(self, seeds: Sequence[bytes], random: Random) -> None:
        self._random = random
        self._seeds = [*seeds]
        self._trees = [tree for tree in (_tree(raw) for raw in seeds) if tree is not None]

    def draw(self) -> bytes:
        """Return the next mutant."""
        if self._trees and self._random.random() < 0.75:
            return self.tree_mutant(self._random.choice(self._trees)[0])
        return self.byte_mutant(self._random.choice(self._seeds))

    def mutant_of(self, raw: bytes) -> bytes:
        """Return a mutant of ``raw``, which need not be a seed."""
        tree = _tree(raw)
        return self.byte_mutant(raw) if tree is None else self.tree_mutant(tree[0])

    def tree_mutant(self, tree: Item) -> bytes:
        """Return the encoding of ``tree`` after one to three changes."""
        for _ in range(self._random.choice((1, 1, 1, 2, 3))):
            tree = self._change(tree, 14)
        if self._random.random() < 0.5:
            tree = _rehashed(tree)
        raw = encode(tree)
        return self.byte_mutant(raw) if self._random.random() < 0.05 else raw

    def byte_mutant(self, raw: bytes) -> bytes:
        """Return ``raw`` with one place changed, cut, doubled, grown, or written at greater length."""
        random = self._random
        at = random.randrange(len(raw) + 1)
        end = min(len(raw), at + random.choice((1, 1, 1, 2, 4, 16)))
        piece = raw[at:end]
        how = random.randrange(7)
        if how == 0 and piece:
            return raw[:at] + bytes([piece[0] ^ 1 << random.randrange(8)]) + raw[at + 1 :]
        if how == 1:
            return raw[:at] + raw[end:]
        if how == 2:
            return raw[:end] + piece + raw[end:]
        if how == 3:
            return raw[:at] + random.randbytes(random.choice((1, 2, 4, 8))) + raw[at:]
        if how == 4:
            return raw[:at]
        if how == 5:
            other = random.choice(self._seeds)
            return raw[:at] + other[random.randrange(len(other) + 1) :][:64] + raw[end:]
        return _lengthened(raw, at)

    def _change(self, item: Item, depth: int) -> Item:
        random = self._random
        if depth == 0 or random.random() < 0.12:
            return self._replaced(item)
        if isinstance(item, list) and item:
            return self._in_list(item, depth)
        if isinstance(item, dict) and item:
            return self._in_map(item, depth)
        if isinstance(item, Tagged):
            return Tagged(98, self._change(item.value, depth - 1))
        if isinstance(item, bytes) and 1 < len(item) <= _INNER_LIMIT and random.random() < 0.9:
            inner = _tree(item)
            if inner is not None and isinstance(inner[0], (list, dict, Tagged)):
                return encode(self._change(inner[0], depth - 1))
        return self._replaced(item)

    def _in_list(self, item: list[Item], depth: int) -> Item:
        random = self._random
        at = random.randrange(len(item))
        how = random.random()
        if how < 0.75:
            return [*item[:at], self._change(item[at], depth - 1), *item[at + 1 :]]
        if how < 0.82:
            return item[:at] + item[at + 1 :]
        if how < 0.9:
            return item[: at + 1] + item[at:]
        if how < 0.96:
            other = random.randrange(len(item))
            out = [*item]
            out[at], out[other] = out[other], out[at]
            return out
        return [*item, self._any()]

    def _in_map(self, item: dict[int, Item], depth: int) -> Item:
        random = self._random
        key = random.choice(list(item))
        how = random.random()
        if how < 0.8:
            return {**item, key: self._change(item[key], depth - 1)}
        rest = {each: value for each, value in item.items() if each != key}
        if how < 0.88:
            return rest
        if how < 0.94:
            return {**rest, random.randrange(-2, 30): item[key]}
        return {**item, random.choice((0, 28, 99, -1)): self._any()}

    def _replaced(self, item: Item) -> Item:
        random = self._random
        how = random.random()
        if how < 0.2:
            return self._any()
        if how < 0.25:
            return [item]
        if isinstance(item, bool):
            return not item
        if isinstance(item, int):
            near = max(-(1 << 64), min((1 << 64) - 1, item + random.choice((-1, 1))))
            return random.choice((*INTEGERS, near, near))
        if isinstance(item, bytes):
            return self._bytes(item)
        if isinstance(item, str):
            return self._text(item)
        return self._any()

    def _bytes(self, item: bytes) -> bytes:
        random = self._random
        at = random.randrange(len(item) + 1)
        changed = item[:at] + random.randbytes(1) + item[at + 1 :]
        return random.choice((changed, changed, item[:-1], item + b"\x00", item[:at], random.choice(BYTES)))

    def _text(self, item: str) -> str:
        random = self._random
        at = random.randrange(len(item) + 1)
        changed = item[:at] + random.choice("aZ0.-/ \n\u0430") + item[at + 1 :]
        return random.choice((changed, item[:-1], item + "x", item.upper(), item[:at], random.choice(TEXTS)))

    def _any(self) -> Item:
        random = self._random
        if self._trees and random.random() < 0.3:
            return _somewhere(random.choice(self._trees)[0], random)
        return random.choice((*INTEGERS, *TEXTS, *BYTES, *LOOSE))


def _tree(raw: bytes) -> tuple[Item] | None:
    """Return the decoded item in a tuple (an item may be None), or None for other bytes."""
    try:
        return (decode(raw),)
    except Fault:
        return None


def _somewhere(item: Item, random: Random) -> Item:
    while random.random() < 0.8:
        if isinstance(item, list) and item:
            item = random.choice(item)
        elif isinstance(item, dict) and item:
            item = random.choice(list(item.values()))
        else:
            break
    return item


def _rehashed(tree: Item) -> Item:
    """Return an envelope or delivery with the digests that its manifest should have; anything else unchanged."""
    if not isinstance(tree, list) or len(tree) not in (3, 4) or not isinstance(tree[0], bytes):
        return tree
    outer = _tree(tree[0])
    signed = outer[0].value if outer and isinstance(outer[0], Tagged) else None
    if not isinstance(signed, list) or len(signed) != 4 or not isinstance(signed[2], bytes):
        return tree
    inner = _tree(signed[2])
    manifest = inner[0] if inner else None
    if not isinstance(manifest, list) or len(manifest) != 3:
        return tree
    payload = encode([manifest[0], _wrap_hashes(tree, manifest[1]), _part_rows(tree[-1], manifest[2])])
    return [encode(Tagged(98, [*signed[:2], payload, signed[3]])), *tree[1:]]


def _wrap_hashes(tree: list[Item], hashes: Item) -> Item:
    if len(tree) == 3 and isinstance(tree[1], list) and all(isinstance(each, bytes) for each in tree[1]):
        return [hashlib.sha256(each).digest() for each in tree[1]]  # type: ignore[arg-type]  # bytes
    if len(tree) == 4 and isinstance(tree[1], int) and isinstance(tree[2], bytes) and isinstance(hashes, list):
        return [hashlib.sha256(tree[2]).digest() if at == tree[1] else each for at, each in enumerate(hashes)]
    return hashes


def _part_rows(contents: Item, rows: Item) -> Item:
    if not isinstance(contents, list) or not isinstance(rows, list):
        return rows
    out, left = [], [each for each in contents if isinstance(each, bytes)]
    for row in rows:
        inline = isinstance(row, list) and len(row) == 3 and row[0] in ("body", "identity")
        if inline and left:
            raw = left.pop(0)
            out.append([row[0], len(raw), hashlib.sha256(raw).digest()])  # type: ignore[index]  # a list
        else:
            out.append(row)
    return out


def _lengthened(raw: bytes, at: int) -> bytes:
    """Return ``raw`` with the byte at ``at``, taken as the head of an item, written in two bytes."""
    if at >= len(raw) or raw[at] & 0x1F >= 24:
        return raw + b"\x00"
    return raw[:at] + bytes([raw[at] & 0xE0 | 24, raw[at] & 0x1F]) + raw[at + 1 :]
