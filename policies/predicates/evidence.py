"""Use in proceedings, as the agreement with the owner settles it (predicate DP-3).

Where the owner's state leaves it to its police, the owner's consent is enough, which other rules ask for. Where it asks
for a judicial instrument, no consent of a police authority makes its information evidence.
"""

from policies.facts import InnerFacts
from policies.predicates.disclosures import Families
from policies.predicates.values import refuse, shown
from policies.registry import REFUSED, Objections, inner
from protocol.scope import EvidentialUse


@inner(115, "disclosed-evidence-agreed", Families, ("owner", "state"))
def disclosed_evidence_agreed(facts: InnerFacts, known: Families) -> Objections:
    """To a recipient of one of the families goes only what the owner's state lets its police release as evidence."""
    about = facts.disclosed
    if about is None:
        return REFUSED
    if about.asks is EvidentialUse.POLICE or about.owner == facts.outer.header.sender:
        return ()
    state = "not-agreed" if about.asks is None else "judicial-only"
    return tuple(
        refuse(each.node, owner=shown(about.owner), state=state)
        for each in facts.outer.recipients
        if each.participant is None or each.participant.family in known.families
    )
