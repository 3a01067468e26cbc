"""What may be done with a message that is kept at a node: the table of what a consent makes of it, limits, conditions.

One rule stands for one line of the table (domain reference, line M-45): it says which items the line is about and which
uses it permits. Outside a use the rules have no facts and refuse.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from policies.documents import text_at, value_at
from policies.facts import Disclosed, Evidence, InnerFacts, Use
from policies.predicates.citations import OWNER
from policies.predicates.values import refuse, shown
from policies.registry import NONE, REFUSED, Nothing, Objections, inner
from protocol.scope import EvidentialUse

_DAY: Final = 86_400
_EPOCH: Final = date(1970, 1, 1).toordinal()
_DELETE: Final = "delete_by"


def standing(about: Disclosed) -> Evidence:
    """Return what an item is in proceedings: what its owner said, as far as the owner's state leaves it to the owner.

    Without an agreement on whose word counts, nobody's police can make its information evidence.
    """
    if about.asks is EvidentialUse.JUDICIAL or about.evidence is Evidence.INSTRUMENT:
        return Evidence.INSTRUMENT
    if about.evidence is Evidence.GRANTED and about.asks is None:
        return Evidence.INSTRUMENT
    return about.evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line: items of this standing, under one of these codes or under none of those, and what is permitted.

    What is not written is not asked. A line is about what others wrote, and about one's own words only if it says so.
    """

    permits: frozenset[Use]
    consent: frozenset[Evidence] = frozenset(Evidence)
    under: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()
    own: bool = False


@inner(170, "use-permitted", Line, ("use", "owner"))
def use_permitted(facts: InnerFacts, line: Line) -> Objections:
    """An item that the line is about is put to a use that the line permits."""
    about = facts.disclosed
    if about is None:
        return REFUSED
    codes = about.handling | facts.content.handling
    fits = standing(about) in line.consent and not codes & line.without and (not line.under or codes & line.under)
    if not fits or about.use in line.permits or (_own(facts, about) and not line.own):
        return NONE
    return (refuse(use=str(about.use), owner=shown(about.owner)),)


@inner(171, "conditions-accepted", Nothing, ("owner", "count"))
def conditions_accepted(facts: InnerFacts, _: Nothing) -> Objections:
    """Whoever uses an item took on the conditions of the consent that the use relies on."""
    about = facts.disclosed
    if about is None:
        return REFUSED
    if not about.conditions or about.accepted:
        return NONE
    return (refuse(owner=shown(about.owner), count=str(len(about.conditions))),)


@dataclass(frozen=True, slots=True)
class Bases:
    """What a use may serve, and which of these an item that declares limits of its own still serves."""

    bases: frozenset[str]
    limits: Mapping[str, frozenset[str]] = field(default_factory=dict)


@inner(172, "use-within-limits", Bases, ("basis", "owner"))
def use_within_limits(facts: InnerFacts, known: Bases) -> Objections:
    """The use serves what the item was given for, or its owner consented to something else (predicate DP-6)."""
    about = facts.disclosed
    if about is None:
        return REFUSED
    declared = [known.limits[each] for each in about.limits & known.limits.keys()]
    permitted = frozenset[str]().union(*declared) if declared else known.bases
    consented = all(each.node in about.consented | about.evidential for each in facts.outer.recipients)
    if _own(facts, about) or about.basis in permitted or consented:
        return NONE
    return (refuse(basis=shown(about.basis), owner=shown(about.owner)),)


@dataclass(frozen=True, slots=True)
class Rules:
    """JSON pointers of lists of restrictions in the body."""

    paths: tuple[str, ...]


@inner(173, "used-in-time", Rules, ("date",))
def used_in_time(facts: InnerFacts, known: Rules) -> Objections:
    """No restriction in the body says that the item had to be deleted before today (predicate DP-7)."""
    body, today = facts.documents.get("body"), _EPOCH + facts.outer.now // _DAY
    lists = (value_at(body, path) for path in known.paths)
    rules = (each for listed in lists if isinstance(listed, list) for each in listed)
    dates = sorted({text_at(each, "/until") for each in rules if text_at(each, "/rule") == _DELETE})
    return tuple(refuse(date=shown(each)) for each in dates if _last_day(each) < today)


@inner(174, "items-for-proceedings", Nothing, ("owner",))
def items_for_proceedings(facts: InnerFacts, _: Nothing) -> Objections:
    """What belongs to a third owner is used only where that owner consented to it (predicate DP-12)."""
    about = facts.disclosed
    if about is None:
        return REFUSED
    others = facts.content.named(OWNER) - {about.owner, facts.outer.header.sender}
    known = {each.owner for each in facts.citations if each.evidential}
    return tuple(refuse(owner=shown(each)) for each in sorted(others) if each not in known)


def _own(facts: InnerFacts, about: Disclosed) -> bool:
    return about.owner == facts.outer.header.sender


def _last_day(text: str) -> int:
    """Return the ordinal of a date; one that is none lies before every day."""
    try:
        return date.fromisoformat(text).toordinal()
    except ValueError:
        return 0
