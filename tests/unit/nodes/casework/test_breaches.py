"""Who is concerned by a breach, and which stage it has reached, whatever the order of the facts."""

from dataclasses import replace
from itertools import permutations

import pytest

from nodes.casework.breaches import BreachFacts, BreachStage, Part, Step, Trace, fold_breach, parties_of
from protocol.ids import MessageId, NodeId

ME, B, C = (NodeId(f"{name}.ilecu") for name in ("me", "b", "c"))
ONE, TWO = MessageId(b"1" * 32), MessageId(b"2" * 32)
SENT = Trace(
    message=ONE,
    owner=ME,
    addressed=frozenset({B, C}),
    received=frozenset({B}),
    opened=frozenset({B}),
    categories=frozenset({"VE"}),
)
CAME = Trace(message=TWO, owner=C, addressed=frozenset({ME}), forwarded_to=frozenset({B}), categories=frozenset({"ID"}))
FACTS = BreachFacts(reference="x", detected_at=100, traces=(SENT, CAME))


def test_parties_gather_their_parts_over_all_messages() -> None:
    for traces in permutations(FACTS.traces):
        one, other = parties_of(traces, ME, {B: 7})
        assert (one.node, one.messages, one.categories, one.told_at) == (B, (ONE, TWO), ("ID", "VE"), 7)
        assert one.parts == (Part.ADDRESSED, Part.RECEIVED, Part.OPENED, Part.FORWARDED_TO)
        assert (other.node, other.parts, other.told_at) == (C, (Part.ADDRESSED, Part.OWNER), None)


def test_a_breach_without_others_concerns_nobody() -> None:
    assert parties_of([Trace(message=ONE, owner=ME)], ME, {}) == ()


@pytest.mark.parametrize(
    ("steps", "told", "stage"),
    [
        ({}, {}, BreachStage.DETECTED),
        ({Step.ASSESSED: 1}, {}, BreachStage.ASSESSED),
        ({Step.ASSESSED: 1, Step.AUTHORITY: 2}, {B: 3}, BreachStage.AUTHORITY_TOLD),
        ({Step.ASSESSED: 1}, {B: 3, C: 3}, BreachStage.ASSESSED),
        ({Step.ASSESSED: 1, Step.AUTHORITY: 2}, {B: 3, C: 3}, BreachStage.PARTIES_TOLD),
        ({Step.ASSESSED: 1, Step.AUTHORITY: 2, Step.PERSONS: 4}, {B: 3}, BreachStage.AUTHORITY_TOLD),
        ({Step.ASSESSED: 1, Step.AUTHORITY: 2, Step.PERSONS: 4}, {B: 3, C: 3}, BreachStage.PERSONS_TOLD),
        ({Step.ASSESSED: 1, Step.CLOSED: 2}, {}, BreachStage.CLOSED),
    ],
)
def test_stages(steps: dict[Step, int], told: dict[NodeId, int], stage: BreachStage) -> None:
    assert fold_breach(replace(FACTS, steps=steps, told=told), ME).stage is stage


def test_the_clock_of_the_authority_ends_when_it_was_told() -> None:
    open_ = fold_breach(FACTS, ME).clock
    assert (open_.due(0), open_.closed_at, open_.overdue(100 + 72 * 3_600 + 1)) == (100 + 72 * 3_600, None, True)
    told = fold_breach(replace(FACTS, steps={Step.AUTHORITY: 200}), ME).clock
    assert (told.closed_at, told.overdue(1 << 40)) == (200, False)
    assert fold_breach(replace(FACTS, traces=()), ME).parties == ()
