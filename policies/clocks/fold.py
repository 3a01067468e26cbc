"""A clock from its events, in whatever order they are given: the same events make the same clock (D977 5 and 6(3))."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from policies.clocks.clock import Clock, Delay, Rest
from policies.clocks.events import Event, Kind, Start
from policies.clocks.limits import DueClass


def fold(start: Start, events: Iterable[Event]) -> Clock:
    """Return the clock after these events. Only a closing ends it; what follows the closing changes nothing.

    An event before the start counts as at the start. A class that the start does not offer, an answer to no known
    question, a notice of delay that names no later time, and a question after the time was over are left aside.
    """
    known = sorted((replace(each, at=max(each.at, start.at)) for each in events), key=lambda each: each.place)
    closed_at = next((each.at for each in known if each.kind is Kind.CLOSED), None)
    if closed_at is not None:
        known = [each for each in known if each.at <= closed_at]
    clock = Clock(
        start=start,
        due_class=_class(start, known),
        rests=_rests(known),
        part=any(each.kind is Kind.PART for each in known),
        closed_at=closed_at,
    )
    for each in known:
        if each.kind is Kind.DELAYED:
            clock = _delayed(clock, each)
    return replace(clock, rests=tuple(each for each in clock.rests if each.since < clock.due(each.since)))


def _class(start: Start, events: Sequence[Event]) -> DueClass:
    named = [each.due_class for each in events if each.kind is Kind.CLASSED and each.due_class in start.limits]
    return next((each for each in reversed(named) if each is not None), start.due_class)


def _rests(events: Sequence[Event]) -> tuple[Rest, ...]:
    """Return the times without count; questions that overlap make one rest."""
    ended: dict[bytes, int] = {}
    for each in events:
        if each.kind is Kind.CLARIFIED and each.asked is not None:
            ended.setdefault(each.asked, each.at)
    rests: list[Rest] = []
    for each in events:
        if each.kind is not Kind.ASKED:
            continue
        new = Rest(each.at, ended.get(each.message))
        if new.until is not None and new.until <= new.since:
            continue
        last = rests[-1] if rests else None
        if last is None or (last.until is not None and last.until < new.since):
            rests.append(new)
        else:
            rests[-1] = Rest(last.since, _later(last.until, new.until))
    return tuple(rests)


def _later(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else max(one, other)


def _delayed(clock: Clock, notice: Event) -> Clock:
    """Return the clock with a notice of delay: it extends only what was not over when it came (D977 5(2))."""
    if notice.until is None or notice.until <= notice.at:
        return clock
    if notice.at > clock.due(notice.at):
        return replace(clock, late_notice=True)
    return replace(clock, delay=Delay(notice.at, notice.until))
