"""Reminders are proposed when there is a reason, to who waits, and say how late it is."""

from dataclasses import replace

import pytest

from nodes.casework.clock_cases import Case, Heard, cases_of
from nodes.casework.reminders import proposed_reminder
from policies.clocks.zones import DAY, HOUR
from protocol.ids import NodeId
from tests.unit.nodes.casework.test_clock_cases import MK, NOW, REQUEST, RS, heard, name, one, pair

ASKED = replace(heard("MT-11", MK, None, said={"/phase": "ask"}), message=name("asked"), to=(RS,))


def document(case: Case, now: int, me: NodeId = MK) -> dict[str, object] | None:
    found = proposed_reminder(case, me, now)
    return None if found is None else found["document"]


@pytest.mark.parametrize(
    ("after", "kind", "days"),
    [(7 * DAY + 1, "reminder", 0), (8 * DAY, "reminder", 1), (9 * DAY + 1, "escalation", 2)],
)
def test_who_waits_may_remind_once_it_is_overdue(after: int, kind: str, days: int) -> None:
    case = one()
    found = document(case, NOW + after)
    assert found is not None
    assert (found["kind"], found["days_overdue"], found["waiting_for"]) == (kind, days, "answer")
    assert found["about"] == {"message_id": case.message.hex()}
    assert document(case, NOW + after, RS) is None


def test_nothing_is_proposed_before_the_end_while_it_rests_or_when_it_is_closed() -> None:
    assert document(one(), NOW + 7 * DAY) is None
    question = replace(heard("MT-07", RS, "request", at=DAY), message=name("question"))
    assert document(one(question), NOW + 99 * DAY) is None
    assert document(one(heard("MT-04", RS, "request", at=30 * DAY)), NOW + 99 * DAY) is None


def test_a_clarification_is_reminded_of_after_48_hours() -> None:
    question = replace(heard("MT-07", RS, "request"), message=name("question"), to=(MK,))
    assert document(one(request=question), NOW + 48 * HOUR, RS) is None
    found = document(one(request=question), NOW + 48 * HOUR + 1, RS)
    assert found is not None
    assert found["waiting_for"] == "clarification"


@pytest.mark.parametrize(("after", "proposed"), [(6 * DAY, False), (7 * DAY - HOUR, True), (8 * DAY, False)])
def test_a_consent_is_reminded_of_before_it_counts_as_denied(after: int, *, proposed: bool) -> None:
    assert (document(one(request=ASKED), NOW + after) is not None) is proposed


def test_a_reminder_goes_to_the_one_who_owes() -> None:
    both = replace(REQUEST, to=(RS, NodeId("al.ilecu")))
    done: list[Heard] = [heard("MT-04", RS, "request")]
    told = [proposed_reminder(each, MK, NOW + 9 * DAY) for each in cases_of(both, done, pair)]
    assert [None if each is None else each["to"] for each in told] == [None, ["al.ilecu"]]
