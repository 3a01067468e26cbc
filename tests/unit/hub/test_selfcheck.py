"""Which tiles a complete check has to look at."""

import pytest

from hub.selfcheck import full_tiles


@pytest.mark.parametrize(
    ("size", "tiles"),
    [
        (0, []),
        (255, []),
        (256, [(0, 1)]),
        (65_535, [(0, 255)]),
        (65_536, [(0, 256), (1, 1)]),
        (16_777_217, [(0, 65_536), (1, 256), (2, 1)]),
    ],
)
def test_full_tiles_of_a_tree(size: int, tiles: list[tuple[int, int]]) -> None:
    assert full_tiles(size) == tiles
