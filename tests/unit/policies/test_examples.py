"""Rules and message catalogue fit: every example document of the catalogue is allowed when all around it is right."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from policies.consent import ConsentKind, ConsentMatrix, Grant
from policies.engine import decide_inner
from policies.facts import ActKind, Citation, InnerFacts, PersonalAct, ReplyFacts
from policies.header import Header
from policies.predicates.participants import Kinds
from protocol.catalogue.content import ContentSummary, summarise
from protocol.catalogue.load import load_catalogue
from protocol.catalogue.types import Catalogue
from protocol.decision import Decision, Verdict
from protocol.ids import Channel, MessageId, NodeId, Reference, TypeId
from runtime.package_data import read_catalogue_files
from tests.simulators.policies import shipped_facts, shipped_policies

POLICIES = shipped_policies()
EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*/*.json"))
BASE = {"police": "request", "rogatory": "letter", "cso": "referral", "police-cso": "referral", "system": "update"}
FROM_CSO = {"MT-V8/1": "telling", "MT-V9/1": "alert"}
"""Types that go the other way on the police-cso channel, and the facts that do."""
UNCODED = ("cso", "police-cso", "system")
NOW = 100_000_000
REFERENCE = Reference(b"c" * 16)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    files = read_catalogue_files()
    return load_catalogue(files.__getitem__, list(files))


def channels_of(path: Path) -> list[str]:
    """Every channel that carries the type; identity and records of consent stay where they were written for."""
    carried = {name: policy.sets for name, policy in POLICIES.channels.items()}
    document = json.loads(path.read_text(encoding="utf-8"))
    stays = "identity" in document or "record" in document["body"]
    names = [document["channel"]] if stays else list(BASE)
    return [name for name in names if TypeId(f"{path.parent.name}/1") in carried[Channel(name)]]


def facts_around(name: str, path: Path, catalogue: Catalogue) -> InnerFacts:
    """The example with a header made from its content, by people and under agreements that permit all of it."""
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    type_ = catalogue.type(TypeId(f"{path.parent.name}/1"))
    summary = summarise(catalogue, type_, document["body"], document.get("identity"))
    base = shipped_facts(name, FROM_CSO.get(type_.id, BASE[name]) if name == "police-cso" else BASE[name])
    to = base.outer.recipients[0]
    sender = base.outer.header.sender
    categories = tuple(sorted(summary.data_categories))
    agreement = None if to.agreement is None else replace(to.agreement, data_categories=categories)
    carried = [each for each in type_.reply_to if each in POLICIES.channels[Channel(name)].sets]
    answers = carried[:1] if type_.needs_reference or document.get("identity") else []
    parties = frozenset((sender, to.node))
    return replace(
        base,
        outer=replace(
            base.outer,
            header=header_of(base.outer.header, type_.id, document, summary),
            recipients=(replace(to, agreement=agreement),),
            reply=ReplyFacts(Channel(name), answers[0], "en", parties) if answers else None,
        ),
        content=summary,
        documents={part: document[part] for part in ("body", "identity") if document.get(part)},
        acts=tuple(
            PersonalAct(kind, sender, person, role)
            for kind, person, role in ((ActKind.ISSUE, "p1", "prosecutor"), (ActKind.APPROVE, "p2", "supervisor"))
        ),
        citations=tuple(citation(each.kind, each.path, each.value, (sender, to.node)) for each in summary.references),
        matrices=matrices(summary, to.node, base),
    )


def header_of(base: Header, type_: TypeId, document: dict[str, Any], summary: ContentSummary) -> Header:
    coded = base.channel not in UNCODED
    return replace(
        base,
        type=type_,
        in_reply_to=MessageId(b"m" * 32),
        handling=tuple(sorted({"H0", *summary.handling})) if coded else (),
        person_roles=tuple(sorted(summary.person_roles)) if coded else (),
        data_categories=tuple(sorted(summary.data_categories)) if coded else (),
        erase_by=NOW + 86_400 if summary.personal_data or document.get("consents") else None,
        consents=(base.consents or (REFERENCE,)) if document.get("consents") else (),
        identity=bool(document.get("identity")),
    )


def citation(kind: str, path: str, value: str, ends: tuple[NodeId, NodeId]) -> Citation:
    """What the sender's store would say: it wrote the messages whose codes it changes, and owners allowed the rest."""
    sender, to = ends
    owner = NodeId(value) if kind == "owner" else sender if path.startswith("/items/") else None
    channel = None if path.startswith("/linked_threads") else Channel("police")
    return Citation(path=path, channel=channel, owner=owner, consented=frozenset({to}))


def matrices(summary: ContentSummary, to: NodeId, base: InnerFacts) -> dict[Reference, ConsentMatrix]:
    purposes = ("shelter", "police_protection")
    grants = tuple(Grant(to, each, purpose, NOW + 86_400) for each in summary.data_categories for purpose in purposes)
    named = [Reference(bytes.fromhex(each)) for each in summary.named("consent")] or [REFERENCE]
    matrix = ConsentMatrix(
        consent=named[0],
        version=1,
        kind=ConsentKind.EXPLICIT_ORAL,
        valid_from=NOW - 86_400,
        expires_at=NOW + 86_400,
        grants=grants,
    )
    return dict.fromkeys(base.outer.header.consents, matrix)


def judged(name: str, path: Path, catalogue: Catalogue) -> Decision:
    facts = facts_around(name, path, catalogue)
    if name != "police":
        own = tuple(replace(each, channel=each.channel and Channel(name)) for each in facts.citations)
        facts = replace(facts, citations=own)
    if facts.outer.reply is None:
        header = replace(facts.outer.header, in_reply_to=None)
        facts = replace(facts, outer=replace(facts.outer, header=header))
    return decide_inner(POLICIES, facts)


PAIRS = [(name, path) for path in EXAMPLES for name in channels_of(path)]


def test_every_type_of_the_policies_has_an_example() -> None:
    seen = {TypeId(f"{path.parent.name}/1") for _, path in PAIRS}
    carried = {each for name in BASE for each in POLICIES.channels[Channel(name)].sets}
    assert seen == carried


@pytest.mark.parametrize(("name", "path"), PAIRS, ids=lambda each: str(getattr(each, "stem", each)))
def test_an_example_is_allowed(name: str, path: Path, catalogue: Catalogue) -> None:
    decision = judged(name, path, catalogue)
    assert [(each.rule, each.parameters) for each in decision.findings] == []
    assert decision.verdict is Verdict.ALLOW


def test_senders_of_a_type_are_those_of_the_catalogue(catalogue: Catalogue) -> None:
    senders = [
        (rule.id, catalogue.type(each).sender_kinds, rule.parameters.kinds)
        for policy in POLICIES.channels.values()
        for rule in policy.rules()
        for each in rule.types
        if isinstance(rule.parameters, Kinds) and each not in policy.awaiting
    ]
    assert [rule for rule, known, permitted in senders if not permitted <= known] == []
    assert len(senders) >= 19


def test_answers_are_those_of_the_catalogue(catalogue: Catalogue) -> None:
    for policy in POLICIES.channels.values():
        for each in policy.sets:
            if each in policy.awaiting or not catalogue.type(each).needs_reference:
                continue
            rules = [one.rule for one in policy.sets[each].outer if one.rule.predicate == "reply-needed"]
            answers = {answer for rule in rules for answer in rule.parameters.answers}  # type: ignore[attr-defined]
            assert answers == {answer for answer in catalogue.type(each).reply_to if answer in policy.sets}, each
