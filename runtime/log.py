"""The log: one JSON line per event of the closed list, coarse in time, with ids that mean nothing the day after."""

import hashlib
import hmac
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, TextIO

import structlog

from protocol.ports import Clock
from runtime.events import LEVELS, Event, Level, check

_DAY: Final = 86_400
_HOUR: Final = 3_600
_KEY_SIZE: Final = 32
_TAG_DIGITS: Final = 16
_MAX_PLACES: Final = 32


class Log:
    """Writes events to one stream, safely from any thread.

    ``key`` (32 random bytes, best made anew at each start) keys the tags. ``coarse`` rounds times down to the hour.
    """

    def __init__(self, stream: TextIO, clock: Clock, key: bytes, *, coarse: bool = True) -> None:
        if len(key) != _KEY_SIZE:
            raise ValueError("a tag key has 32 bytes")
        self._clock = clock
        self._key = key
        self._step = _HOUR if coarse else 1
        self._logger = structlog.wrap_logger(
            structlog.WriteLogger(stream),
            processors=[structlog.processors.JSONRenderer(sort_keys=False, ensure_ascii=True)],
            wrapper_class=structlog.BoundLogger,
            context_class=dict,
            cache_logger_on_first_use=True,
        )

    def write(self, event: Event, **fields: object) -> None:
        """Write one line; ``TypeError`` for an event, field or value the closed list does not allow."""
        check(event, fields)
        now = self._clock()
        stamp = datetime.fromtimestamp(now - now % self._step, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self._logger.msg(str(event), time=stamp, level=str(LEVELS.get(event, Level.INFO)), **fields)

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
    frames = traceback.walk_tb(trace)
    named = [f"{frame.f_globals.get('__name__', 'unknown')}:{line}" for frame, line in frames]
    return tuple(named[-_MAX_PLACES:])
