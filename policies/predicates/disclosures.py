"""Disclosure of a received message: which part, to whom, and whether its owner allowed it.

The owner is who sent the message. What it allowed is known from its own signed consent messages (MT-11), as the store
of the disclosing node knows them. Outside a disclosure these rules have no facts and refuse.
"""

from dataclasses import dataclass

from policies.facts import Disclosed, InnerFacts
from policies.predicates.citations import OWNER
from policies.predicates.values import listed, refuse, shown
from policies.registry import NONE, REFUSED, Nothing, Objections, inner
from protocol.ids import NodeId
from protocol.records import Family


@dataclass(frozen=True, slots=True)
class Parts:
    """Names of message parts."""

    parts: frozenset[str]


@inner(110, "disclosed-part", Parts, ("part",))
def disclosed_part(facts: InnerFacts, known: Parts) -> Objections:
    """The rows are those of a part that may be disclosed at all."""
    part = None if facts.disclosed is None else facts.disclosed.part
    return NONE if part in known.parts else (refuse(part=shown(part)),)


@inner(111, "disclosed-to-permitted", Nothing, ("owner",))
def disclosed_to_permitted(facts: InnerFacts, _: Nothing) -> Objections:
    """Each recipient is the owner, had the message anyway, or was allowed to have it by the owner."""
    about = facts.disclosed
    if about is None:
        return REFUSED
    return _not_among(facts, about, about.addressees)


@dataclass(frozen=True, slots=True)
class Restricted:
    """Handling codes under which even those who had the message need the owner's word for each further use."""

    handling: frozenset[str]


@inner(112, "disclosed-under", Restricted, ("owner", "codes"))
def disclosed_under(facts: InnerFacts, known: Restricted) -> Objections:
    """What is under one of the codes goes only to its owner and to whom the owner allowed it by name.

    Its own codes do not bind the owner.
    """
    about = facts.disclosed
    if about is None:
        return REFUSED
    if about.owner == facts.outer.header.sender:
        return NONE
    codes = known.handling & (about.handling | facts.content.handling)
    return _not_among(facts, about, frozenset(), codes=listed(codes)) if codes else NONE


@dataclass(frozen=True, slots=True)
class Families:
    """Families of participants."""

    families: frozenset[Family]


@inner(113, "disclosed-in-proceedings", Families, ("owner",))
def disclosed_in_proceedings(facts: InnerFacts, known: Families) -> Objections:
    """A recipient of one of the families has the owner's consent to use in proceedings."""
    about = facts.disclosed
    if about is None:
        return REFUSED
    return tuple(
        refuse(each.node, owner=shown(about.owner))
        for each in facts.outer.recipients
        if (each.participant is None or each.participant.family in known.families) and each.node not in about.evidential
    )


@inner(114, "disclosed-items-permitted", Nothing)
def disclosed_items_permitted(facts: InnerFacts, _: Nothing) -> Objections:
    """What a third owner's items say goes to that owner, to whom it allowed it, and to those who had the message."""
    about = facts.disclosed
    if about is None:
        return REFUSED
    others = facts.content.named(OWNER) - {about.owner, facts.outer.header.sender}
    strangers = [each.node for each in facts.outer.recipients if each.node not in about.addressees]
    return tuple(refuse(node) for node in strangers if any(not _allowed(facts, owner, node) for owner in others))


@inner(116, "disclosed-categories-agreed", Families, ("categories",))
def disclosed_categories_agreed(facts: InnerFacts, known: Families) -> Objections:
    """To a recipient of one of the families go only categories of data that the agreement with it covers."""
    out = []
    for each in facts.outer.recipients:
        covered = frozenset[str]() if each.agreement is None else frozenset(each.agreement.data_categories)
        missing = facts.content.data_categories - covered
        if missing and (each.participant is None or each.participant.family in known.families):
            out.append(refuse(each.node, categories=listed(missing)))
    return tuple(out)


def _allowed(facts: InnerFacts, owner: str, node: NodeId) -> bool:
    return owner == node or any(each.owner == owner and node in each.consented for each in facts.citations)


def _not_among(facts: InnerFacts, about: Disclosed, others: frozenset[NodeId], **says: str) -> Objections:
    allowed = {about.owner, *others, *about.consented, *about.evidential}
    return tuple(
        refuse(each.node, owner=shown(about.owner), **says)
        for each in facts.outer.recipients
        if each.node not in allowed
    )
