"""Drafts of somebody who is away or gone, handed to a colleague by a supervisor. What they say is not shown here."""

from dataclasses import dataclass
from typing import Final

from aiohttp import web

from nodes.desk.drafting import book_of
from nodes.desk.page import Page
from nodes.desk.texts import sentence
from nodes.desk.visit import Visit
from nodes.people.person import PersonRecord
from nodes.people.roles import Permission, Role
from nodes.people.roster_book import RosterBook

HANDOVER: Final = "/duty/drafts"
CHOOSE: Final = sentence("Choose whose drafts go to whom; nobody hands them to the same person.")


@dataclass(frozen=True, slots=True)
class Row:
    """Somebody with unfinished drafts, and whether the person is away or gone now."""

    record: PersonRecord
    count: int
    away: bool
    gone: bool


async def show(visit: Visit) -> web.StreamResponse:
    """List whose drafts wait, whoever is away or gone first."""
    return await _page(visit)


async def give(visit: Visit) -> web.StreamResponse:
    """Hand the drafts of one person to another."""
    rows, colleagues = await _rows(visit), await _colleagues(visit)
    owner = next((each.record for each in rows if each.record.id == visit.field("person")), None)
    to = next((each for each in colleagues if each.id == visit.field("to")), None)
    if owner is None or to is None or owner.id == to.id:
        return await _page(visit, visit.text(CHOOSE))
    count = await book_of(visit).give(owner.id, to.id)
    visit.desk.changes.tell()
    said = visit.text("%(name)s has %(count)s drafts more now.", name=to.name, count=count)
    return visit.back_to(HANDOVER, said=said)


async def _rows(visit: Visit) -> list[Row]:
    counts, people = await book_of(visit).counts(), await visit.desk.people.all()
    roster, now = await RosterBook(visit.gateway, visit.desk.people).roster(), visit.desk.now()
    away = {each.person for each in roster.absences if each.span.starts_at <= now < each.span.ends_at}
    rows = [
        Row(record, counts[record.id], record.id in away, not record.is_in_force(now))
        for record in people.values()
        if counts.get(record.id) and Role.INVESTIGATOR not in record.roles
    ]
    return sorted(rows, key=lambda row: (not (row.away or row.gone), row.record.name.casefold()))


async def _colleagues(visit: Visit) -> list[PersonRecord]:
    now = visit.desk.now()
    people = (await visit.desk.people.all()).values()
    return sorted((each for each in people if each.may(Permission.RECEIVE, now)), key=lambda each: each.name.casefold())


async def _page(visit: Visit, wrong: str = "") -> web.Response:
    return visit.page(
        "draft_handover.html",
        status=422 if wrong else 200,
        rows=await _rows(visit),
        colleagues=await _colleagues(visit),
        wrong=wrong,
        typed={name: visit.field(name) for name in ("person", "to")},
    )


PAGES: Final = (
    Page("GET", HANDOVER, Permission.KEEP_ROSTER, show),
    Page("POST", HANDOVER, Permission.KEEP_ROSTER, give),
)
