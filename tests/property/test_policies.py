"""What every decision keeps, whatever the facts are."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.engine import decide_disclosure, decide_inner, decide_outer, decide_use
from policies.errors import PolicyError, Problem
from policies.explain import explain
from policies.facts import Disclosed, Evidence, InnerFacts, Side, Use
from policies.model import ChannelPolicy, PolicySet, RuleSet
from policies.parse import parse_policy
from policies.partial import allowed_recipients
from policies.tree import parse_tree
from protocol.core import Mode
from protocol.decision import Decision, Verdict, encode_decision, parse_decision
from protocol.ids import Channel, Reference
from protocol.scope import EvidentialUse
from protocol.stages import Addressee, Draft
from tests.simulators.facts import any_facts, disclosures
from tests.simulators.policies import CHANNELS, shipped_cases, shipped_facts, shipped_policies, shipped_texts

POLICIES = shipped_policies()
ORDER = [Verdict.ALLOW, Verdict.HOLD, Verdict.APPROVE, Verdict.DENY]
UNKNOWN = "no such code"


@settings(deadline=None)
@given(any_facts)
def test_a_decision_never_raises_and_survives_storage(facts: InnerFacts) -> None:
    for decision in (decide_outer(POLICIES, facts.outer), decide_inner(POLICIES, facts)):
        assert parse_decision(encode_decision(decision)) == decision
        assert (decision.verdict is Verdict.ALLOW) is (not decision.findings)
        for language in ("en", "sr-Latn"):
            assert all(each.sentence and each.remedy for each in explain(decision, shipped_texts(), language))


@settings(deadline=None)
@given(any_facts, st.none() | disclosures)
def test_nothing_is_disclosed_by_chance(facts: InnerFacts, disclosed: Disclosed | None) -> None:
    """Whatever the facts: an identity part stays, and a stranger gets rows with the owner's word only."""
    decision = decide_disclosure(POLICIES, replace(facts, disclosed=disclosed))
    assert parse_decision(encode_decision(decision)) == decision
    if decision.verdict is not Verdict.ALLOW:
        assert decision.findings
        return
    assert disclosed is not None
    assert disclosed.part == "body"
    permitted = {disclosed.owner, *disclosed.addressees, *disclosed.consented, *disclosed.evidential}
    assert {each.node for each in facts.outer.recipients} <= permitted


@settings(deadline=None, max_examples=40)
@given(any_facts, disclosures, st.sampled_from(["police", "cso", "rogatory"]))
def test_nothing_becomes_evidence_by_chance(facts: InnerFacts, about: Disclosed, channel: str) -> None:
    """Whatever the facts: another's police information is exported with its word, its law and its conditions only."""
    header = replace(facts.outer.header, channel=Channel(channel))
    about = replace(about, use=Use.EXPORT)
    decision = decide_use(POLICIES, replace(facts, outer=replace(facts.outer, header=header), disclosed=about))
    assert parse_decision(encode_decision(decision)) == decision
    if decision.verdict is not Verdict.ALLOW:
        assert decision.findings
        return
    assert channel != "cso"
    if channel == "police" and about.owner != header.sender:
        assert (about.evidence, about.asks) == (Evidence.GRANTED, EvidentialUse.POLICE)
        assert about.accepted or not about.conditions


@settings(deadline=None)
@given(any_facts)
def test_hub_and_nodes_agree_on_the_header(facts: InnerFacts) -> None:
    at_sender = replace(facts, outer=replace(facts.outer, side=Side.SENDER))
    at_hub = decide_outer(POLICIES, replace(facts.outer, side=Side.HUB))
    whole = decide_inner(POLICIES, at_sender)
    assert whole.findings[: len(at_hub.findings)] == at_hub.findings
    assert decide_outer(POLICIES, at_sender.outer) == at_hub
    at_recipient = decide_outer(POLICIES, replace(facts.outer, side=Side.RECIPIENT))
    assert set(at_recipient.findings) <= set(at_hub.findings)


def general(decision: Decision) -> set[str]:
    return {each.rule for each in decision.findings if each.recipient is None}


@settings(deadline=None)
@given(any_facts, st.data())
def test_removing_a_recipient_refuses_no_other(facts: InnerFacts, data: st.DataObject) -> None:
    everybody = facts.outer.recipients
    if len(everybody) < 2:
        return
    gone = data.draw(st.sampled_from(everybody))
    fewer = replace(facts, outer=replace(facts.outer, recipients=tuple(each for each in everybody if each != gone)))
    before, after = decide_inner(POLICIES, facts), decide_inner(POLICIES, fewer)
    assert after.refused() <= before.refused() - {gone.node}
    assert general(after) <= general(before)


@settings(deadline=None)
@given(any_facts)
def test_what_is_left_of_a_partial_refusal_is_allowed(facts: InnerFacts) -> None:
    decision = decide_inner(POLICIES, facts)
    draft = replace(DRAFT, to=tuple(Addressee(each.node) for each in facts.outer.recipients))
    left = {each.node for each in allowed_recipients(decision, draft)}
    if not left:
        return
    rest = tuple(each for each in facts.outer.recipients if each.node in left)
    again = decide_inner(POLICIES, replace(facts, outer=replace(facts.outer, recipients=rest)))
    assert again.verdict is not Verdict.DENY


@settings(deadline=None)
@given(any_facts, st.data())
def test_fewer_rules_never_refuse_more(facts: InnerFacts, data: st.DataObject) -> None:
    policy = POLICIES.channels.get(facts.outer.header.channel)
    rules = None if policy is None else policy.sets.get(facts.outer.header.type)
    if policy is None or rules is None or len(rules.outer) < 2:
        return
    gone = data.draw(st.sampled_from(rules.outer))
    fewer = _with_rules(policy, facts, replace(rules, outer=tuple(each for each in rules.outer if each is not gone)))
    before, after = decide_inner(POLICIES, facts), decide_inner(fewer, facts)
    assert ORDER.index(after.verdict) <= ORDER.index(before.verdict)
    assert set(after.findings) <= set(before.findings)


def _with_rules(policy: ChannelPolicy, facts: InnerFacts, rules: RuleSet) -> PolicySet:
    sets = {**policy.sets, facts.outer.header.type: rules}
    return PolicySet(POLICIES.digest, {policy.channel: replace(policy, sets=sets)})


CODED = ["purpose", "language", "urgency", "urgency_ground", "classification", "type", "channel"]
LISTED = ["handling", "person_roles", "data_categories"]
ALLOWED = [
    (channel, case.name.removesuffix(" as written"))
    for channel in CHANNELS
    for case in shipped_cases(channel)
    if case.name.endswith(" as written")
]


@pytest.mark.parametrize(("channel", "name"), ALLOWED)
def test_an_unknown_value_is_denied_wherever_it_stands(channel: str, name: str) -> None:
    facts = shipped_facts(channel, name).outer
    for field in CODED:
        odd = replace(facts, header=replace(facts.header, **{field: UNKNOWN}))  # type: ignore[arg-type]
        assert decide_outer(POLICIES, odd).verdict is Verdict.DENY, field
    for field in LISTED:
        odd = replace(facts, header=replace(facts.header, **{field: (UNKNOWN,)}))  # type: ignore[arg-type]
        assert decide_outer(POLICIES, odd).verdict is Verdict.DENY, field
    for field in ("consents", "approvals"):
        odd = replace(facts, header=replace(facts.header, **{field: (Reference(b"?" * 16),)}))  # type: ignore[arg-type]
        assert decide_outer(POLICIES, odd).verdict is Verdict.DENY, field


@pytest.mark.parametrize(("channel", "name"), ALLOWED)
def test_a_missing_fact_is_denied(channel: str, name: str) -> None:
    facts = shipped_facts(channel, name).outer
    assert decide_outer(POLICIES, replace(facts, sender=None)).verdict is Verdict.DENY
    assert decide_outer(POLICIES, replace(facts, policy=None)).verdict is Verdict.DENY
    for position, each in enumerate(facts.recipients):
        without = [*facts.recipients]
        without[position] = replace(each, participant=None)
        assert decide_outer(POLICIES, replace(facts, recipients=tuple(without))).refused() == {each.node}


@settings(deadline=None)
@given(st.binary(max_size=200) | st.text("ab:-[]{}&*!%#|>'\"\n \t", max_size=60).map(str.encode))
def test_a_file_parses_or_is_refused_by_name(raw: bytes) -> None:
    for parse in (parse_tree, parse_policy):
        problems = _problems(parse, raw)
        assert all(each.line >= 1 and each.what and each.remedy for each in problems)


def _problems(parse: Callable[[str, bytes], object], raw: bytes) -> tuple[Problem, ...]:
    try:
        parse("a.yaml", raw)
    except PolicyError as error:
        return error.problems
    return ()


DRAFT = Draft(
    sender=shipped_facts("police", "request").outer.header.sender,
    to=(Addressee(shipped_facts("police", "request").outer.recipients[0].node, Mode.ACTION),),
    channel=shipped_facts("police", "request").outer.header.channel,
    type=shipped_facts("police", "request").outer.header.type,
    purpose="investigate",
    conversation=Reference(bytes(16)),
    language="en",
    life=600,
    body=(),
)
