"""Edges of predicates about sources, routes, vital interests and grounds that the cases beside the policies miss."""

from dataclasses import replace

import pytest

from policies.facts import Citation, InnerFacts
from policies.predicates import grounds, participants, routes, sources, versions, vital
from policies.predicates.grounds import Grounds, Weighty
from policies.predicates.routes import Copy
from policies.predicates.sources import Ladder, Places
from policies.predicates.vital import Categories
from policies.registry import Nothing
from protocol.catalogue.content import ContentReference
from protocol.ids import Channel, NodeId, PolicyDigest
from protocol.records import Kind, PolicyState
from tests.simulators.policies import shipped_facts

REQUEST = shipped_facts("police", "request")
TELLING = shipped_facts("police-cso", "telling")
ME = REQUEST.outer.header.sender
SOURCE = Citation(path="/facts", channel=Channel("police"), owner=NodeId("ilecu.dd"), quoted=True)


def citing(**changes: object) -> InnerFacts:
    return replace(REQUEST, citations=(replace(SOURCE, **changes),))  # type: ignore[arg-type]


def headed(facts: InnerFacts, **changes: object) -> InnerFacts:
    header = replace(facts.outer.header, **changes)  # type: ignore[arg-type]
    return replace(facts, outer=replace(facts.outer, header=header))


def test_what_goes_back_to_its_owner_serves_no_other_purpose() -> None:
    check = sources.purpose_of_sources.bind(sources.Despite(frozenset({"prevent"})))
    assert [dict(each.says) for each in check(citing())] == [{"purpose": "not-known"}]
    only = replace(REQUEST.outer, recipients=REQUEST.outer.recipients[:1])
    owner = only.recipients[0].node
    assert check(replace(citing(owner=owner), outer=only)) == ()
    assert check(citing(owner=owner)) != ()  # another recipient gets it too
    assert check(citing(owner=ME)) == ()
    assert check(citing(quoted=False)) == ()


@pytest.mark.parametrize(
    ("date", "limit", "fine"), [(None, None, True), (None, 5, False), (5, 5, True), (6, 5, False), (6, None, True)]
)
def test_a_copy_dies_with_its_source(date: int | None, limit: int | None, *, fine: bool) -> None:
    check = sources.erased_with_sources.bind(Nothing())
    assert (check(headed(citing(erase_by=limit), erase_by=date)) == ()) is fine


@pytest.mark.parametrize(
    ("level", "source", "fine"),
    [
        ("R", "R", True),
        ("R", "BPL", True),
        ("BPL", "R", False),
        (None, "BPL", False),
        ("X", "BPL", False),
        ("R", "X", False),
        (None, None, True),
    ],
)
def test_a_level_never_sinks(level: str | None, source: str | None, *, fine: bool) -> None:
    check = sources.classified_as_sources.bind(Ladder(("BPL", "R")))
    assert (check(headed(citing(classification=source), classification=level)) == ()) is fine


def test_who_lifts_is_asked_of_each_message_named_there() -> None:
    check = sources.owner_lifts.bind(Places(frozenset({"/items"})))
    named = ContentReference("message", "m", "/items/0/message_id")
    unknown = replace(REQUEST, content=replace(REQUEST.content, references=(named,)))
    assert check(unknown) != ()
    own = Citation(path="/items/0/message_id", owner=ME)
    assert check(replace(unknown, citations=(own,))) == ()
    assert check(replace(unknown, citations=(own, Citation(path="/items", owner=None)))) != ()
    assert check(replace(REQUEST, citations=(Citation(path="/itemsx", owner=None),))) == ()
    elsewhere = (ContentReference("owner", "x", "/items/0"), ContentReference("message", "m", "/prior/0"))
    assert check(replace(REQUEST, content=replace(REQUEST.content, references=elsewhere))) == ()


def test_a_sender_that_is_not_enrolled_is_refused_elsewhere() -> None:
    rule = Copy(frozenset({Kind.AGENCY}), frozenset({Kind.CONTACT_POINT}), "/copy_omitted/ground", frozenset({"a"}))
    check = routes.copied_to_own.bind(rule)
    assert check(replace(REQUEST, outer=replace(REQUEST.outer, sender=None))) == ()
    assert check(REQUEST) == ()
    assert REQUEST.outer.sender is not None
    agency = replace(REQUEST.outer, sender=replace(REQUEST.outer.sender, kind=Kind.AGENCY, country="ZZ"))
    assert [dict(each.says) for each in check(replace(REQUEST, outer=agency))] == [{"ground": "-"}]
    nobody = tuple(replace(each, participant=None) for each in agency.recipients)
    assert check(replace(REQUEST, outer=replace(agency, recipients=nobody))) != ()


def test_nothing_is_inside_beyond_what_is_named() -> None:
    check = vital.categories_within.bind(Categories(frozenset({"CA"})))
    assert check(TELLING) == ()
    more = replace(TELLING, content=replace(TELLING.content, data_categories=frozenset({"CA", "CR"})))
    assert [dict(each.says) for each in check(more)] == [{"categories": "CR"}]


@pytest.mark.parametrize("body", [None, {}, {"grounds": 7}, {"grounds": []}, {"grounds": [7]}])
def test_a_refusal_without_readable_grounds_is_none(body: object) -> None:
    check = grounds.grounded.bind(Grounds("/grounds", "/ground", "/reason", frozenset({"R-a"})))
    assert [dict(each.says) for each in check(replace(REQUEST, documents={"body": body}))] == [{"ground": "-"}]
    weighty = grounds.ground_approved.bind(Weighty("/grounds", "/ground", frozenset({"R-f-i"})))
    assert weighty(replace(REQUEST, documents={"body": body})) == ()


def test_who_is_unknown_stands_on_no_other_side() -> None:
    check = participants.across_families.bind(Nothing())
    assert check(TELLING.outer) == ()
    assert len(check(replace(TELLING.outer, sender=None))) == 1
    nobody = replace(TELLING.outer.recipients[0], participant=None)
    assert [dict(each.says) for each in check(replace(TELLING.outer, recipients=(nobody,)))] == [
        {"kind": "not-enrolled"}
    ]


@pytest.mark.parametrize(
    ("named", "now", "emergency", "fault"),
    [
        ("old", 99, False, None),
        ("old", 99, True, None),
        ("new", 99, True, "not-yet"),
        ("new", 100, True, None),
        ("old", 100, True, "emergency"),
        ("old", 100 + 24 * 3_600, False, None),
        ("old", 101 + 24 * 3_600, False, "superseded"),
        ("odd", 100, False, "unknown-policy"),
    ],
)
def test_a_policy_counts_from_its_activation_and_its_forerunner_until_then(
    named: str, now: int, fault: str | None, *, emergency: bool
) -> None:
    digests = {name: PolicyDigest(name.encode() * 8) for name in ("old", "new", "odd")}
    state = PolicyState(digests["new"], digests["old"], 100, emergency=emergency)
    check = versions.policy_active.bind(versions.Grace(24))
    facts = headed(REQUEST, policy=digests[named])
    found = check(replace(facts.outer, policy=state, now=now))
    assert [dict(each.says) for each in found] == ([] if fault is None else [{"state": fault}])
