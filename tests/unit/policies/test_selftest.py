import pytest

from policies.errors import PolicyError
from policies.facts import Side
from policies.selftest import channel_of_cases, parse_cases, run_cases
from protocol.decision import Verdict
from protocol.ids import Channel
from tests.simulators.policies import shipped_policies

FACTS = """
channel: system
facts:
  update:
    type: MT-S1/1
    purpose: network
    now: 100_000_000
    expires_at: 101_000_000
    sender: {node: ilecu.aa, kind: contact-point, family: police}
    to:
      - {node: nada.bb, kind: cso, family: cso}
      - {node: care.bb, kind: cso, family: cso}
    content: {}
cases:
"""


def case(*lines: str) -> str:
    return FACTS + "  - " + "\n    ".join(("name: it", "facts: update", *lines)) + "\n"


DENIED = case(
    "set: {to.1.suspended: true}", "verdict: deny", "rules: [system.recipient-in-standing]", "refused: [care.bb]"
)


def passed(text: str) -> list[bool]:
    return [each.passed for each in run_cases(shipped_policies(), parse_cases("system.tests.yaml", text.encode()))]


def test_facts_as_written_are_a_case_of_their_own() -> None:
    [as_written, changed] = parse_cases("system.tests.yaml", DENIED.encode())
    assert (as_written.name, as_written.verdict, as_written.rules) == ("update as written", Verdict.ALLOW, frozenset())
    assert (changed.name, changed.line, changed.refused) == ("it", 15, {"care.bb"})
    assert passed(DENIED) == [True, True]


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("verdict: deny", "verdict: hold"),
        ("recipient-in", "sender-in"),
        ("[care.bb]", "[nada.bb]"),
        ("[care.bb]", "[]"),
    ],
)
def test_a_case_that_comes_out_otherwise_does_not_pass(written: str, instead: str) -> None:
    assert passed(DENIED.replace(written, instead)) == [True, False]


def test_refused_recipients_need_not_be_stated() -> None:
    assert passed(DENIED.replace("    refused: [care.bb]\n", "")) == [True, True]


def test_keys_are_set_and_dropped_at_any_depth() -> None:
    text = case(
        "set: {reply.channel: cso, reply.type: MT-E1/1, reply.language: en, reply.parties: [], to.0.mode: information}",
        "drop: [to.1]",
        "verdict: deny",
        "rules: [system.reply-same-channel]",
    )
    [_, changed] = parse_cases("system.tests.yaml", text.encode())
    assert [(each.node, each.mode) for each in changed.facts.outer.recipients] == [("nada.bb", "information")]
    assert changed.facts.outer.reply is not None
    assert passed(text) == [True, True]


def test_dropping_what_is_not_there_changes_nothing() -> None:
    assert passed(case("drop: [urgency, nothing.below]", "verdict: allow", "rules: []"))[0]


def test_a_case_of_the_hub_is_decided_over_the_header() -> None:
    text = case("set: {side: hub, content.personal_data: true}", "verdict: allow", "rules: []")
    [_, at_hub] = parse_cases("system.tests.yaml", text.encode())
    assert at_hub.facts.outer.side is Side.HUB
    assert passed(text) == [True, True]
    assert passed(text.replace("side: hub, ", "")) == [True, False]


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        (FACTS.replace("cases:\n", ""), 2, "The key `cases` is missing."),
        (FACTS + "  []\nextra: 1\n", 16, "`extra` is not a key here."),
        (DENIED.replace("facts: update\n", "facts: updates\n"), 15, "No facts are called `updates`."),
        (DENIED.replace("to.1.suspended", "to.2.suspended"), 11, "The list has no entry `2`."),
        (DENIED.replace("to.1.suspended", "to.x.suspended"), 11, "The list has no entry `x`."),
        (DENIED.replace("to.1.suspended", "purpose.x"), 6, "Nothing lies below `network`."),
        (DENIED.replace("to.1.suspended", "to.1.suspende"), 17, "`suspende` is not a key here."),
        (DENIED.replace("verdict: deny", "verdict: no"), 18, "`no` is not known."),
        (DENIED.replace("set: {to.1.suspended: true}", "set: [a]"), 17, "A table belongs here."),
        (DENIED.replace("channel: system", "channel: police"), 2, "The cases are for `police`."),
        (DENIED.replace("MT-S1/1", "[MT-S1/1]"), 5, "A single value belongs here."),
    ],
)
def test_a_fault_in_a_test_file_is_refused_with_its_line(text: str, line: int, what: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_cases("system.tests.yaml", text.encode())
    [problem] = caught.value.problems
    assert (problem.line, problem.what) == (line, what)


def test_a_test_file_is_named_after_its_channel() -> None:
    assert channel_of_cases("a/police.tests.yaml") == Channel("police")
    assert channel_of_cases("a/polic.tests.yaml") is None
    assert channel_of_cases("police.yaml") is None
