"""Practice: signing in with one click, and a tour. On this machine, in a network marked as training, nowhere else.

A desk that browsers of other machines can reach has none of these pages, whatever its settings say of training.
"""

from typing import Final

from aiohttp import web

from nodes.desk.message import labels_of
from nodes.desk.page import PUBLIC, Page
from nodes.desk.sign_in import welcome
from nodes.desk.visit import Visit
from nodes.people.acting import PersonId
from nodes.people.factors import Way
from nodes.people.person import PersonRecord
from nodes.people.roles import Role
from protocol.ids import NodeId

TRAINING: Final = "/training"


async def choose(visit: Visit) -> web.StreamResponse:
    """Show who can be practised as."""
    now, people = visit.desk.now(), (await visit.desk.people.all()).values()
    there = [each for each in people if each.acting(now) is not None]
    return visit.page("training.html", people=sorted(there, key=_place), others=_others(visit))


async def enter(visit: Visit) -> web.StreamResponse:
    """Begin a session as the person chosen; a session that the browser had ends."""
    person = PersonId(visit.field("person"))
    if await visit.desk.people.acting(person) is None:
        return visit.missing()
    return await welcome(visit, person, Way.TRAINING)


async def tour(visit: Visit) -> web.StreamResponse:
    """Show the way through the desk in five minutes."""
    return visit.page("tour.html", others=_others(visit))


def _place(person: PersonRecord) -> tuple[int, str]:
    """Return where somebody stands in the list: in the order of the roles, as a tour meets them."""
    return min((list(Role).index(each) for each in person.roles), default=len(Role)), person.name


def _others(visit: Visit) -> list[tuple[str, str]]:
    """Return the desks of others at which one can practise too: whose each is, and where its training begins."""
    labels = labels_of(visit)
    found = visit.desk.settings.other_desks
    return [(labels.get(NodeId(node), node), f"{origin}{TRAINING}") for node, origin in sorted(found.items())]


PAGES: Final = (
    Page("GET", TRAINING, PUBLIC, choose),
    Page("POST", TRAINING, PUBLIC, enter),
    Page("GET", f"{TRAINING}/tour", PUBLIC, tour),
)
