"""A clock as it stands: pure arithmetic in seconds UTC, so that daylight saving never shifts a due time."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from policies.clocks.events import Start
from policies.clocks.limits import DueClass, Limit

_PERCENT: Final = 100


class Escalation(StrEnum):
    """How much of the running time is used up (D977 16(1)(e); the percentages are the network's)."""

    NONE = "none"
    HALF = "50"
    THREE_QUARTERS = "75"
    NINE_TENTHS = "90"
    OVERDUE = "overdue"


_STEPS: Final = ((90, Escalation.NINE_TENTHS), (75, Escalation.THREE_QUARTERS), (50, Escalation.HALF))


@dataclass(frozen=True, slots=True)
class Rest:
    """A time that does not count: from the receipt of a clarification request to its answer, open while None."""

    since: int
    until: int | None

    def covers(self, now: int) -> bool:
        """Tell whether a moment lies in it."""
        return self.since <= now and (self.until is None or now < self.until)


@dataclass(frozen=True, slots=True)
class Delay:
    """A notice of judicial delay: when it was received, and until when it announces the answer."""

    at: int
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One clock, folded from its events. Rests are ascending and apart; ``late_notice`` did not extend anything."""

    start: Start
    due_class: DueClass
    rests: tuple[Rest, ...] = ()
    delay: Delay | None = None
    late_notice: bool = False
    part: bool = False
    closed_at: int | None = None

    @property
    def limit(self) -> Limit:
        """The limit of the clock's class."""
        return self.start.limits[self.due_class]

    def operational(self, now: int) -> int:
        """Return receipt plus the limit in seconds of running time; while the clock rests, as if it ran from now."""
        return _reach(self.start.at, self.limit.seconds, self._ended(now))

    def legal(self, now: int) -> int | None:
        """Return the last moment of the calendar-day reading: 24:00 local of the last day, moved by the rests.

        None where the limit is in hours or the country's calendar is not known. It may lie before the operational time,
        when summer time begins in between.
        """
        last = self._last_day()
        if last is None:
            return None
        return last + self.operational(now) - self.start.at - self.limit.seconds

    def due(self, now: int) -> int:
        """Return when it is due: the earlier reading, or the time that a notice of delay received in time names."""
        last = self._last_day()
        seconds = self.limit.seconds if last is None else min(self.limit.seconds, last - self.start.at)
        rests = self._ended(now)
        plain = _reach(self.start.at, seconds, rests)
        if self.delay is None:
            return plain
        return max(plain, _reach(self.delay.at, self.delay.until - self.delay.at, rests))

    def suspended(self, now: int) -> bool:
        """Tell whether the clock rests now."""
        return self.closed_at is None and any(each.covers(now) for each in self.rests)

    def used(self, now: int) -> int:
        """Return the running seconds from the start until now; suspended time never counts."""
        return _running(self.start.at, self._until(now), self._ended(now))

    def overdue(self, now: int) -> bool:
        """Tell whether the time ran out before the end, or before now without one."""
        return self._until(now) > self.due(now)

    def escalation(self, now: int) -> Escalation:
        """Return the step that the clock has reached; it never goes back by time passing."""
        if self.overdue(now):
            return Escalation.OVERDUE
        used = self.used(now)
        whole = _running(self.start.at, self.due(now), self._ended(now))
        return next((step for percent, step in _STEPS if used * _PERCENT >= percent * whole), Escalation.NONE)

    def _until(self, now: int) -> int:
        return now if self.closed_at is None else min(now, self.closed_at)

    def _ended(self, now: int) -> tuple[tuple[int, int], ...]:
        """Return the rests from when to when; an open one as if it ended now."""
        until = self._until(now)
        return tuple((each.since, max(each.since, until) if each.until is None else each.until) for each in self.rests)

    def _last_day(self) -> int | None:
        if self.start.zone is None or self.limit.days is None:
            return None
        return self.start.zone.end_of_day(self.start.at, self.limit.days)


def _reach(start: int, seconds: int, rests: Sequence[tuple[int, int]]) -> int:
    """Return when ``seconds`` of running time after ``start`` are over."""
    at = start
    for since, until in rests:
        if since >= at + seconds:
            break
        if until > at:
            seconds -= max(0, since - at)
            at = until
    return at + seconds


def _running(start: int, end: int, rests: Sequence[tuple[int, int]]) -> int:
    """Return the seconds between two times that lie in no rest."""
    resting = sum(max(0, min(end, until) - max(start, since)) for since, until in rests)
    return max(0, end - start) - resting
