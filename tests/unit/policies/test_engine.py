from dataclasses import replace

import pytest

from policies.engine import BUILT_IN, NETWORK, decide_inner, decide_outer
from policies.facts import InnerFacts, Side
from policies.model import PolicySet
from policies.parse import load_policies, parse_overlay
from protocol.decision import Decision, Verdict
from protocol.ids import Channel, NodeId, PolicyDigest, TypeId
from tests.simulators.policies import shipped_facts, shipped_policies

POLICIES = shipped_policies()
REQUEST = shipped_facts("police", "request")


def header(facts: InnerFacts, **changes: object) -> InnerFacts:
    outer = facts.outer
    return replace(facts, outer=replace(outer, header=replace(outer.header, **changes)))  # type: ignore[arg-type]


def refusal(decision: Decision) -> str:
    [finding] = decision.findings
    assert decision.verdict is finding.verdict is Verdict.DENY
    assert (finding.article, finding.text) == (NETWORK, finding.rule)
    assert finding.rule in BUILT_IN
    assert decision.obligations == ()
    return finding.rule


def test_an_allowed_message_carries_its_obligations_and_the_digest() -> None:
    decision = decide_outer(POLICIES, REQUEST.outer)
    assert decision.verdict is Verdict.ALLOW
    assert decision.findings == ()
    assert decision.policy == POLICIES.digest
    assert decision.obligations == ("not-evidence", "erase-in-time", "owner-first", "answer-in-time")


@pytest.mark.parametrize(
    ("policies", "facts", "rule"),
    [
        (PolicySet(POLICIES.digest, {}), REQUEST, "engine.no-policy"),
        (POLICIES, header(REQUEST, channel=Channel("statistics")), "engine.no-policy"),
        (POLICIES, header(REQUEST, type=TypeId("MT-99/1")), "engine.no-rules"),
        (POLICIES, replace(REQUEST, outer=replace(REQUEST.outer, recipients=())), "engine.no-recipients"),
        (POLICIES, header(REQUEST, policy=PolicyDigest(b"x" * 32)), "engine.other-policy"),
    ],
)
def test_what_nobody_permits_is_denied(policies: PolicySet, facts: InnerFacts, rule: str) -> None:
    assert refusal(decide_outer(policies, facts.outer)) == rule
    assert refusal(decide_inner(policies, facts)) == rule


def test_a_policy_without_types_denies() -> None:
    empty = load_policies({"police.yaml": b"channel: police\ntypes: []\n"}, POLICIES.digest)
    assert refusal(decide_outer(empty, REQUEST.outer)) == "engine.no-rules"


def test_every_rule_is_asked_and_each_refused_recipient_is_named() -> None:
    [first, second] = REQUEST.outer.recipients
    outer = replace(
        REQUEST.outer, recipients=(replace(first, agreement=None), replace(second, participant=None)), sender=None
    )
    found = [(each.rule, each.recipient) for each in decide_outer(POLICIES, outer).findings]
    assert found == [
        ("police.sender-in-standing", None),
        ("police.recipient-in-standing", "agency.cc"),
        ("police.sender-belongs", None),
        ("police.recipient-belongs", "agency.cc"),
        ("police.who-asks", None),
        ("police.agreement-in-force", "ilecu.bb"),
        ("police.agreement-personal-data", "ilecu.bb"),
        ("police.agreement-categories", "ilecu.bb"),
        ("police.agreement-purpose", "ilecu.bb"),
        ("police.language", "agency.cc"),
    ]


def test_a_finding_names_rule_article_text_and_values() -> None:
    [finding] = decide_inner(POLICIES, header(REQUEST, urgency="urgent")).findings
    assert (finding.rule, finding.article) == ("police.urgency-ground", "D977 4(4)")
    assert (finding.text, finding.verdict) == ("urgency-ground", Verdict.DENY)
    assert finding.recipient is None
    assert finding.parameters == (("urgency", "urgent"), ("ground", "-"))


def test_the_worst_verdict_counts_and_only_an_allow_obliges() -> None:
    special = replace(REQUEST, content=replace(REQUEST.content, special_categories=frozenset({"health"})))
    waiting = decide_inner(POLICIES, special)
    assert (waiting.verdict, waiting.obligations) == (Verdict.APPROVE, ())
    both = decide_inner(POLICIES, header(special, classification="C"))
    assert both.verdict is Verdict.DENY
    assert {each.verdict for each in both.findings} == {Verdict.DENY, Verdict.APPROVE}


def test_content_is_judged_at_the_nodes_only() -> None:
    named = replace(REQUEST, content=replace(REQUEST.content, victim_identity=True))
    assert decide_outer(POLICIES, named.outer).verdict is Verdict.ALLOW
    assert [each.rule for each in decide_inner(POLICIES, named).findings] == ["police.no-victim-identity"]


def test_a_rule_is_asked_on_its_sides_only() -> None:
    answer = shipped_facts("police", "answer").outer
    unknown = replace(answer, reply=None, header=replace(answer.header, language="sr-Latn"))
    for side, rules in (
        (Side.SENDER, {"police.reply-known"}),
        (Side.HUB, {"police.reply-known"}),
        (Side.RECIPIENT, set[str]()),
    ):
        decision = decide_outer(POLICIES, replace(unknown, side=side))
        assert {each.rule for each in decision.findings} == rules


def test_an_overlay_holds_what_the_network_allows() -> None:
    overlay = b"""
overlay: police
inner:
  - id: own.quiet
    predicate: no-personal-data
    sides: [recipient]
    verdict: hold
    article: NET
    text: no-personal-data
"""
    over = parse_overlay("own.yaml", overlay, POLICIES)
    reader = NodeId("ilecu.bb")
    received = replace(REQUEST, outer=replace(REQUEST.outer, side=Side.RECIPIENT), reader=reader)
    assert decide_inner(POLICIES, received).verdict is Verdict.ALLOW
    assert decide_inner(over, received).verdict is Verdict.HOLD
    assert decide_inner(over, REQUEST).verdict is Verdict.ALLOW
