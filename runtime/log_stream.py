"""A stream for log lines that never waits for its reader: what cannot be written at once is dropped and counted.

A service that logs into a pipe nobody empties would otherwise stand still in the middle of a request, its event loop
and with it every connection.
"""

import io
import select
import threading
from typing import Final, TextIO

_PIPE_BUF: Final = 4_096
"""Bytes that fit for certain once the system calls a pipe writable; lines of the log are shorter."""


class LogStream:
    """Writes whole lines to ``stream`` from any thread."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._dropped = 0
        self._poll = _poll(stream)

    def write(self, text: str) -> int:
        """Write the text, or drop and count it when that would have to wait."""
        with self._lock:
            if self._writable(text):
                return self._stream.write(text)
            self._dropped += 1
            return len(text)

    def flush(self) -> None:
        """Hand what was written to the system, unless that would have to wait."""
        with self._lock:
            if self._writable(""):
                self._stream.flush()

    def take_dropped(self) -> int:
        """Return how many lines were dropped since the last call; 0 while it still cannot write."""
        with self._lock:
            if not self._dropped or not self._writable(""):
                return 0
            dropped, self._dropped = self._dropped, 0
            return dropped

    def _writable(self, text: str) -> bool:
        if self._poll is None:
            return True
        return len(text) <= _PIPE_BUF and bool(self._poll.poll(0))


def _poll(stream: TextIO) -> "select.poll | None":
    if not hasattr(select, "poll"):
        return None  # Windows: a node of the laptop profile logs into a file, which does not block
    try:
        number = stream.fileno()
    except (AttributeError, io.UnsupportedOperation, ValueError):
        return None  # kept in memory, or closed
    poll = select.poll()
    poll.register(number, select.POLLOUT)
    return poll
