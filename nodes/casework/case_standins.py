"""Which cases of others somebody may see now.

Those opened with a reason, those of whoever is away meanwhile, and those that came out of the person's own requests.
"""

from typing import Final

from sqlalchemy import Select, select

from nodes.case_event_tables import case_file, case_person
from nodes.casework.ask_store import cases_asked_by
from nodes.casework.case_book import Opened
from nodes.casework.case_glass import opened_by
from nodes.gateway.gateway import Gateway
from nodes.people.acting import Acting, PersonId
from nodes.people.people_book import PeopleBook
from nodes.people.roles import Permission
from nodes.people.roster_book import RosterBook

_MOST: Final = 2_000  # cases that an absence hands over, the latest ones; more than anybody works on at a time


def opened_to(gateway: Gateway, people: PeopleBook) -> Opened:
    """Return the question, answered from the openings and from the roster of this contact point.

    A deputy sees the cases that the absent person takes part in, closed ones too, for as long as the absence lasts.
    Whoever may see no cases of his own sees none of others by that.
    """
    glass, roster = opened_by(gateway), RosterBook(gateway, people)

    async def opened(acting: Acting) -> frozenset[bytes]:
        found = await glass(acting)
        if acting.may(Permission.ASK_HERE) and acting.may(Permission.SEE_OWN):
            asked = cases_asked_by
            found |= await gateway.store.database.read(lambda c: asked(c, acting.person, _MOST))
        absent = (await roster.roster()).stands_for(acting.person, gateway.here.clock())
        if not absent or not acting.may(Permission.SEE_OWN):
            return found
        query = _cases_of(absent)
        if acting.may(Permission.SEE_ALL):
            query = query.where(case_file.c.limited)  # the others are there for this person anyway
        return found | await gateway.store.database.read(lambda c: frozenset(row.id for row in c.execute(query).all()))

    return opened


def _cases_of(people: frozenset[PersonId]) -> Select[tuple[bytes]]:
    taken = select(case_person.c.case).where(case_person.c.person.in_(sorted(people)))
    found = select(case_file.c.id).where(case_file.c.number.in_(taken))
    return found.order_by(case_file.c.number.desc()).limit(_MOST)
