from typing import Any

import pytest

from nodes.casework.case_signals import Learned, Receipt, Standing, Thread, Written, in_order, signals_of
from nodes.casework.corrections import Stage
from nodes.casework.machine import Signal
from protocol.ids import MessageId, NodeId

ME, RS, AL = NodeId("mk.ilecu"), NodeId("rs.ilecu"), NodeId("al.ilecu")
START = MessageId(b"s" * 32)
S = Signal


def message(number: int) -> MessageId:
    return MessageId(bytes([number]) * 32)


def asked(**more: Any) -> Written:
    values = {"sender": ME, "to": (RS,), "standing": Standing.GONE, "family": "MT-01", "at": 10, "queued_at": 9}
    return Written(message=START, **{**values, **more})


def reply(number: int, family: str, said: dict[str, Any] | None = None, /, **more: Any) -> Written:
    values = {"sender": RS, "to": (ME,), "standing": Standing.HERE, "in_reply_to": START, "queued_at": number}
    return Written(message=message(number), family=family, at=number, said=said or {}, **{**values, **more})


def learned(start: Written, *rest: Written, me: NodeId = ME, stage: Stage | None = None) -> list[Signal]:
    return [each.signal for each in signals_of(Thread(me, start, rest, stage))]


def after_sending(start: Written, *rest: Written) -> list[Signal]:
    found = learned(start, *rest)
    assert found[:2] == [S.QUEUED, S.SENT]
    return found[2:]


@pytest.mark.parametrize(
    ("standing", "signals"),
    [
        (Standing.WAITING, [S.QUEUED]),
        (Standing.STOPPED, [S.QUEUED, S.STOPPED]),
        (Standing.GONE, [S.QUEUED, S.SENT]),
        (Standing.HERE, []),
    ],
)
def test_a_first_message_says_how_far_it_got(standing: Standing, signals: list[Signal]) -> None:
    assert learned(asked(standing=standing)) == signals


def test_a_held_message_is_released_or_given_back() -> None:
    came = {"sender": RS, "to": (ME,)}
    assert learned(asked(**came, standing=Standing.HELD, held_at=11)) == [S.HELD]
    assert learned(asked(**came, standing=Standing.HERE, held_at=11, released_at=12)) == [S.HELD, S.RELEASED]
    assert learned(asked(**came, standing=Standing.RETURNED, held_at=11, returned_at=12)) == [S.HELD, S.RETURNED]


def test_each_addressee_confirms_for_itself() -> None:
    receipts = (Receipt(RS, 20, held=True, opened_at=30), Receipt(AL))
    found = signals_of(Thread(ME, asked(to=(RS, AL), receipts=receipts)))
    assert found[2:] == (
        Learned(S.DELIVERED, 20, START, RS),
        Learned(S.HELD, 20, START, RS),
        Learned(S.OPENED, 30, START, RS),
    )


ANSWERS = (
    ("MT-02", {}, S.ACKNOWLEDGED),
    ("MT-07", {}, S.ASKED),
    ("MT-09", {}, S.DELAYED),
    ("MT-04", {}, S.ANSWERED),
    ("MT-03", {"/completeness": "complete"}, S.ANSWERED),
    ("MT-03", {"/completeness": "partial"}, S.PART),
    ("MT-10", {"/scope": "full"}, S.REFUSED),
    ("MT-10", {"/scope": "part"}, S.PART_REFUSED),
    ("MT-16", {}, S.WROTE),
)


@pytest.mark.parametrize(("family", "said", "signal"), ANSWERS)
def test_an_answer_says_what_it_is(family: str, said: dict[str, Any], signal: Signal) -> None:
    assert after_sending(asked(), reply(20, family, said)) == [signal]


@pytest.mark.parametrize("family", ["MT-03", "MT-10"])
def test_an_erased_answer_stays_an_answer(family: str) -> None:
    assert after_sending(asked(), reply(20, family, erased=True))[0] in (S.ANSWERED, S.REFUSED)


def test_what_the_asking_side_writes_is_no_answer() -> None:
    for family in ("MT-02", "MT-03", "MT-04", "MT-07", "MT-09", "MT-10"):
        assert after_sending(asked(), reply(20, family, sender=ME, standing=Standing.GONE)) == [S.WROTE]


def test_a_question_is_answered_by_a_complete_clarification_to_it() -> None:
    question = reply(20, "MT-07")
    mine = {"sender": ME, "standing": Standing.GONE}
    for said, erased, signal in (
        ({"/complete": True}, False, S.CLARIFIED),
        ({}, False, S.WROTE),
        ({}, True, S.CLARIFIED),
    ):
        answer = reply(30, "MT-08", said, in_reply_to=question.message, erased=erased, **mine)
        assert after_sending(asked(), question, answer) == [S.ASKED, signal]
    stray = reply(30, "MT-08", {"/complete": True}, **mine)
    assert after_sending(asked(), question, stray) == [S.ASKED, S.WROTE]


def test_held_and_unsent_messages_say_nothing_yet() -> None:
    held = reply(20, "MT-04", standing=Standing.HELD)
    waiting = reply(21, "MT-08", standing=Standing.WAITING, sender=ME)
    assert after_sending(asked(), held, waiting) == []
    assert after_sending(asked(), reply(20, "MT-03", None)) == [S.PART]


def whole(number: int, sender: NodeId) -> Written:
    return reply(number, "MT-03", {"/completeness": "complete"}, sender=sender)


def test_a_request_to_two_is_answered_when_both_have_answered() -> None:
    two = asked(to=(RS, AL))
    assert after_sending(two, whole(20, RS)) == [S.PART]
    assert after_sending(two, whole(20, RS), whole(30, AL)) == [S.PART, S.ANSWERED]
    refusal = reply(30, "MT-10", {"/scope": "full"}, sender=AL)
    assert after_sending(two, whole(20, RS), refusal) == [S.PART, S.ANSWERED]
    refusals = reply(20, "MT-10", {"/scope": "full"}), refusal
    assert after_sending(two, *refusals) == [S.PART, S.REFUSED]
    to_part = reply(20, "MT-04", in_reply_to=message(9))
    assert after_sending(asked(), to_part) == [S.ANSWERED]


def test_who_gives_a_request_back_owes_nothing_more() -> None:
    back = Receipt(RS, 15, returned_at=25)
    assert after_sending(asked(receipts=(back,))) == [S.DELIVERED, S.RETURNED]
    two = asked(to=(RS, AL), receipts=(back, Receipt(AL)))
    assert after_sending(two) == [S.DELIVERED]
    assert after_sending(two, whole(30, AL)) == [S.DELIVERED, S.ANSWERED]
    both = asked(to=(RS, AL), receipts=(back, Receipt(AL, 15, returned_at=26)))
    assert after_sending(both) == [S.DELIVERED, S.DELIVERED, S.RETURNED]
    copied = asked(receipts=(Receipt(AL, returned_at=26),))
    assert after_sending(copied) == []


def test_the_requested_side_ends_with_its_own_answer() -> None:
    came = asked(sender=RS, to=(ME, AL), standing=Standing.HERE)
    mine = reply(20, "MT-04", sender=ME, to=(RS,), standing=Standing.GONE)
    assert learned(came, mine) == [S.ANSWERED]
    copy = asked(sender=RS, to=(AL,), standing=Standing.HERE)
    assert learned(copy, mine) == [S.ANSWERED]


@pytest.mark.parametrize(
    ("phase", "signal"),
    [("grant", S.GRANTED), ("deny", S.DENIED), ("withdraw", S.WITHDRAWN), ("ask", S.WROTE), (7, S.WROTE)],
)
def test_a_consent_is_granted_denied_or_withdrawn_by_who_was_asked(phase: object, signal: Signal) -> None:
    start = asked(family="MT-11")
    assert after_sending(start, reply(20, "MT-11", {"/phase": phase})) == [signal]
    assert after_sending(start, reply(20, "MT-11", {"/phase": phase}, sender=ME)) == [S.WROTE]


def test_a_consent_that_nobody_may_read_yet_says_nothing() -> None:
    start = asked(family="MT-11", receipts=(Receipt(RS, returned_at=15),))
    unread = Written(
        message=message(20), family="MT-11", sender=RS, to=(ME,), at=20, queued_at=20, standing=Standing.HERE, said=None
    )
    assert after_sending(start, unread) == [S.RETURNED, S.WROTE]


def test_information_is_acknowledged_given_back_or_written_about() -> None:
    start = asked(family="MT-05", receipts=(Receipt(RS, returned_at=15),))
    found = after_sending(start, reply(20, "MT-02"), reply(21, "MT-02", sender=ME), reply(22, "MT-16"))
    assert found == [S.RETURNED, S.ACKNOWLEDGED, S.WROTE, S.WROTE]


@pytest.mark.parametrize("stage", list(Stage))
def test_a_correction_repeats_how_far_its_holders_are(stage: Stage) -> None:
    found = after_sending(asked(family="MT-12"))
    assert found == []
    found = learned(asked(family="MT-12"), stage=stage)[2:]
    steps = [S.CONFIRMED, S.APPLIED, S.VERIFIED]
    assert found == steps[: max(0, list(Stage).index(stage) - 1)]


def test_messages_are_put_in_the_order_of_their_times() -> None:
    late, soon = reply(30, "MT-04"), reply(20, "MT-02")
    assert in_order([late, soon]) == [soon, late]
