"""The duty roster: who is on duty, what is unassigned, and who is away with which deputy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from nodes.desk.page import Page
from nodes.desk.people import names_of
from nodes.desk.times import read_local, write_local
from nodes.desk.visit import Visit
from nodes.people import refusals
from nodes.people.acting import PersonId
from nodes.people.refusals import NotDone
from nodes.people.roles import Permission
from nodes.people.roster import Roster, Span, Turn
from nodes.people.roster_book import RosterBook

DUTY: Final = "/duty"
SHOWN_S: Final = 14 * 86_400
_DIGITS: Final = 9
_TIMES: Final = ("starts_at", "ends_at")
_FIELDS: Final = ("person", "deputy", *_TIMES)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the roster: a duty, or a time without one (``turn`` is None), as far as it is shown."""

    span: Span
    turn: Turn | None


async def show(visit: Visit) -> web.StreamResponse:
    """Show the roster of the coming two weeks."""
    return await _page(visit)


async def enter(visit: Visit) -> web.StreamResponse:
    """Enter a duty; whatever is wrong with it is told at once, each at its field."""
    turn, blank = _turn(visit)
    faults = _told(await _book(visit).duty_faults(turn, visit.acting.person), blank)
    if faults:
        return await _page(visit, faults)
    return await _answer(
        visit, await _book(visit).put_duty(turn, visit.acting.person), visit.text("The duty is entered.")
    )


async def note_absence(visit: Visit) -> web.StreamResponse:
    """Note an absence, of oneself or for somebody else; whatever is wrong with it is told at once."""
    turn, blank = _turn(visit)
    faults = _told(await _book(visit).absence_faults(turn, visit.acting.person), blank)
    if faults:
        return await _page(visit, faults)
    found = await _book(visit).note_absence(turn, visit.acting.person)
    return await _answer(visit, found, visit.text("The absence is noted. Open work goes to the deputy for that time."))


async def cancel(visit: Visit) -> web.StreamResponse:
    """Cancel a duty, or end an absence now."""
    text = visit.field("number")
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else 0
    found = await _book(visit).cancel(number, visit.acting.person)
    return await _answer(visit, found, visit.text("The entry is cancelled; what has passed of it stays."))


def rows_of(roster: Roster, within: Span) -> list[Row]:
    """Return duties and gaps of a time in their order; a duty nobody answers in stands there and as a gap."""
    gaps = [Row(span, None) for span in roster.gaps(within)]
    duties = [Row(each.span, each) for each in roster.duties if each.span.meets(within)]
    return sorted([*gaps, *duties], key=lambda row: (row.span.starts_at, row.turn is None))


async def _answer(visit: Visit, found: Roster | NotDone, said: str) -> web.StreamResponse:
    return await _page(visit, {found.field: found}) if isinstance(found, NotDone) else visit.back_to(DUTY, said=said)


async def _page(visit: Visit, faults: Mapping[str, NotDone] | None = None) -> web.StreamResponse:
    people, roster, now = await visit.desk.people.all(), await _book(visit).roster(), visit.desk.now()
    there = [each for each in people.values() if each.is_in_force(now)]
    typed = {name: visit.field(name) for name in _FIELDS}
    first = max((each.span.ends_at for each in roster.duties), default=now)
    usual = {"starts_at": write_local(max(first, now), visit.desk.local())}
    return visit.page(
        "duty.html",
        status=422 if faults else 200,
        faults=faults or {},
        act=visit.field("act"),
        typed=typed if faults else usual,
        now=now,
        on_duty=roster.on_duty(now),
        line=roster.line(now),
        rows=rows_of(roster, Span(now, now + SHOWN_S)),
        absences=[each for each in roster.absences if each.span.ends_at > now],
        stands_for=sorted(people[each].name for each in roster.stands_for(visit.acting.person, now)),
        officers=sorted((each for each in there if each.may(Permission.RECEIVE, now)), key=lambda each: each.name),
        colleagues=sorted((each for each in there if each.may(Permission.SEE_OWN, now)), key=lambda each: each.name),
        keeps=visit.acting.may(Permission.KEEP_ROSTER),
        mine=visit.acting.person,
        zone=visit.desk.local().name(now),
        names=names_of(visit, people.values()),
    )


def _turn(visit: Visit) -> tuple[Turn, list[str]]:
    """Return what was typed, with the names of the times that are none."""
    times = {name: read_local(visit.field(name), visit.desk.local()) for name in _TIMES}
    person = PersonId(visit.field("person") or visit.acting.person)
    deputy = visit.field("deputy")
    span = Span(times["starts_at"] or 0, times["ends_at"] or 0)
    blank = [name for name, at in times.items() if at is None]
    return Turn(0, person, PersonId(deputy) if deputy else None, span), blank


def _told(faults: Sequence[NotDone], blank: Sequence[str]) -> dict[str, NotDone]:
    """Return one fault for each field in the order of the form; a time that is missing is not also called wrong."""
    found = {each.field: each for each in reversed(faults) if not (blank and each.field in _TIMES)}
    found |= {name: refusals.NO_TIME.at(name) for name in blank}
    return {name: found[name] for name in ("", *_FIELDS) if name in found}


def _book(visit: Visit) -> RosterBook:
    return RosterBook(visit.gateway, visit.desk.people)


PAGES: Final = (
    Page("GET", DUTY, Permission.RECEIVE, show),
    Page("POST", DUTY, Permission.KEEP_ROSTER, enter),
    Page("POST", f"{DUTY}/absences", Permission.RECEIVE, note_absence),
    Page("POST", f"{DUTY}/cancel", Permission.RECEIVE, cancel),
)
