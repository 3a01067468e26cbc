"""The right edge of a growing log, as a value: what an append must know of the tree, without reading it.

Pure. ``grow`` returns the edge after an append, the tiles it changed and every subtree it completed. Nothing here is
true before its transaction is committed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from protocol.ids import DIGEST_SIZE
from protocol.merkle import Frontier, HashReader, frontier_at, leaf_hash
from protocol.tiles import HEIGHT, WIDTH, TileReader, hash_reader

TileRow = tuple[int, int, bytes]
"""Level, index and hashes of one tile."""
NodeAt = tuple[int, int]
"""Level and index of a complete subtree."""
_FULL = WIDTH * DIGEST_SIZE


@dataclass(frozen=True, slots=True)
class Edge:
    """A tree's frontier, and by tile level the hashes in its last tile while that is partial."""

    frontier: Frontier = field(default_factory=Frontier)
    partial: Mapping[int, bytes] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many leaves the tree has."""
        return self.frontier.size


@dataclass(frozen=True, slots=True)
class Growth:
    """The edge after an append, the tiles to write, and the subtrees that became complete, leaves included."""

    edge: Edge
    tiles: tuple[TileRow, ...]
    nodes: Mapping[NodeAt, bytes]


def grow(edge: Edge, entries: Sequence[bytes]) -> Growth:
    """Return what appending ``entries`` does to the tree behind ``edge``."""
    frontier = edge.frontier
    nodes: dict[NodeAt, bytes] = {}
    open_tiles = {level: bytearray(data) for level, data in edge.partial.items()}
    changed: dict[NodeAt, bytes] = {}
    for entry in entries:
        frontier, fresh = frontier.append(leaf_hash(entry))
        for level, index, node in fresh:
            nodes[level, index] = node
            if level % HEIGHT == 0:
                _put(open_tiles, changed, (level // HEIGHT, index), node)
    for level, data in open_tiles.items():
        if data and data != edge.partial.get(level, b""):
            changed[level, _tile_of(frontier.size, level)] = bytes(data)
    partial = {level: bytes(data) for level, data in open_tiles.items() if data}
    rows = tuple((level, index, data) for (level, index), data in changed.items())
    return Growth(Edge(frontier, partial), rows, nodes)


def edge_at(size: int, read: TileReader) -> Edge:
    """Return the edge of a stored tree of ``size`` leaves. Raises ROOT_MISMATCH for tiles that are too short."""
    partial: dict[int, bytes] = {}
    level, width = 0, size
    while width:
        if width % WIDTH:
            partial[level] = read(level, width // WIDTH)[: width % WIDTH * DIGEST_SIZE]
        level, width = level + 1, width // WIDTH
    return Edge(frontier_at(size, hash_reader(read)), partial)


def recent_reader(nodes: Mapping[NodeAt, bytes]) -> HashReader:
    """Return a reader over known subtrees; ``KeyError`` for one that is not among them."""
    return lambda level, index: nodes[level, index]


def peaks_of(frontier: Frontier) -> dict[NodeAt, bytes]:
    """Return the frontier's subtrees by level and index: what a proof needs of everything before them."""
    out: dict[NodeAt, bytes] = {}
    start, rest = 0, list(frontier.peaks)
    for level in reversed(range(frontier.size.bit_length())):
        if frontier.size >> level & 1:
            out[level, start >> level] = rest.pop(0)
            start += 1 << level
    return out


def _put(open_tiles: dict[int, bytearray], changed: dict[NodeAt, bytes], at: NodeAt, node: bytes) -> None:
    level, index = at
    data = open_tiles.setdefault(level, bytearray())
    data += node
    if len(data) == _FULL:
        changed[level, index // WIDTH] = bytes(data)
        data.clear()


def _tile_of(size: int, level: int) -> int:
    return (size >> (HEIGHT * level)) // WIDTH
