"""Loopback ports for programs that start a moment later, chosen so that two demonstrations never choose the same."""

import contextlib
import os
import secrets
import socket
import tempfile
from pathlib import Path
from typing import Final

from runtime.lockfile import LockFile
from runtime.operator import OperatorError

LOWEST: Final = 20_000  # below the ranges from which systems take ports for outgoing connections
HIGHEST: Final = 32_000
BLOCK: Final = 120  # ports that one process gives out in turn


class Ports:
    """Free ports of a block that only this process gives out, until it ends.

    A port is free between the choice and the start of its program, so asking the system alone is not enough: the block
    is held by a lock in ``folder``, and within it no port is given out again before all the others were.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock: LockFile | None = None
        self._first = 0
        self._given = 0

    def take(self, count: int) -> list[int]:
        """Return ``count`` different ports that nobody listens on, at most ``BLOCK``; ``OSError`` when too few are."""
        if self._lock is None:
            self._hold()
        found: list[int] = []
        for _ in range(BLOCK):
            if len(found) == count:
                return found
            port = self._first + self._given % BLOCK
            self._given += 1
            with socket.socket() as probe, contextlib.suppress(OSError):
                if os.name == "posix":  # a port on which a connection has just ended is free, as it is to our servers
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
                found.append(port)
        if len(found) == count:
            return found
        raise OSError(f"fewer than {count} of the ports {self._first} to {self._first + BLOCK - 1} are free")

    def _hold(self) -> None:
        blocks = list(range(LOWEST, HIGHEST, BLOCK))
        secrets.SystemRandom().shuffle(blocks)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for first in blocks:
            lock = LockFile(self._folder / str(first))
            with contextlib.suppress(OperatorError):
                lock.acquire()
                self._lock, self._first = lock, first
                return
        raise OSError(f"every block of ports is held by another process, see {self._folder}")


_OWNER: Final = getattr(os, "getuid", int)()
_OURS: Final = Ports(Path(tempfile.gettempdir()) / f"egnatia-ports-{_OWNER}")


def free_ports(count: int) -> list[int]:
    """Return ports for programs that this process is about to start; see ``Ports.take``."""
    return _OURS.take(count)
