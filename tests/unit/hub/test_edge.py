"""The right edge grows as the tree does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.edge import Edge, edge_at, grow, peaks_of, recent_reader
from protocol.errors import Code
from protocol.merkle import inclusion_proof, leaf_hash, verify_inclusion
from tests.simulators.faults import refused
from tests.simulators.log import MemoryTree


def entries(count: int, start: int = 0) -> list[bytes]:
    return [f"entry {start + at}".encode() for at in range(count)]


@pytest.mark.parametrize("sizes", [[1], [255], [256], [257], [300, 300], [1, 255, 1, 256, 65_280]])
def test_tiles_and_frontier_are_those_of_the_whole_tree(sizes: list[int]) -> None:
    edge, tiles, size = Edge(), {}, 0
    for count in sizes:
        growth = grow(edge, entries(count, size))
        tiles |= {(level, index): data for level, index, data in growth.tiles}
        edge, size = growth.edge, size + count
    tree = MemoryTree(entries(size))
    assert edge.frontier == tree.frontier
    assert tiles == {at: bytes(data) for at, data in tree.tiles.items()}
    assert edge_at(size, lambda level, index: tiles[level, index]) == edge


@given(st.lists(st.integers(1, 40), min_size=1, max_size=8))
def test_proofs_from_recent_subtrees_hold(batches: list[int]) -> None:
    edge, size = Edge(), 0
    for count in batches:
        nodes = peaks_of(edge.frontier)
        growth = grow(edge, entries(count, size))
        nodes.update(growth.nodes)
        edge, size = growth.edge, size + count
        root = edge.frontier.root()
        for index in range(size - count, size):
            proof = inclusion_proof(index, size, recent_reader(nodes))
            verify_inclusion(leaf_hash(f"entry {index}".encode()), index, size, proof, root)


def test_what_is_not_recent_is_not_guessed() -> None:
    with pytest.raises(KeyError):
        recent_reader({})(0, 0)


def test_a_tree_with_short_tiles_is_no_tree() -> None:
    growth = grow(Edge(), entries(300))
    tiles = {(level, index): data[:32] for level, index, data in growth.tiles}
    with refused(Code.ROOT_MISMATCH):
        edge_at(300, lambda level, index: tiles[level, index])


def test_an_empty_tree_has_an_empty_edge() -> None:
    assert edge_at(0, lambda _level, _index: b"") == Edge()
    assert (peaks_of(Edge().frontier), Edge().size) == ({}, 0)
