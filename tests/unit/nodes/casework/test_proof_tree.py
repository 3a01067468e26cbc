"""The way from a leaf to the root, for every leaf of every small log."""

from dataclasses import replace

import pytest

from nodes.casework.proof_tree import Span, path_of
from protocol.errors import Fault
from protocol.evidence import Inclusion
from protocol.merkle import inclusion_proof, leaf_hash, root_at, root_from

ENTRIES = [bytes([number]) for number in range(33)]
LEAVES = [leaf_hash(each) for each in ENTRIES]


def hash_at(level: int, index: int) -> bytes:
    return root_from(LEAVES[index << level : (index + 1) << level])


def inclusion(index: int, size: int) -> Inclusion:
    return Inclusion(ENTRIES[index], index, size, inclusion_proof(index, size, hash_at))


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33])
def test_every_leaf_leads_to_the_root_and_each_step_covers_what_it_says(size: int) -> None:
    for index in range(size):
        path = path_of(inclusion(index, size))
        assert path.root == root_at(size, hash_at)
        below = Span(index, index)
        for step in path.steps:
            assert step.neighbour == root_from(LEAVES[step.beside.first : step.beside.last + 1])
            assert step.made == root_from(LEAVES[step.covers.first : step.covers.last + 1])
            sides = (step.beside, below) if step.on_left else (below, step.beside)
            assert (sides[0].first, sides[0].last + 1, sides[1].last) == (
                step.covers.first,
                sides[1].first,
                step.covers.last,
            )
            below = step.covers
        assert below == Span(0, size - 1)


def test_a_proof_of_another_length_is_refused() -> None:
    whole = inclusion(5, 9)
    for proof in (whole.proof[:-1], (*whole.proof, whole.proof[0])):
        with pytest.raises(Fault):
            path_of(replace(whole, proof=proof))
