"""Every limit has its number and its place in the law, or says that the network chose it."""

from datetime import UTC, datetime

import pytest

from policies.clocks import limits
from policies.clocks.limits import DueClass, Limit, Regime, answer_limits, fixed, review_due

HOUR, DAY = 3_600, 86_400


@pytest.mark.parametrize(
    ("regime", "due_class", "seconds", "article", "days"),
    [
        (Regime.DIRECTIVE, DueClass.URGENT_DIRECT, 28_800, "D977 5(1)(a)", None),
        (Regime.DIRECTIVE, DueClass.URGENT_INDIRECT, 3 * DAY, "D977 5(1)(b)", 3),
        (Regime.DIRECTIVE, DueClass.OTHER, 7 * DAY, "D977 5(1)(c)", 7),
        (Regime.CONVENTION, DueClass.URGENT_DIRECT, 8 * HOUR, "NET", None),
        (Regime.CONVENTION, DueClass.OTHER, 7 * DAY, "NET", 7),
        (Regime.INITIATIVE, DueClass.URGENT_DIRECT, 8 * HOUR, "SFD", None),
        (Regime.INITIATIVE, DueClass.OTHER, 14 * DAY, "SFD", None),
    ],
)
def test_an_answer_has_the_limit_of_its_law(
    regime: Regime, due_class: DueClass, seconds: int, article: str, days: int | None
) -> None:
    assert answer_limits(regime, urgent=True)[due_class] == Limit(seconds, article, days)


def test_a_listed_offence_is_answered_in_a_week_under_the_initiative_alone() -> None:
    [found] = answer_limits(Regime.INITIATIVE, urgent=False, listed=True).values()
    assert found == Limit(7 * DAY, "SFD")
    directive = answer_limits(Regime.DIRECTIVE, urgent=False, listed=True)
    assert directive == answer_limits(Regime.DIRECTIVE, urgent=False)


@pytest.mark.parametrize("regime", Regime)
def test_what_is_not_urgent_has_one_class(regime: Regime) -> None:
    assert list(answer_limits(regime, urgent=False)) == [DueClass.OTHER]


@pytest.mark.parametrize(
    ("limit", "seconds"),
    [
        (limits.CLARIFICATION, 48 * HOUR),
        (limits.CONSENT, 7 * DAY),
        (limits.ACKNOWLEDGEMENT, 7 * DAY),
        (limits.DECISION, 30 * DAY),
        (limits.EXECUTION, 90 * DAY),
        (limits.ORAL_REQUEST, 24 * HOUR),
        (limits.FETCHING, 3 * DAY),
    ],
)
def test_numbers_that_no_law_gives_are_marked_as_the_network_s(limit: Limit, seconds: int) -> None:
    assert (limit.seconds, limit.article) == (seconds, "NET")
    assert fixed(limit) == {DueClass.BENCHMARK: limit}


def test_the_need_is_reviewed_after_six_months_and_then_every_twelve() -> None:
    closed = int(datetime(2026, 8, 31, 9, tzinfo=UTC).timestamp())
    assert datetime.fromtimestamp(review_due(closed), UTC) == datetime(2027, 2, 28, 9, tzinfo=UTC)
    assert datetime.fromtimestamp(review_due(closed, again=True), UTC) == datetime(2027, 8, 31, 9, tzinfo=UTC)
