"""Gathers what comes over a line into blocks that are worth a walk to the disk."""

from collections.abc import AsyncIterator


async def gathered(pieces: AsyncIterator[bytes], size: int) -> AsyncIterator[bytes]:
    """Yield the same bytes in blocks of at least ``size``, the last one whatever is left; none for an empty line."""
    block = bytearray()
    async for piece in pieces:
        block += piece
        if len(block) >= size:
            yield bytes(block)
            block.clear()
    if block:
        yield bytes(block)
