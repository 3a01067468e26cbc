"""One account: what it is, what waits for a second person, its history, and the changes an administrator makes."""

from typing import Final

from aiohttp import web

from nodes.desk.drafting import book_of
from nodes.desk.page import Page
from nodes.desk.people import PEOPLE, details_of, link_page, names_of
from nodes.desk.people_words import ACTS, KINDS, STANDINGS
from nodes.desk.role_words import ROLES
from nodes.desk.texts import LANGUAGES
from nodes.desk.times import write_local
from nodes.desk.visit import Visit
from nodes.people.acting import PersonId
from nodes.people.changes import CHANGES, Change
from nodes.people.person import Details, Kind, PersonRecord
from nodes.people.refusals import NotDone
from nodes.people.roles import Permission

_ONE: Final = PEOPLE + "/{person}"
_DIGITS: Final = 9
_ASKED: Final = frozenset(CHANGES - {Kind.LANGUAGE})


async def show(visit: Visit) -> web.StreamResponse:
    """Show the account."""
    return await _page(visit)


async def change(visit: Visit) -> web.StreamResponse:
    """Change one thing about the account, or ask for it where a second person has to confirm."""
    kind = next((each for each in _ASKED if each.value == visit.field("act")), None)
    details = details_of(visit)
    if kind is None:
        return visit.missing()
    if isinstance(details, NotDone):
        return await _page(visit, details)
    said = Details(
        name=details.name,
        roles=details.roles,
        units=details.units,
        languages=details.languages,
        starts_at=details.starts_at,
        ends_at=details.ends_at,
        reference=visit.field("reference"),
    )
    before = await visit.desk.people.find(_person(visit))
    found = await visit.desk.people.change(Change(_person(visit), kind, visit.field("why"), said), visit.acting.person)
    waits = before is not None and isinstance(found, PersonRecord) and len(found.proposals) > len(before.proposals)
    done = visit.text("This waits for a second person now.") if waits else visit.text("The account is changed.")
    return await _answer(visit, found, done)


async def confirm(visit: Visit) -> web.StreamResponse:
    """Do what another administrator asked for."""
    found = await visit.desk.people.confirm(_person(visit), _number(visit), visit.acting.person)
    return await _answer(visit, found, visit.text("It is done."))


async def drop(visit: Visit) -> web.StreamResponse:
    """Give up what was asked for."""
    found = await visit.desk.people.drop(_person(visit), _number(visit), visit.acting.person)
    return await _answer(visit, found, visit.text("It is given up."))


async def link(visit: Visit) -> web.StreamResponse:
    """Make a new link and show it this once."""
    found = await visit.desk.persons.invitations.again(_person(visit), visit.acting.person)
    return await _page(visit, found) if isinstance(found, NotDone) else link_page(visit, found)


async def end_sessions(visit: Visit) -> web.StreamResponse:
    """Sign somebody out everywhere."""
    if await visit.desk.people.find(_person(visit)) is None:
        return visit.missing()
    await visit.desk.persons.sessions.end_all(_person(visit))
    return visit.back_to(f"{PEOPLE}/{_person(visit)}", said=visit.text("The person is signed out everywhere."))


async def _answer(visit: Visit, found: PersonRecord | NotDone, said: str) -> web.StreamResponse:
    if isinstance(found, NotDone):
        return await _page(visit, found)
    return visit.back_to(f"{PEOPLE}/{found.id}", said=said)


async def _page(visit: Visit, refused: NotDone | None = None) -> web.StreamResponse:
    people, local = await visit.desk.people.all(), visit.desk.local()
    record = people.get(_person(visit))
    if record is None:
        return visit.missing()
    times = {"starts_at": record.starts_at, "ends_at": record.ends_at}
    typed = {
        "name": record.name,
        "units": ", ".join(record.units),
        **{name: write_local(at, local) if at else "" for name, at in times.items()},
        **{name: visit.field(name) for name in ("name", "units", "starts_at", "ends_at") if name in visit.form},
    }
    held = {each.reference for each in people.values() if each.id != record.id}
    keys = [(each.hex(), known.role) for each, known in sorted(visit.gateway.people.items())]
    return visit.page(
        "person.html",
        status=200 if refused is None else 422,
        refused=refused,
        act=visit.field("act"),
        why=visit.field("why"),
        record=record,
        typed=typed,
        chosen=visit.form.get("roles", sorted(record.roles)),
        spoken=visit.form.get("languages", record.languages),
        waiting=record.waiting(visit.desk.now()),
        sessions=await visit.desk.persons.sessions.of(record.id),
        drafts=(await book_of(visit).counts()).get(record.id, 0),
        keys=[each for each in keys if each[0] not in held],
        names=names_of(visit, people.values()),
        mine=visit.acting.person,
        words={"kinds": KINDS, "acts": ACTS, "standings": STANDINGS, "roles": ROLES, "languages": LANGUAGES},
        now=visit.desk.now(),
    )


def _person(visit: Visit) -> PersonId:
    return PersonId(visit.request.match_info["person"])


def _number(visit: Visit) -> int:
    """Return the number of the proposal; 0, which there is none of, for anything else."""
    text = visit.field("proposal")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else 0


PAGES: Final = (
    Page("GET", _ONE, Permission.KEEP_PEOPLE, show),
    Page("POST", _ONE, Permission.KEEP_PEOPLE, change),
    Page("POST", f"{_ONE}/confirm", Permission.KEEP_PEOPLE, confirm),
    Page("POST", f"{_ONE}/drop", Permission.KEEP_PEOPLE, drop),
    Page("POST", f"{_ONE}/link", Permission.KEEP_PEOPLE, link),
    Page("POST", f"{_ONE}/sessions/end", Permission.KEEP_PEOPLE, end_sessions),
)
