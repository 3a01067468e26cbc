"""How a correction is folded: who was told, who answered, who is late, and when it is over."""

from dataclasses import replace
from typing import Any

import pytest

from nodes.casework.correction_facts import CODES, code_of
from nodes.casework.corrections import TELLING_S, CaseFacts, CorrectionCase, Reach, Said, Stage, Told, fold_correction
from protocol.ids import MessageId, NodeId

A, B, C, D = (NodeId(f"{name}.ilecu") for name in "abcd")
START, CONFIRM = 1_000_000, 1_100_000
FACTS = CaseFacts(about=MessageId(b"m" * 32), subject=b"s", raised_at=START, confirm_by=CONFIRM)


def case(**changes: Any) -> CorrectionCase:
    return fold_correction(replace(FACTS, **changes))


def reached(found: CorrectionCase) -> dict[tuple[str, str | None], Reach]:
    return {(each.node, each.via): each.reach for each in found.holders}


def test_a_correction_that_nobody_else_holds_is_over_when_it_is_carried_out_here() -> None:
    assert case().stage is Stage.CONFIRMED
    assert case(applied_at=1).stage is Stage.APPLIED
    assert case(applied_at=1, verified_at=2).stage is Stage.VERIFIED


def test_holders_are_untold_until_a_notice_went_to_them() -> None:
    found = case(holders=frozenset({B, C}), told=[Told(B, delivered=False)])
    assert reached(found) == {(B, None): Reach.TOLD, (C, None): Reach.UNTOLD}
    assert (found.stage, found.to_tell) == (Stage.RAISED, (C,))
    assert found.overdue(START + TELLING_S - 1) == ()
    assert [each.node for each in found.overdue(START + TELLING_S)] == [C]
    assert [each.node for each in found.overdue(CONFIRM)] == [B, C]


def test_a_notice_that_failed_is_to_be_sent_again() -> None:
    found = case(holders=frozenset({B}), told=[Told(B, delivered=False, failed=True)])
    assert found.to_tell == (B,)
    again = case(holders=frozenset({B}), told=[Told(B, delivered=False, failed=True), Told(B, delivered=True)])
    assert reached(again) == {(B, None): Reach.DELIVERED}


def test_whoever_was_told_counts_as_a_holder() -> None:
    assert reached(case(told=[Told(D, delivered=True)])) == {(D, None): Reach.DELIVERED}


def test_answers_carry_the_holders_behind_the_holder() -> None:
    told = [Told(B, delivered=True)]
    first = Said(B, applied=False, holders=((C, Reach.UNTOLD), (D, Reach.TOLD)))
    later = Said(B, applied=True, holders=((C, Reach.CONFIRMED), (D, Reach.APPLIED)))
    found = case(holders=frozenset({B}), told=told, said=[first])
    assert reached(found) == {(B, None): Reach.CONFIRMED, (C, B): Reach.UNTOLD, (D, B): Reach.TOLD}
    assert (found.stage, found.to_tell) == (Stage.RAISED, ())
    for said in ([first, later], [later, first]):
        found = case(holders=frozenset({B}), told=told, said=said)
        assert reached(found) == {(B, None): Reach.APPLIED, (C, B): Reach.CONFIRMED, (D, B): Reach.APPLIED}
        assert [each.node for each in found.unfinished] == [C]
        assert found.stage is Stage.CONFIRMED


def test_an_answer_of_somebody_who_was_told_nothing_counts_for_nothing() -> None:
    assert reached(case(said=[Said(D, applied=True)])) == {}


@pytest.mark.parametrize(
    ("changes", "due"),
    [
        ({}, CONFIRM),
        ({"applied_at": 1}, None),
        ({"issuer": A}, CONFIRM),
        ({"issuer": A, "applied_at": 1}, CONFIRM),
        ({"issuer": A, "applied_at": 1, "reported": True}, None),
    ],
)
def test_what_this_node_has_to_do_itself(changes: dict[str, Any], due: int | None) -> None:
    found = case(**changes)
    assert found.own_due_at == due
    assert found.late(CONFIRM - 1) is False
    assert found.late(CONFIRM) is (due is not None)


def test_the_issuer_is_to_be_told_of_whatever_it_does_not_know() -> None:
    held = {"issuer": A, "holders": frozenset({B}), "told": [Told(B, delivered=True)]}
    assert not case(holders=frozenset({B})).to_report, "who raised it reports to nobody"
    assert case(**held).to_report
    said = Said(NodeId(""), applied=False, holders=((B, Reach.TOLD),))
    assert not case(**held, last_report=said).to_report, "delivered is told"
    assert case(**held, last_report=said, applied_at=1).to_report
    assert case(**held, last_report=said, said=[Said(B, applied=False)]).to_report


def test_answers_name_every_reach_by_a_code() -> None:
    assert [code_of(each) for each in Reach] == ["untold", "told", "told", "received", "applied"]
    assert set(CODES) == {code_of(each) for each in Reach}
