"""Who is on duty at which time, and who stands in for whom: folded from append-only events. Pure.

Times are seconds UTC; a span holds its beginning and not its end.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from typing import Final

from nodes.people import refusals
from nodes.people.acting import PersonId
from nodes.people.refusals import NotDone

LONGEST_DUTY_S: Final = 14 * 86_400
LONGEST_ABSENCE_S: Final = 366 * 86_400


class Entry(StrEnum):
    """What was entered."""

    DUTY = "duty"
    AWAY = "away"
    CANCELLED = "cancelled"  # of an entry before; an absence ends early, what has passed of it stays


@dataclass(frozen=True, slots=True)
class Span:
    """From ``starts_at`` up to ``ends_at``, which is outside."""

    starts_at: int
    ends_at: int

    def holds(self, at: int) -> bool:
        """Tell whether a moment is inside."""
        return self.starts_at <= at < self.ends_at

    def meets(self, other: "Span") -> bool:
        """Tell whether two spans have a moment in common."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterEvent:
    """One entry. ``about`` is the number of the entry that is cancelled."""

    number: int
    entry: Entry
    at: int
    by: PersonId | None
    person: PersonId
    deputy: PersonId | None = None
    span: Span = Span(0, 0)
    about: int = 0


@dataclass(frozen=True, slots=True)
class Turn:
    """A duty, or an absence: whose, when, and with which deputy."""

    number: int
    person: PersonId
    deputy: PersonId | None
    span: Span


@dataclass(frozen=True, slots=True)
class Roster:
    """Duties and absences in force, in the order of their beginnings."""

    duties: tuple[Turn, ...] = ()
    absences: tuple[Turn, ...] = ()

    def is_away(self, person: PersonId, at: int) -> bool:
        """Tell whether somebody is absent."""
        return self._absence(person, at) is not None

    def deputy_of(self, person: PersonId, at: int) -> PersonId | None:
        """Return who does the work of a person at a moment: the person if there, else the first deputy who is there.

        None when every deputy is away as well.
        """
        seen: set[PersonId] = set()
        who: PersonId | None = person
        while who is not None and who not in seen:
            seen.add(who)
            absence = self._absence(who, at)
            if absence is None:
                return who
            who = absence.deputy
        return None

    def stands_for(self, person: PersonId, at: int) -> frozenset[PersonId]:
        """Return everybody whose open work a person does at a moment because they are away; never the person."""
        away = {each.person for each in self.absences if each.span.holds(at)}
        return frozenset(each for each in away if each != person and self.deputy_of(each, at) == person)

    def on_duty(self, at: int) -> PersonId | None:
        """Return who answers at a moment: the person of the duty, its deputy, or whoever stands in; None is a gap."""
        return next(self._answering(at), None)

    def line(self, at: int, most: int = 8) -> tuple[PersonId, ...]:
        """Return whom to alert, in this order: whoever is on duty, the deputy, then those of the duties that follow."""
        coming = [each.span.starts_at for each in self.duties if each.span.starts_at > at]
        found: dict[PersonId, None] = {}
        for moment in (at, *coming):
            found |= dict.fromkeys(who for who in self._answering(moment) if not self.is_away(who, at))
        return tuple(found)[:most]

    def gaps(self, within: Span) -> tuple[Span, ...]:
        """Return the times within a span at which nobody is on duty, whether unassigned or because all are away."""
        edges = {within.starts_at, within.ends_at}
        for each in (*self.duties, *self.absences):
            edges |= {edge for edge in (each.span.starts_at, each.span.ends_at) if within.holds(edge)}
        ordered = sorted(edges)
        found: list[Span] = []
        for start, end in pairwise(ordered):
            if self.on_duty(start) is not None:
                continue
            if found and found[-1].ends_at == start:
                found[-1] = Span(found[-1].starts_at, end)
            else:
                found.append(Span(start, end))
        return tuple(found)

    def _answering(self, at: int) -> Iterator[PersonId]:
        for each in self.duties:
            if each.span.holds(at):
                named = (each.person, each.deputy)
                yield from (who for who in named if who is not None and not self.is_away(who, at))
                yield from (there for who in named if who is not None and (there := self.deputy_of(who, at)))

    def _absence(self, person: PersonId, at: int) -> Turn | None:
        return next((each for each in self.absences if each.person == person and each.span.holds(at)), None)


def fold_roster(events: Iterable[RosterEvent]) -> Roster:
    """Return the roster as its entries, in the order of their numbers, make it."""
    turns: dict[int, tuple[Entry, Turn]] = {}
    for each in sorted(events, key=lambda event: event.number):
        if each.entry is not Entry.CANCELLED:
            turns[each.number] = (each.entry, Turn(each.number, each.person, each.deputy, each.span))
        elif each.about in turns:
            entry, turn = turns.pop(each.about)
            if turn.span.starts_at < each.at:
                kept = Span(turn.span.starts_at, min(each.at, turn.span.ends_at))
                turns[each.about] = (entry, replace(turn, span=kept))
    ordered = sorted(turns.values(), key=lambda found: (found[1].span.starts_at, found[1].number))
    duties, absences = ([turn for entry, turn in ordered if entry is kind] for kind in (Entry.DUTY, Entry.AWAY))
    return Roster(tuple(duties), tuple(absences))


def duty_faults(roster: Roster, duty: Turn, now: int) -> tuple[NotDone, ...]:
    """Return everything that keeps a duty from being entered, each at its field."""
    found = [*_span_faults(duty, LONGEST_DUTY_S, now)]
    if any(duty.span.meets(each.span) for each in roster.duties):
        found.append(refusals.OVERLAPS)
    return tuple(found)


def refuse_duty(roster: Roster, duty: Turn, now: int) -> NotDone | None:
    """Return the first reason why a duty cannot be entered; None when it can."""
    return next(iter(duty_faults(roster, duty, now)), None)


def absence_faults(roster: Roster, absence: Turn, now: int) -> tuple[NotDone, ...]:
    """Return everything that keeps an absence from being noted: its span, an overlap, deputies that end in nobody."""
    found = [*_span_faults(absence, LONGEST_ABSENCE_S, now)]
    if any(each.person == absence.person and each.span.meets(absence.span) for each in roster.absences):
        found.append(refusals.OVERLAPS)
    noted = replace(roster, absences=(*roster.absences, absence))
    edges = {absence.span.starts_at, *(each.span.starts_at for each in roster.absences)}
    away = absence.deputy is None or any(
        noted.deputy_of(absence.person, edge) is None for edge in edges if absence.span.holds(edge)
    )
    if away:
        found.append(refusals.DEPUTY_AWAY)
    return tuple(found)


def refuse_absence(roster: Roster, absence: Turn, now: int) -> NotDone | None:
    """Return the first reason why an absence cannot be noted; None when it can."""
    return next(iter(absence_faults(roster, absence, now)), None)


def _span_faults(turn: Turn, longest: int, now: int) -> Iterator[NotDone]:
    if not 0 < turn.span.ends_at - turn.span.starts_at <= longest:
        yield refusals.BAD_SPAN
    elif turn.span.ends_at <= now:
        yield refusals.OVER
    if turn.deputy == turn.person:
        yield refusals.SAME_DEPUTY
