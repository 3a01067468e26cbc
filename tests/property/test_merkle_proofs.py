"""Merkle proofs over trees of any shape: what is proved verifies, and nothing else does."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from protocol.errors import Code, Fault
from protocol.merkle import (
    consistency_proof,
    frontier_at,
    inclusion_proof,
    leaf_hash,
    root_at,
    verify_consistency,
    verify_inclusion,
)
from protocol.tiles import Tile, hash_reader, parse_tile_path, tile_path, tiles_between
from tests.simulators.log import MemoryTree

TREE = MemoryTree(number.to_bytes(2, "big") for number in range(700))
LEAVES = [leaf_hash(entry) for entry in TREE.entries]
sizes = st.integers(1, 700)
hashes = st.sampled_from([*LEAVES[:4], bytes(32)])


@st.composite
def places(draw: st.DrawFn) -> tuple[int, int]:
    size = draw(sizes)
    return draw(st.integers(0, size - 1)), size


@st.composite
def growths(draw: st.DrawFn) -> tuple[int, int]:
    second = draw(sizes)
    return draw(st.integers(1, second)), second


@given(places())
def test_every_leaf_is_proved(place: tuple[int, int]) -> None:
    index, size = place
    verify_inclusion(LEAVES[index], index, size, inclusion_proof(index, size, TREE.get), root_at(size, TREE.get))


@given(growths())
def test_every_growth_is_proved(growth: tuple[int, int]) -> None:
    first, second = growth
    proof = consistency_proof(first, second, TREE.get)
    verify_consistency(first, second, root_at(first, TREE.get), root_at(second, TREE.get), proof)


@given(places(), places())
def test_a_proof_fits_one_place_of_one_tree(place: tuple[int, int], other: tuple[int, int]) -> None:
    index, size = place
    proof = inclusion_proof(index, size, TREE.get)
    assume(inclusion_proof(*other, TREE.get) != proof)
    with pytest.raises(Fault) as caught:
        verify_inclusion(LEAVES[other[0]], *other, proof, root_at(other[1], TREE.get))
    assert caught.value.code is Code.BAD_INCLUSION


@given(growths(), st.lists(hashes, max_size=12))
def test_made_up_consistency_proofs_fail(growth: tuple[int, int], proof: list[bytes]) -> None:
    first, second = growth
    assume(tuple(proof) != consistency_proof(first, second, TREE.get))
    with pytest.raises(Fault) as caught:
        verify_consistency(first, second, root_at(first, TREE.get), root_at(second, TREE.get), proof)
    assert caught.value.code is Code.BAD_CONSISTENCY


@given(growths())
def test_a_frontier_read_back_grows_on(growth: tuple[int, int]) -> None:
    first, second = growth
    frontier = frontier_at(first, TREE.get)
    for leaf in LEAVES[first:second]:
        frontier, _ = frontier.append(leaf)
    assert frontier.root() == root_at(second, TREE.get)


@given(sizes)
def test_roots_from_tiles_are_the_roots(size: int) -> None:
    assert root_at(size, hash_reader(TREE.tile)) == root_at(size, TREE.get)


@given(st.integers(0, 1 << 20), st.integers(0, 2000))
def test_growing_in_two_steps_touches_the_same_tiles(start: int, step: int) -> None:
    middle, end = start + step // 2, start + step
    last = {(tile.level, tile.index): tile for tile in (*tiles_between(start, middle), *tiles_between(middle, end))}
    assert set(last.values()) == set(tiles_between(start, end))


@given(st.none() | st.integers(0, 7), st.integers(0, 1 << 55), st.integers(1, 256))
def test_every_tile_path_is_read_back(level: int | None, index: int, width: int) -> None:
    tile = Tile(level, index, width)
    assert parse_tile_path(tile_path(tile)) == tile
