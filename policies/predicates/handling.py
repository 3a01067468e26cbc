"""Handling codes: known ones, one where needed, H3 with its text, and none lost on the way from item to header."""

from dataclasses import dataclass

from policies.facts import InnerFacts, OuterFacts
from policies.predicates.values import listed, refuse, shown
from policies.registry import NONE, Nothing, Objections, inner, outer


@dataclass(frozen=True, slots=True)
class Known:
    """Handling codes of the channel, and whether a message needs one."""

    codes: frozenset[str]
    needed: bool


@outer(70, "handling-codes", Known, ("codes",))
def handling_codes(facts: OuterFacts, known: Known) -> Objections:
    """The header names only known handling codes, and one at least where the channel needs it."""
    given = frozenset(facts.header.handling)
    if given <= known.codes and (given or not known.needed):
        return NONE
    return (refuse(codes=listed(given - known.codes)),)


@dataclass(frozen=True, slots=True)
class OneCode:
    """One handling code."""

    code: str


@inner(71, "handling-text", OneCode, ("code",))
def handling_text(facts: InnerFacts, wanted: OneCode) -> Objections:
    """A message under the code says inside what the restriction is."""
    if wanted.code not in facts.outer.header.handling or facts.content.handling_texts:
        return NONE
    return (refuse(code=shown(wanted.code)),)


@inner(72, "handling-of-items", Nothing, ("codes",))
def handling_of_items(facts: InnerFacts, _: Nothing) -> Objections:
    """The header carries every code that stands at an item or at a quotation inside (predicate DP-8)."""
    inside = facts.content.handling.union(*(each.handling for each in facts.citations if each.quoted))
    missing = inside.difference(facts.outer.header.handling)
    return (refuse(codes=listed(missing)),) if missing else NONE
