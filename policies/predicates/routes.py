"""Whom a message must pass: an agency that writes abroad lets its own contact point have a copy (DP-24)."""

from dataclasses import dataclass

from policies.documents import text_at
from policies.facts import InnerFacts
from policies.predicates.approvals import second_person
from policies.predicates.values import refuse, shown
from policies.registry import NONE, Objections, inner
from protocol.records import Kind


@dataclass(frozen=True, slots=True)
class Copy:
    """Kinds that send with a copy, kinds that get it, and the coded grounds that spare it, with their place."""

    senders: frozenset[Kind]
    copied: frozenset[Kind]
    path: str
    grounds: frozenset[str]


@inner(134, "copied-to-own", Copy, ("ground",))
def copied_to_own(facts: InnerFacts, rule: Copy) -> Objections:
    """One of the recipients is of such a kind in the sender's own country, or a second person agreed to a ground."""
    sender = facts.outer.sender
    if sender is None or sender.kind not in rule.senders:
        return NONE  # who is not enrolled is refused for that
    parties = (each.participant for each in facts.outer.recipients if each.participant is not None)
    if any(each.kind in rule.copied and each.country == sender.country for each in parties):
        return NONE
    ground = text_at(facts.documents.get("body"), rule.path)
    return NONE if ground in rule.grounds and second_person(facts) else (refuse(ground=shown(ground)),)
