"""Tells from a thread of its own that the event loop stands still, and where: a loop that is blocked cannot say so.

A blocking call on the loop stops every connection at once, also the operator's. The lag the loop measures by itself
(``runtime.metrics.watch_loop``) is seen only when it is over.
"""

import asyncio
import contextlib
import sys
import threading
import traceback
from collections.abc import AsyncIterator, Callable
from typing import Final

from runtime.events import Event
from runtime.log import Log, named_places
from runtime.metrics import Metric, Metrics

_BEAT_S: Final = 0.5
_LIMIT_S: Final = 5.0


class Watchdog:
    """Watches the loop of the thread that made it."""

    def __init__(self, metrics: Metrics, log: Log, monotonic: Callable[[], float]) -> None:
        self._metrics = metrics
        self._log = log
        self._monotonic = monotonic
        self._thread = threading.get_ident()
        self._seen = monotonic()
        self._told = False
        self._end = threading.Event()

    def beat(self) -> None:
        """Note that the loop came round."""
        self._seen = self._monotonic()
        self._told = False

    def look(self) -> None:
        """Log and count a loop that has not come round for five seconds, once for each time."""
        still = self._monotonic() - self._seen
        if still < _LIMIT_S or self._told:
            return
        self._told = True
        frame = sys._current_frames().get(self._thread)  # noqa: SLF001 - documented, for exactly this
        walked = () if frame is None else reversed(list(traceback.walk_stack(frame)))
        self._metrics.count(Metric.LOOP_STALLS)
        self._log.write(Event.STALLED, seconds=int(still), places=named_places(walked))

    @contextlib.asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Watch for as long as the context lasts."""
        thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        beating = asyncio.create_task(self._beat())
        thread.start()
        try:
            yield
        finally:
            self._end.set()
            beating.cancel()

    async def _beat(self) -> None:
        while True:
            self.beat()
            await asyncio.sleep(_BEAT_S)

    def _watch(self) -> None:
        while not self._end.wait(_BEAT_S):
            self.look()
