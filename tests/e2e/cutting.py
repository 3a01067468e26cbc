"""A line between node and hub that is cut at ordered places: bytes are counted both ways, nothing else is looked at."""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

_PIECE = 256 << 10
_AT_ONCE = struct.pack("ii", 1, 0)  # no lingering: the peers see a reset, as when a line goes down


class CuttingLine:
    """Forwards a port of its own to the hub's. ``cut_up`` and ``cut_down`` order cuts by bytes from now on."""

    def __init__(self, to_port: int) -> None:
        self._to = ("127.0.0.1", to_port)
        self._door = socket.create_server(("127.0.0.1", 0))
        self._guard = threading.Lock()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._closing = False
        self.up = 0
        self.down = 0
        self.cuts = 0
        self._orders: dict[str, list[int]] = {"up": [], "down": []}

    @property
    def port(self) -> int:
        port: int = self._door.getsockname()[1]
        return port

    def __enter__(self) -> Self:
        self._spawn(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing = True
        with contextlib.suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self.cut()
        for thread in self._threads:
            thread.join(10)

    def cut_up(self, offsets: Sequence[int]) -> None:
        """Cut when so many more bytes went to the hub, for each of the offsets."""
        self._order("up", self.up, offsets)

    def cut_down(self, offsets: Sequence[int]) -> None:
        """Cut when so many more bytes came from the hub."""
        self._order("down", self.down, offsets)

    def cut(self) -> None:
        """End every connection at once."""
        with self._guard:
            ended, self._open = self._open, set()
        for each in ended:
            with contextlib.suppress(OSError):
                each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _order(self, way: str, base: int, offsets: Sequence[int]) -> None:
        with self._guard:
            self._orders[way] = sorted(base + each for each in offsets)

    def _spawn(self, work: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._closing:
            try:
                near, _ = self._door.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(self._to, timeout=10)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            with self._guard:
                self._open |= {near, far}
            self._spawn(self._pump, near, far, "up")
            self._spawn(self._pump, far, near, "down")

    def _pump(self, source: socket.socket, sink: socket.socket, way: str) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(_PIECE):
                if self._count(way, len(data)):
                    self.cut()
                    return
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def _count(self, way: str, size: int) -> bool:
        """Count bytes; return whether the line is to be cut here."""
        with self._guard:
            seen = getattr(self, way) + size
            setattr(self, way, seen)
            orders = self._orders[way]
            if not orders or seen < orders[0]:
                return False
            orders.pop(0)
            self.cuts += 1
            return True
