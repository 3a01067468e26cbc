"""Who may stand at either end: enrolled, in good standing, of a kind and family that the channel knows."""

from dataclasses import dataclass

from policies.facts import OuterFacts
from policies.predicates.values import refuse
from policies.registry import NONE, Nothing, Objections, outer
from protocol.ids import Channel, NodeId
from protocol.records import Family, Kind, Participant


@dataclass(frozen=True, slots=True)
class Standing:
    """Kinds and families of participants."""

    kinds: frozenset[Kind]
    families: frozenset[Family]


@dataclass(frozen=True, slots=True)
class Kinds:
    """Kinds of participants."""

    kinds: frozenset[Kind]


def _fault(node: NodeId, participant: Participant | None, channel: Channel | None, now: int) -> str | None:
    if participant is None or participant.node != node:
        return "not-enrolled"
    if participant.revoked:
        return "revoked"
    if participant.suspended:
        return "suspended"
    if participant.valid_until is not None and now >= participant.valid_until:
        return "mandate-ended"
    return None if channel is None or channel in participant.channels else "not-on-channel"


@outer(1, "sender-in-standing", Nothing, ("state",))
def sender_in_standing(facts: OuterFacts, _: Nothing) -> Objections:
    """The sender is enrolled on the channel, neither revoked nor suspended, and its mandate runs."""
    fault = _fault(facts.header.sender, facts.sender, facts.header.channel, facts.now)
    return NONE if fault is None else (refuse(state=fault),)


@outer(2, "recipient-in-standing", Nothing, ("state",))
def recipient_in_standing(facts: OuterFacts, _: Nothing) -> Objections:
    """Each recipient is enrolled on the channel, neither revoked nor suspended, and its mandate runs."""
    channel, now = facts.header.channel, facts.now
    faults = ((each.node, _fault(each.node, each.participant, channel, now)) for each in facts.recipients)
    return tuple(refuse(node, state=fault) for node, fault in faults if fault is not None)


@outer(6, "recipient-enrolled", Nothing, ("state",))
def recipient_enrolled(facts: OuterFacts, _: Nothing) -> Objections:
    """Each recipient is enrolled, neither revoked nor suspended, and its mandate runs, on whichever channel it is."""
    faults = ((each.node, _fault(each.node, each.participant, None, facts.now)) for each in facts.recipients)
    return tuple(refuse(node, state=fault) for node, fault in faults if fault is not None)


@outer(3, "sender-standing-kind", Standing, ("kind",))
def sender_standing_kind(facts: OuterFacts, known: Standing) -> Objections:
    """The sender is of a kind and a family that the channel knows."""
    sender = facts.sender
    if sender is not None and sender.kind in known.kinds and sender.family in known.families:
        return NONE
    return (refuse(kind=_kind(sender)),)


@outer(4, "recipient-standing-kind", Standing, ("kind",))
def recipient_standing_kind(facts: OuterFacts, known: Standing) -> Objections:
    """Each recipient is of a kind and a family that the channel knows."""
    return tuple(
        refuse(each.node, kind=_kind(each.participant))
        for each in facts.recipients
        if each.participant is None
        or each.participant.kind not in known.kinds
        or each.participant.family not in known.families
    )


@outer(5, "sender-kind", Kinds, ("kind",))
def sender_kind(facts: OuterFacts, known: Kinds) -> Objections:
    """The sender's kind may send this message type."""
    if facts.sender is not None and facts.sender.kind in known.kinds:
        return NONE
    return (refuse(kind=_kind(facts.sender)),)


def _kind(participant: Participant | None) -> str:
    return "not-enrolled" if participant is None else str(participant.kind)


@outer(140, "across-families", Nothing, ("kind",))
def across_families(facts: OuterFacts, _: Nothing) -> Objections:
    """Each recipient is of another family than the sender: the channel joins two and serves neither alone."""
    own = None if facts.sender is None else facts.sender.family
    return tuple(
        refuse(each.node, kind=_kind(each.participant))
        for each in facts.recipients
        if own is None or each.participant is None or each.participant.family == own
    )
