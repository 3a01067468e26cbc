"""Rules about disclosures outside their cases: without facts they refuse, and no standing is taken for granted."""

from dataclasses import replace

import pytest

from policies.engine import decide_disclosure
from policies.model import PolicySet
from policies.predicates import disclosures, participants
from policies.predicates.disclosures import Families, Parts, Restricted
from policies.registry import InnerCheck, Nothing
from protocol.decision import Verdict
from protocol.ids import Channel, NodeId
from protocol.records import Family
from tests.simulators.policies import shipped_facts, shipped_policies

REQUEST = shipped_facts("police", "request")
DISCLOSURE = shipped_facts("police", "disclosure")
POLICIES = shipped_policies()


@pytest.mark.parametrize(
    "check",
    [
        disclosures.disclosed_part.bind(Parts(frozenset({"body"}))),
        disclosures.disclosed_to_permitted.bind(Nothing()),
        disclosures.disclosed_under.bind(Restricted(frozenset({"H3"}))),
        disclosures.disclosed_in_proceedings.bind(Families(frozenset({Family.JUDICIAL}))),
        disclosures.disclosed_items_permitted.bind(Nothing()),
    ],
)
def test_without_a_disclosure_there_is_nothing_to_permit(check: InnerCheck) -> None:
    assert check(REQUEST)


def test_a_recipient_that_the_directory_does_not_know_may_use_nothing_in_proceedings() -> None:
    check = disclosures.disclosed_in_proceedings.bind(Families(frozenset({Family.JUDICIAL})))
    [to] = DISCLOSURE.outer.recipients
    unknown = replace(DISCLOSURE, outer=replace(DISCLOSURE.outer, recipients=(replace(to, participant=None),)))
    assert check(DISCLOSURE) == ()
    assert [each.recipient for each in check(unknown)] == [NodeId("agency.aa")]


def test_standing_counts_on_whichever_channel() -> None:
    check = participants.recipient_enrolled.bind(Nothing())
    [to] = DISCLOSURE.outer.recipients
    assert to.participant is not None
    elsewhere = replace(to, participant=replace(to.participant, channels=(Channel("rogatory"),)))
    revoked = replace(to, participant=replace(to.participant, revoked=True))
    for each, states in ((elsewhere, []), (revoked, ["revoked"])):
        found = check(replace(DISCLOSURE.outer, recipients=(each,)))
        assert [dict(objection.says)["state"] for objection in found] == states


def test_a_channel_without_such_rules_permits_no_disclosure() -> None:
    police = POLICIES.channels[Channel("police")]
    bare = PolicySet(POLICIES.digest, {Channel("police"): replace(police, disclosure=())})
    for policies, rule in (
        (bare, "engine.no-disclosure"),
        (PolicySet(POLICIES.digest, {}), "engine.no-policy"),
    ):
        decision = decide_disclosure(policies, DISCLOSURE)
        assert decision.verdict is Verdict.DENY
        assert [each.rule for each in decision.findings] == [rule]


def test_an_allowed_disclosure_has_no_findings_and_no_obligations_of_messages() -> None:
    decision = decide_disclosure(POLICIES, DISCLOSURE)
    assert (decision.verdict, decision.findings, decision.obligations) == (Verdict.ALLOW, (), ())


def test_rules_about_disclosures_are_not_asked_of_messages() -> None:
    police = POLICIES.channels[Channel("police")]
    asked = {each.rule.id for found in police.sets.values() for each in (*found.outer, *found.inner)}
    assert not asked & {each.rule.id for each in police.disclosure}
    assert {each.rule.id for each in police.disclosure} <= {rule.id for rule in police.rules()}
