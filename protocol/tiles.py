"""C2SP tlog-tiles: how a Merkle tree is cut into tiles of 256 hashes and its entries into bundles, and their paths.

A tile at level l holds hashes of complete subtrees of 256**l leaves. Full tiles never change; the last of each level
may be partial and grows. Pure arithmetic: who stores a tile hands it in through ``TileReader``.
Bytes: docs/wire.md section 5.5.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from protocol.errors import Code, Fault, Malformed
from protocol.ids import DIGEST_SIZE
from protocol.merkle import HashReader, Node

HEIGHT: Final = 8
WIDTH: Final = 1 << HEIGHT
MAX_ENTRY: Final = (1 << 16) - 1  # bytes; an entry's length is framed in 16 bits

TileReader = Callable[[int, int], bytes]
"""(level, index) of a tile -> its hashes, at least as many as the tree read has there."""

_PATH: Final = re.compile(r"tile/(entries|[0-7])/((?:x[0-9]{3}/)*)([0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")
_PREFIX: Final = 2
_PATH_LIMIT: Final = 64  # characters; 19 digits of index fit


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile of hashes, or (level None) a bundle of entries: ``width`` of 1 to 256 of them from ``index`` * 256."""

    level: int | None
    index: int
    width: int


def tiles_between(old: int, new: int) -> tuple[Tile, ...]:
    """Return every tile that exists in a tree of ``new`` leaves and not, or narrower, in one of ``old``.

    Level by level, each with its width in the new tree; bundles are not among them (they have the indexes of level 0).
    """
    if not 0 <= old <= new:
        raise ValueError("a tree does not shrink")
    out = []
    level = 0
    while new:
        full, rest = divmod(new, WIDTH)
        out += [Tile(level, index, WIDTH) for index in range(old // WIDTH, full)]
        if rest and new > old:
            out.append(Tile(level, full, rest))
        old, new, level = old // WIDTH, full, level + 1
    return tuple(out)


def tile_nodes(nodes: Sequence[Node]) -> tuple[tuple[int, int, bytes], ...]:
    """Return those of a growing tree's fresh nodes that stand in tiles, as (tile level, position in level, hash)."""
    return tuple((level // HEIGHT, index, node) for level, index, node in nodes if level % HEIGHT == 0)


def hash_reader(read: TileReader) -> HashReader:
    """Return a reader of complete subtrees that fetches whole tiles and hashes what lies between tile levels.

    A tile that is too short or no multiple of a hash raises ROOT_MISMATCH: the store is damaged.
    """

    def get(level: int, index: int) -> bytes:
        tile_level, height = divmod(level, HEIGHT)
        first = index << height
        data = read(tile_level, first // WIDTH)
        begin = first % WIDTH * DIGEST_SIZE
        end = begin + (DIGEST_SIZE << height)
        if len(data) % DIGEST_SIZE or len(data) < end:
            raise Fault(Code.ROOT_MISMATCH, f"tile {tile_level}/{first // WIDTH}")
        return _fold(data[begin:end])

    return get


def _fold(row: bytes) -> bytes:
    """Return the root over a complete row of hashes, end to end; the hot half of every proof."""
    sha256 = hashlib.sha256
    while len(row) > DIGEST_SIZE:
        pairs = range(0, len(row), 2 * DIGEST_SIZE)
        row = b"".join([sha256(b"\x01" + row[at : at + 2 * DIGEST_SIZE]).digest() for at in pairs])
    return row


def tile_path(tile: Tile) -> str:
    """Return the path of a tile or bundle below the log's prefix, such as ``tile/0/x001/067.p/12``."""
    kind = "entries" if tile.level is None else str(tile.level)
    digits = str(tile.index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    partial = f".p/{tile.width}" if tile.width < WIDTH else ""
    return f"tile/{kind}/{'/'.join(['x' + each for each in groups[:-1]] + groups[-1:])}{partial}"


def parse_tile_path(path: str) -> Tile:
    """Return the tile that ``path`` names. Refuses MALFORMED for any other spelling than that of ``tile_path``."""
    match = _PATH.fullmatch(path)
    if match is None or len(path) > _PATH_LIMIT:
        raise Malformed("tile path")
    level = None if match[1] == "entries" else int(match[1])
    index = int(match[2].replace("x", "").replace("/", "") + match[3])
    tile = Tile(level, index, int(match[4] or WIDTH))
    if tile_path(tile) != path:
        raise Malformed("tile path")
    return tile


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """Return the bundle of 1 to 256 entries, each behind its length; TOO_LARGE for one over 65 535 bytes."""
    if not 0 < len(entries) <= WIDTH:
        raise ValueError("a bundle has 1 to 256 entries")
    if any(len(each) > MAX_ENTRY for each in entries):
        raise Fault(Code.TOO_LARGE, "entry")
    return b"".join(len(each).to_bytes(_PREFIX, "big") + each for each in entries)


def parse_bundle(raw: bytes, width: int) -> tuple[bytes, ...]:
    """Return the entries of a bundle of ``width`` entries. Refuses MALFORMED for fewer, more or cut ones."""
    out = []
    at = 0
    for _ in range(width):
        start = at + _PREFIX
        at = start + int.from_bytes(raw[at:start], "big")
        out.append(raw[start:at])
    if at != len(raw):  # beyond the end if any length or entry was cut
        raise Malformed("bundle")
    return tuple(out)
