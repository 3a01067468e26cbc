"""The Merkle tree of RFC 6962 section 2.1 over SHA-256: leaf and node hashes, roots, proofs and their verification.

A tree is read through ``HashReader``: the hash of the complete subtree of 2**level leaves that starts at leaf
index * 2**level. All else follows from those. ``Frontier`` is the right edge of a growing tree, as a value.
Bytes: docs/wire.md section 5.1.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from protocol.errors import Code, Fault
from protocol.ids import DIGEST_SIZE
from protocol.limits import MAX_PROOF

HashReader = Callable[[int, int], bytes]
"""(level, index) of a complete subtree -> its hash."""
Node = tuple[int, int, bytes]
"""Level, index and hash of a complete subtree."""

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of a leaf that holds ``entry``."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_from(leaves: Sequence[bytes]) -> bytes:
    """Return the root over these leaf hashes; SHA-256 of nothing for no leaves."""
    if not leaves:
        return EMPTY_ROOT
    row = list(leaves)
    while len(row) > 1:
        paired = [node_hash(row[at], row[at + 1]) for at in range(0, len(row) - 1, 2)]
        row = paired + row[len(paired) * 2 :]
    return row[0]


def root_at(size: int, get: HashReader) -> bytes:
    """Return the root of the tree's first ``size`` leaves."""
    return _range_hash(0, size, get) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, get: HashReader) -> tuple[bytes, ...]:
    """Return the audit path of leaf ``index`` in the tree of ``size`` leaves; BAD_INCLUSION outside the tree."""
    if not 0 <= index < size:
        raise Fault(Code.BAD_INCLUSION, "no such leaf")
    start, end = 0, size
    path = []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range_hash(middle, end, get))
            end = middle
        else:
            path.append(_range_hash(start, middle, get))
            start = middle
    return tuple(reversed(path))


def consistency_proof(first: int, second: int, get: HashReader) -> tuple[bytes, ...]:
    """Return the proof that the tree of ``second`` leaves extends the tree of ``first``.

    Refuses BAD_CONSISTENCY unless 0 < first <= second: from an empty tree there is nothing to prove (attack 106).
    """
    if not 0 < first <= second:
        raise Fault(Code.BAD_CONSISTENCY, "sizes")
    start, end = 0, second
    path = []
    while first != end:
        middle = start + _split(end - start)
        if first <= middle:
            path.append(_range_hash(middle, end, get))
            end = middle
        else:
            path.append(_range_hash(start, middle, get))
            start = middle
    if start:  # otherwise the old tree is itself a node of the new one, and the verifier has its root
        path.append(_range_hash(start, end, get))
    return tuple(reversed(path))


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Raise BAD_INCLUSION unless ``proof`` shows the leaf hash at ``index`` of the tree with this size and root.

    Size and root are taken from one verified checkpoint: a path alone fits neighbouring sizes too.
    """
    if not 0 <= index < size or not _hashes_fit(leaf, root, *proof):
        raise Fault(Code.BAD_INCLUSION, "shape")
    at, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise Fault(Code.BAD_INCLUSION, "too long")
        if at & 1 or at == last:
            node = node_hash(sibling, node)
            at, last = _climb(at, last)
        else:
            node = node_hash(node, sibling)
        at, last = at >> 1, last >> 1
    if last != 0 or node != root:
        raise Fault(Code.BAD_INCLUSION, "root")


def verify_consistency(first: int, second: int, root1: bytes, root2: bytes, proof: Sequence[bytes]) -> None:
    """Raise BAD_CONSISTENCY unless ``proof`` shows that the second tree extends the first, which is not empty.

    Each size and root are taken from one verified checkpoint.
    """
    if not 0 < first <= second or not _hashes_fit(root1, root2, *proof):
        raise Fault(Code.BAD_CONSISTENCY, "shape")
    path = list(proof)
    if first & (first - 1) == 0 or first == second:
        path.insert(0, root1)  # an old tree that is itself a node of the new one is left out of its proof
    if not path:
        raise Fault(Code.BAD_CONSISTENCY, "too short")
    at, last = (0, 0) if first == second else _skip_full(first - 1, second - 1)
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise Fault(Code.BAD_CONSISTENCY, "too long")
        if at & 1 or at == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            at, last = _climb(at, last)
        else:
            new = node_hash(new, sibling)
        at, last = at >> 1, last >> 1
    if last != 0 or old != root1 or new != root2:
        raise Fault(Code.BAD_CONSISTENCY, "root")


@dataclass(frozen=True, slots=True)
class Frontier:
    """The right edge of a tree: its size and the roots of its complete subtrees, the largest first."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def append(self, leaf: bytes) -> tuple["Frontier", tuple[Node, ...]]:
        """Return the tree with one more leaf hash, and every subtree this completed, the leaf itself first."""
        peaks = list(self.peaks)
        level, index, node = 0, self.size, leaf
        fresh = [(level, index, node)]
        while index & 1:
            level, index, node = level + 1, index >> 1, node_hash(peaks.pop(), node)
            fresh.append((level, index, node))
        return Frontier(self.size + 1, (*peaks, node)), tuple(fresh)

    def root(self) -> bytes:
        """Return the root of the whole tree."""
        if not self.peaks:
            return EMPTY_ROOT
        *rest, node = self.peaks
        for peak in reversed(rest):
            node = node_hash(peak, node)
        return node


def frontier_at(size: int, get: HashReader) -> Frontier:
    """Return the right edge of the tree's first ``size`` leaves."""
    peaks = []
    start = 0
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            peaks.append(get(level, start >> level))
            start += 1 << level
    return Frontier(size, tuple(peaks))


def _split(count: int) -> int:
    """The largest power of two below ``count``."""
    return 1 << (count - 1).bit_length() - 1


def _range_hash(start: int, end: int, get: HashReader) -> bytes:
    """Hash of leaves [start, end), where start is a multiple of the largest power of two within the range."""
    count = end - start
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return get(level, start >> level)
    middle = start + _split(count)
    return node_hash(_range_hash(start, middle, get), _range_hash(middle, end, get))


def _climb(at: int, last: int) -> tuple[int, int]:
    """Skip the levels on which the node has no sibling on its right (RFC 9162 section 2.1.3.2)."""
    while at and not at & 1:
        at, last = at >> 1, last >> 1
    return at, last


def _skip_full(at: int, last: int) -> tuple[int, int]:
    """Rise to the largest complete subtree that ends at leaf ``at`` (RFC 9162 section 2.1.4.2)."""
    while at & 1:
        at, last = at >> 1, last >> 1
    return at, last


def _hashes_fit(*hashes: bytes) -> bool:
    return len(hashes) <= MAX_PROOF + 2 and all(len(each) == DIGEST_SIZE for each in hashes)
