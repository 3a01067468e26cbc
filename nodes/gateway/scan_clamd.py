"""A clamd that is sent a file as a stream (INSTREAM, ended by zero bytes as its manual page describes).

The file goes in pieces, each behind its length as four bytes; a length of zero ends it. The answer is one line:
``stream: OK``, ``stream: <name> FOUND``, or something with ERROR.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from nodes.gateway.scan_line import Line, Place, open_line, sent, trusted
from nodes.gateway.scan_results import plain_threat
from nodes.gateway.scanning import ScanFailed

_COMMAND: Final = b"zINSTREAM\0"
_PIECE: Final = 64 << 10
_END: Final = b"\0"
_CLEAN: Final = "stream: OK"
_BEFORE, _BEHIND = "stream: ", " FOUND"


@dataclass(frozen=True, slots=True)
class Clamd:
    """One clamd."""

    place: Place
    largest: int

    async def scan(self, pieces: AsyncIterator[bytes], size: int) -> str | None:  # noqa: ARG002 - it counts itself
        """Return what clamd calls its finding, None for ``OK``."""
        async with open_line(self.place) as line:
            whole = await sent(self._send(line, pieces))
            answer = await line.until(_END)
        return trusted(_read(answer[: -len(_END)]), whole=whole)

    async def _send(self, line: Line, pieces: AsyncIterator[bytes]) -> None:
        await line.send(_COMMAND)
        async for piece in pieces:
            for begin in range(0, len(piece), _PIECE):
                part = piece[begin : begin + _PIECE]
                await line.send(len(part).to_bytes(4, "big") + part)
        await line.send(bytes(4))


def _read(raw: bytes) -> str | None:
    answer = raw.decode("utf-8", "replace").strip()
    if answer == _CLEAN:
        return None
    if answer.startswith(_BEFORE) and answer.endswith(_BEHIND):
        return plain_threat(answer[len(_BEFORE) : -len(_BEHIND)])
    raise ScanFailed("clamd answered something else")
