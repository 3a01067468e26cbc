"""Broken glass: for whom it opens a case, for how long, and who reviews it."""

from dataclasses import replace

import pytest

from nodes.people import refusals
from nodes.people.acting import Acting, PersonId
from nodes.people.glass import (
    OPEN_S,
    REVIEW_S,
    GlassEvent,
    Ground,
    Openings,
    Outcome,
    fold_openings,
    refuse_opening,
    refuse_review,
)
from nodes.people.refusals import NotDone
from nodes.people.roles import Role

ANA, BEN = PersonId("a" * 32), PersonId("b" * 32)
OPENED = GlassEvent(number=1, at=100, by=ANA, case="c1", ground=Ground.DANGER, words="a child is missing now")
REVIEWED = GlassEvent(number=2, at=200, by=BEN, case="c1", outcome=Outcome.JUSTIFIED, words="was right", about=1)


def acting(person: PersonId, *roles: Role) -> Acting:
    return Acting(person, "x", frozenset(roles))


def test_an_opening_lets_its_person_into_its_case_for_its_time() -> None:
    found = fold_openings([OPENED])
    assert found.lets_in(ANA, "c1", 100)
    assert found.lets_in(ANA, "c1", 99 + OPEN_S)
    assert not found.lets_in(ANA, "c1", 100 + OPEN_S)
    assert not found.lets_in(ANA, "c1", 99)
    assert not found.lets_in(ANA, "c2", 100)
    assert not found.lets_in(BEN, "c1", 100)


def test_an_opening_waits_for_its_review() -> None:
    (opening,) = fold_openings([OPENED]).unreviewed
    assert (opening.review_due_at, opening.open_until) == (100 + REVIEW_S, 100 + OPEN_S)
    assert not opening.is_overdue(99 + REVIEW_S)
    assert opening.is_overdue(100 + REVIEW_S)


def test_the_first_review_counts() -> None:
    later = replace(REVIEWED, number=3, outcome=Outcome.NOT_JUSTIFIED, words="was wrong")
    found = fold_openings([later, REVIEWED, OPENED])
    opening = found.find(1)
    assert opening is not None
    assert (opening.outcome, opening.reviewed_by, opening.reviewed_at) == (Outcome.JUSTIFIED, BEN, 200)
    assert opening.finding == "was right"
    assert found.unreviewed == ()
    assert not opening.is_overdue(10**9)
    assert found.lets_in(ANA, "c1", 300)
    assert found.find(2) is None
    assert fold_openings([replace(REVIEWED, about=9)]) == Openings()


def test_what_was_not_justified_lets_nobody_in() -> None:
    found = fold_openings([OPENED, replace(REVIEWED, outcome=Outcome.NOT_JUSTIFIED)])
    assert not found.lets_in(ANA, "c1", 300)


@pytest.mark.parametrize(
    ("role", "reason", "refused"),
    [
        (Role.DUTY_OFFICER, OPENED.words, None),
        (Role.PROTECTION_OFFICER, OPENED.words, None),
        (Role.AUDITOR, OPENED.words, refusals.NO_GLASS),
        (Role.ADMINISTRATOR, OPENED.words, refusals.NO_GLASS),
        (Role.DUTY_OFFICER, " " * 30 + "short", refusals.SHORT_REASON),
        (Role.DUTY_OFFICER, "x" * 2_001, refusals.LONG_REASON.at("reason")),
    ],
)
def test_who_may_break_it(role: Role, reason: str, refused: NotDone | None) -> None:
    assert refuse_opening(acting(ANA, role), reason) == refused


@pytest.mark.parametrize(
    ("who", "finding", "refused"),
    [
        (acting(BEN, Role.SUPERVISOR), "fine", None),
        (acting(BEN, Role.SUPERVISOR), " ", refusals.NO_REASON.at("finding")),
        (acting(BEN, Role.SUPERVISOR), "x" * 2_001, refusals.LONG_REASON.at("finding")),
        (acting(BEN, Role.CASE_OFFICER), "fine", refusals.NOT_REVIEWER),
        (acting(ANA, Role.SUPERVISOR), "fine", refusals.OWN_OPENING),
    ],
)
def test_who_may_review_it(who: Acting, finding: str, refused: NotDone | None) -> None:
    assert refuse_review(who, fold_openings([OPENED]).find(1), finding) == refused


def test_what_was_reviewed_or_never_opened_is_not_reviewed() -> None:
    supervisor = acting(BEN, Role.SUPERVISOR)
    assert refuse_review(supervisor, None, "fine") == refusals.NO_OPENING
    assert refuse_review(supervisor, fold_openings([OPENED, REVIEWED]).find(1), "fine") == refusals.NO_OPENING
