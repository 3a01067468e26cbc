"""tlog-tiles: which tiles a tree has, what stands in them, how they and the bundles are named and framed."""

import pytest

from protocol.errors import Code
from protocol.merkle import inclusion_proof, leaf_hash, root_at
from protocol.tiles import (
    MAX_ENTRY,
    WIDTH,
    Tile,
    encode_bundle,
    hash_reader,
    parse_bundle,
    parse_tile_path,
    tile_path,
    tiles_between,
)
from tests.simulators.log import MemoryTree
from tests.simulators.refusal import refused

TREE = MemoryTree(number.to_bytes(4, "big") for number in range(66_000))


def test_the_example_of_the_specification() -> None:
    tiles = tiles_between(0, 70_000)
    full = [tile for tile in tiles if tile.width == WIDTH]
    assert [tile.level for tile in full] == [0] * 273 + [1]
    assert [tile for tile in tiles if tile.width < WIDTH] == [Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)]


@pytest.mark.parametrize(
    ("old", "new", "tiles"),
    [
        (0, 0, []),
        (5, 5, []),
        (256, 256, []),
        (0, 1, [Tile(0, 0, 1)]),
        (3, 5, [Tile(0, 0, 5)]),
        (255, 256, [Tile(0, 0, 256), Tile(1, 0, 1)]),
        (256, 257, [Tile(0, 1, 1)]),
        (250, 513, [Tile(0, 0, 256), Tile(0, 1, 256), Tile(0, 2, 1), Tile(1, 0, 2)]),
        (65_535, 65_536, [Tile(0, 255, 256), Tile(1, 0, 256), Tile(2, 0, 1)]),
        (65_536, 65_537, [Tile(0, 256, 1)]),
    ],
)
def test_growth_changes_these_tiles(old: int, new: int, tiles: list[Tile]) -> None:
    assert list(tiles_between(old, new)) == tiles


@pytest.mark.parametrize(("old", "new"), [(2, 1), (-1, 1)])
def test_a_tree_does_not_shrink(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="shrink"):
        tiles_between(old, new)


def test_tiles_of_a_grown_tree_have_the_listed_widths() -> None:
    listed = {(tile.level, tile.index): tile.width for tile in tiles_between(0, 66_000)}
    assert {place: len(tile) // 32 for place, tile in TREE.tiles.items()} == listed


def test_hashes_between_tile_levels_are_recomputed() -> None:
    get = hash_reader(TREE.tile)
    for (level, index), expected in list(TREE.nodes.items())[::997]:
        assert get(level, index) == expected
    assert root_at(66_000, get) == TREE.frontier.root()
    assert inclusion_proof(65_999, 66_000, get) == inclusion_proof(65_999, 66_000, TREE.get)


@pytest.mark.parametrize("size", [0, 31, 33, 64 * 32 - 32, 256 * 32 + 1])
def test_a_damaged_tile_is_seen(size: int) -> None:
    with refused(Code.ROOT_MISMATCH):
        hash_reader(lambda _level, _index: bytes(size))(5, 1)


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0, 256), "tile/0/000"),
        (Tile(0, 0, 1), "tile/0/000.p/1"),
        (Tile(1, 999, 256), "tile/1/999"),
        (Tile(7, 1000, 255), "tile/7/x001/000.p/255"),
        (Tile(0, 1_234_067, 256), "tile/0/x001/x234/067"),
        (Tile(None, 67, 256), "tile/entries/067"),
        (Tile(None, 1_234_067, 9), "tile/entries/x001/x234/067.p/9"),
    ],
)
def test_paths(tile: Tile, path: str) -> None:
    assert tile_path(tile) == path
    assert parse_tile_path(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0/0",
        "tile/0/0000",
        "tile/00/000",
        "tile/8/000",
        "tile/-1/000",
        "tile/0/x000/001",
        "tile/0/001/001",
        "tile/0/x001",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/999",
        "tile/0/000.p/",
        "tile/0/000/",
        "/tile/0/000",
        "tile/0/000\n",
        "tile/0/\u0660\u0660\u0660",
        "tile/entry/000",
        "tile/0/" + "x001/" * 12 + "000",
    ],
)
def test_other_paths_are_malformed(path: str) -> None:
    with refused(Code.MALFORMED):
        parse_tile_path(path)


@pytest.mark.parametrize("entries", [(b"",), (b"a", b"", b"bc"), (bytes(MAX_ENTRY),), (b"x",) * 256])
def test_bundles_survive(entries: tuple[bytes, ...]) -> None:
    assert parse_bundle(encode_bundle(entries), len(entries)) == entries


def test_the_bytes_of_a_bundle() -> None:
    assert encode_bundle([b"ab", b"", b"c" * 256]) == b"\x00\x02ab" + b"\x00\x00" + b"\x01\x00" + b"c" * 256
    assert MAX_ENTRY == 65_535


def test_a_bundle_hashes_to_its_tile() -> None:
    entries = parse_bundle(encode_bundle(TREE.entries[256:512]), 256)
    assert b"".join(map(leaf_hash, entries)) == TREE.tile(0, 1)


def test_an_entry_has_a_bound() -> None:
    with refused(Code.TOO_LARGE):
        encode_bundle([bytes(MAX_ENTRY + 1)])


@pytest.mark.parametrize("count", [0, 257])
def test_a_bundle_has_1_to_256_entries(count: int) -> None:
    with pytest.raises(ValueError, match="256"):
        encode_bundle([b""] * count)


@pytest.mark.parametrize(
    ("raw", "width"),
    [
        (b"", 1),
        (b"\x00", 1),
        (b"\x00\x01", 1),
        (b"\x00\x02a", 1),
        (b"\x00\x01a", 2),
        (b"\x00\x01a\x00", 2),
        (b"\x00\x01ab", 1),
        (b"\x00\x01a\x00\x00", 1),
        (b"\x00", 0),
    ],
)
def test_cut_and_longer_bundles_are_malformed(raw: bytes, width: int) -> None:
    with refused(Code.MALFORMED):
        parse_bundle(raw, width)
