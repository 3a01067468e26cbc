"""One case: both clocks, what happened, its messages, and what may be done now; a case that moved meanwhile says so."""

from typing import Final

from aiohttp import web

from nodes.casework.case_acts import NO_PERSON, Act, Denied, Moved, lacks
from nodes.casework.case_book import CaseFile, case_id
from nodes.casework.machine_parts import ASSIGN, HAND
from nodes.desk.case_page import clocks_of, events_of, letters_of, ways_of
from nodes.desk.case_rows import colleagues, names_of, rows_of
from nodes.desk.case_words import DONE, KINDS, LANES, STANDS, STATES
from nodes.desk.page import SIGNED_IN, Page
from nodes.desk.retention_parts import keeping_of
from nodes.desk.retention_words import GROUNDS, HOLDS
from nodes.desk.visit import Visit
from nodes.people.acting import PersonId
from nodes.people.roles import Permission
from protocol.ids import Reference

_DIGITS: Final = 6


async def show(visit: Visit) -> web.StreamResponse:
    """Show a case; one that is not for this person is answered like one that is not here."""
    case = _asked(visit)
    if case is None:
        return visit.missing()
    found = await visit.desk.cases.show(visit.acting, case)
    return visit.missing() if found is None else await _page(visit, found)


async def act(visit: Visit) -> web.StreamResponse:
    """Do something to a case; or say why not, or what happened since the page was opened. Nothing typed is lost."""
    case, seen = _asked(visit), visit.field("seen")
    if case is None or not seen.isascii() or not seen.isdigit() or len(seen) > _DIGITS:
        return visit.missing()
    to = visit.field("to")
    wanted = Act(name=visit.field("act"), seen=int(seen), reason=visit.field("reason"), to=PersonId(to) if to else None)
    working = wanted.name in (ASSIGN, HAND)
    if wanted.to not in [each.id for each in await colleagues(visit, working=working)]:
        wanted = Act(name=wanted.name, seen=wanted.seen, reason=wanted.reason)
    done = await visit.desk.cases.act(visit.acting, case, wanted)
    if done is None:
        return visit.missing()
    if isinstance(done, CaseFile):
        visit.desk.changes.tell()
        if done.view.knows(visit.acting.person) or visit.acting.may(Permission.SEE_ALL):
            to_name = "" if wanted.to is None else (await names_of(visit)).get(wanted.to, "")
            said = visit.text(DONE[wanted.name], to=to_name)
            return visit.back_to(f"/cases/{case.hex()}", said=f"{said}.")
        return visit.back_to("/cases")
    found = await visit.desk.cases.show(visit.acting, case)
    return visit.missing() if found is None else await _page(visit, found, wanted, done)


async def _page(
    visit: Visit, found: CaseFile, typed: Act | None = None, refused: Denied | Moved | None = None
) -> web.Response:
    steps, people = ways_of(visit, found)
    moved = refused if isinstance(refused, Moved) else None
    row, *related = await rows_of(visit, [found.line, *found.related])
    names = await names_of(visit)
    return visit.page(
        "case.html",
        status=409 if refused is not None else 200,
        row=row,
        found=found,
        state=STATES[found.view.state],
        stand=STANDS[found.view.stand],
        kind=KINDS[found.line.machine.name],
        lane=None if found.situation.lane is None else LANES[found.situation.lane],
        clocks=clocks_of(visit, found.clocks),
        events=await events_of(visit, found.view.steps, found.words),
        meanwhile=[] if moved is None else await events_of(visit, moved.steps, found.words),
        letters=letters_of(visit, found.messages),
        steps=steps,
        people_ways=people,
        colleagues=await colleagues(visit),
        watchers=await colleagues(visit, working=False),
        participants=sorted(names.get(each, "") for each in found.view.people),
        related=related,
        typed=typed,
        denied=_denied(found, typed, refused),
        moved=moved is not None,
        keeping=await keeping_of(visit, found),
        grounds=GROUNDS,
        hold_codes=HOLDS,
        now=visit.desk.now(),
    )


def _denied(found: CaseFile, typed: Act | None, refused: Denied | Moved | None) -> list[tuple[Denied, str]]:
    """Return why an act was not done, each with the element to which it leads: a field of the act, or all acts."""
    if not isinstance(refused, Denied) or typed is None:
        return []
    transition = found.view.machine.transition(typed.name)
    lacking = () if transition is None else lacks(transition, typed)
    if refused not in lacking:
        return [(refused, "what-now")]
    return [(each, f"{'to' if each is NO_PERSON else 'reason'}-{typed.name}") for each in lacking]


def _asked(visit: Visit) -> Reference | None:
    return case_id(visit.request.match_info["id"])


PAGES: Final = (
    Page("GET", "/cases/{id}", SIGNED_IN, show),  # need-to-know decides: an opened case is one of nobody's own
    Page("POST", "/cases/{id}", Permission.SEE_OWN, act),
)
