"""Blocks hold what the pieces held, in order."""

from collections.abc import AsyncIterator

import pytest

from runtime.pieces import gathered


async def _line(pieces: list[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


@pytest.mark.parametrize(
    ("pieces", "blocks"),
    [
        ([], []),
        ([b""], []),
        ([b"ab"], [b"ab"]),
        ([b"ab", b"cd"], [b"abcd"]),
        ([b"abc", b"d", b"e"], [b"abcd", b"e"]),
        ([b"abcdefgh", b"i"], [b"abcdefgh", b"i"]),
    ],
)
async def test_blocks_are_of_the_size_asked_for_or_more(pieces: list[bytes], blocks: list[bytes]) -> None:
    assert [block async for block in gathered(_line(pieces), 4)] == blocks
