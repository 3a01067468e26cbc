"""People: the accounts of this contact point, and the invitation of somebody new."""

from collections.abc import Iterable, Sequence
from typing import Final

from aiohttp import web

from nodes.desk.page import Page
from nodes.desk.people_words import ACTS, STANDINGS
from nodes.desk.role_words import ROLES
from nodes.desk.texts import LANGUAGES
from nodes.desk.times import read_local
from nodes.desk.visit import Visit
from nodes.people import refusals
from nodes.people.acting import PersonId
from nodes.people.changes import newcomer_faults
from nodes.people.invitations import Invited
from nodes.people.origins import check_origin
from nodes.people.person import Details, PersonRecord, Standing
from nodes.people.refusals import NotDone
from nodes.people.roles import Permission, Role

PEOPLE: Final = "/people"
_ORDER: Final = (Standing.JOINED, Standing.INVITED, Standing.ENDED)
_LONGEST: Final = 1_000


async def index(visit: Visit) -> web.StreamResponse:
    """List the accounts, and first what waits for a second person."""
    people, now = await visit.desk.people.all(), visit.desk.now()
    listed = sorted(people.values(), key=lambda each: (_ORDER.index(each.standing), each.name.casefold()))
    return visit.page(
        "people.html",
        people=listed,
        waiting=[(each, proposal) for each in listed for proposal in each.waiting(now)],
        names=names_of(visit, people.values()),
        fault=check_origin(visit.desk.origin),
        acts=ACTS,
        standings=STANDINGS,
        now=now,
    )


async def show_invite(visit: Visit) -> web.StreamResponse:
    """Show the form for somebody new."""
    return _form(visit)


async def invite(visit: Visit) -> web.StreamResponse:
    """Make the account, and show its link this once."""
    new, why = details_of(visit), visit.field("why")
    if isinstance(new, NotDone):
        return _form(visit, (new,))
    faults = newcomer_faults(await visit.desk.people.all(), new)
    if (wrong := refusals.refuse_reason(why)) is not None:
        faults = (*faults, wrong)
    if faults:
        return _form(visit, faults)
    found = await visit.desk.persons.invitations.invite(new, why, visit.acting.person)
    return _form(visit, (found,)) if isinstance(found, NotDone) else link_page(visit, found)


def link_page(visit: Visit, invited: Invited) -> web.StreamResponse:
    """Return the page that shows a link; no other page can."""
    return visit.page("people_link.html", record=invited.record, link=invited.link)


def details_of(visit: Visit) -> Details | NotDone:
    """Return what a form says about a person; a refusal for a role or a time that there is none of."""
    starts_at, ends_at = (_time(visit, name) for name in ("starts_at", "ends_at"))
    if starts_at is None or ends_at is None:
        return refusals.BAD_TIMES.at("ends_at" if ends_at is None else "starts_at")
    try:
        roles = frozenset(Role(each) for each in visit.form.get("roles", ()))
    except ValueError:
        return refusals.NO_ROLES
    return Details(
        name=visit.field("name"),
        sign_in=visit.field("sign_in"),
        roles=roles,
        units=_parts(visit.field("units")),
        languages=tuple(each for each in LANGUAGES if each in visit.form.get("languages", ())),
        starts_at=starts_at,
        ends_at=ends_at or None,
    )


def names_of(visit: Visit, people: Iterable[PersonRecord]) -> dict[PersonId | None, str]:
    """Return who an id is, for a page that shows who did something; no id is the console."""
    return {None: visit.text("the node's console"), **{each.id: each.name for each in people}}


def _time(visit: Visit, name: str) -> int | None:
    """Return a time of the form; 0 for an empty field, None for what is no time."""
    text = visit.field(name)
    return read_local(text, visit.desk.local()) if text else 0


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part for each in text[:_LONGEST].split(",") if (part := each.strip()))


def _form(visit: Visit, faults: Sequence[NotDone] = ()) -> web.Response:
    typed = {name: visit.field(name) for name in ("name", "sign_in", "units", "why", "starts_at", "ends_at")}
    return visit.page(
        "people_invite.html",
        status=422 if faults else 200,
        faults={each.field: each for each in faults},
        typed=typed,
        chosen=visit.form.get("roles", ()),
        spoken=visit.form.get("languages", ()),
        roles=ROLES,
        languages=LANGUAGES,
    )


PAGES: Final = (
    Page("GET", PEOPLE, Permission.KEEP_PEOPLE, index),
    Page("GET", f"{PEOPLE}/invite", Permission.KEEP_PEOPLE, show_invite),
    Page("POST", f"{PEOPLE}/invite", Permission.KEEP_PEOPLE, invite),
)
