"""Write: what somebody wants to do in words, and the drafts that wait for him. A draft begins here."""

from dataclasses import dataclass, replace
from typing import Final

from aiohttp import web

from nodes.casework.drafts import Purpose
from nodes.casework.writing import Desk, first_written
from nodes.casework.writing_rights import NotYours, family_of, why_not
from nodes.desk.drafting import book_of, form_for, message_id, refused, writing_desk
from nodes.desk.known import OPENED, known_fields
from nodes.desk.need_to_know import may_know
from nodes.desk.page import Page
from nodes.desk.texts import sentence
from nodes.desk.visit import Visit
from nodes.people.roles import Permission
from protocol.errors import Malformed
from protocol.ids import TypeId, parse_type_id


@dataclass(frozen=True, slots=True)
class Task:
    """One thing that somebody wants to do: in words, what he needs for it, and the form that does it."""

    words: str
    needs: str
    type: str
    template: str = ""


ASK: Final = (
    Task(
        sentence("Ask about a vehicle"),
        sentence("You need the country, the plate and the reason."),
        "MT-01/1",
        "vehicle",
    ),
    Task(
        sentence("Ask about a person"), sentence("You need the country, the name and the reason."), "MT-01/1", "person"
    ),
    Task(
        sentence("Ask about a telephone number"),
        sentence("You need the country, the number and the reason."),
        "MT-01/1",
        "phone",
    ),
    Task(
        sentence("Ask about a document"),
        sentence("You need the country, the kind and number, and the reason."),
        "MT-01/1",
        "document",
    ),
    Task(
        sentence("Ask about an address"),
        sentence("You need the country, the address and the reason."),
        "MT-01/1",
        "address",
    ),
    Task(
        sentence("Ask about a firearm"),
        sentence("You need the country, the serial number and the reason."),
        "MT-01/1",
        "firearm",
    ),
    Task(sentence("Ask something else"), sentence("Every field of a request for information."), "MT-01/1"),
)
TELL: Final = (
    Task(
        sentence("Tell another country something on your own initiative"),
        sentence("You need the facts and why they matter there."),
        "MT-05/1",
    ),
    Task(
        sentence("Record an exchange that went another way"),
        sentence("For what was said by telephone or through another channel."),
        "MT-19/1",
    ),
)
GROUPS: Final = ((sentence("Ask another country"), ASK), (sentence("Tell another country"), TELL))


async def choose(visit: Visit) -> web.StreamResponse:
    """Show what somebody may write, and what he has not finished."""
    desk = writing_desk(visit)
    drafts = await book_of(visit).open_of(visit.acting.person)
    groups = [(words, [task for task in tasks if _may(visit, task)]) for words, tasks in GROUPS]
    titles = {} if desk is None else {each.id: title_of(desk, each.purpose) for each in drafts}
    return visit.page("compose.html", groups=[each for each in groups if each[1]], drafts=drafts, titles=titles)


async def begin(visit: Visit) -> web.StreamResponse:
    """Begin a draft and go to its form; what the system knows already stands in it."""
    purpose, desk = _purpose(visit), writing_desk(visit)
    form = None if purpose is None or desk is None else await form_for(visit, desk, purpose)
    if purpose is None or desk is None or form is None or not await _knows(visit, purpose):
        return visit.missing()
    denied = await refused(visit, purpose)
    if denied is not None:
        return not_yours(visit, denied)
    given = await known_fields(visit, desk, purpose)
    written = replace(first_written(desk, form, given), opened=OPENED.get(family_of(purpose.type), ()))
    found = await book_of(visit).begin(visit.acting.person, purpose, written)
    return visit.back_to(f"/drafts/{found.row.id.hex()}")


def not_yours(visit: Visit, denied: NotYours) -> web.Response:
    """Return the page that says why somebody may not write this."""
    return visit.page("draft_denied.html", status=403, denied=denied)


def title_of(desk: Desk, purpose: Purpose, language: str | None = None) -> str:
    """Return what a draft is called: by its task, or else by the title of its form."""
    catalogue = desk.bundle.catalogue
    found = [each for each in catalogue.templates_of(purpose.type) if each.name == purpose.template]
    return catalogue.text(found[0].title, language or desk.language) if found else purpose.type


def _may(visit: Visit, task: Task) -> bool:
    return why_not(visit.acting, TypeId(task.type)) is None


async def _knows(visit: Visit, purpose: Purpose) -> bool:
    """Tell whether the person may know of the message that is answered."""
    return purpose.in_reply_to is None or bool(await may_know(visit, [purpose.in_reply_to]))


def _purpose(visit: Visit) -> Purpose | None:
    try:
        type_ = parse_type_id(visit.field("type"))
    except Malformed:
        return None
    answered = visit.field("in_reply_to")
    message = message_id(answered)
    return None if answered and message is None else Purpose(type_, visit.field("template"), message)


PAGES: Final = (
    Page("GET", "/compose", Permission.RECEIVE, choose),
    Page("POST", "/compose", Permission.RECEIVE, begin),
)
