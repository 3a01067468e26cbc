"""Consent to a use, folded from what was said: asked, granted, denied, expired, ended, withdrawn."""

from dataclasses import replace
from typing import Any

import pytest

from policies.clocks.limits import CONSENT
from policies.consent_uses import JUDICIAL, PASSING_ON, Item, Phase, Stage, UseCase, Word, fold_uses, permitted
from protocol.ids import MessageId, NodeId
from tests.simulators.party import message_number

RS, MK, AL, COURT = NodeId("rs.ilecu"), NodeId("mk.ilecu"), NodeId("al.ilecu"), NodeId("rs.prosecution")
ABOUT = message_number(900)
START = 1_000_000
DAY = 86_400
LATER = START + 100 * DAY


def word(number: int, phase: Phase, **changes: Any) -> Word:
    fields: dict[str, Any] = {
        "message": message_number(number),
        "sender": RS if phase is Phase.ASK else MK,
        "to": frozenset({MK if phase is Phase.ASK else RS}),
        "at": START + number,
        "phase": phase,
        "use": JUDICIAL,
        "about": frozenset({Item(ABOUT)}),
        "target": COURT,
        "until": LATER if phase is Phase.GRANT else None,
        "in_reply_to": None if phase is Phase.ASK else message_number(1),
    }
    return Word(**fields | changes)


ASK = word(1, Phase.ASK)
GRANT = word(2, Phase.GRANT, conditions=("In this case only",))


def one(*words: Word, now: int = START + 10) -> UseCase:
    (case,) = fold_uses(words, now)
    return case


@pytest.mark.parametrize(
    ("words", "now", "stage"),
    [
        ((ASK,), START + 10, Stage.ASKED),
        ((ASK,), ASK.at + CONSENT.seconds - 1, Stage.ASKED),
        ((ASK,), ASK.at + CONSENT.seconds, Stage.EXPIRED),
        ((ASK, GRANT), START + 10, Stage.GRANTED),
        ((ASK, GRANT), LATER - 1, Stage.GRANTED),
        ((ASK, GRANT), LATER, Stage.ENDED),
        ((ASK, replace(GRANT, until=None)), START + 10, Stage.ENDED),
        ((ASK, replace(GRANT, at=ASK.at + 30 * DAY)), START + 31 * DAY, Stage.GRANTED),
        ((ASK, word(2, Phase.DENY)), START + 10, Stage.DENIED),
        ((ASK, GRANT, word(3, Phase.DENY)), START + 10, Stage.DENIED),
        ((ASK, word(2, Phase.DENY), word(3, Phase.GRANT)), START + 10, Stage.GRANTED),
        ((ASK, GRANT, word(3, Phase.WITHDRAW)), START + 10, Stage.WITHDRAWN),
        ((ASK, GRANT, word(3, Phase.WITHDRAW, effective=START + 20)), START + 19, Stage.GRANTED),
        ((ASK, GRANT, word(3, Phase.WITHDRAW, effective=START + 20)), START + 20, Stage.WITHDRAWN),
        ((ASK, GRANT, word(3, Phase.WITHDRAW, effective=LATER + 9)), LATER, Stage.WITHDRAWN),
        ((ASK, word(2, Phase.WITHDRAW, effective=START + 20)), START + 10, Stage.WITHDRAWN),
        ((ASK, GRANT, word(3, Phase.WITHDRAW, in_reply_to=GRANT.message)), START + 10, Stage.WITHDRAWN),
        ((GRANT,), START + 10, Stage.GRANTED),
        ((GRANT, word(3, Phase.WITHDRAW, in_reply_to=None)), START + 10, Stage.WITHDRAWN),
        ((GRANT, word(3, Phase.DENY, in_reply_to=None, target=None)), START + 10, Stage.DENIED),
        ((GRANT, word(3, Phase.DENY, in_reply_to=None, target=AL)), START + 10, Stage.GRANTED),
        ((GRANT, word(3, Phase.DENY, in_reply_to=None, use=PASSING_ON)), START + 10, Stage.GRANTED),
        (
            (GRANT, word(3, Phase.DENY, in_reply_to=None, about=frozenset({Item(message_number(8))}))),
            LATER - 1,
            "granted",
        ),
        ((ASK, word(3, Phase.DENY, in_reply_to=None)), START + 10, Stage.ASKED),
    ],
)
def test_a_consent_stands_where_its_last_word_and_the_time_put_it(
    words: tuple[Word, ...], now: int, stage: Stage
) -> None:
    assert one(*words, now=now).stage == stage
    assert one(*reversed(words), now=now).stage == stage, "the order of the log counts, not of the reading"
    grants = permitted(fold_uses(words, now), MK, Item(ABOUT), JUDICIAL)
    assert bool(grants) is (stage == Stage.GRANTED), "only what is granted permits anything"


def test_what_was_said_is_kept_and_shown() -> None:
    case = one(ASK, GRANT)
    assert (case.owner, case.asked, case.decided, case.grant) == (MK, ASK, GRANT, GRANT)
    assert case.due_at == ASK.at + 7 * DAY
    assert case.grant is not None
    assert case.grant.conditions == ("In this case only",)
    unasked = one(GRANT)
    assert (unasked.asked, unasked.due_at) == (None, None)
    waiting = one(ASK)
    assert (waiting.decided, waiting.grant) == (None, None)


def test_nobody_but_the_owner_who_was_asked_answers() -> None:
    for stranger in (RS, AL):
        cases = fold_uses((ASK, replace(GRANT, sender=stranger)), START + 10)
        assert cases[0].stage is Stage.ASKED
        assert not permitted(cases, MK, Item(ABOUT), JUDICIAL)
    assert not permitted(fold_uses((ASK, GRANT), START + 10), AL, Item(ABOUT), JUDICIAL), "AL does not own it"


def test_a_question_to_two_owners_has_two_answers() -> None:
    both = replace(ASK, to=frozenset({MK, AL}))
    cases = fold_uses((both, GRANT), START + 10)
    assert {case.owner: case.stage for case in cases} == {MK: Stage.GRANTED, AL: Stage.ASKED}


def test_a_grant_reaches_what_it_names_and_no_more() -> None:
    whole, part = Item(ABOUT), Item(ABOUT, "p1")
    assert one(GRANT).permits(part, JUDICIAL), "a whole message includes its items"
    narrow = one(replace(GRANT, about=frozenset({part})))
    assert narrow.permits(part, JUDICIAL)
    assert not narrow.permits(whole, JUDICIAL)
    assert not narrow.permits(Item(ABOUT, "v1"), JUDICIAL)
    assert not narrow.permits(part, PASSING_ON)
    assert not one(GRANT).permits(Item(MessageId(bytes(32))), JUDICIAL)


def test_the_second_grant_replaces_the_first() -> None:
    shorter = word(3, Phase.GRANT, until=START + 20)
    assert one(ASK, GRANT, shorter, now=START + 30).stage is Stage.ENDED


def test_an_answer_comes_after_its_question_whatever_the_clocks_say() -> None:
    early = replace(GRANT, at=ASK.at - 60)
    assert one(early, ASK).stage is Stage.GRANTED
    circle = (replace(GRANT, in_reply_to=message_number(3)), word(3, Phase.WITHDRAW, in_reply_to=GRANT.message))
    assert one(*circle).stage is Stage.WITHDRAWN, "what answers each other ends all the same"
