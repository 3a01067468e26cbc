"""Consent: its logged token at the hub, its matrix at the nodes (decision 17).

The hub knows only that a consent exists for this sender and this recipient; what it permits stays with the nodes.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from policies.consent import Ask, ConsentMatrix, Gap, find_gap
from policies.facts import InnerFacts, OuterFacts, Side
from policies.predicates.times import DAY
from policies.predicates.tokens import each_fault_once, good_recipients, token_fault
from policies.predicates.values import refuse, shown
from policies.registry import NONE, REFUSED, Nothing, Objection, Objections, inner, outer
from protocol.ids import NodeId, Reference


@outer(55, "consents-logged", Nothing, ("state",))
def consents_logged(facts: OuterFacts, _: Nothing) -> Objections:
    """Each consent that the header names is logged from this sender to one of the recipients, and runs."""
    header = facts.header
    return each_fault_once(token_fault(facts.tokens.get(each), header.sender, facts.now) for each in header.consents)


@outer(56, "consent-for-recipient", Nothing)
def consent_for_recipient(facts: OuterFacts, _: Nothing) -> Objections:
    """For each recipient the header names a logged consent that runs."""
    good = good_recipients(facts.header.consents, facts.tokens, facts.header.sender, facts.now)
    return tuple(refuse(each.node) for each in facts.recipients if each.node not in good)


@dataclass(frozen=True, slots=True)
class Matrix:
    """Which consented purposes serve a message's purpose, and the longest age of a consent in days."""

    purposes: Mapping[str, frozenset[str]]
    days: int


@inner(58, "consent-matrix", Matrix, ("category", "state"))
def consent_matrix(facts: InnerFacts, rule: Matrix) -> Objections:
    """For each recipient a consent that the header names grants each category inside for the purpose.

    A recipient holds only what was granted to it, so it answers for itself and not for the others.
    """
    return matrix_objections(facts, rule)


def matrix_objections(facts: InnerFacts, rule: Matrix) -> Objections:
    """Return an objection for each recipient and category that no consent covers."""
    categories = sorted(facts.content.data_categories)
    asked = facts.outer.recipients
    if facts.outer.side is Side.RECIPIENT:
        asked = tuple(each for each in asked if each.node == facts.reader)
    return tuple(
        objection
        for each in asked
        for category in categories
        if (objection := _refused(facts, each.node, category, rule)) is not None
    )


@inner(59, "consent-named", Nothing)
def consent_named(facts: InnerFacts, _: Nothing) -> Objections:
    """Each consent that the body names is one that the header names too, so that the person is the same."""
    held = (facts.matrices.get(each) for each in facts.outer.header.consents)
    known = {each.consent.hex() for each in held if each is not None}
    return NONE if facts.content.named("consent") <= known else REFUSED


def _refused(facts: InnerFacts, node: NodeId, category: str, rule: Matrix) -> Objection | None:
    header = facts.outer.header
    serving = rule.purposes.get(header.purpose, frozenset())
    asks = [Ask(node, category, purpose, facts.outer.now, rule.days * DAY) for purpose in sorted(serving)]
    gaps = {_gap(facts.matrices, reference, ask) for reference in header.consents for ask in asks}
    if None in gaps:
        return None
    telling = sorted(str(each) for each in gaps if each is not None and each is not Gap.NOT_GRANTED)
    state = telling[0] if telling else str(Gap.NOT_GRANTED if header.consents else Gap.NOT_HELD)
    return refuse(node, category=shown(category), state=state)


def _gap(matrices: Mapping[Reference, ConsentMatrix], reference: Reference, ask: Ask) -> Gap | None:
    matrix = matrices.get(reference)
    return Gap.NOT_HELD if matrix is None else find_gap(matrix, ask, matrices.values())
