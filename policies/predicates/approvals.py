"""Approvals: logged ones that the header names, and a second person's signature inside the sealed part."""

from dataclasses import dataclass

from policies.documents import text_at
from policies.facts import ActKind, InnerFacts, OuterFacts
from policies.predicates.tokens import each_fault_once, token_fault
from policies.predicates.values import listed, refuse
from policies.registry import NONE, REFUSED, Nothing, Objections, inner, outer


@outer(50, "approvals-logged", Nothing, ("state",))
def approvals_logged(facts: OuterFacts, _: Nothing) -> Objections:
    """Each approval that the header names is logged for this sender, and neither expired nor withdrawn."""
    header = facts.header
    return each_fault_once(
        token_fault(facts.approvals.get(each), header.sender, facts.now) for each in header.approvals
    )


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many recipients need no second person."""

    recipients: int


@inner(51, "bulk-approved", Crowd, ("recipients",))
def bulk_approved(facts: InnerFacts, most: Crowd) -> Objections:
    """A second person approved a message to more than so many recipients."""
    if len(facts.outer.recipients) <= most.recipients or second_person(facts):
        return NONE
    return (refuse(recipients=str(most.recipients)),)


@inner(52, "special-categories-approved", Nothing, ("categories",))
def special_categories_approved(facts: InnerFacts, _: Nothing) -> Objections:
    """A second person approved data of special categories."""
    special = facts.content.special_categories
    if not special or second_person(facts):
        return NONE
    return (refuse(categories=listed(special)),)


@dataclass(frozen=True, slots=True)
class Roles:
    """Roles of persons."""

    roles: frozenset[str]


@inner(53, "issued-by", Roles)
def issued_by(facts: InnerFacts, issuers: Roles) -> Objections:
    """A person of one of these roles at the sender signed the draft as its issuer."""
    return NONE if _issued(facts, issuers.roles) else REFUSED


@dataclass(frozen=True, slots=True)
class Step:
    """Values of a body field that are decisions, and the roles that may take them."""

    path: str
    values: frozenset[str]
    roles: frozenset[str]


@inner(54, "decision-signed", Step)
def decision_signed(facts: InnerFacts, step: Step) -> Objections:
    """A body whose field says that something is decided is signed by a person who may decide it."""
    decided = text_at(facts.documents.get("body"), step.path) in step.values
    return REFUSED if decided and not _issued(facts, step.roles) else NONE


def _issued(facts: InnerFacts, roles: frozenset[str]) -> bool:
    sender = facts.outer.header.sender
    return any(act.kind is ActKind.ISSUE and act.node == sender and act.role in roles for act in facts.acts)


def second_person(facts: InnerFacts) -> bool:
    """Return whether somebody at the sender approved who is neither the author nor the issuer.

    The author is known at the sender only; the signature that its approval made travels and is verified everywhere.
    """
    issuers = {act.person for act in facts.acts if act.kind is ActKind.ISSUE}
    return any(
        act.kind is ActKind.APPROVE
        and act.node == facts.outer.header.sender
        and act.person != facts.author
        and act.person not in issuers
        for act in facts.acts
    )
