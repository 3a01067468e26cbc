"""A line in front of the hub: it passes bytes on as they are and counts them, each way."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

_CHUNK: Final = 64 << 10


@dataclass(slots=True)
class Counted:
    """Bytes that passed so far: towards the hub, and from it. TLS records, headers and all."""

    up: int = 0
    down: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, *, up: int = 0, down: int = 0) -> None:
        """Count some more."""
        with self.lock:
            self.up += up
            self.down += down

    def now(self) -> tuple[int, int]:
        """Return both counts at this moment."""
        with self.lock:
            return self.up, self.down


@contextlib.contextmanager
def counted_line(port: int, hub: int) -> Iterator[Counted]:
    """Listen on ``port`` of this machine and pass everything on to ``hub`` until the block ends."""
    counted, started = Counted(), threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        server = await asyncio.start_server(lambda r, w: _pass_on((r, w), hub, counted), "127.0.0.1", port)
        async with server:
            started.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    if not started.wait(10):
        raise SystemExit("the line in front of the hub did not open")
    try:
        yield counted
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)


async def _pass_on(near: tuple[asyncio.StreamReader, asyncio.StreamWriter], hub: int, counted: Counted) -> None:
    far = await asyncio.open_connection("127.0.0.1", hub)

    async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter, *, up: bool) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await source.read(_CHUNK):
                counted.add(**{"up" if up else "down": len(data)})
                target.write(data)
                await target.drain()
        target.close()

    await asyncio.gather(pump(near[0], far[1], up=True), pump(far[0], near[1], up=False))
