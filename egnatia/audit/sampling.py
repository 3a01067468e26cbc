"""Which objects a sampled verification takes: a choice that anybody can repeat from the same seed. Pure."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import nsmallest


@dataclass(frozen=True, slots=True)
class Sample:
    """How many objects, None for all, and the seed of the choice."""

    count: int | None
    seed: str = ""


def drawn(sample: Sample, leaves: Sequence[int]) -> tuple[int, ...]:
    """Return the leaves to look at, ascending: those whose hash under the seed is smallest.

    The same seed over a longer log keeps what it can of the choice; nobody can tell before the seed is known.
    """
    if sample.count is None or sample.count >= len(leaves):
        return tuple(leaves)
    return tuple(sorted(nsmallest(sample.count, leaves, key=lambda leaf: _rank(sample.seed, leaf))))


def _rank(seed: str, leaf: int) -> bytes:
    return hashlib.sha256(f"{seed}\n{leaf}".encode()).digest()
