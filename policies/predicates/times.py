"""How long a message may live on its way, and when its recipients must have erased what it carries."""

from dataclasses import dataclass
from typing import Final

from policies.facts import OuterFacts
from policies.predicates.values import needs_erasure, refuse
from policies.registry import NONE, Objections, outer

DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Days:
    """A bound in days of 86 400 seconds."""

    days: int


@outer(30, "life", Days, ("days",))
def life(facts: OuterFacts, longest: Days) -> Objections:
    """The time between issue and expiry is at most the channel's longest life, and more than nothing."""
    seconds = facts.header.expires_at - facts.header.issued_at
    return NONE if 0 < seconds <= longest.days * DAY else (refuse(days=str(longest.days)),)


@outer(31, "erase-by", Days, ("state", "days"))
def erase_by(facts: OuterFacts, longest: Days) -> Objections:
    """Personal data carry a date of erasure: in the future, and within the channel's limit from now."""
    fault = _fault(facts, longest.days * DAY)
    return NONE if fault is None else (refuse(state=fault, days=str(longest.days)),)


def _fault(facts: OuterFacts, longest: int) -> str | None:
    date = facts.header.erase_by
    if date is None:
        return "no-date" if needs_erasure(facts.header) else None
    if date <= facts.now:
        return "past"
    return "too-late" if date > facts.now + longest else None
