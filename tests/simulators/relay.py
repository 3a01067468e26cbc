"""A mail relay on the loopback that keeps what it is given."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class Letter:
    """A mail as it came: its addresses, and header with body."""

    to: list[str]
    text: str


@dataclass
class Relay:
    """What the relay was given. ``refuses`` lets it turn every address away."""

    port: int = 0
    refuses: bool = False
    letters: list[Letter] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Speak as much of RFC 5321 as a client needs."""
        to: list[str] = []
        writer.write(b"220 relay\r\n")
        while line := await reader.readline():
            word = line.decode().strip()
            verb = word[:4].upper()
            if verb == "RCPT" and self.refuses:
                writer.write(b"550 not here\r\n")
            elif verb == "RCPT":
                to.append(word.partition("<")[2].partition(">")[0])
                writer.write(b"250 ok\r\n")
            elif verb == "DATA":
                writer.write(b"354 go on\r\n")
                await writer.drain()
                raw = await reader.readuntil(b"\r\n.\r\n")
                self.letters.append(Letter(to, raw[:-5].decode().replace("\r\n", "\n")))
                to = []
                writer.write(b"250 taken\r\n")
            elif verb == "QUIT":
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write(b"250 ok\r\n")
            await writer.drain()
        writer.close()


@asynccontextmanager
async def relay() -> AsyncIterator[Relay]:
    """Run a relay as long as the context lasts."""
    found = Relay()
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    async with server:
        yield found
