"""What investigators ask of this contact point, as its officers see it: one is taken and written, or returned."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from nodes.casework.asks import NO_ASK, AskRow, AskState
from nodes.desk.case_rows import names_of
from nodes.desk.investigator import ask_id, asks_of, content_of, title_for
from nodes.desk.noting import note_shown
from nodes.desk.page import Page
from nodes.desk.visit import Visit
from nodes.people.acting import PersonId
from nodes.people.refusals import NotDone
from nodes.people.roles import Permission

ROOM: Final = "/handed-in"


@dataclass(frozen=True, slots=True)
class Listed:
    """One request in the list."""

    row: AskRow
    title: str
    who: str
    taken_by: str


async def index(visit: Visit) -> web.StreamResponse:
    """List what waits, the oldest first."""
    names = await names_of(visit)
    asks = [
        Listed(each, title_for(visit, each.purpose), names.get(each.asked_by, ""), _name(names, each.taken_by))
        for each in await asks_of(visit).waiting()
    ]
    return visit.page("handed_in.html", asks=asks)


async def show(visit: Visit) -> web.StreamResponse:
    """Show one request; that somebody looked at it is written down."""
    found = await asks_of(visit).find(ask_id(visit))
    if found is not None:
        await note_shown(visit, "show-request", found.row.id)
    return await _page(visit)


async def take(visit: Visit) -> web.StreamResponse:
    """Make the officer's draft from a request, and go to it."""
    state = _state(visit)
    done = NO_ASK if state is None else await asks_of(visit).take(ask_id(visit), visit.acting.person, state)
    if isinstance(done, NotDone):
        return await _page(visit, done)
    visit.desk.changes.tell()
    return visit.back_to(f"/drafts/{done.id.hex()}", said=visit.text("This is your draft now: check it, then send it."))


async def give_back(visit: Visit) -> web.StreamResponse:
    """Return a request to its asker, with what has to be changed."""
    state = _state(visit)
    done = NO_ASK if state is None else await asks_of(visit).give_back(ask_id(visit), state, visit.field("note"))
    if isinstance(done, NotDone):
        return await _page(visit, done)
    visit.desk.changes.tell()
    return visit.back_to(ROOM, said=visit.text("The request went back to its asker."))


async def _page(visit: Visit, refused: NotDone | None = None) -> web.StreamResponse:
    found = await asks_of(visit).find(ask_id(visit))
    if found is None or found.row.state in (AskState.WITHDRAWN, AskState.LAPSED):
        return visit.missing()
    names = await names_of(visit)
    return visit.page(
        "handed_in_ask.html",
        status=409 if refused is not None else 200,
        row=found.row,
        who=names.get(found.row.asked_by, ""),
        taken_by=_name(names, found.row.taken_by),
        open=found.row.state in (AskState.ASKED, AskState.TAKEN),
        refused=refused,
        typed=visit.field("note"),
        **await content_of(visit, found),
    )


def _state(visit: Visit) -> AskState | None:
    return next((each for each in AskState if each.value == visit.field("state")), None)


def _name(names: Mapping[PersonId, str], person: PersonId | None) -> str:
    return "" if person is None else names.get(person, "")


PAGES: Final = (
    Page("GET", ROOM, Permission.ASK, index),
    Page("GET", f"{ROOM}/{{id}}", Permission.ASK, show),
    Page("POST", f"{ROOM}/{{id}}/take", Permission.ASK, take),
    Page("POST", f"{ROOM}/{{id}}/return", Permission.ASK, give_back),
)
