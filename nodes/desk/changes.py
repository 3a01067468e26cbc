"""Tells open pages that something has changed, never what: the page then fetches itself again, under its own rights."""

import asyncio
from typing import Final

DESK: Final = "desk"
"""The loop that tells open pages of what was fetched."""
CHANGED: Final = b"event: changed\ndata: 1\n\n"
STILL_HERE: Final = b": still here\n\n"


class Changes:
    """Wakes every open stream; lives in one event loop."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Event] = set()

    def tell(self) -> None:
        """Let every open page know."""
        for each in self._waiting:
            each.set()

    def join(self) -> asyncio.Event:
        """Return an event that ``tell`` sets; give it back with ``leave``."""
        event = asyncio.Event()
        self._waiting.add(event)
        return event

    def leave(self, event: asyncio.Event) -> None:
        """Listen no longer."""
        self._waiting.discard(event)

    @property
    def listeners(self) -> int:
        """How many pages listen."""
        return len(self._waiting)
