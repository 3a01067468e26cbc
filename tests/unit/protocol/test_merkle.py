"""The RFC 6962 tree against the definitions of the RFC, written here a second time as recursion over whole lists."""

import hashlib
from collections.abc import Sequence

import pytest

from protocol.errors import Code
from protocol.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    frontier_at,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_at,
    root_from,
    verify_consistency,
    verify_inclusion,
)
from tests.simulators.log import MemoryTree
from tests.simulators.refusal import refused

SIZES = (*range(1, 35), 63, 64, 65, 100)
TREE = MemoryTree(bytes((number,)) for number in range(100))
LEAVES = [leaf_hash(entry) for entry in TREE.entries]
ROOTS = [root_from(LEAVES[:size]) for size in range(101)]

# The eight leaves and the root known from Certificate Transparency's reference tests
KNOWN = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
KNOWN_ROOT = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


def split(count: int) -> int:
    power = 1
    while power * 2 < count:
        power *= 2
    return power


def defined_root(leaves: Sequence[bytes]) -> bytes:
    """MTH of section 2.1."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return node_hash(defined_root(leaves[:k]), defined_root(leaves[k:]))


def defined_path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH of section 2.1.1."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if index < k:
        return [*defined_path(index, leaves[:k]), defined_root(leaves[k:])]
    return [*defined_path(index - k, leaves[k:]), defined_root(leaves[:k])]


def defined_proof(first: int, leaves: Sequence[bytes], *, whole: bool = True) -> list[bytes]:
    """SUBPROOF of section 2.1.2."""
    if first == len(leaves):
        return [] if whole else [defined_root(leaves)]
    k = split(len(leaves))
    if first <= k:
        return [*defined_proof(first, leaves[:k], whole=whole), defined_root(leaves[k:])]
    return [*defined_proof(first - k, leaves[k:], whole=False), defined_root(leaves[:k])]


def test_the_known_root() -> None:
    leaves = [leaf_hash(bytes.fromhex(entry)) for entry in KNOWN]
    assert root_from(leaves).hex() == KNOWN_ROOT


def test_the_empty_tree() -> None:
    assert root_from([]) == root_at(0, TREE.get) == Frontier().root() == EMPTY_ROOT == hashlib.sha256(b"").digest()


@pytest.mark.parametrize("size", SIZES)
def test_every_way_to_a_root_agrees(size: int) -> None:
    expected = defined_root(LEAVES[:size])
    assert root_from(LEAVES[:size]) == root_at(size, TREE.get) == frontier_at(size, TREE.get).root() == expected


def test_a_frontier_grows_into_the_one_read_back() -> None:
    grown = Frontier()
    for size, leaf in enumerate(LEAVES):
        assert grown == frontier_at(size, TREE.get)
        grown, fresh = grown.append(leaf)
        assert fresh[0] == (0, size, leaf)
        assert [level for level, _, _ in fresh] == list(range(len(fresh)))
    assert grown == TREE.frontier


@pytest.mark.parametrize("size", SIZES)
def test_inclusion_proofs_are_those_of_the_definition_and_verify(size: int) -> None:
    for index in range(size):
        proof = inclusion_proof(index, size, TREE.get)
        assert list(proof) == defined_path(index, LEAVES[:size])
        verify_inclusion(LEAVES[index], index, size, proof, ROOTS[size])


@pytest.mark.parametrize("second", SIZES)
def test_consistency_proofs_are_those_of_the_definition_and_verify(second: int) -> None:
    for first in range(1, second + 1):
        proof = consistency_proof(first, second, TREE.get)
        assert list(proof) == defined_proof(first, LEAVES[:second])
        verify_consistency(first, second, ROOTS[first], ROOTS[second], proof)


@pytest.mark.parametrize("size", [1, 2, 7, 8, 33])
def test_no_other_inclusion_verifies(size: int) -> None:
    for index in range(size):
        proof = inclusion_proof(index, size, TREE.get)
        others = [
            (leaf_hash(b"other"), index, size, proof, ROOTS[size]),
            (LEAVES[index], (index + 1) % (size + 1), size, proof, ROOTS[size]),
            (LEAVES[index], index, size, (*proof, ROOTS[1]), ROOTS[size]),
            (LEAVES[index], index, size, proof, ROOTS[size + 1]),
            (LEAVES[index], index, size, (ROOTS[1], *proof), ROOTS[size]),
        ]
        others += [(LEAVES[index], index, size, proof[:-1], ROOTS[size])] if proof else []
        for other in others:
            with refused(Code.BAD_INCLUSION):
                verify_inclusion(*other)


@pytest.mark.parametrize(
    ("index", "size", "leaf", "root", "proof"),
    [
        (-1, 8, LEAVES[0], ROOTS[8], ()),
        (8, 8, LEAVES[0], ROOTS[8], ()),
        (0, 0, LEAVES[0], EMPTY_ROOT, ()),
        (0, 1, LEAVES[0][:31], LEAVES[0][:31], ()),
        (0, 1, LEAVES[0], LEAVES[0] + b"\x00", ()),
        (0, 2, LEAVES[0], ROOTS[2], (LEAVES[1][:31],)),
        (0, 1 << 62, LEAVES[0], ROOTS[2], (LEAVES[1],) * 64),
    ],
)
def test_impossible_inclusions_are_refused(
    index: int, size: int, leaf: bytes, root: bytes, proof: tuple[bytes, ...]
) -> None:
    with refused(Code.BAD_INCLUSION):
        verify_inclusion(leaf, index, size, proof, root)


@pytest.mark.parametrize(("first", "second"), [(1, 2), (3, 7), (4, 8), (6, 8), (8, 8), (7, 7), (1, 1), (33, 100)])
def test_no_other_consistency_verifies(first: int, second: int) -> None:
    proof = consistency_proof(first, second, TREE.get)
    others = [
        (first, second, ROOTS[first - 1], ROOTS[second], proof),
        (first, second, ROOTS[first], ROOTS[second - 1], proof),
        (first, second, ROOTS[first], ROOTS[second], (*proof, ROOTS[1])),
        (first, second, ROOTS[first], ROOTS[second], (ROOTS[1], *proof)),
    ]
    others += [(first, second, ROOTS[first], ROOTS[second], proof[:-1])] if proof else []
    others += [(first, second, ROOTS[first], ROOTS[second], proof[1:])] if proof else []
    for other in others:
        with refused(Code.BAD_CONSISTENCY):
            verify_consistency(*other)


@pytest.mark.parametrize(
    ("first", "second", "root1", "root2"),
    [
        (0, 0, EMPTY_ROOT, EMPTY_ROOT),
        (0, 8, EMPTY_ROOT, ROOTS[8]),
        (9, 8, ROOTS[9], ROOTS[8]),
        (-1, 8, ROOTS[1], ROOTS[8]),
        (8, 8, ROOTS[8][:31], ROOTS[8][:31]),
        (3, 8, ROOTS[3], ROOTS[8]),
    ],
)
def test_impossible_consistencies_are_refused(first: int, second: int, root1: bytes, root2: bytes) -> None:
    with refused(Code.BAD_CONSISTENCY):
        verify_consistency(first, second, root1, root2, ())


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5)])
def test_there_is_no_inclusion_proof_outside_the_tree(index: int, size: int) -> None:
    with refused(Code.BAD_INCLUSION):
        inclusion_proof(index, size, TREE.get)


@pytest.mark.parametrize(("first", "second"), [(0, 0), (0, 5), (6, 5)])
def test_there_is_no_consistency_proof_from_an_empty_or_larger_tree(first: int, second: int) -> None:
    with refused(Code.BAD_CONSISTENCY):
        consistency_proof(first, second, TREE.get)
