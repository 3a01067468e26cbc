"""FLOE for content that does not fit into memory: the same bytes as ``protocol.floe``, one segment at a time.

A segment's content is released only after that segment was verified at its true place; which place is the last follows
from the length that the sender signed, never from what happens to have arrived. Bytes: docs/wire.md section 3.3.
"""

from collections.abc import Callable, Iterator
from typing import Final

from protocol.errors import Code, Fault
from protocol.floe import DEFAULT, HEADER_SIZE, OVERHEAD, Opener, Params, Sealer, segment_count
from protocol.ports import Entropy

ReadAt = Callable[[int, int], bytes]
"""(offset, length) -> exactly those bytes of a ciphertext, or fewer where it ends."""


class StreamSealer:
    """Seals content that comes in pieces of any size; holds one segment and one piece at most."""

    __slots__ = ("_done", "_gather", "_sealer", "_step", "header")

    def __init__(self, key: bytes, aad: bytes, entropy: Entropy, params: Params = DEFAULT) -> None:
        self._sealer = Sealer(key, aad, entropy, params)
        self._step: Final = params.plain
        self._gather = _Gather(params.plain)
        self._done = False
        self.header: Final = self._sealer.header

    def update(self, piece: bytes) -> bytes:
        """Return the segments that ``piece`` completes, end to end; often none. The header comes before the first."""
        self._check_open()
        gather, out = self._gather, []
        view = memoryview(piece)
        while gather.filled + len(view) > self._step:  # a segment that is just full may be the final one
            segment, view = gather.take(view, self._step)
            out.append(self._sealer.segment(segment))
        gather.hold(view)
        return b"".join(out)

    def finish(self) -> bytes:
        """Return the final segment; nothing can follow it."""
        self._check_open()
        self._done = True
        return self._sealer.final(self._gather.held())

    def _check_open(self) -> None:
        if self._done:
            raise RuntimeError("a piece after the final segment")


class StreamOpener:
    """Opens a ciphertext of known length from its first byte to its last; holds one segment and one piece at most.

    Construction refuses BODY_DECRYPT for a length that no ciphertext has.
    """

    __slots__ = ("_aad", "_gather", "_index", "_key", "_last", "_left", "_opener", "_params")

    def __init__(self, key: bytes, aad: bytes, length: int, params: Params = DEFAULT) -> None:
        self._last: Final = segment_count(length, params) - 1
        self._key, self._aad, self._params = key, aad, params
        self._opener: Opener | None = None
        self._gather = _Gather(max(HEADER_SIZE, min(params.segment, length)))
        self._index = 0
        self._left = length

    def update(self, piece: bytes) -> Iterator[bytes]:
        """Return the contents of the segments that ``piece`` completes, each verified before it is released.

        Refuses COMMITMENT for a header of another key, context or parameters; BODY_DECRYPT for a segment that was
        altered or moved, and for bytes beyond the length.
        """
        self._left -= len(piece)
        if self._left < 0:
            raise Fault(Code.BODY_DECRYPT, "too long")
        return self._open(piece)

    def finish(self) -> None:
        """Raise BODY_DECRYPT unless the whole ciphertext was taken and opened."""
        if self._left or self._index <= self._last:
            raise Fault(Code.BODY_DECRYPT, "too short")

    def _open(self, piece: bytes) -> Iterator[bytes]:
        gather, view = self._gather, memoryview(piece)
        if self._opener is None:
            if gather.filled + len(view) < HEADER_SIZE:
                gather.hold(view)
                return
            header, view = gather.take(view, HEADER_SIZE)
            self._opener = Opener(self._key, self._aad, bytes(header), self._params)
        while self._index <= self._last:
            final = self._index == self._last
            here = gather.filled + len(view)
            size = here + self._left if final else self._params.segment
            if here < size:
                break
            sealed, view = gather.take(view, size)
            content = self._opener.segment(self._index, sealed, final=final)
            self._index += 1
            yield content
        gather.hold(view)


class RangeOpener:
    """Opens any range of a ciphertext that can be read at any place, such as parts on a disk.

    Construction reads the header and refuses COMMITMENT, or BODY_DECRYPT for a length that no ciphertext has.
    """

    __slots__ = ("_last", "_length", "_opener", "_params", "_read", "size")

    def __init__(self, opening: tuple[bytes, bytes], length: int, read: ReadAt, params: Params = DEFAULT) -> None:
        key, aad = opening
        self._last: Final = segment_count(length, params) - 1
        self._opener = Opener(key, aad, read(0, HEADER_SIZE), params)
        self._length, self._read, self._params = length, read, params
        self.size: Final = length - HEADER_SIZE - (self._last + 1) * OVERHEAD  # bytes of content

    def read(self, start: int, end: int) -> Iterator[bytes]:
        """Yield the content from ``start`` to ``end`` (exclusive), each segment verified before it is released.

        Reads the segments that the range touches and no others. ``ValueError`` for a range outside the content.
        """
        if not 0 <= start <= end <= self.size:
            raise ValueError("a range outside the content")
        plain = self._params.plain
        for index in range(start // plain, -(-end // plain)):
            begin = index * plain
            content = self._segment(index)
            yield content[max(start - begin, 0) : end - begin]

    def _segment(self, index: int) -> bytes:
        at = HEADER_SIZE + index * self._params.segment
        size = min(self._params.segment, self._length - at)
        return self._opener.segment(index, self._read(at, size), final=index == self._last)


class _Gather:
    """One buffer for what waits until its segment is whole. It is used again and again: fresh ones cost page faults."""

    __slots__ = ("_buffer", "filled")

    def __init__(self, size: int) -> None:
        self._buffer = memoryview(bytearray(size))
        self.filled = 0

    def take(self, view: memoryview, size: int) -> tuple[memoryview, memoryview]:
        """Return ``size`` bytes, what is held first, and the rest of ``view``; valid until the next call."""
        missing = size - self.filled
        if not self.filled:
            return view[:missing], view[missing:]
        self._buffer[self.filled : size] = view[:missing]
        self.filled = 0
        return self._buffer[:size], view[missing:]

    def hold(self, view: memoryview) -> None:
        """Keep a copy of ``view`` behind what is held."""
        self._buffer[self.filled : self.filled + len(view)] = view
        self.filled += len(view)

    def held(self) -> memoryview:
        """Return what is held."""
        return self._buffer[: self.filled]
