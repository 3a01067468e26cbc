"""Attacks that a policy refuses, by their number in the catalogue of attacks; the hub says no from the header alone."""

from dataclasses import replace

import pytest

from policies.engine import decide_inner, decide_outer
from policies.facts import InnerFacts, OuterFacts, Side
from protocol.decision import Verdict
from tests.simulators.policies import shipped_facts, shipped_policies

POLICIES = shipped_policies()
REQUEST = shipped_facts("police", "request")
AT_HUB = replace(REQUEST.outer, side=Side.HUB)
DAY = 86_400


def refused_by(facts: OuterFacts | InnerFacts) -> set[str]:
    decision = decide_outer(POLICIES, facts) if isinstance(facts, OuterFacts) else decide_inner(POLICIES, facts)
    assert (decision.verdict is Verdict.DENY) is bool(decision.findings)
    return {each.rule for each in decision.findings}


def header(**changes: object) -> OuterFacts:
    return replace(AT_HUB, header=replace(AT_HUB.header, **changes))  # type: ignore[arg-type]


def test_attack_004_a_life_longer_than_the_channel_permits() -> None:
    issued = AT_HUB.header.issued_at
    assert refused_by(header(expires_at=issued + 14 * DAY)) == set()
    assert refused_by(header(expires_at=issued + 14 * DAY + 1)) == {"police.life"}


@pytest.mark.parametrize("purpose", ["proceedings", "return", "", "investigate ", "INVESTIGATE"])
def test_attack_051_a_purpose_that_the_pair_has_not_agreed_on(purpose: str) -> None:
    assert refused_by(header(purpose=purpose)) == {"police.purpose", "police.agreement-purpose"}


def test_attack_051_a_class_that_one_end_may_not_open() -> None:
    request = replace(shipped_facts("police", "request-under-treaty").outer, side=Side.HUB)
    [to] = request.recipients
    assert to.participant is not None
    assert refused_by(request) == set()
    closed = replace(to, participant=replace(to.participant, accredited=()))
    decision = decide_outer(POLICIES, replace(request, recipients=(closed,)))
    assert [(each.rule, each.recipient) for each in decision.findings] == [("police.classification", "ilecu.bb")]


def test_a_class_without_agreed_markings_goes_nowhere() -> None:
    assert refused_by(header(classification="R")) == {"police.classification", "police.agreement-classification"}


def test_attack_081_an_act_of_somebody_without_the_role() -> None:
    letter = shipped_facts("rogatory", "letter")
    [act] = letter.acts
    assert refused_by(letter) == set()
    assert refused_by(replace(letter, acts=(replace(act, role="clerk"),))) == {"rogatory.issued"}
