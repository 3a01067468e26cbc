"""Which clocks messages start, stop and end, for every type that a workflow of these channels sends."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from nodes.casework.clock_cases import Awaited, Case, Heard, Pair, cases_of
from policies.clocks.limits import DueClass, Regime
from policies.clocks.zones import CENTRAL, DAY, HOUR
from protocol.cbor import Item
from protocol.ids import MessageId, NodeId

NOW = 1_790_000_000
RS, MK, AL = NodeId("rs.ilecu"), NodeId("mk.ilecu"), NodeId("al.ilecu")


def name(text: str) -> MessageId:
    return MessageId(text.encode().ljust(32, b"."))


def heard(
    family: str, sender: NodeId, about: str | None, *, at: int = 0, said: Mapping[str, Item] | None = None
) -> Heard:
    reply = None if about is None else name(about)
    return Heard(
        message=name(f"{family} {sender} {at}"),
        at=NOW + at,
        family=family,
        sender=sender,
        to=(),
        in_reply_to=reply,
        said={} if said is None else said,
    )


REQUEST = replace(heard("MT-01", MK, None), message=name("request"), to=(RS,))


def pair(_requester: NodeId, _debtor: NodeId) -> Pair:
    return Pair(Regime.DIRECTIVE, CENTRAL)


def one(*answers: Heard, request: Heard = REQUEST) -> Case:
    [found] = cases_of(request, answers, pair)
    return found


def test_each_addressee_owes_its_own_answer() -> None:
    request = replace(REQUEST, to=(RS, AL))
    done = heard("MT-04", RS, "request", at=HOUR)
    found = cases_of(request, [done], pair)
    assert [(each.owed_by, each.clock.closed_at) for each in found] == [(RS, NOW + HOUR), (AL, None)]
    assert {each.owed_to for each in found} == {MK}
    assert cases_of(replace(REQUEST, to=()), [done], pair) == ()


@pytest.mark.parametrize(
    ("family", "said", "closed", "part"),
    [
        ("MT-03", {"/completeness": "complete"}, True, False),
        ("MT-03", {"/completeness": "partial"}, False, True),
        ("MT-04", {}, True, False),
        ("MT-10", {"/scope": "full"}, True, False),
        ("MT-10", {"/scope": "part"}, False, True),
        ("MT-02", {"/due_class": "other"}, False, False),
        ("MT-11", {"/phase": "deny"}, False, False),
        ("MT-16", {}, False, False),
    ],
)
def test_only_a_whole_answer_or_refusal_ends_a_request(
    family: str, said: Mapping[str, Item], *, closed: bool, part: bool
) -> None:
    clock = one(heard(family, RS, "request", at=HOUR, said=said)).clock
    assert (clock.closed_at is not None, clock.part) == (closed, part)


@pytest.mark.parametrize("family", ["MT-03", "MT-04", "MT-10"])
def test_an_answer_that_nobody_here_may_read_yet_ends_nothing(family: str) -> None:
    clock = one(replace(heard(family, RS, "request"), said=None)).clock
    assert (clock.closed_at, clock.part) == (None, True)


@pytest.mark.parametrize("family", ["MT-02", "MT-09", "MT-11"])
def test_what_nobody_may_read_yet_changes_nothing(family: str) -> None:
    assert one(replace(heard(family, RS, "request"), said=None)).clock == one().clock


def test_strangers_and_other_messages_change_nothing() -> None:
    stranger, other = heard("MT-04", AL, "request"), heard("MT-04", RS, "another")
    assert one(stranger, other).clock == one().clock


def test_an_urgent_request_starts_with_the_shortest_limit_and_the_acknowledgement_names_another() -> None:
    urgent = replace(REQUEST, urgent=True)
    assert one(request=urgent).clock.due_class is DueClass.URGENT_DIRECT
    told = heard("MT-02", RS, "request", at=HOUR, said={"/due_class": "urgent_indirect"})
    assert one(told, request=urgent).clock.due_class is DueClass.URGENT_INDIRECT
    none = heard("MT-02", RS, "request", at=HOUR, said={"/due_class": "none"})
    assert one(none, request=urgent).clock.due_class is DueClass.URGENT_DIRECT


def test_a_question_rests_the_clock_until_its_complete_answer_by_the_requester() -> None:
    question = replace(heard("MT-07", RS, "request", at=DAY), message=name("question"))
    half = heard("MT-08", MK, "question", at=2 * DAY, said={"/complete": False})
    whole = heard("MT-08", MK, "question", at=3 * DAY, said={"/complete": True})
    forged = heard("MT-08", AL, "question", at=2 * DAY, said={"/complete": True})
    assert one(question, half, forged).clock.suspended(NOW + 9 * DAY)
    clock = one(question, half, whole).clock
    assert clock.operational(NOW) == NOW + 9 * DAY
    strange = replace(question, sender=AL)
    assert one(strange, whole).clock == one().clock


def test_a_question_is_owed_by_who_was_asked_and_ends_with_the_complete_answer() -> None:
    question = replace(heard("MT-07", RS, "request"), message=name("question"), to=(MK,))
    found = one(request=question)
    assert (found.awaited, found.owed_by, found.owed_to) == (Awaited.CLARIFICATION, MK, RS)
    assert found.clock.due(NOW) == NOW + 48 * HOUR
    half = heard("MT-08", MK, "question", said={"/complete": False})
    whole = heard("MT-08", MK, "question", at=HOUR, said={"/complete": True})
    assert one(half, request=question).clock.closed_at is None
    assert one(half, whole, request=question).clock.closed_at == NOW + HOUR


@pytest.mark.parametrize(
    ("written", "until"),
    [
        ("2027-01-01T00:00:00Z", int(datetime(2027, 1, 1, tzinfo=UTC).timestamp())),
        ("soon", None),
        (None, None),
    ],
)
def test_a_notice_of_delay_names_its_time(written: str | None, until: int | None) -> None:
    clock = one(heard("MT-09", RS, "request", at=HOUR, said={"/expected_by": written})).clock
    assert (None if clock.delay is None else clock.delay.until) == until


def test_a_consent_is_asked_for_and_ends_with_grant_or_denial() -> None:
    asked = replace(heard("MT-11", MK, None, said={"/phase": "ask"}), message=name("asked"), to=(RS,))
    assert one(request=asked).clock.due(NOW) == NOW + 7 * DAY
    assert one(request=asked).awaited is Awaited.CONSENT
    for phase in ("grant", "deny"):
        answer = heard("MT-11", RS, "asked", at=HOUR, said={"/phase": phase})
        assert one(answer, request=asked).clock.closed_at == NOW + HOUR
    assert one(heard("MT-11", RS, "asked", said={"/phase": "withdraw"}), request=asked).clock.closed_at is None
    for said in ({"/phase": "grant"}, None):
        assert cases_of(replace(asked, said=said), [], pair) == ()
    assert cases_of(heard("MT-05", MK, None), [], pair) == ()


def test_a_letter_has_three_benchmarks() -> None:
    letter = replace(heard("MT-R1", MK, None), message=name("letter"), to=(RS,))

    def ends(*answers: Heard) -> list[bool]:
        return [each.clock.closed_at is not None for each in cases_of(letter, answers, pair)]

    assert [each.clock.due(NOW) - NOW for each in cases_of(letter, [], pair)] == [7 * DAY, 30 * DAY, 90 * DAY]
    assert ends() == [False, False, False]
    assert ends(heard("MT-02", RS, "letter", said={"/due_class": "benchmark"})) == [True, False, False]
    assert ends(heard("MT-07", RS, "letter")) == [True, False, False]
    assert ends(heard("MT-R10", RS, "letter", said={"/decision": "postpone"})) == [True, True, False]
    assert ends(heard("MT-R10", RS, "letter", said={"/decision": "refuse"})) == [True, True, True]
    assert ends(heard("MT-R8", RS, "letter", said={"/outcome": "partly"})) == [True, True, False]
    assert ends(heard("MT-R8", RS, "letter", said={"/outcome": "executed"})) == [True, True, True]


def test_what_was_given_back_to_its_sender_is_no_longer_owed() -> None:
    returned = replace(REQUEST, returned={RS: NOW + HOUR}, to=(RS, AL))
    assert [each.clock.closed_at for each in cases_of(returned, [], pair)] == [NOW + HOUR, None]


def test_a_correction_is_owed_until_its_holder_says_that_it_is_carried_out() -> None:
    notice = replace(REQUEST, family="MT-12")
    answers = [
        heard("MT-02", RS, "request", at=1, said={"/due_class": "none"}),
        heard("MT-02", RS, "request", at=2, said={"/due_class": "none", "/correction/state": "received"}),
        replace(heard("MT-02", RS, "request", at=3), said=None),
    ]
    owed = one(*answers, request=notice)
    assert (owed.awaited, owed.text, owed.owed_by) == (Awaited.CORRECTION, "clock.correction", RS)
    assert (owed.clock.closed_at, owed.clock.part, owed.clock.due(NOW)) == (None, False, NOW + DAY)
    done = heard("MT-02", RS, "request", at=9, said={"/correction/state": "applied"})
    assert one(*answers, done, request=notice).clock.closed_at == NOW + 9
    assert one(request=replace(notice, returned={RS: NOW + 5})).clock.closed_at == NOW + 5
