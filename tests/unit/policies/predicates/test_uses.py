"""Rules about uses outside their cases: without facts they refuse; old policies; how the lists are written."""

from dataclasses import replace

import pytest

from policies.engine import decide_use
from policies.errors import PolicyError
from policies.facts import Use
from policies.model import PolicySet
from policies.parse import parse_policy
from policies.predicates import uses
from policies.predicates.uses import Bases, Line, Rules
from policies.registry import InnerCheck, Nothing
from protocol.decision import Verdict
from protocol.ids import Channel
from tests.simulators.policies import shipped_facts, shipped_policies

REQUEST = shipped_facts("police", "request")
READING = shipped_facts("police", "reading")
POLICIES = shipped_policies()
POLICE = Channel("police")


@pytest.mark.parametrize(
    "check",
    [
        uses.use_permitted.bind(Line(permits=frozenset(Use))),
        uses.conditions_accepted.bind(Nothing()),
        uses.use_within_limits.bind(Bases(frozenset())),
        uses.items_for_proceedings.bind(Nothing()),
    ],
)
def test_without_a_use_there_is_nothing_to_permit(check: InnerCheck) -> None:
    assert check(REQUEST)


def test_one_s_own_words_have_no_limits() -> None:
    assert READING.disclosed is not None
    own = replace(READING, disclosed=replace(READING.disclosed, owner=READING.outer.header.sender))
    assert uses.use_within_limits.bind(Bases(frozenset()))(own) == ()


@pytest.mark.parametrize("body", [{}, {"list": "text"}, {"list": [7, {"rule": "no_contact"}]}, None])
def test_a_body_of_another_shape_has_no_date(body: object) -> None:
    check = uses.used_in_time.bind(Rules(("/list",)))
    assert check(replace(READING, documents={"body": body})) == ()


def test_a_policy_from_before_there_were_rules_about_uses_lets_its_mail_be_read() -> None:
    assert READING.disclosed is not None
    old = PolicySet(POLICIES.digest, {POLICE: replace(POLICIES.channels[POLICE], uses=())})
    assert decide_use(old, READING).verdict is Verdict.ALLOW
    for use in (Use.PRINT, Use.QUOTE, Use.EXPORT):
        facts = replace(READING, disclosed=replace(READING.disclosed, use=use))
        assert [each.rule for each in decide_use(old, facts).findings] == ["engine.no-use"]
    nothing = PolicySet(POLICIES.digest, {})
    assert [each.rule for each in decide_use(nothing, READING).findings] == ["engine.no-policy"]


def test_without_facts_about_a_use_showing_rows_is_judged() -> None:
    assert decide_use(POLICIES, REQUEST).verdict is Verdict.DENY


HEAD = """channel: police
types: [MT-01/1]
outer:
  - {id: police.who, predicate: sender-kind, types: [MT-01/1], parameters: {kinds: [agency]}, article: NET, text: x}
"""
RULE = "  - {id: police.x, predicate: sender-in-standing, USES article: NET, text: x}\n"


@pytest.mark.parametrize(
    ("list_", "written", "words"),
    [
        ("uses", "", "does not say which uses"),
        ("uses", "uses: [forward],", "showing rows to others only"),
        ("uses", "uses: [read, paint],", "`paint` is not known"),
        ("uses", "uses: [read], sides: [sender],", "judged by the node that makes it"),
        ("disclosure", "uses: [read],", "belongs to the rules about uses only"),
        ("outer", "uses: [read],", "belongs to the rules about uses only"),
    ],
)
def test_a_rule_about_uses_says_which(list_: str, written: str, words: str) -> None:
    rule = RULE.replace("USES", written)
    text = HEAD + (rule if list_ == "outer" else f"{list_}:\n{rule}")
    with pytest.raises(PolicyError) as caught:
        parse_policy("police.yaml", text.encode())
    assert any(words in each.what for each in caught.value.problems), caught.value.problems


def test_a_rule_about_uses_is_one_of_the_channels_rules() -> None:
    policy = parse_policy("police.yaml", (HEAD + "uses:\n" + RULE.replace("USES", "uses: [read, print],")).encode())
    (rule,) = policy.uses
    assert rule.rule.uses == {Use.READ, Use.PRINT}
    assert "police.x" in {each.id for each in policy.rules()}
    assert "police.x" not in {each.id for each in policy.sending_rules()}
