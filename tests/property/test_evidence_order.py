"""Whatever order recipients speak in, what is let through never goes back, and whoever repeats himself is heard."""

from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import Code
from protocol.evidence import Event
from protocol.evidence_order import RANKS, check_order, may_follow
from tests.simulators.refusal import refused

events = st.lists(st.sampled_from(Event), max_size=12)
said = st.lists(st.tuples(st.sampled_from(["m1", "m2"]), st.sampled_from(["a", "b"]), st.sampled_from(Event)))


def let_through(wanted: list[Event]) -> list[Event]:
    """What a hub logs of the things one recipient wants to say about one message."""
    logged: list[Event] = []
    for event in wanted:
        if may_follow(logged, event):
            logged.append(event)
    return logged


@settings(max_examples=60, deadline=None)
@given(events)
def test_what_is_let_through_is_monotone_and_nothing_is_refused_needlessly(wanted: list[Event]) -> None:
    logged = let_through(wanted)
    check_order(logged)
    ranks = [RANKS[event] for event in logged]
    assert ranks == sorted(ranks)
    for at, event in enumerate(wanted):
        before = let_through(wanted[:at])
        lower = any(RANKS[event] < RANKS[each] for each in before)
        assert may_follow(before, event) is not lower


@settings(max_examples=60, deadline=None)
@given(events)
def test_a_verifier_refuses_exactly_what_a_hub_would_not_have_logged(told: list[Event]) -> None:
    if let_through(told) == told:
        check_order(told)
    else:
        with refused(Code.BAD_EVIDENCE):
            check_order(told)


@settings(max_examples=60, deadline=None)
@given(said)
def test_messages_and_recipients_do_not_hinder_each_other(wanted: list[tuple[str, str, Event]]) -> None:
    """The rule is one per message and recipient: interleaving the others changes nothing."""
    logged: dict[tuple[str, str], list[Event]] = {}
    for message, recipient, event in wanted:
        mine = logged.setdefault((message, recipient), [])
        if may_follow(mine, event):
            mine.append(event)
    for key, found in logged.items():
        alone = [event for message, recipient, event in wanted if (message, recipient) == key]
        assert found == let_through(alone)


@given(st.sampled_from(Event))
def test_a_repeat_is_always_heard(event: Event) -> None:
    assert may_follow([event], event)
    assert set(RANKS) == set(Event)
