"""Urgency: a known word, with one of the coded grounds, and a reason in the sealed body."""

from dataclasses import dataclass

from policies.documents import text_at
from policies.facts import InnerFacts, OuterFacts
from policies.predicates.values import refuse, shown
from policies.registry import NONE, Objections, inner, outer


@dataclass(frozen=True, slots=True)
class Grounds:
    """The words for urgent and for not urgent, and the grounds of the first."""

    urgent: frozenset[str]
    normal: frozenset[str]
    grounds: frozenset[str]


@outer(25, "urgency-ground", Grounds, ("urgency", "ground"))
def urgency_ground(facts: OuterFacts, known: Grounds) -> Objections:
    """An urgent message names a coded ground; a message that is not urgent names none."""
    urgency, ground = facts.header.urgency, facts.header.urgency_ground
    if urgency in known.urgent:
        fine = ground in known.grounds
    else:
        fine = ground is None and (urgency is None or urgency in known.normal)
    return NONE if fine else (refuse(urgency=shown(urgency), ground=shown(ground)),)


@dataclass(frozen=True, slots=True)
class Reason:
    """Where the reason stands in the body, and how many characters it has at least."""

    urgent: frozenset[str]
    path: str
    characters: int


@inner(26, "urgency-reason", Reason, ("characters",))
def urgency_reason(facts: InnerFacts, wanted: Reason) -> Objections:
    """An urgent message gives its reason in words."""
    if facts.outer.header.urgency not in wanted.urgent:
        return NONE
    reason = text_at(facts.documents.get("body"), wanted.path)
    return NONE if len(reason) >= wanted.characters else (refuse(characters=str(wanted.characters)),)
