"""Wake-ups: tell whoever waits at a mailbox that something came, and nothing else. Lost wake-ups cost a poll interval.

In-process. They carry no content, no count and no id; what came is read from the database.
"""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from protocol.ids import Channel, NodeId

Place = tuple[NodeId, Channel]


class WakeUps:
    """Who waits at which mailbox; lives in one event loop."""

    def __init__(self) -> None:
        self._waiting: dict[Place, set[asyncio.Event]] = {}

    @contextmanager
    def listen(self, place: Place) -> Iterator[asyncio.Event]:
        """Give an event that is set at every ring from now on; start listening before looking."""
        event = asyncio.Event()
        self._waiting.setdefault(place, set()).add(event)
        try:
            yield event
        finally:
            waiting = self._waiting[place]
            waiting.discard(event)
            if not waiting:
                del self._waiting[place]

    def ring(self, places: Iterable[Place]) -> None:
        """Wake everybody who waits at these mailboxes."""
        for place in places:
            for event in self._waiting.get(place, ()):
                event.set()

    def ring_all(self) -> None:
        """Wake everybody: after a change of the directory each open poll asks again whether it may go on."""
        for events in self._waiting.values():
            for event in events:
                event.set()

    def waiting(self, node: NodeId | None = None) -> int:
        """Return how many polls are open, in all or of one node."""
        return sum(len(events) for (whose, _), events in self._waiting.items() if node in (None, whose))
