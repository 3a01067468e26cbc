"""Under which policy a message was cleared: the active one, or for a short time the one before it."""

from dataclasses import dataclass
from typing import Final

from policies.facts import OuterFacts
from policies.predicates.values import refuse
from policies.registry import NONE, Objections, outer

HOUR: Final = 3_600


@dataclass(frozen=True, slots=True)
class Grace:
    """How long after an ordinary change the policy before it still counts, in hours; after an emergency never."""

    hours: int


@outer(35, "policy-active", Grace, ("state",))
def policy_active(facts: OuterFacts, grace: Grace) -> Objections:
    """The header names the active policy, or the one that it replaced within the grace."""
    fault = _fault(facts, grace.hours * HOUR)
    return NONE if fault is None else (refuse(state=fault),)


def _fault(facts: OuterFacts, grace: int) -> str | None:
    state = facts.policy
    if state is None:
        return "no-policy"
    if facts.header.policy == state.active:
        return None if facts.now >= state.activated_at else "not-yet"
    if facts.header.policy != state.previous:
        return "unknown-policy"
    if facts.now < state.activated_at:
        return None  # announced, also as an emergency, and not in force yet
    if state.emergency:
        return "emergency"
    return None if facts.now - state.activated_at <= grace else "superseded"
