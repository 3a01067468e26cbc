"""A clamd and an ICAP server in this process, which know one thing that is harmful: the test text of EICAR."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
NAME = "Eicar-Test-Signature"
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Scanner:
    """A running scanner. ``answer`` takes the place of what it would say; ``seen`` holds the files it was given."""

    port: int = 0
    answer: bytes | None = None
    hang_up: bool = False  # in the middle of a file
    silent: bool = False
    seen: list[bytes] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list)


@contextlib.asynccontextmanager
async def running(serve: Callable[[Scanner], Serve]) -> AsyncIterator[Scanner]:
    """Run a scanner on a port of the loopback."""
    scanner = Scanner()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await serve(scanner)(reader, writer)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    scanner.port = server.sockets[0].getsockname()[1]
    try:
        yield scanner
    finally:
        server.close()
        await server.wait_closed()


def clamd(scanner: Scanner) -> Serve:
    """Speak as clamd does to INSTREAM."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
        content = bytearray()
        while size := int.from_bytes(await reader.readexactly(4), "big"):
            content += await reader.readexactly(size)
            if scanner.hang_up:
                return
        scanner.seen.append(bytes(content))
        await _say(scanner, reader, writer, f"stream: {NAME} FOUND\0" if EICAR in content else "stream: OK\0")

    return serve


def icap(scanner: Scanner) -> Serve:
    """Speak as an ICAP server does to RESPMOD."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        scanner.heads.append(head)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"GET ")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
        content = bytearray()
        while size := int(await reader.readuntil(b"\r\n"), 16):
            content += (await reader.readexactly(size + 2))[:-2]
        await reader.readexactly(2)
        scanner.seen.append(bytes(content))
        threat = f"X-Infection-Found: Type=0; Resolution=2; Threat={NAME};"
        found = f"ICAP/1.0 200 OK\r\n{threat}\r\nEncapsulated: null-body=0\r\n"
        await _say(scanner, reader, writer, f"{found}\r\n" if EICAR in content else "ICAP/1.0 204 No Content\r\n\r\n")

    return serve


async def _say(scanner: Scanner, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, usual: str) -> None:
    if scanner.silent:
        await reader.read()  # until the other side gives up
        return
    writer.write(usual.encode() if scanner.answer is None else scanner.answer)
    await writer.drain()
