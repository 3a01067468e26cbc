"""Refusals of requests: each ground is one of the law's, with its reason; some need a second person (DP-25)."""

from collections.abc import Iterator
from dataclasses import dataclass

from policies.documents import text_at, value_at
from policies.facts import InnerFacts
from policies.predicates.approvals import second_person
from policies.predicates.values import refuse, shown
from policies.registry import NONE, Objections, inner


@dataclass(frozen=True, slots=True)
class Grounds:
    """A list in the body; where in an entry the ground and the reason stand, and the grounds there are."""

    list: str
    ground: str
    reason: str
    grounds: frozenset[str]


@inner(138, "grounded", Grounds, ("ground",))
def grounded(facts: InnerFacts, rule: Grounds) -> Objections:
    """There is at least one entry; each has a known ground and a reason in words."""
    entries = list(_entries(facts, rule.list))
    if not entries:
        return (refuse(ground=shown(None)),)
    bare = {
        shown(ground)
        for each in entries
        if (ground := text_at(each, rule.ground)) not in rule.grounds or not text_at(each, rule.reason)
    }
    return tuple(refuse(ground=each) for each in sorted(bare))


@dataclass(frozen=True, slots=True)
class Weighty:
    """A list in the body, where in an entry the ground stands, and the grounds that one person alone may not use."""

    list: str
    ground: str
    grounds: frozenset[str]


@inner(139, "ground-approved", Weighty, ("ground",))
def ground_approved(facts: InnerFacts, rule: Weighty) -> Objections:
    """A second person approved a message that rests on one of these grounds."""
    found = {text_at(each, rule.ground) for each in _entries(facts, rule.list)} & rule.grounds
    if not found or second_person(facts):
        return NONE
    return tuple(refuse(ground=shown(each)) for each in sorted(found))


def _entries(facts: InnerFacts, path: str) -> Iterator[object]:
    found = value_at(facts.documents.get("body"), path)
    yield from found if isinstance(found, list) else ()
