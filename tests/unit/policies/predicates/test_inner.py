"""Edges of the inner predicates that the cases beside the policies do not reach."""

from dataclasses import replace

import pytest

from policies.facts import ActKind, Citation, InnerFacts, PersonalAct, Side
from policies.predicates import approvals, citations, consents, handling, persons, urgency
from policies.predicates.citations import Codes, Quotes
from policies.predicates.consents import Matrix
from policies.predicates.persons import RoleCategories
from policies.predicates.urgency import Reason
from policies.registry import Nothing
from protocol.catalogue.content import ContentReference
from protocol.ids import NodeId
from tests.simulators.policies import shipped_facts

REQUEST = shipped_facts("police", "request")
REFERRAL = shipped_facts("cso", "referral")
ME = REQUEST.outer.header.sender


def act(person: str, *, kind: ActKind = ActKind.APPROVE, node: NodeId = ME) -> PersonalAct:
    return PersonalAct(kind, node, person, "supervisor")


@pytest.mark.parametrize(
    ("acts", "approved"),
    [
        ((), False),
        ((act("officer-2"),), True),
        ((act("officer-1"),), False),
        ((act("officer-2", node=NodeId("ilecu.bb")),), False),
        ((act("officer-2", kind=ActKind.ISSUE),), False),
        ((act("officer-2", kind=ActKind.ISSUE), act("officer-2")), False),
        ((act("officer-2", kind=ActKind.ISSUE), act("officer-3")), True),
    ],
)
def test_the_second_person_is_neither_author_nor_issuer(acts: tuple[PersonalAct, ...], *, approved: bool) -> None:
    assert approvals.second_person(replace(REQUEST, acts=acts)) is approved


def test_a_recipient_that_does_not_know_the_author_accepts_the_signed_approval() -> None:
    assert approvals.second_person(replace(REQUEST, author=None, acts=(act("officer-2"),)))


@pytest.mark.parametrize(
    "body", [None, [], {"urgency": None}, {"urgency": {"reason": 7}}, {"urgency": {"reason": "x" * 19 + " "}}]
)
def test_a_reason_that_is_none_does_not_make_urgent(body: object) -> None:
    check = urgency.urgency_reason.bind(Reason(frozenset({"urgent"}), "/urgency/reason", 20))
    header = replace(REQUEST.outer.header, urgency="urgent")
    facts = replace(REQUEST, outer=replace(REQUEST.outer, header=header), documents={"body": body})
    assert [dict(each.says) for each in check(facts)] == [{"characters": "20"}]
    assert check(replace(facts, documents={"body": {"urgency": {"reason": "x" * 20}}})) == ()
    assert check(replace(REQUEST, documents={})) == ()


def test_codes_of_a_quotation_travel_with_it() -> None:
    quoted = Citation(path="/facts", handling=("H2",), quoted=True)
    check = handling.handling_of_items.bind(Nothing())
    assert [dict(each.says) for each in check(replace(REQUEST, citations=(quoted,)))] == [{"codes": "H2"}]
    assert check(replace(REQUEST, citations=(replace(quoted, quoted=False),))) == ()


def test_a_category_inside_an_unlisted_role_is_beyond() -> None:
    table = RoleCategories({"suspect": frozenset({"ID"})}, frozenset({"CA"}))
    content = replace(
        REQUEST.content, role_categories=frozenset({("witness", "CA")}), data_categories=frozenset({"CA"})
    )
    check = persons.content_categories_of_roles.bind(table)
    assert [dict(each.says) for each in check(replace(REQUEST, content=content))] == [{"categories": "CA"}]


def test_a_consent_of_another_reference_does_not_stand_in() -> None:
    rule = consents.consent_matrix.bind(Matrix({"return": frozenset({"shelter", "travel"})}, 90))
    assert rule(REFERRAL) == ()
    header = replace(REFERRAL.outer.header, consents=())
    without = replace(REFERRAL, outer=replace(REFERRAL.outer, header=header))
    assert {dict(each.says)["state"] for each in rule(without)} == {"not-held"}
    assert {each.recipient for each in rule(without)} == {"nada.bb", "care.bb"}


def test_a_purpose_that_no_consent_can_serve_is_refused() -> None:
    rule = consents.consent_matrix.bind(Matrix({"assistance": frozenset({"shelter"})}, 90))
    assert {dict(each.says)["state"] for each in rule(REFERRAL)} == {"not-granted"}


def test_the_telling_reason_goes_before_the_plain_one() -> None:
    rule = consents.consent_matrix.bind(Matrix({"return": frozenset({"shelter", "travel"})}, 90))
    late = replace(REFERRAL, outer=replace(REFERRAL.outer, now=104_500_000))
    assert {dict(each.says)["state"] for each in rule(late)} == {"expired"}


def test_a_reader_that_is_no_recipient_is_asked_for_nothing() -> None:
    rule = consents.consent_matrix.bind(Matrix({}, 90))
    outside = replace(REFERRAL, outer=replace(REFERRAL.outer, side=Side.RECIPIENT), reader=None)
    assert rule(outside) == ()


@pytest.mark.parametrize(
    ("entries", "refused"),
    [
        (None, False),
        ({}, False),
        ([], False),
        ([{"quoted": False}], False),
        ([{"quoted": True, "consent": "m"}], False),
        ([{"quoted": True}], True),
        ([{"quoted": True, "consent": ""}], True),
        ([{"quoted": False}, {}], True),
        (["text"], True),
    ],
)
def test_an_entry_that_does_not_say_counts_as_quoting(entries: object, *, refused: bool) -> None:
    check = citations.quotes_with_consent.bind(Quotes("/linked", "/quoted", "/consent"))
    assert bool(check(replace(REQUEST, documents={"body": {"linked": entries}}))) is refused


def test_what_is_only_named_is_not_passed_on() -> None:
    named = Citation(path="/facts", owner=NodeId("ilecu.dd"), handling=("H2",))
    check = citations.recipients_of_restricted.bind(Codes(frozenset({"H2"})))
    assert check(replace(REQUEST, citations=(named,))) == ()
    assert len(check(replace(REQUEST, citations=(replace(named, quoted=True),)))) == 2
    assert check(replace(REQUEST, citations=(replace(named, quoted=True, owner=ME),))) == ()


def owned(facts: InnerFacts, owner: str) -> InnerFacts:
    reference = ContentReference("owner", owner, "/x")
    return replace(facts, content=replace(facts.content, references=(reference,)))


def test_an_owner_may_have_its_own_back_and_allow_others() -> None:
    check = citations.owner_consents.bind(Nothing())
    assert [each.recipient for each in check(owned(REQUEST, "ilecu.bb"))] == ["agency.cc"]
    assert check(owned(REQUEST, str(ME))) == ()
    allowed = Citation(path="/x", owner=NodeId("ilecu.bb"), consented=frozenset({NodeId("agency.cc")}))
    assert check(replace(owned(REQUEST, "ilecu.bb"), citations=(allowed,))) == ()
    other = replace(allowed, owner=NodeId("ilecu.dd"))
    assert len(check(replace(owned(REQUEST, "ilecu.bb"), citations=(other,)))) == 1
