"""Who is on duty and who stands in for whom."""

from dataclasses import replace

import pytest

from nodes.people import refusals
from nodes.people.acting import PersonId
from nodes.people.refusals import NotDone
from nodes.people.roster import (
    LONGEST_DUTY_S,
    Entry,
    Roster,
    RosterEvent,
    Span,
    Turn,
    fold_roster,
    refuse_absence,
    refuse_duty,
)

ANA, BEN, EVA, ZOE = (PersonId(letter * 32) for letter in "abez")


def turn(number: int, person: PersonId, deputy: PersonId | None, start: int, end: int) -> Turn:
    return Turn(number, person, deputy, Span(start, end))


ROSTER = Roster(
    duties=(turn(1, ANA, BEN, 0, 10), turn(2, BEN, None, 10, 20), turn(3, EVA, ANA, 25, 30)),
    absences=(turn(4, ANA, ZOE, 5, 8), turn(5, BEN, EVA, 7, 8)),
)


def test_the_person_of_the_duty_answers_then_the_deputy_then_whoever_stands_in() -> None:
    assert [ROSTER.on_duty(at) for at in (0, 4, 5, 7, 8, 10, 20, 24, 25)] == [
        *(ANA, ANA, BEN, ZOE, ANA, BEN, None, None, EVA)
    ]
    assert Roster().on_duty(0) is None


def test_nobody_answers_when_all_are_away() -> None:
    away = Roster((turn(1, ANA, None, 0, 10),), (turn(2, ANA, BEN, 0, 9), turn(3, BEN, ANA, 0, 9)))
    assert [away.on_duty(at) for at in (0, 9)] == [None, ANA]
    assert away.gaps(Span(0, 10)) == (Span(0, 9),)


def test_whom_to_alert_in_which_order() -> None:
    assert ROSTER.line(0) == (ANA, BEN, EVA)
    assert ROSTER.line(7) == (ZOE, EVA)
    assert ROSTER.line(22) == (EVA, ANA)
    assert ROSTER.line(22, most=1) == (EVA,)
    assert Roster().line(0) == ()


def test_deputies_follow_each_other_and_never_in_a_circle() -> None:
    absences = (turn(1, ANA, BEN, 0, 10), turn(2, BEN, EVA, 0, 5), turn(3, ZOE, ANA, 0, 10), turn(4, EVA, None, 2, 3))
    roster = Roster(absences=absences)
    assert roster.deputy_of(ANA, 0) == roster.deputy_of(ZOE, 0) == EVA
    assert roster.deputy_of(EVA, 0) == EVA
    assert roster.deputy_of(ANA, 6) == BEN
    assert roster.deputy_of(ANA, 2) is None
    assert roster.stands_for(EVA, 0) == {ANA, BEN, ZOE}
    assert roster.stands_for(BEN, 6) == {ANA, ZOE}
    assert roster.stands_for(ANA, 0) == frozenset()
    circle = Roster(absences=(turn(1, ANA, BEN, 0, 9), turn(2, BEN, ANA, 0, 9)))
    assert circle.deputy_of(ANA, 0) is None


def test_gaps_are_shown_whole() -> None:
    assert ROSTER.gaps(Span(0, 40)) == (Span(20, 25), Span(30, 40))
    assert ROSTER.gaps(Span(0, 20)) == ()
    assert Roster().gaps(Span(3, 5)) == (Span(3, 5),)
    absent = replace(ROSTER, absences=(turn(4, ANA, ZOE, 21, 23),))
    assert absent.gaps(Span(0, 30)) == (Span(20, 25),), "somebody who is away does not split a gap"


def test_spans_hold_their_beginning_and_not_their_end() -> None:
    span = Span(3, 5)
    assert [span.holds(at) for at in (2, 3, 4, 5)] == [False, True, True, False]
    assert span.meets(Span(4, 9))
    assert not span.meets(Span(5, 9))
    assert not span.meets(Span(0, 3))


def entered(number: int, entry: Entry, start: int, end: int, **changes: object) -> RosterEvent:
    made = RosterEvent(number=number, entry=entry, at=0, by=ANA, person=ANA, deputy=BEN, span=Span(start, end))
    return replace(made, **changes)  # type: ignore[arg-type]


def test_what_is_cancelled_before_it_began_never_was_and_later_it_ends() -> None:
    events = [
        entered(1, Entry.DUTY, 10, 20),
        entered(2, Entry.AWAY, 10, 20),
        entered(3, Entry.DUTY, 30, 40),
        entered(4, Entry.CANCELLED, 0, 0, at=15, about=2),
        entered(5, Entry.CANCELLED, 0, 0, at=15, about=3),
        entered(6, Entry.CANCELLED, 0, 0, at=99, about=1),
        entered(7, Entry.CANCELLED, 0, 0, at=99, about=77),
    ]
    found = fold_roster(reversed(events))
    assert found.duties == (turn(1, ANA, BEN, 10, 20),)
    assert found.absences == (turn(2, ANA, BEN, 10, 15),)


@pytest.mark.parametrize(
    ("duty", "refused"),
    [
        (turn(0, ANA, BEN, 20, 25), None),
        (turn(0, ANA, None, 20, 25), None),
        (turn(0, ANA, BEN, 20, 20), refusals.BAD_SPAN),
        (turn(0, ANA, BEN, 40, 41 + LONGEST_DUTY_S), refusals.BAD_SPAN),
        (turn(0, ANA, BEN, 1, 5), refusals.OVER),
        (turn(0, ANA, ANA, 20, 25), refusals.SAME_DEPUTY),
        (turn(0, ANA, BEN, 19, 25), refusals.OVERLAPS),
    ],
)
def test_which_duty_is_refused(duty: Turn, refused: NotDone | None) -> None:
    assert refuse_duty(ROSTER, duty, 5) == refused


@pytest.mark.parametrize(
    ("absence", "refused"),
    [
        (turn(0, ZOE, EVA, 5, 9), None),
        (turn(0, ZOE, EVA, 9, 9), refusals.BAD_SPAN),
        (turn(0, ZOE, ZOE, 5, 9), refusals.SAME_DEPUTY),
        (turn(0, ZOE, None, 5, 9), refusals.DEPUTY_AWAY),
        (turn(0, ZOE, ANA, 4, 9), refusals.DEPUTY_AWAY),  # Ana stands in through Zoe from 5 to 8: a circle
        (turn(0, ANA, EVA, 7, 9), refusals.OVERLAPS),
        (turn(0, EVA, BEN, 0, 9), refusals.DEPUTY_AWAY),
    ],
)
def test_which_absence_is_refused(absence: Turn, refused: NotDone | None) -> None:
    assert refuse_absence(ROSTER, absence, 4) == refused
