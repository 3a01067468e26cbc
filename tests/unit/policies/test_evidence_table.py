"""What a consent makes of an item (domain reference, M-45): one test for each line, over the shipped rules."""

from dataclasses import replace
from typing import Any

import pytest

from policies.engine import decide_use
from policies.facts import Evidence, InnerFacts, Use
from protocol.decision import Verdict
from protocol.ids import Channel
from protocol.scope import EvidentialUse
from tests.simulators.policies import shipped_facts, shipped_policies

POLICIES = shipped_policies()
POLICE = shipped_facts("police", "evidence")
RESULT = shipped_facts("rogatory", "result-for-court")
READ, PRINT, QUOTE, EXPORT = Use.READ, Use.PRINT, Use.QUOTE, Use.EXPORT


def item(facts: InnerFacts, *codes: str, **changes: Any) -> InnerFacts:
    assert facts.disclosed is not None
    header = replace(facts.outer.header, handling=codes)
    about = replace(facts.disclosed, handling=frozenset(codes), **changes)
    return replace(facts, outer=replace(facts.outer, header=header), disclosed=about)


def permitted(facts: InnerFacts) -> set[Use]:
    """Return the uses that the rules allow, of all but passing on, which has rules of its own."""
    assert facts.disclosed is not None
    out = set()
    for use in (READ, PRINT, QUOTE, EXPORT):
        decision = decide_use(POLICIES, replace(facts, disclosed=replace(facts.disclosed, use=use)))
        out |= {use} if decision.verdict is Verdict.ALLOW else set()
    return out


NO_CONSENT = {"evidence": Evidence.NONE, "evidential": frozenset(), "conditions": ()}


def test_line_1_police_message_without_consent_is_a_lead() -> None:
    assert permitted(item(POLICE, "H0", **NO_CONSENT)) == {READ, PRINT, QUOTE}


def test_line_2_police_message_under_h1_without_consent_is_not_quoted() -> None:
    assert permitted(item(POLICE, "H0", "H1", **NO_CONSENT)) == {READ, PRINT}


def test_line_3_police_message_with_consent_of_a_police_whose_law_allows_it_is_exported() -> None:
    assert permitted(item(POLICE, "H0", "H1")) == {READ, PRINT, QUOTE, EXPORT}
    assert permitted(item(POLICE, "H0", "H1", accepted=False)) == {READ, PRINT, QUOTE}, "never without its conditions"


@pytest.mark.parametrize(
    "changes",
    [
        {"asks": EvidentialUse.JUDICIAL},
        {"asks": EvidentialUse.JUDICIAL, **NO_CONSENT},
        {"asks": None},
        {"evidence": Evidence.INSTRUMENT},
    ],
)
def test_line_4_police_message_whose_consent_needs_a_judicial_instrument_stays_a_lead(changes: dict[str, Any]) -> None:
    assert permitted(item(POLICE, "H0", **changes)) == {READ, PRINT, QUOTE}
    assert permitted(item(POLICE, "H0", "H1", **changes)) == {READ, PRINT}


def test_line_5_result_of_a_letter_is_exported_within_its_limits() -> None:
    free = item(RESULT, conditions=(), limits=frozenset())
    for basis in ("same_proceedings", "directly_related", "immediate_threat"):
        assert permitted(replace(free, disclosed=replace(free.disclosed, basis=basis))) >= {QUOTE, EXPORT}  # type: ignore[type-var]
    for basis in (None, "tax"):
        assert permitted(replace(free, disclosed=replace(free.disclosed, basis=basis))) == {READ, PRINT}  # type: ignore[type-var]
    assert permitted(item(RESULT, conditions=(), basis="directly_related")) == {READ, PRINT}, (
        "its own limit is narrower"
    )


def test_line_6_spontaneous_judicial_information_is_exported_by_whoever_accepted_its_conditions() -> None:
    assert permitted(RESULT) >= {QUOTE, EXPORT}
    assert permitted(item(RESULT, accepted=False)) == {READ, PRINT}


@pytest.mark.parametrize("channel", ["cso", "police-cso"])
def test_line_7_what_civil_society_holds_is_never_exported(channel: str) -> None:
    kept = shipped_facts(channel, "kept")
    assert permitted(item(kept, evidence=Evidence.GRANTED, asks=EvidentialUse.POLICE, accepted=True)) == {READ, PRINT}


def test_line_8_the_joint_database_gives_no_items_at_all() -> None:
    header = replace(POLICE.outer.header, channel=Channel("statistics"))
    assert permitted(replace(POLICE, outer=replace(POLICE.outer, header=header))) == set()
