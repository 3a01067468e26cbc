"""What a service is as a process: how it is asked to stop on every system, how it ends at once, its memory."""

import asyncio
import ctypes
import gc
import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final, NoReturn

from runtime.events import Event
from runtime.log import Log

EXIT_FATAL: Final = 70  # the disk or the database cannot be trusted; the supervisor restarts us and we check again
_OUTSIDE: Final = re.compile(r"[^A-Za-z0-9_.:-]+")
_COLLECT_AFTER: Final = 10_000  # new objects that are left over; a request leaves none
_NAMES: Final = ("SIGINT", "SIGTERM", "SIGBREAK")
_ARENA_MAX: Final = -8  # M_ARENA_MAX of malloc.h in glibc
_ARENAS: Final = 2


def end_process(log: Log) -> Callable[[str], NoReturn]:
    """Return the ``on_fatal`` of a service: one line in the log, then the end of the process, from any thread.

    Nothing is flushed, closed or answered on the way: what was acknowledged is on the disk, and nothing else may be.
    """

    def end(reason: str) -> NoReturn:
        log.write(Event.FATAL, reason=_OUTSIDE.sub("-", reason).strip("-.:_")[:79] or "unknown")
        os._exit(EXIT_FATAL)

    return end


def share_memory() -> bool:
    """Let all threads of this process take memory from the same two places; return whether the system's library can.

    Called before the first thread starts. The GNU library gives each thread a place of its own and keeps what is freed
    there: a service with ten threads, each of which was busy once, holds 40 MB that nobody uses. Other libraries have
    no such setting, and do not need it.
    """
    if os.name != "posix":
        return False
    try:
        return bool(ctypes.CDLL(None).mallopt(_ARENA_MAX, _ARENAS))
    except AttributeError:
        return False


def settle_memory() -> None:
    """Take what a start left behind out of the collector's sight, or each full round would stop the service for 50 ms.

    Called once, when the service runs. What is unreachable by then is freed first.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER)


@contextmanager
def stop_signals() -> Iterator[asyncio.Event]:
    """Yield an event that is set by the first request to stop; a second one ends the process the ordinary way."""
    loop = asyncio.get_running_loop()
    asked = asyncio.Event()
    before: dict[int, Any] = {}

    def ask(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature of signal handlers
        signal.signal(number, before[number])
        loop.call_soon_threadsafe(asked.set)

    for number in [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]:
        before[number] = signal.getsignal(number)
        signal.signal(number, ask)
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
