"""Practice: signing in with one click, and a tour. On this machine, in a network marked as training, nowhere else.

A desk that browsers of other machines can reach has none of these pages, whatever its settings say of training.
"""

from typing import Final

from aiohttp import web

from nodes.desk.page import PUBLIC, Page
from nodes.desk.sign_in import welcome
from nodes.desk.visit import Visit
from nodes.people.acting import PersonId
from nodes.people.factors import Way

TRAINING: Final = "/training"


async def choose(visit: Visit) -> web.StreamResponse:
    """Show who can be practised as."""
    now, people = visit.desk.now(), (await visit.desk.people.all()).values()
    there = sorted((each for each in people if each.acting(now) is not None), key=lambda each: each.name)
    return visit.page("training.html", people=there)


async def enter(visit: Visit) -> web.StreamResponse:
    """Begin a session as the person chosen; a session that the browser had ends."""
    person = PersonId(visit.field("person"))
    if await visit.desk.people.acting(person) is None:
        return visit.missing()
    return await welcome(visit, person, Way.TRAINING)


async def tour(visit: Visit) -> web.StreamResponse:
    """Show the way through the desk in five minutes."""
    return visit.page("tour.html")


PAGES: Final = (
    Page("GET", TRAINING, PUBLIC, choose),
    Page("POST", TRAINING, PUBLIC, enter),
    Page("GET", f"{TRAINING}/tour", PUBLIC, tour),
)
