"""Clocks hold whatever happens in whatever order: same events, same clock; rests never count; only an end ends one."""

from hypothesis import given
from hypothesis import strategies as st

from policies.clocks.clock import Escalation
from policies.clocks.events import Event, Kind, Start
from policies.clocks.fold import fold
from policies.clocks.limits import DueClass, Regime, answer_limits
from policies.clocks.zones import CENTRAL, DAY, EASTERN, HOUR

BEGIN = 1_742_000_000  # two weeks before a change to summer time
STEPS = list(Escalation)

times = st.integers(-DAY, 60 * DAY).map(lambda each: BEGIN + each)
messages = st.integers(0, 5).map(lambda each: bytes([each]))
events = st.builds(
    Event,
    at=times,
    kind=st.sampled_from(Kind),
    message=messages,
    asked=st.none() | messages,
    due_class=st.none() | st.sampled_from(DueClass),
    until=st.none() | times,
)
starts = st.builds(
    lambda urgent, regime, zone: Start(
        BEGIN,
        answer_limits(regime, urgent=urgent),
        DueClass.URGENT_DIRECT if urgent else DueClass.OTHER,
        zone,
    ),
    st.booleans(),
    st.sampled_from(Regime),
    st.sampled_from((CENTRAL, EASTERN, None)),
)
histories = st.lists(events, max_size=12)


@given(starts, histories, st.randoms(use_true_random=False))
def test_any_order_and_any_repeat_gives_the_same_clock(start: Start, history: list[Event], random: object) -> None:
    shuffled = [*history, *history[:3]]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert fold(start, shuffled) == fold(start, history)


@given(starts, histories, times, st.integers(0, 30 * DAY))
def test_suspended_time_never_counts(start: Start, history: list[Event], asked_at: int, lasts: int) -> None:
    question = Event(asked_at, Kind.ASKED, b"question")
    answer = Event(asked_at + lasts, Kind.CLARIFIED, b"answer", asked=b"question")
    clock = fold(start, [*(each for each in history if each.kind is not Kind.CLOSED), question, answer])
    for rest in clock.rests:
        end = rest.since + lasts if rest.until is None else rest.until
        assert clock.used(end) == clock.used(rest.since)
        assert clock.escalation(end) == clock.escalation(rest.since)
        assert clock.suspended(rest.since)


@given(starts, histories, times)
def test_nothing_but_an_end_takes_a_clock_away(start: Start, history: list[Event], now: int) -> None:
    running = fold(start, [each for each in history if each.kind is not Kind.CLOSED])
    assert running.closed_at is None
    assert running.due(now) >= BEGIN + HOUR
    assert (fold(start, history).closed_at is None) == all(each.kind is not Kind.CLOSED for each in history)


@given(starts, histories, times, st.integers(0, 90 * DAY))
def test_time_alone_never_takes_a_step_back_nor_a_due_time_forward(
    start: Start, history: list[Event], now: int, more: int
) -> None:
    clock = fold(start, history)
    assert STEPS.index(clock.escalation(now)) <= STEPS.index(clock.escalation(now + more))
    assert clock.due(now) <= clock.due(now + more)
    assert clock.used(now) <= clock.used(now + more)


@given(starts, histories, times)
def test_a_running_clock_without_delay_has_used_what_lies_before_its_due_time(
    start: Start, history: list[Event], now: int
) -> None:
    clock = fold(start, [each for each in history if each.kind not in (Kind.CLOSED, Kind.DELAYED)])
    legal = clock.legal(now)
    operational = clock.operational(now)
    assert clock.due(now) == (operational if legal is None else min(operational, max(legal, clock.due(now))))
    assert clock.due(now) <= operational
    if now > operational:
        assert clock.used(operational) == clock.limit.seconds
