"""The legal basis between two participants: in force, for this channel, purpose, personal data and categories.

What an agreement's scope adds is asked by ``policies.predicates.scopes``.
"""

from policies.facts import Addressed, OuterFacts
from policies.predicates.values import carries_personal_data, listed, refuse, shown
from policies.registry import NONE, Nothing, Objections, outer


@outer(10, "agreement-in-force", Nothing, ("state",))
def agreement_in_force(facts: OuterFacts, _: Nothing) -> Objections:
    """For each recipient an agreement is named that binds this pair on this channel now."""
    faults = ((each.node, _fault(facts, each)) for each in facts.recipients)
    return tuple(refuse(node, state=fault) for node, fault in faults if fault is not None)


def _fault(facts: OuterFacts, to: Addressed) -> str | None:
    agreement = to.agreement
    if agreement is None:
        return "no-agreement"
    if not agreement.binds(facts.header.sender, to.node):
        return "other-parties"
    if agreement.channel != facts.header.channel:
        return "other-channel"
    if agreement.in_force(facts.now):
        return None
    return "not-yet" if facts.now < agreement.valid_from else "ended"


@outer(11, "agreement-purpose", Nothing, ("purpose",))
def agreement_purpose(facts: OuterFacts, _: Nothing) -> Objections:
    """The agreement with each recipient permits the purpose."""
    purpose = facts.header.purpose
    return tuple(
        refuse(each.node, purpose=shown(purpose))
        for each in facts.recipients
        if each.agreement is None or purpose not in each.agreement.purposes
    )


@outer(12, "agreement-personal-data", Nothing)
def agreement_personal_data(facts: OuterFacts, _: Nothing) -> Objections:
    """Personal data go only where the agreement says that both sides protect them."""
    if not carries_personal_data(facts.header):
        return NONE
    return tuple(
        refuse(each.node) for each in facts.recipients if each.agreement is None or not each.agreement.personal_data
    )


@outer(13, "agreement-categories", Nothing, ("categories",))
def agreement_categories(facts: OuterFacts, _: Nothing) -> Objections:
    """Each data category in the header is one that the agreement with the recipient names."""
    wanted = set(facts.header.data_categories)
    if not wanted:
        return NONE
    beyond = (
        (each.node, wanted.difference(each.agreement.data_categories if each.agreement else ()))
        for each in facts.recipients
    )
    return tuple(refuse(node, categories=listed(missing)) for node, missing in beyond if missing)
