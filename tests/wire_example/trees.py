"""Small logs for the worked example."""

from protocol.evidence import Inclusion
from protocol.merkle import Frontier, consistency_proof, inclusion_proof, leaf_hash


class Tree:
    """A Merkle tree over entries, all subtrees kept."""

    def __init__(self, entries: list[bytes]) -> None:
        self.entries = entries
        self.frontiers = [Frontier(0, ())]
        self._nodes: dict[tuple[int, int], bytes] = {}
        for entry in entries:
            frontier, nodes = self.frontiers[-1].append(leaf_hash(entry))
            self.frontiers.append(frontier)
            self._nodes |= {(level, index): node for level, index, node in nodes}

    @property
    def size(self) -> int:
        """How many entries."""
        return len(self.entries)

    def root(self, size: int | None = None) -> bytes:
        """Return the root at a size, by default the whole tree's."""
        return self.frontiers[self.size if size is None else size].root()

    def inclusion(self, index: int) -> Inclusion:
        """Return where an entry stands."""
        proof = inclusion_proof(index, self.size, lambda level, at: self._nodes[level, at])
        return Inclusion(self.entries[index], index, self.size, proof)

    def consistency(self, first: int) -> tuple[bytes, ...]:
        """Return the proof from an earlier size."""
        return consistency_proof(first, self.size, lambda level, at: self._nodes[level, at])
