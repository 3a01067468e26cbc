"""For any message: where it is, who has to act, and what to do; never a dead end."""

from dataclasses import replace

import pytest

from nodes.gateway.inbox import InRow, InState
from nodes.gateway.outbox import OutRow, OutState, Sent
from nodes.gateway.why import Reader, Step, why_received, why_sent
from protocol.core import Mode
from protocol.decision import Decision, Finding, Verdict
from protocol.errors import Code
from protocol.ids import Channel, MessageId, NodeId, PolicyDigest, Reference, TypeId
from tests.simulators.node import packaged_bundle

NOW = 1_790_000_000
DAY = 86_400
POLICY = PolicyDigest(b"p" * 32)
DENIED = Decision(
    Verdict.DENY, POLICY, (Finding("police.purpose", "D977 1(1)", "purpose-police", Verdict.DENY, NodeId("al.ilecu")),)
)
READER = Reader("en", packaged_bundle().texts, NOW)
OUT = OutRow(
    number=1,
    message=MessageId(b"m" * 32),
    state=OutState.READY,
    channel=Channel("police"),
    type=TypeId("MT-01/1"),
    conversation=Reference(b"c" * 16),
    in_reply_to=None,
    item=None,
    decision=Decision(Verdict.ALLOW, POLICY),
    created_at=NOW,
    expires_at=NOW + DAY,
    attempts=0,
    next_at=NOW,
    code=None,
    refusal=None,
    accepted_at=None,
    replaces=None,
    replaced_by=None,
)
IN = InRow(
    channel=Channel("police"),
    number=1,
    message=MessageId(b"m" * 32),
    state=InState.ACCEPTED,
    code=None,
    sender=NodeId("mk.ilecu"),
    type=TypeId("MT-01/1"),
    conversation=None,
    in_reply_to=None,
    sequence=1,
    mode=Mode.ACTION,
    decision=None,
    item=None,
    logged_at=NOW,
    received_at=NOW,
    expires_at=None,
    erase_by=None,
    read_at=None,
    released_at=None,
    returned_at=None,
    reason=None,
    out_of_order=False,
)
WHO = Sent(NodeId("rs.ilecu"), Mode.ACTION, 1, None, None, None, None, None)


def sent(row: OutRow, *people: Sent, reader: Reader = READER) -> list[Step]:
    return list(why_sent(row, people, reader))


@pytest.mark.parametrize(
    ("row", "where", "who"),
    [
        (OUT, "outbox", "nobody"),
        (replace(OUT, code=Code.NOT_READY), "outbox", "nobody"),
        (replace(OUT, state=OutState.EXPIRED), "here", "you"),
        (replace(OUT, state=OutState.REPLACED, code=Code.NO_VALID_KEY), "here", "nobody"),
        (replace(OUT, state=OutState.REPLACED), "here", "nobody"),
        (replace(OUT, state=OutState.REFUSED, code=Code.QUOTA), "hub", "you"),
        (replace(OUT, state=OutState.REFUSED), "hub", "you"),
    ],
)
def test_before_the_hub_took_it(row: OutRow, where: str, who: str) -> None:
    (step,) = sent(row)
    assert (step.where, step.who) == (where, who)
    assert step.sentence
    assert step.remedy


@pytest.mark.parametrize(
    ("who", "where", "words"),
    [
        (WHO, "hub", "has not fetched it"),
        (replace(WHO, handed_over_at=NOW), "recipient", "has not opened it yet"),
        (replace(WHO, handed_over_at=NOW, held=True), "recipient", "has to release it"),
        (replace(WHO, handed_over_at=NOW, read_at=NOW), "recipient", "opened it"),
        (replace(WHO, handed_over_at=NOW, rejected_at=NOW), "recipient", "returned it"),
        (replace(WHO, failed_at=NOW), "recipient", "could not open"),
    ],
)
def test_after_the_hub_took_it(who: Sent, where: str, words: str) -> None:
    (step,) = sent(replace(OUT, state=OutState.ACCEPTED, accepted_at=NOW), who)
    assert (step.where, step.node) == (where, "rs.ilecu")
    assert words in step.sentence


def test_on_the_third_day_the_sender_is_told_whom_to_call() -> None:
    reader = replace(READER, now=NOW + 3 * DAY)
    row = replace(OUT, state=OutState.ACCEPTED, accepted_at=NOW, expires_at=NOW + 14 * DAY)
    (step,) = sent(row, WHO, reader=reader)
    assert "nothing for 3 days" in step.sentence
    assert "Call" in step.remedy


@pytest.mark.parametrize(
    ("who", "now", "words"),
    [
        (replace(WHO, unserved_at=NOW + DAY), NOW + DAY, "never fetched it before it ran out; the hub has signed this"),
        (WHO, NOW + DAY, "no hand-over evidence by 2026-09-22"),
        (WHO, NOW + DAY - 1, "has not fetched it"),
        (replace(WHO, failed_at=NOW), NOW + DAY, "could not open"),
        (replace(WHO, failed_at=NOW, unserved_at=NOW + DAY), NOW + DAY, "could not open"),
        (replace(WHO, handed_over_at=NOW, unserved_at=NOW + DAY), NOW + DAY, "received it"),
    ],
)
def test_at_its_end_a_message_was_fetched_or_the_hub_says_that_it_was_not_or_nobody_knows(
    who: Sent, now: int, words: str
) -> None:
    row = replace(OUT, state=OutState.ACCEPTED, accepted_at=NOW)
    (step,) = sent(row, who, reader=replace(READER, now=now))
    assert words in step.sentence
    assert step.remedy


def test_a_refusal_names_rule_article_and_remedy() -> None:
    row = replace(OUT, state=OutState.REFUSED, code=Code.POLICY_DENIED, refusal=DENIED)
    (step,) = sent(row)
    assert (step.rule, step.node) == ("police.purpose", "al.ilecu")
    assert step.article
    (bare,) = sent(row, reader=replace(READER, texts=None))
    assert (bare.rule, bare.article) == ("police.purpose", "D977 1(1)")


@pytest.mark.parametrize(
    ("row", "where", "who"),
    [
        (IN, "here", "you"),
        (replace(IN, read_at=NOW), "here", "you"),
        (replace(IN, state=InState.RELEASED), "here", "you"),
        (replace(IN, state=InState.RETURNED), "sender", "sender"),
        (replace(IN, state=InState.UNOPENABLE, code=Code.COMMITMENT), "here", "sender"),
        (replace(IN, state=InState.UNOPENABLE), "here", "sender"),
        (replace(IN, state=InState.GONE), "nowhere", "you"),
        (replace(IN, state=InState.HELD), "here", "you"),
    ],
)
def test_what_arrived(row: InRow, where: str, who: str) -> None:
    steps = why_received(row, READER)
    assert (steps[-1].where, steps[-1].who) == (where, who)


def test_what_was_read_and_answered_leaves_nothing_to_do() -> None:
    read = replace(IN, read_at=NOW)
    (step,) = why_received(read, replace(READER, answered=True))
    assert (step.who, step.remedy) == ("nobody", "Nothing to do.")
    (unread,) = why_received(IN, replace(READER, answered=True))
    assert unread.who == "you", "an answer does not read it"
    for row in (replace(read, mode=Mode.INFORMATION), replace(read, in_reply_to=MessageId(b"o" * 32))):
        assert why_received(row, READER)[0].who == "nobody"


def test_a_held_message_names_the_rule_and_then_the_choice() -> None:
    steps = why_received(replace(IN, state=InState.HELD, decision=DENIED), READER)
    assert [step.rule for step in steps] == ["police.purpose", None]
    assert "Release" in steps[-1].remedy
