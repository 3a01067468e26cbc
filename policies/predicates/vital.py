"""Information about a person that leaves on her consent, or without it to save a life (DP-30, DP-31; GDPR 9(2)(c))."""

from collections.abc import Mapping
from dataclasses import dataclass

from policies.documents import text_at
from policies.facts import InnerFacts, Side
from policies.predicates.consents import Matrix, matrix_objections
from policies.predicates.values import listed, refuse
from policies.registry import NONE, Objections, inner


@dataclass(frozen=True, slots=True, kw_only=True)
class Vital:
    """Consent as in ``consent-matrix``; else where the body states its basis and reason, and what these must be."""

    purposes: Mapping[str, frozenset[str]]
    days: int
    basis: str
    values: frozenset[str]
    reason: str
    characters: int
    persons: int


@inner(135, "consent-or-vital-interest", Vital, ("category", "state"))
def consent_or_vital_interest(facts: InnerFacts, rule: Vital) -> Objections:
    """The person's consent grants what is inside, or a vital interest is reasoned and signed by so many persons.

    A recipient does not hold consents of others; there a message without a vital interest names the consent it has.
    """
    if is_vital(facts, rule):
        return _vital_faults(facts, rule)
    if facts.outer.side is Side.RECIPIENT:
        if facts.outer.header.consents or not facts.content.data_categories:  # without any, the sender needed none
            return NONE
        return (refuse(category=_categories(facts), state="not-held"),)
    return matrix_objections(facts, Matrix(rule.purposes, rule.days))


def is_vital(facts: InnerFacts, rule: Vital) -> bool:
    """Return whether the body rests on a vital interest instead of consent."""
    return text_at(facts.documents.get("body"), rule.basis) in rule.values


def _vital_faults(facts: InnerFacts, rule: Vital) -> Objections:
    reason = text_at(facts.documents.get("body"), rule.reason)
    if len(reason) < rule.characters:
        return (refuse(category=_categories(facts), state="no-reason"),)
    signed = {act.person for act in facts.acts if act.node == facts.outer.header.sender}
    if len(signed) < rule.persons:
        return (refuse(category=_categories(facts), state="one-person"),)
    return NONE


def _categories(facts: InnerFacts) -> str:
    return listed(facts.content.data_categories)


@dataclass(frozen=True, slots=True)
class Categories:
    """Data categories."""

    categories: frozenset[str]


@inner(136, "categories-within", Categories, ("categories",))
def categories_within(facts: InnerFacts, known: Categories) -> Objections:
    """Nothing is inside beyond these categories of data about persons."""
    beyond = facts.content.data_categories - known.categories
    return (refuse(categories=listed(beyond)),) if beyond else NONE
