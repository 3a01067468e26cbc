"""What a message takes over from others' messages keeps its restrictions, and only owners lift theirs.

Only the sending node's store knows the sources, so these rules are asked at the sender; who lifts is asked everywhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from policies.facts import Citation, InnerFacts
from policies.predicates.values import refuse, shown
from policies.registry import NONE, REFUSED, Nothing, Objections, inner

_UNKNOWN: Final = "not-known"


@dataclass(frozen=True, slots=True)
class Despite:
    """Purposes for which others' information may be used without its owner's word; the owner is told afterwards."""

    purposes: frozenset[str]


@inner(130, "purpose-of-sources", Despite, ("purpose",))
def purpose_of_sources(facts: InnerFacts, known: Despite) -> Objections:
    """What is quoted of another owner serves the purpose for which it was sent, or one the owner allowed (DP-1)."""
    purpose = facts.outer.header.purpose
    if purpose in known.purposes:
        return NONE
    foreign = {each.purpose for each in _quoted(facts) if purpose != each.purpose and purpose not in each.repurposed}
    return tuple(
        refuse(purpose=each) for each in sorted(_UNKNOWN if given is None else shown(given) for given in foreign)
    )


@inner(131, "erased-with-sources", Nothing)
def erased_with_sources(facts: InnerFacts, _: Nothing) -> Objections:
    """What is taken over is erased no later than its source (DP-8, DP-19)."""
    date = facts.outer.header.erase_by
    limits = [each.erase_by for each in facts.citations if each.quoted and each.erase_by is not None]
    return REFUSED if limits and (date is None or date > min(limits)) else NONE


@dataclass(frozen=True, slots=True)
class Ladder:
    """Classification levels, the lowest first."""

    levels: tuple[str, ...]


@inner(132, "classified-as-sources", Ladder, ("level",))
def classified_as_sources(facts: InnerFacts, ladder: Ladder) -> Objections:
    """The message bears at least the classification of everything taken over (DP-8); an unknown level is refused."""
    own = _rank(ladder, facts.outer.header.classification)
    given = {each.classification for each in facts.citations if each.quoted and each.classification is not None}
    higher = (each for each in sorted(given) if own is None or (rank := _rank(ladder, each)) is None or rank > own)
    return tuple(refuse(level=shown(each)) for each in higher)


@dataclass(frozen=True, slots=True)
class Places:
    """JSON pointers of lists in the body."""

    paths: frozenset[str]


@inner(133, "owner-lifts", Places)
def owner_lifts(facts: InnerFacts, places: Places) -> Objections:
    """Codes and conditions of a message are changed by its owner and nobody else (DP-8, DP-9)."""
    told = {each.path: each.owner for each in facts.citations}
    named = {each.path for each in facts.content.references if each.kind == "message"} | told.keys()
    here = [path for path in named if _among(path, places)]
    return REFUSED if any(told.get(path) != facts.outer.header.sender for path in here) else NONE


def _quoted(facts: InnerFacts) -> Iterator[Citation]:
    """Yield what is quoted of others, unless it only goes back to its owner."""
    sender, to = facts.outer.header.sender, {each.node for each in facts.outer.recipients}
    return (each for each in facts.citations if each.quoted and each.owner != sender and to != {each.owner})


def _rank(ladder: Ladder, level: str | None) -> int | None:
    return ladder.levels.index(level) if level in ladder.levels else None


def _among(path: str, places: Places) -> bool:
    return any(path == each or path.startswith(f"{each}/") for each in places.paths)
