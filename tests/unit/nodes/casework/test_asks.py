"""Where a request of an investigator can go from each state."""

import pytest

from nodes.casework.asks import LONGEST_NOTE, OVER, STEPS, AskState, AskStep, after, note_of


def test_every_state_but_the_last_ones_has_a_way_on() -> None:
    with_exit = {state for before, _ in STEPS.values() for state in before}
    assert set(AskState) - OVER == with_exit


@pytest.mark.parametrize("state", sorted(OVER))
@pytest.mark.parametrize("step", list(AskStep))
def test_nothing_happens_after_the_end(state: AskState, step: AskStep) -> None:
    assert after(state, step) is None


def test_a_request_is_sent_only_by_whoever_took_it() -> None:
    assert after(AskState.TAKEN, AskStep.SEND) is AskState.SENT
    assert after(AskState.ASKED, AskStep.SEND) is None
    assert after(AskState.TAKEN, AskStep.WITHDRAW) is None, "an officer is writing from it"


def test_a_note_says_something_and_not_too_much() -> None:
    assert note_of("  why ") == "why"
    assert note_of("  a ") is None
    assert note_of("x" * (LONGEST_NOTE + 1)) is None
