"""The lanes: what makes a request green, what makes it amber or red, and that a worse fact never makes it better."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.casework.screening import WORST, Holdings, Lane, Reason, RequestFacts, lane_of, screen, unscreened
from policies.texts import OUTSIDE
from protocol.decision import Finding, Verdict
from tests.simulators.policies import shipped_texts

GOOD = RequestFacts(query="vehicle", agreement=True, purpose=True, competent=True, action=True)
HELD = (Finding("police.erase-by", "PCC 31(4)(b)", "erase-by", Verdict.HOLD),)
WORSE: dict[str, tuple[RequestFacts, Lane, str]] = {
    "held": (replace(GOOD, held=HELD), Lane.RED, "police.erase-by"),
    "general": (replace(GOOD, query="general"), Lane.AMBER, "screening.no-template"),
    "missing": (replace(GOOD, missing=("MT-01.facts", "MT-01.urgency")), Lane.AMBER, "screening.incomplete"),
    "thin": (replace(GOOD, thin=True), Lane.AMBER, "screening.thin-subject"),
    "late": (replace(GOOD, late=True), Lane.AMBER, "screening.date-passed"),
    "agreement": (replace(GOOD, agreement=False), Lane.RED, "screening.no-basis"),
    "purpose": (replace(GOOD, purpose=False), Lane.RED, "screening.purpose"),
    "competent": (replace(GOOD, competent=False), Lane.RED, "screening.not-competent"),
    "copy": (replace(GOOD, action=False), Lane.AMBER, "screening.copy-only"),
    "urgent": (replace(GOOD, urgent=True, urgency_reason=40), Lane.AMBER, "screening.urgency-ground"),
    "reason": (replace(GOOD, urgent=True, ground=True, urgency_reason=19), Lane.AMBER, "screening.urgency-ground"),
    "special": (replace(GOOD, special=frozenset({"health"})), Lane.RED, "screening.special-category"),
    "victims": (replace(GOOD, victims=True), Lane.AMBER, "screening.victim"),
    "judicial": (replace(GOOD, judicial=True), Lane.RED, "screening.judicial"),
    "classified": (replace(GOOD, classified=True), Lane.RED, "screening.classified"),
    "others": (replace(GOOD, other_channels=2), Lane.AMBER, "screening.other-channel"),
    "again": (replace(GOOD, holdings=Holdings(duplicates=1)), Lane.AMBER, "screening.duplicate"),
    "own": (replace(GOOD, holdings=Holdings(items=3)), Lane.AMBER, "screening.own-holding"),
    "owners": (
        replace(GOOD, holdings=Holdings(items=1, owners=frozenset({"al.ilecu"}))),
        Lane.RED,
        "screening.third-party",
    ),
    "lists": (replace(GOOD, holdings=Holdings(lists=frozenset({"vans"}))), Lane.AMBER, "screening.listed"),
}


def test_a_template_question_without_any_objection_is_green() -> None:
    (reason,) = screen(GOOD)
    assert (reason.id, reason.lane, lane_of([reason])) == ("screening.template-query", Lane.GREEN, Lane.GREEN)
    assert lane_of(screen(replace(GOOD, urgent=True, ground=True, urgency_reason=20))) is Lane.GREEN


@pytest.mark.parametrize("name", WORSE)
def test_each_objection_has_its_reason_and_lane(name: str) -> None:
    facts, lane, reason = WORSE[name]
    found = screen(facts)
    assert lane_of(found) is lane
    assert found[0].id == reason
    assert "screening.template-query" not in {each.id for each in found}


def test_without_facts_nothing_is_green() -> None:
    assert lane_of(screen(RequestFacts())) is Lane.RED
    assert screen(replace(GOOD, query="")) == ()
    assert lane_of(()) is Lane.AMBER
    assert lane_of(unscreened()) is Lane.RED
    rogatory = screen(RequestFacts(judicial=True))
    assert {each.article for each in rogatory if each.id == "screening.not-competent"} == {"MLA59 15"}


def test_every_reason_has_a_text_with_its_values_in_every_language() -> None:
    found = {each for facts, _, _ in WORSE.values() for each in screen(facts) if each.id.startswith("screening.")}
    found |= {*screen(GOOD), *unscreened()}
    assert {each.text for each in found} == {name for name in OUTSIDE if name.startswith("screening.")}
    for reason in found:
        assert {name for name, _ in reason.parameters} == OUTSIDE[reason.text]
        assert all(reason.text in texts.texts for texts in shipped_texts().values())
        assert len(shipped_texts()) == 6


facts = st.builds(
    RequestFacts,
    held=st.sampled_from([(), HELD]),
    query=st.sampled_from(["", "general", "vehicle", "person"]),
    missing=st.sampled_from([(), ("MT-01.facts",)]),
    thin=st.booleans(),
    late=st.booleans(),
    agreement=st.booleans(),
    purpose=st.booleans(),
    competent=st.booleans(),
    action=st.booleans(),
    urgent=st.booleans(),
    ground=st.booleans(),
    urgency_reason=st.integers(0, 40),
    special=st.sampled_from([frozenset(), frozenset({"health"})]),
    victims=st.booleans(),
    judicial=st.booleans(),
    classified=st.booleans(),
    other_channels=st.integers(0, 3),
    holdings=st.builds(
        Holdings,
        items=st.integers(0, 3),
        owners=st.frozensets(st.sampled_from(["al.ilecu", "me.ilecu"])),
        lists=st.frozensets(st.sampled_from(["vans", "phones"])),
        duplicates=st.integers(0, 2),
    ),
)
reasons = st.builds(
    Reason, st.sampled_from(["a", "b"]), st.sampled_from(list(Lane)), st.just("NET"), st.just("screening.victim")
)


@given(facts, st.sampled_from(sorted(WORSE)))
def test_a_worse_fact_never_makes_a_request_greener(before: RequestFacts, name: str) -> None:
    changed = {field: getattr(WORSE[name][0], field) for field in RequestFacts.__dataclass_fields__}
    kept = {field: value for field, value in changed.items() if value != getattr(GOOD, field)}
    if "holdings" in kept:
        held, more = before.holdings, kept["holdings"]
        kept["holdings"] = Holdings(
            items=held.items + more.items,
            owners=held.owners | more.owners,
            lists=held.lists | more.lists,
            duplicates=held.duplicates + more.duplicates,
        )
    after = replace(before, **kept)
    if name not in ("urgent", "reason"):  # whether a reason for urgency is long enough has two sides
        assert WORST.index(lane_of(screen(after))) >= WORST.index(lane_of(screen(before)))
    if WORSE[name][1] is Lane.RED:
        assert lane_of(screen(after)) is Lane.RED


@given(st.lists(reasons), reasons)
def test_a_further_reason_never_makes_the_lane_greener(some: list[Reason], one: Reason) -> None:
    if some:
        assert WORST.index(lane_of([*some, one])) >= WORST.index(lane_of(some))
    assert lane_of([*some, replace(one, lane=Lane.RED)]) is Lane.RED


@given(facts)
def test_green_means_that_nothing_else_was_found(found: RequestFacts) -> None:
    told = screen(found)
    assert [each.lane for each in told] == sorted((each.lane for each in told), key=WORST.index, reverse=True)
    if Lane.GREEN in {each.lane for each in told}:
        assert len(told) == 1
