"""The way from one leaf of the log up to its root, step by step, as the proof of its inclusion shows it. Pure.

Nothing is verified here: ``protocol.evidence.verify_leaf`` does that with the same hashes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from protocol.errors import Code, Fault
from protocol.evidence import Inclusion
from protocol.merkle import leaf_hash, node_hash


@dataclass(frozen=True, slots=True)
class Span:
    """Leaves of the log, both ends counted, from 0."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Step:
    """One level up: the hash that the proof gives for the neighbour, on which side it stands, and what both make."""

    neighbour: bytes
    on_left: bool
    beside: Span
    made: bytes
    covers: Span


@dataclass(frozen=True, slots=True)
class Path:
    """The leaf and its steps; the last one makes the root. A log of one entry has none: the leaf is the root."""

    leaf: bytes
    index: int
    size: int
    steps: tuple[Step, ...]

    @property
    def root(self) -> bytes:
        """The root that the proof leads to."""
        return self.steps[-1].made if self.steps else self.leaf


def path_of(inclusion: Inclusion) -> Path:
    """Return the way up; BAD_INCLUSION for a proof that is longer or shorter than the tree is high."""
    spans = _spans(inclusion.index, inclusion.size)
    if len(spans) != len(inclusion.proof):
        raise Fault(Code.BAD_INCLUSION, "length")
    node = leaf = leaf_hash(inclusion.entry)
    steps = []
    for neighbour, (beside, covers) in zip(inclusion.proof, spans, strict=True):
        on_left = beside.last < inclusion.index
        node = node_hash(neighbour, node) if on_left else node_hash(node, neighbour)
        steps.append(Step(neighbour, on_left, beside, node, covers))
    return Path(leaf, inclusion.index, inclusion.size, tuple(steps))


def _spans(index: int, size: int) -> Sequence[tuple[Span, Span]]:
    """Return for each step, from the leaf up, which leaves the neighbour covers and which both do."""
    start, end = 0, size
    found = []
    while end - start > 1:
        middle = start + (1 << (end - start - 1).bit_length() - 1)
        whole = Span(start, end - 1)
        if index < middle:
            found.append((Span(middle, end - 1), whole))
            end = middle
        else:
            found.append((Span(start, middle - 1), whole))
            start = middle
    return found[::-1]
