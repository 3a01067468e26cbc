"""Retention, whatever the limits and holds are: nothing outlives its limit, nothing on hold goes, gone stays gone."""

from hypothesis import given, settings
from hypothesis import strategies as st

from nodes.casework.retention import Facts, plan
from policies.clocks.zones import months_later

times = st.integers(0, 1 << 33)
facts = st.builds(
    Facts,
    since=times,
    months=st.integers(1, 360),
    sender=st.none() | times,
    unneeded_at=st.none() | times,
    holds=st.lists(times, max_size=4).map(tuple),
)


@settings(max_examples=80, deadline=None)
@given(facts, times)
def test_nothing_outlives_its_limit_without_a_hold_and_nothing_on_hold_goes(given_: Facts, now: int) -> None:
    found = plan(given_)
    limits = [months_later(given_.since, given_.months), given_.sender, given_.unneeded_at]
    over = any(each is not None and each <= now for each in limits)
    held = any(now < each for each in given_.holds)
    assert found.is_due(now) is (over and not held)


@settings(max_examples=80, deadline=None)
@given(facts, times, st.integers(0, 1 << 30), times)
def test_what_is_due_stays_due_and_more_limits_never_make_it_later(
    given_: Facts, now: int, later: int, sender: int
) -> None:
    found = plan(given_)
    if found.is_due(now):
        assert found.is_due(now + later)
    tighter = Facts(
        since=given_.since,
        months=given_.months,
        sender=min(sender, given_.sender if given_.sender is not None else sender),
        unneeded_at=given_.unneeded_at,
        holds=given_.holds,
    )
    assert plan(tighter).erase_at <= found.erase_at
