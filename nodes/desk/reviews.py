"""Reviews: cases of others that somebody opened for a stated reason, to be looked at within 72 hours."""

from typing import Final

from aiohttp import web

from nodes.casework.case_references import CaseReferences
from nodes.desk.page import Page
from nodes.desk.people import names_of
from nodes.desk.people_words import GROUNDS, OUTCOMES
from nodes.desk.visit import Visit
from nodes.people import refusals
from nodes.people.glass import Outcome, refuse_review
from nodes.people.glass_book import GlassBook
from nodes.people.refusals import NotDone
from nodes.people.roles import Permission

REVIEWS: Final = "/reviews"
_SHOWN: Final = 50
_DIGITS: Final = 9


async def show(visit: Visit) -> web.StreamResponse:
    """Show what waits for a review, and the latest ones done."""
    return await _page(visit)


async def review(visit: Visit) -> web.StreamResponse:
    """Record what the review of one opening found."""
    number, outcome = _number(visit), next((each for each in Outcome if each == visit.field("outcome")), None)
    book = GlassBook(visit.gateway)
    wrong = refuse_review(visit.acting, (await book.openings()).find(number), visit.field("finding"))
    if outcome is None:
        return await _page(visit, refusals.NO_OUTCOME, *(() if wrong is None else (wrong,)))
    found = await book.review(number, outcome, visit.field("finding"), visit.acting)
    if isinstance(found, NotDone):
        return await _page(visit, found)
    return visit.back_to(REVIEWS, said=visit.text("The review is recorded."))


async def _page(visit: Visit, *refused: NotDone) -> web.StreamResponse:
    openings, people = await GlassBook(visit.gateway).openings(), await visit.desk.people.all()
    done = [each for each in reversed(openings.all) if each.outcome is not None]
    return visit.page(
        "reviews.html",
        status=422 if refused else 200,
        faults={each.field: each for each in refused},
        number=_number(visit),
        typed={name: visit.field(name) for name in ("outcome", "finding")},
        unreviewed=openings.unreviewed,
        done=done[:_SHOWN],
        mine=visit.acting.person,
        names=names_of(visit, people.values()),
        cases=await CaseReferences(visit.gateway).words([each.case for each in openings.all]),
        grounds=GROUNDS,
        outcomes=OUTCOMES,
        may_see_log=visit.acting.may(Permission.SEE_LOG),
        now=visit.desk.now(),
    )


def _number(visit: Visit) -> int:
    text = visit.field("number")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else 0


PAGES: Final = (
    Page("GET", REVIEWS, Permission.REVIEW, show),
    Page("POST", REVIEWS, Permission.REVIEW, review),
)
