"""A line to a scanner: every wait on it ends, and no answer grows without bound."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final, TypeVar

from nodes.gateway.scanning import ScanFailed

LONGEST_ANSWER: Final = 64 << 10
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a scanner listens. Port 0: ``host`` is the path of a Unix socket. Both waits are in seconds."""

    host: str
    port: int
    connect_s: float
    answer_s: float


@dataclass(frozen=True, slots=True)
class Line:
    """An open line."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    answer_s: float

    async def send(self, data: bytes) -> None:
        """Return when the line has room for more."""
        self.writer.write(data)
        await self._within(self.writer.drain())

    async def until(self, end: bytes) -> bytes:
        """Return what came up to and with ``end``."""
        return await self._within(self.reader.readuntil(end))

    async def _within(self, waiting: Awaitable[Found]) -> Found:
        try:
            async with asyncio.timeout(self.answer_s):
                return await waiting
        except TimeoutError as err:
            raise ScanFailed("no answer in time") from err
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as err:
            raise ScanFailed(type(err).__name__) from err


async def sent(sending: Awaitable[None]) -> bool:
    """Return whether the whole file went out: a scanner may answer and hang up before its end."""
    try:
        await sending
    except ScanFailed:
        return False
    return True


def trusted(found: str | None, *, whole: bool) -> str | None:
    """Return a verdict; a part of a file can be infected, and is never clean."""
    if found is None and not whole:
        raise ScanFailed("an answer about a part of the file")
    return found


@asynccontextmanager
async def open_line(place: Place) -> AsyncIterator[Line]:
    """Give a line to a scanner; it is closed with the block. ``ScanFailed`` where nobody answers."""
    try:
        async with asyncio.timeout(place.connect_s):
            reader, writer = await _connect(place)
    except (TimeoutError, OSError) as err:
        raise ScanFailed("the scanner cannot be reached") from err
    try:
        yield Line(reader, writer, place.answer_s)
    finally:
        writer.close()
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(place.connect_s):
                await writer.wait_closed()


async def _connect(place: Place) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if place.port:
        return await asyncio.open_connection(place.host, place.port, limit=LONGEST_ANSWER)
    return await asyncio.open_unix_connection(place.host, limit=LONGEST_ANSWER)
