"""Opening a case of others: for a ground and a reason, for a limited time, and with a review by a supervisor."""

from typing import Final

from aiohttp import web

from nodes.casework.case_references import CaseReferences
from nodes.desk.doing import for_reason
from nodes.desk.page import Page
from nodes.desk.people_words import GROUNDS
from nodes.desk.visit import Visit
from nodes.people import refusals
from nodes.people.glass import OPEN_S, Ground, refuse_opening
from nodes.people.glass_book import GlassBook
from nodes.people.refusals import NotDone
from nodes.people.roles import Permission

GLASS: Final = "/break-glass"
_HOUR_S: Final = 3_600


async def show(visit: Visit) -> web.StreamResponse:
    """Show the form; nothing is opened by looking at it."""
    return _form(visit)


async def open_(visit: Visit) -> web.StreamResponse:
    """Store who opens which case and why, and only then lead to it; all of it is written down as breaking glass."""
    with for_reason("break-glass"):
        return await _open(visit)


async def _open(visit: Visit) -> web.StreamResponse:
    ground = next((each for each in Ground if each == visit.field("ground")), None)
    wrong = refuse_opening(visit.acting, visit.field("reason"))
    if ground is None or wrong is not None:  # before the case is looked up: whoever says nothing learns nothing of it
        blank = None if visit.field("reference") else refusals.NO_CASE
        return _form(visit, blank, None if ground is not None else refusals.NO_GROUND, wrong)
    case = await CaseReferences(visit.gateway).find(visit.field("reference"))
    if case is None:
        return _form(visit, refusals.NO_CASE)
    if await visit.desk.cases.line(await visit.desk.cases.scope(visit.acting), bytes.fromhex(case)) is not None:
        return visit.back_to(f"/cases/{case}", said=visit.text("You may see this case as it is. Nothing was recorded."))
    found = await GlassBook(visit.gateway).break_glass(case, ground, visit.field("reason"), visit.acting)
    if isinstance(found, NotDone):
        return _form(visit, found)
    visit.desk.changes.tell()
    return visit.back_to(f"/cases/{case}", said=visit.text("The case is open to you. Supervisors see that, and why."))


def _form(visit: Visit, *refused: NotDone | None) -> web.Response:
    faults = {each.field: each for each in refused if each is not None}
    return visit.page(
        "break_glass.html",
        status=422 if faults else 200,
        faults=faults,
        typed={name: visit.field(name) for name in ("reference", "ground", "reason")},
        grounds=GROUNDS,
        hours=OPEN_S // _HOUR_S,
    )


PAGES: Final = (
    Page("GET", GLASS, Permission.BREAK_GLASS, show),
    Page("POST", GLASS, Permission.BREAK_GLASS, open_),
)
