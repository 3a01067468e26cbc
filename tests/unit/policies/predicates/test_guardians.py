"""Who speaks for a child: edges that the cases beside the policies do not reach."""

from dataclasses import replace
from typing import Any

import pytest

from policies.facts import InnerFacts
from policies.predicates.guardians import RECORDED, Guardian, child_represented, guardian_free, representation_fault
from policies.registry import Nothing
from protocol.records import Kind
from tests.simulators.policies import shipped_facts

REFERRAL = shipped_facts("cso", "referral")
WHERE = Guardian("/x_guardian/status", "/x_guardian/check")


def with_guardian(status: str, check: str, *, authority: bool = True, child: bool = True) -> InnerFacts:
    kind = Kind.CHILD_PROTECTION if authority else Kind.CSO
    recipients = tuple(
        replace(each, participant=None if each.participant is None else replace(each.participant, kind=kind))
        for each in REFERRAL.outer.recipients
    )
    return replace(
        REFERRAL,
        outer=replace(REFERRAL.outer, recipients=recipients),
        content=replace(REFERRAL.content, child=child),
        documents={"body": {"x_guardian": {"status": status, "check": check}}},
    )


@pytest.mark.parametrize(
    ("status", "check", "authority", "state"),
    [
        ("parent", "clear", False, None),
        ("parent", "", False, "not-checked"),
        ("parent", "not_checked", True, "not-checked"),
        ("parent", "conflict", True, "conflicted"),
        ("appointed", "conflict", True, "conflicted"),
        ("authority", "conflict", True, None),
        ("authority", "conflict", False, "no-authority"),
        ("pending", "clear", False, "no-authority"),
        ("pending", "clear", True, None),
        ("", "conflict", False, None),
    ],
)
def test_a_guardian_is_checked_and_replaced(status: str, check: str, *, authority: bool, state: str | None) -> None:
    found = guardian_free.bind(WHERE)(with_guardian(status, check, authority=authority))
    assert [dict(each.says) for each in found] == ([] if state is None else [{"state": state}])
    assert guardian_free.bind(WHERE)(with_guardian(status, check, authority=authority, child=False)) == ()


def test_the_authority_may_be_the_sender_and_a_stranger_is_none() -> None:
    facts = with_guardian("authority", "conflict", authority=False)
    unknown = tuple(replace(each, participant=None) for each in facts.outer.recipients)
    alone = replace(facts, outer=replace(facts.outer, recipients=unknown))
    assert guardian_free.bind(WHERE)(alone) != ()
    assert alone.outer.sender is not None
    sender = replace(alone.outer.sender, kind=Kind.CHILD_PROTECTION)
    assert guardian_free.bind(WHERE)(replace(alone, outer=replace(alone.outer, sender=sender))) == ()


@pytest.mark.parametrize(
    ("record", "state"),
    [
        ({}, None),
        ({"type": "explicit-oral"}, None),
        ({"child": {}, "type": "explicit-oral"}, "own-consent"),
        ({"child": {}, "type": "proxy"}, None),
        ({"child": {"guardian_check": "conflict"}, "type": "proxy", "present": ["lawyer"]}, None),
        ({"child": {"guardian_check": "conflict"}, "type": "proxy", "present": ["guardian"]}, "guardian-present"),
        ({"child": {"guardian_check": "conflict"}, "type": "proxy", "present": "guardian"}, None),
        ({"child": {"guardian_check": "clear"}, "type": "proxy", "present": ["guardian"]}, None),
    ],
)
def test_who_consents_for_a_child(record: dict[str, Any], state: str | None) -> None:
    assert representation_fault({"record": record}) == state
    found = child_represented.bind(Nothing())(replace(REFERRAL, documents={"body": {"record": record}}))
    assert [dict(each.says) for each in found] == ([] if state is None else [{"state": state}])


def test_a_record_says_where_the_schema_puts_it() -> None:
    assert (RECORDED.status, RECORDED.check) == ("/record/child/guardian", "/record/child/guardian_check")
