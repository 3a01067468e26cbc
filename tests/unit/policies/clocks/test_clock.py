"""The clock rules D-13 to D-22 with their vectors: both readings, rests, judicial delay, steps of urgency."""

from datetime import UTC, datetime

import pytest

from policies.clocks.clock import Clock, Delay, Escalation, Rest
from policies.clocks.events import Event, Kind, Start
from policies.clocks.fold import fold
from policies.clocks.limits import DueClass, Regime, answer_limits
from policies.clocks.zones import CENTRAL, DAY, HOUR, Zone


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def start(when: str, due_class: DueClass = DueClass.OTHER, zone: Zone | None = CENTRAL) -> Start:
    urgent = due_class is not DueClass.OTHER
    return Start(at(when), answer_limits(Regime.DIRECTIVE, urgent=urgent), due_class, zone)


def event(when: str, kind: Kind, message: str = "m", **more: object) -> Event:
    return Event(at(when), kind, message.encode(), **more)  # type: ignore[arg-type]


def test_eight_hours_are_eight_hours_at_night_and_at_weekends() -> None:
    clock = fold(start("2025-03-28T22:10", DueClass.URGENT_DIRECT), ())
    assert clock.due(0) == clock.operational(0) == at("2025-03-29T06:10")
    assert clock.legal(0) is None


@pytest.mark.parametrize(
    ("due_class", "received", "operational", "legal"),
    [
        # over the change to summer time on 30.3.2025: the calendar reading is one hour shorter, the seconds are not
        (DueClass.URGENT_INDIRECT, "2025-03-28T22:10", "2025-03-31T22:10", "2025-03-31T22:00"),
        (DueClass.OTHER, "2025-03-28T22:10", "2025-04-04T22:10", "2025-04-04T22:00"),
        (DueClass.URGENT_INDIRECT, "2025-03-28T09:00", "2025-03-31T09:00", "2025-03-31T22:00"),
        # over the change to winter time on 26.10.2025
        (DueClass.URGENT_INDIRECT, "2025-10-24T22:10", "2025-10-27T22:10", "2025-10-28T23:00"),
        (DueClass.OTHER, "2025-10-24T21:50", "2025-10-31T21:50", "2025-10-31T23:00"),
        # without a change
        (DueClass.OTHER, "2025-06-02T10:00", "2025-06-09T10:00", "2025-06-09T22:00"),
    ],
)
def test_both_readings_are_told_and_the_earlier_one_counts(
    due_class: DueClass, received: str, operational: str, legal: str
) -> None:
    clock = fold(start(received, due_class), ())
    assert clock.operational(0) == at(operational)
    assert clock.legal(0) == at(legal)
    assert clock.due(0) == min(at(operational), at(legal))


def test_a_country_without_a_known_calendar_has_the_seconds_alone() -> None:
    clock = fold(start("2025-03-28T22:10", zone=None), ())
    assert (clock.legal(0), clock.due(0)) == (None, at("2025-04-04T22:10"))


def test_a_clarification_stops_the_clock_from_receipt_to_answer() -> None:
    asked = event("2025-06-03T10:00", Kind.ASKED, "question")
    answered = event("2025-06-06T10:00", Kind.CLARIFIED, "answer", asked=b"question")
    clock = fold(start("2025-06-01T10:00"), (asked, answered))
    assert clock.operational(0) == clock.due(0) == at("2025-06-11T10:00")
    assert clock.legal(0) == at("2025-06-11T22:00")
    assert clock.rests == (Rest(asked.at, answered.at),)
    assert clock.suspended(asked.at)
    assert clock.suspended(answered.at - 1)
    assert not clock.suspended(asked.at - 1)
    assert not clock.suspended(answered.at)
    assert clock.used(answered.at) == 2 * DAY


def test_while_it_rests_the_due_time_moves_and_the_step_stays() -> None:
    clock = fold(start("2025-06-01T10:00"), (event("2025-06-06T10:00", Kind.ASKED),))
    late = at("2025-09-01T10:00")
    assert clock.due(late) == late + 2 * DAY
    assert clock.used(late) == 5 * DAY
    assert clock.escalation(late) is Escalation.HALF
    assert not clock.overdue(late)
    assert clock.due(at("2025-06-02T10:00")) == at("2025-06-08T10:00")


def test_a_question_after_the_end_stops_nothing() -> None:
    clock = fold(start("2025-06-01T10:00"), (event("2025-06-08T10:00", Kind.ASKED),))
    assert clock.due(at("2025-07-01T10:00")) == at("2025-06-08T10:00")
    assert clock.overdue(at("2025-07-01T10:00"))
    assert clock.rests == ()
    assert not clock.suspended(at("2025-06-08T10:00"))


def test_questions_that_overlap_rest_once_and_an_unfinished_one_keeps_the_rest_open() -> None:
    one, two = event("2025-06-02T10:00", Kind.ASKED, "1"), event("2025-06-03T10:00", Kind.ASKED, "2")
    first = event("2025-06-04T10:00", Kind.CLARIFIED, "3", asked=b"1")
    second = event("2025-06-05T10:00", Kind.CLARIFIED, "4", asked=b"2")
    assert fold(start("2025-06-01T10:00"), (one, two, first)).rests == (Rest(one.at, None),)
    assert fold(start("2025-06-01T10:00"), (one, two, first, second)).rests == (Rest(one.at, second.at),)
    later = event("2025-06-05T12:00", Kind.ASKED, "5")
    apart = fold(start("2025-06-01T10:00"), (one, two, first, second, later))
    assert apart.rests == (Rest(one.at, second.at), Rest(later.at, None))
    assert apart.used(at("2025-06-20T00:00")) == DAY + 2 * HOUR
    assert apart.due(second.at) == at("2025-06-11T10:00")


def test_an_answer_to_another_question_or_before_the_question_ends_no_rest() -> None:
    asked = event("2025-06-02T10:00", Kind.ASKED, "1")
    strange = event("2025-06-03T10:00", Kind.CLARIFIED, "2", asked=b"other")
    nothing = event("2025-06-03T10:00", Kind.CLARIFIED, "3")
    assert fold(start("2025-06-01T10:00"), (asked, strange, nothing)).rests == (Rest(asked.at, None),)
    early = event("2025-06-01T10:00", Kind.CLARIFIED, "4", asked=b"1")
    assert fold(start("2025-06-01T10:00"), (asked, early)).rests == ()


def test_urgent_information_that_others_hold_has_three_days_once_the_acknowledgement_says_so() -> None:
    urgent = start("2025-06-02T10:00", DueClass.URGENT_DIRECT)
    classed = event("2025-06-02T12:00", Kind.CLASSED, due_class=DueClass.URGENT_INDIRECT)
    assert fold(urgent, ()).due(0) == at("2025-06-02T18:00")
    assert fold(urgent, (classed,)).due(0) == at("2025-06-05T10:00")
    again = event("2025-06-02T13:00", Kind.CLASSED, "n", due_class=DueClass.URGENT_DIRECT)
    assert fold(urgent, (classed, again)).due_class is DueClass.URGENT_DIRECT


def test_no_class_outside_the_law_moves_the_clock() -> None:
    for wrong in (DueClass.BENCHMARK, DueClass.URGENT_DIRECT, None):
        classed = event("2025-06-02T12:00", Kind.CLASSED, due_class=wrong)
        assert fold(start("2025-06-02T10:00"), (classed,)).due_class is DueClass.OTHER


def test_a_notice_of_judicial_delay_in_time_moves_the_due_time_and_one_too_late_does_not() -> None:
    until = at("2025-07-01T12:00")
    in_time = event("2025-06-08T10:00", Kind.DELAYED, until=until)
    clock = fold(start("2025-06-01T10:00"), (in_time,))
    assert (clock.due(0), clock.delay, clock.late_notice) == (until, Delay(in_time.at, until), False)
    assert clock.operational(0) == at("2025-06-08T10:00")
    assert clock.escalation(until) is Escalation.NINE_TENTHS
    assert clock.escalation(until + 1) is Escalation.OVERDUE
    late = event("2025-06-08T10:00:01", Kind.DELAYED, until=until)
    clock = fold(start("2025-06-01T10:00"), (late,))
    assert (clock.due(0), clock.delay, clock.late_notice) == (at("2025-06-08T10:00"), None, True)


def test_an_update_extends_further_while_the_time_announced_runs_and_an_earlier_date_never_shortens_the_law() -> None:
    first = event("2025-06-05T10:00", Kind.DELAYED, "1", until=at("2025-06-20T10:00"))
    update = event("2025-06-19T10:00", Kind.DELAYED, "2", until=at("2025-07-05T10:00"))
    assert fold(start("2025-06-01T10:00"), (first, update)).due(0) == at("2025-07-05T10:00")
    assert fold(start("2025-06-01T10:00"), (update,)).late_notice
    granted = event("2025-06-06T10:00", Kind.DELAYED, "3", until=at("2025-06-07T10:00"))
    assert fold(start("2025-06-01T10:00"), (first, granted)).due(0) == at("2025-06-08T10:00")
    empty = event("2025-06-06T10:00", Kind.DELAYED, "4", until=at("2025-06-06T10:00"))
    assert fold(start("2025-06-01T10:00"), (empty,)).delay is None
    assert fold(start("2025-06-01T10:00"), (event("2025-06-06T10:00", Kind.DELAYED),)).delay is None


def test_a_rest_moves_the_time_that_a_notice_of_delay_announced() -> None:
    notice = event("2025-06-05T10:00", Kind.DELAYED, "1", until=at("2025-06-20T10:00"))
    asked = event("2025-06-10T10:00", Kind.ASKED, "2")
    answered = event("2025-06-12T10:00", Kind.CLARIFIED, "3", asked=b"2")
    assert fold(start("2025-06-01T10:00"), (notice, asked, answered)).due(0) == at("2025-06-22T10:00")


@pytest.mark.parametrize(
    ("hours", "step"),
    [
        (0, Escalation.NONE),
        (83.9, Escalation.NONE),
        (84, Escalation.HALF),
        (125.9, Escalation.HALF),
        (126, Escalation.THREE_QUARTERS),
        (151.1, Escalation.THREE_QUARTERS),
        (151.2, Escalation.NINE_TENTHS),
        (168, Escalation.NINE_TENTHS),
        (168.001, Escalation.OVERDUE),
    ],
)
def test_steps_at_50_75_and_90_percent_and_when_it_is_over(hours: float, step: Escalation) -> None:
    clock = fold(start("2025-06-01T10:00"), ())
    assert clock.escalation(at("2025-06-01T10:00") + round(hours * HOUR)) is step


def test_an_end_in_time_is_never_overdue_and_a_late_one_stays_so() -> None:
    in_time = fold(start("2025-06-01T10:00"), (event("2025-06-08T10:00", Kind.CLOSED),))
    assert in_time.closed_at == at("2025-06-08T10:00")
    assert not in_time.overdue(at("2030-01-01T00:00"))
    late = fold(start("2025-06-01T10:00"), (event("2025-06-08T10:01", Kind.CLOSED),))
    assert late.overdue(at("2030-01-01T00:00"))
    assert not late.overdue(at("2025-06-02T00:00"))
    assert late.escalation(at("2030-01-01T00:00")) is Escalation.OVERDUE


def test_what_follows_the_end_changes_nothing_and_the_first_end_counts() -> None:
    first = event("2025-06-03T10:00", Kind.CLOSED, "1")
    after = (
        event("2025-06-04T10:00", Kind.ASKED, "2"),
        event("2025-06-05T10:00", Kind.CLOSED, "3"),
        event("2025-06-05T11:00", Kind.DELAYED, "4", until=at("2026-01-01T00:00")),
    )
    assert fold(start("2025-06-01T10:00"), (first, *after)) == fold(start("2025-06-01T10:00"), (first,))
    rested = fold(start("2025-06-01T10:00"), (event("2025-06-02T10:00", Kind.ASKED, "0"), first))
    assert not rested.suspended(at("2025-06-02T11:00"))
    assert rested.due(at("2026-01-01T00:00")) == at("2025-06-09T10:00")


def test_a_part_leaves_the_rest_due() -> None:
    clock: Clock = fold(start("2025-06-01T10:00"), (event("2025-06-03T10:00", Kind.PART),))
    assert (clock.part, clock.closed_at, clock.due(0)) == (True, None, at("2025-06-08T10:00"))


def test_an_event_before_the_receipt_counts_as_at_the_receipt() -> None:
    clock = fold(start("2025-06-02T10:00"), (event("2025-06-01T10:00", Kind.ASKED),))
    assert clock.rests == (Rest(at("2025-06-02T10:00"), None),)
