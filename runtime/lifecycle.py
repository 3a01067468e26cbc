"""The life of a service: ready or not and why, work that outlives its request, polls that end when the service does."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Lifecycle:
    """Shared by the routes of one service; lives in one event loop."""

    def __init__(self) -> None:
        self._closing = asyncio.Event()
        self._kept: set[asyncio.Task[Any]] = set()
        self.reason: str | None = "starting"

    @property
    def ready(self) -> bool:
        """Whether new work is welcome."""
        return self.reason is None

    @property
    def closing(self) -> bool:
        """Whether the service is going down."""
        return self._closing.is_set()

    def set_ready(self, reason: str | None = None) -> None:
        """Declare the service ready, or not ready for a reason; while it closes it stays not ready."""
        self.reason = "closing" if self.closing else reason

    def close(self) -> None:
        """End all polls; from now on the service is not ready."""
        self._closing.set()
        self.reason = "closing"

    async def keep(self, work: Coroutine[Any, Any, T]) -> T:
        """Return the result of work that runs to its end even if the caller's connection drops.

        What writes must be kept; what only reads may be cancelled.
        """
        task = asyncio.ensure_future(work)
        self._kept.add(task)
        task.add_done_callback(self._forget)
        return await asyncio.shield(task)

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._kept.discard(task)
        if not task.cancelled():
            task.exception()  # read here, so that an abandoned failure is not reported again by the loop

    async def drain(self, timeout_s: float) -> int:
        """Return how many kept works were still running when the time was up; those are cancelled."""
        if not self._kept:
            return 0
        _, late = await asyncio.wait(self._kept, timeout=timeout_s)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=timeout_s)
        return len(late)

    async def rest(self, wake: asyncio.Event, timeout_s: float) -> bool:
        """Return True once ``wake`` is set; False when the time is up or the service closes, whichever is first."""
        if wake.is_set() or self.closing:
            return wake.is_set()
        waits = [asyncio.ensure_future(event.wait()) for event in (wake, self._closing)]
        try:
            await asyncio.wait(waits, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        return wake.is_set()
