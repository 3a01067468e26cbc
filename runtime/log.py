"""The log: one JSON line per event of the closed list, coarse in time, with ids that mean nothing the day after."""

import hashlib
import hmac
import json
import re
import traceback
from collections.abc import Iterable
from datetime import UTC, datetime
from types import FrameType, TracebackType
from typing import Final, TextIO

from protocol.ports import Clock
from runtime.events import LEVELS, Event, Level, check
from runtime.log_stream import LogStream

_DAY: Final = 86_400
_HOUR: Final = 3_600
_KEY_SIZE: Final = 32
_TAG_DIGITS: Final = 16
_MAX_PLACES: Final = 32
_MAX_NAME: Final = 120
_NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9_.]")


class Log:
    """Writes events to one stream, safely from any thread, and never waits for whoever reads it.

    ``key`` (32 random bytes, best made anew at each start) keys the tags. ``coarse`` rounds times down to the hour.
    """

    def __init__(self, stream: TextIO, clock: Clock, key: bytes, *, coarse: bool = True) -> None:
        if len(key) != _KEY_SIZE:
            raise ValueError("a tag key has 32 bytes")
        self._clock = clock
        self._key = key
        self._step = _HOUR if coarse else 1
        self._stream = LogStream(stream)

    def write(self, event: Event, **fields: object) -> None:
        """Write one line; ``TypeError`` for an event, field or value the closed list does not allow."""
        check(event, fields)
        dropped = self._stream.take_dropped()
        if dropped:
            self._put(Event.SUPPRESSED, {"kind": "log", "count": dropped})
        self._put(event, fields)

    def _put(self, event: Event, fields: dict[str, object]) -> None:
        now = self._clock()
        stamp = datetime.fromtimestamp(now - now % self._step, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        line = {"time": stamp, "level": str(LEVELS.get(event, Level.INFO)), **fields, "event": str(event)}
        self._stream.write(json.dumps(line) + "\n")
        self._stream.flush()

    def tag(self, kind: str, identifier: bytes) -> str:
        """Return 16 hex digits that stand for an id until midnight UTC and cannot be traced back without the key."""
        day = self._clock() // _DAY
        message = b"\x00".join((day.to_bytes(8, "big"), kind.encode(), identifier))
        return hmac.new(self._key, message, hashlib.sha256).hexdigest()[:_TAG_DIGITS]

    def unexpected(self, error: BaseException, route: str = "") -> None:
        """Write where an unforeseen exception came from, without its message, which may hold content."""
        fields: dict[str, object] = {"exception": type(error).__name__, "places": places(error.__traceback__)}
        if route:
            fields["route"] = route
        self.write(Event.UNEXPECTED, **fields)


def places(trace: TracebackType | None) -> tuple[str, ...]:
    """Return ``module:line`` of each frame, the innermost last, at most 32."""
    return named_places(traceback.walk_tb(trace))


def named_places(frames: Iterable[tuple[FrameType, int]]) -> tuple[str, ...]:
    """Return ``module:line`` of each of these frames, the last 32 at most."""
    named = [f"{_module(frame)}:{line}" for frame, line in frames]
    return tuple(named[-_MAX_PLACES:])


def _module(frame: FrameType) -> str:
    """Return the module's name; a template, which has the name of its file, without the folders above."""
    name = str(frame.f_globals.get("__name__", "unknown")).rpartition("/")[2]
    return _NOT_IN_NAMES.sub("_", name)[-_MAX_NAME:]
