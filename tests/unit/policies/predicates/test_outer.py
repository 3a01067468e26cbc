"""Edges of the outer predicates that the cases beside the policies do not reach, and what their objections say."""

from dataclasses import replace

import pytest

from policies.facts import OuterFacts
from policies.predicates import agreements, approvals, classification, participants, purposes, times, versions
from policies.predicates.classification import Levels
from policies.predicates.purposes import HeaderField, HeaderFields
from policies.predicates.times import DAY, Days
from policies.predicates.versions import Grace
from policies.registry import Nothing, Objections
from protocol.ids import Channel, NodeId, PolicyDigest, Reference
from protocol.records import ConsentToken, PolicyState
from tests.simulators.policies import shipped_facts

REQUEST = shipped_facts("police", "request").outer
ANSWER = shipped_facts("police", "answer").outer
NOW = REQUEST.now


def states(found: Objections) -> list[str]:
    return [dict(each.says)["state"] for each in found]


def changed(facts: OuterFacts, **header: object) -> OuterFacts:
    return replace(facts, header=replace(facts.header, **header))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({"node": NodeId("ilecu.zz")}, "not-enrolled"),
        ({"revoked": True, "suspended": True}, "revoked"),
        ({"suspended": True, "valid_until": NOW}, "suspended"),
        ({"valid_until": NOW}, "mandate-ended"),
        ({"valid_until": NOW + 1}, None),
        ({"channels": (Channel("system"),)}, "not-on-channel"),
        ({"channels": ()}, "not-on-channel"),
    ],
)
def test_a_participant_is_who_the_directory_says(change: dict[str, object], state: str | None) -> None:
    assert REQUEST.sender is not None
    wrong = replace(REQUEST, sender=replace(REQUEST.sender, **change))  # type: ignore[arg-type]
    at_sender = participants.sender_in_standing.bind(Nothing())(wrong)
    [first, second] = REQUEST.recipients
    assert first.participant is not None
    to = replace(first, participant=replace(first.participant, **change))  # type: ignore[arg-type]
    at_recipient = participants.recipient_in_standing.bind(Nothing())(replace(REQUEST, recipients=(to, second)))
    assert states(at_sender) == states(at_recipient) == ([] if state is None else [state])
    assert [each.recipient for each in at_recipient] == ([] if state is None else ["ilecu.bb"])


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({"valid_from": NOW}, None),
        ({"valid_from": NOW + 1}, "not-yet"),
        ({"valid_until": NOW + 1}, None),
        ({"valid_until": NOW}, "ended"),
        ({"channel": Channel("cso")}, "other-channel"),
        ({"parties": (NodeId("agency.cc"), NodeId("ilecu.aa"))}, "other-parties"),
        ({"parties": (NodeId("ilecu.bb"), NodeId("ilecu.aa"))}, None),
    ],
)
def test_an_agreement_binds_this_pair_here_and_now(change: dict[str, object], state: str | None) -> None:
    [first, second] = REQUEST.recipients
    assert first.agreement is not None
    to = replace(first, agreement=replace(first.agreement, **change))  # type: ignore[arg-type]
    found = agreements.agreement_in_force.bind(Nothing())(replace(REQUEST, recipients=(to, second)))
    assert states(found) == ([] if state is None else [state])


def test_a_message_without_personal_data_needs_no_agreement_for_them() -> None:
    quiet = shipped_facts("police", "acknowledgement").outer
    without = replace(quiet, recipients=tuple(replace(each, agreement=None) for each in quiet.recipients))
    assert agreements.agreement_personal_data.bind(Nothing())(without) == ()
    assert agreements.agreement_categories.bind(Nothing())(without) == ()


@pytest.mark.parametrize("field", HeaderField)
def test_each_optional_field_can_be_forbidden(field: HeaderField) -> None:
    header = REQUEST.header
    name = field.value.replace("-", "_")
    empty: object = {"identity": False, "erase_by": None}.get(
        name, () if isinstance(getattr(header, name), tuple) else None
    )
    some: object = {"identity": True, "erase_by": 0}.get(name, ("x",) if isinstance(empty, tuple) else "x")
    check = purposes.header_without.bind(HeaderFields(frozenset({field})))
    assert check(changed(REQUEST, **{name: empty})) == ()
    assert [dict(each.says) for each in check(changed(REQUEST, **{name: some}))] == [{"field": field.value}]


def test_a_life_is_more_than_nothing_and_at_most_the_longest() -> None:
    check = times.life.bind(Days(2))
    for seconds, fine in ((1, True), (2 * DAY, True), (2 * DAY + 1, False), (0, False), (-1, False)):
        facts = changed(REQUEST, expires_at=REQUEST.header.issued_at + seconds)
        assert (check(facts) == ()) is fine


def test_a_date_of_erasure_counts_from_now_even_without_personal_data() -> None:
    check = times.erase_by.bind(Days(2))
    quiet = shipped_facts("police", "acknowledgement").outer
    for date, state in (
        (None, None),
        (NOW, "past"),
        (NOW + 1, None),
        (NOW + 2 * DAY, None),
        (NOW + 2 * DAY + 1, "too-late"),
    ):
        assert states(check(changed(quiet, erase_by=date))) == ([] if state is None else [state])
    assert states(check(changed(REQUEST, erase_by=None))) == ["no-date"]


ACTIVE, BEFORE = PolicyDigest(b"a" * 32), PolicyDigest(b"b" * 32)


@pytest.mark.parametrize(
    ("named", "state", "fault"),
    [
        (ACTIVE, PolicyState(ACTIVE, BEFORE, NOW, emergency=True), None),
        (ACTIVE, PolicyState(ACTIVE, BEFORE, NOW + 1, emergency=False), "not-yet"),
        (BEFORE, PolicyState(ACTIVE, BEFORE, NOW - 3600, emergency=False), None),
        (BEFORE, PolicyState(ACTIVE, BEFORE, NOW - 3601, emergency=False), "superseded"),
        (BEFORE, PolicyState(ACTIVE, BEFORE, NOW, emergency=True), "emergency"),
        (BEFORE, PolicyState(ACTIVE, None, NOW, emergency=False), "unknown-policy"),
        (ACTIVE, None, "no-policy"),
    ],
)
def test_the_active_policy_counts_and_shortly_the_one_before(
    named: PolicyDigest, state: PolicyState | None, fault: str | None
) -> None:
    facts = replace(changed(REQUEST, policy=named), policy=state)
    assert states(versions.policy_active.bind(Grace(1))(facts)) == ([] if fault is None else [fault])


def test_a_restricted_message_needs_both_ends_accredited() -> None:
    check = classification.classification.bind(Levels(frozenset({"BPL"}), frozenset({"R"})))
    facts = changed(REQUEST, classification="R")
    assert [each.recipient for each in check(facts)] == ["agency.cc"]
    assert facts.sender is not None
    alone = replace(facts, sender=replace(facts.sender, accredited=()))
    assert [each.recipient for each in check(alone)] == [None]
    assert [each.recipient for each in check(replace(facts, sender=None))] == [None]


def test_the_language_of_the_question_is_good_for_those_who_asked_or_read_it() -> None:
    assert ANSWER.reply is not None
    [asker] = ANSWER.recipients
    other = replace(asker, node=NodeId("agency.cc"))
    both = replace(ANSWER, recipients=(asker, other))
    assert [each.recipient for each in classification.language.bind(Nothing())(both)] == ["agency.cc"]
    unknown = replace(both, reply=None)
    assert [each.recipient for each in classification.language.bind(Nothing())(unknown)] == ["ilecu.aa", "agency.cc"]


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({}, None),
        ({"withdrawn": True, "expires_at": 0}, "withdrawn"),
        ({"expires_at": NOW}, "expired"),
        ({"sender": NodeId("ilecu.bb")}, "other-sender"),
    ],
)
def test_a_token_runs_for_its_sender(change: dict[str, object], state: str | None) -> None:
    reference = Reference(b"r" * 16)
    token = ConsentToken(reference, NodeId("x.x"), REQUEST.header.sender, NodeId("ilecu.bb"), NOW + 1, withdrawn=False)
    facts = changed(replace(REQUEST, approvals={reference: replace(token, **change)}), approvals=(reference,))  # type: ignore[arg-type]
    assert states(approvals.approvals_logged.bind(Nothing())(facts)) == ([] if state is None else [state])


def test_the_same_fault_is_told_once() -> None:
    facts = changed(REQUEST, approvals=(Reference(b"1" * 16), Reference(b"2" * 16)))
    assert states(approvals.approvals_logged.bind(Nothing())(facts)) == ["not-logged"]
