"""What follows from an acceptance: by when it is witnessed and fetched, and in which words a broken promise is told."""

from dataclasses import replace

import pytest

from nodes.gateway.outbox import Sent
from nodes.gateway.promises import Overdue, Owed, Promises, Standing, broken, overdue_step, promises_of, span
from policies.clocks.limits import FETCHING
from protocol.core import Mode
from protocol.ids import NodeId
from protocol.limits import WITNESSED_WITHIN

NOW = 1_790_000_000
MK = Sent(NodeId("mk.ilecu"), Mode.ACTION, 1, None, None, None, None, None)


def test_an_acceptance_promises_a_witness_within_the_hour_and_a_fetch_within_three_days() -> None:
    assert promises_of(NOW, None) == Promises(NOW + WITNESSED_WITHIN, NOW + FETCHING.seconds)
    assert promises_of(NOW, NOW + 60).fetched_by == NOW + 60
    assert promises_of(NOW, NOW + 30 * 86_400).fetched_by == NOW + FETCHING.seconds


def test_nothing_is_overdue_at_the_last_second() -> None:
    promises = promises_of(NOW, None)
    assert broken(promises, Standing(), (), promises.witnessed_by) == ()
    assert broken(promises, Standing(), (), promises.witnessed_by + 1) == (Overdue(Owed.WITNESS, 1),)
    kept = Standing(promises.witnessed_by, 3, 3)
    assert broken(promises, kept, (MK,), promises.fetched_by) == ()
    assert broken(promises, kept, (MK,), promises.fetched_by + 1) == (Overdue(Owed.FETCH, 1, node=MK.node),)


@pytest.mark.parametrize("field", ["handed_over_at", "rejected_at", "failed_at", "unserved_at"])
def test_who_answered_or_is_proved_not_to_have_fetched_is_not_overdue(field: str) -> None:
    answered = replace(MK, **{field: NOW})  # type: ignore[arg-type]  # a time each
    assert broken(promises_of(NOW, None), Standing(NOW, 3, 3), (answered,), NOW + 9 * 86_400) == ()


@pytest.mark.parametrize(
    ("found", "who", "words"),
    [
        (Overdue(Owed.WITNESS, 240), "operator", "overdue by 4 min, proof attached"),
        (Overdue(Owed.WITNESS, 240, kept=True), "nobody", "too late, by 4 min, proof attached"),
        (Overdue(Owed.FETCH, 7_200, node=MK.node), "recipient", "overdue by 2 h, proof attached"),
    ],
)
def test_a_broken_promise_is_told_with_who_must_act(found: Overdue, who: str, words: str) -> None:
    step = overdue_step(found)
    assert (step.who, step.node) == (who, found.node)
    assert words in step.sentence


def test_times_and_standings_in_words() -> None:
    assert [span(each) for each in (1, 119, 240, 7_199, 7_200, 172_799, 172_800)] == [
        *("1 min", "1 min", "4 min", "119 min", "2 h", "47 h", "2 days")
    ]
    assert [each.words for each in (Standing(), Standing(NOW, 2, 3))] == ["not yet witnessed", "witnessed by 2 of 3"]
