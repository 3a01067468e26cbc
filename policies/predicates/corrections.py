"""Who corrects data, and what is left of what is restricted.

A notice that came from somebody else than the sender of the data would hide others' information from its readers: it
is refused, and where it arrives all the same it waits for a person and sounds an alarm.
"""

from dataclasses import dataclass

from policies.facts import Citation, InnerFacts, Use
from policies.registry import NONE, REFUSED, Nothing, Objections, inner


@dataclass(frozen=True, slots=True)
class Lists:
    """JSON pointers of the lists in a notice that name what it is about."""

    paths: frozenset[str]


@inner(180, "owner-corrects", Lists)
def owner_corrects(facts: InnerFacts, lists: Lists) -> Objections:
    """A correction names data that its sender sent, or whose own sender's correction it passes on (DP-20).

    What the asking side does not know is left to the other rules: a holder further on has the data from this sender.
    """
    named = (each for each in facts.citations if any(each.path.startswith(f"{path}/") for path in lists.paths))
    return REFUSED if any(not _may_correct(each, facts) for each in named) else NONE


@inner(181, "unrestricted", Nothing)
def unrestricted(facts: InnerFacts, _: Nothing) -> Objections:
    """Nothing restricted is quoted or put to a use; it is read only by a person who gives the reason (DP-21)."""
    about = facts.disclosed
    if about is None:
        return REFUSED if any(each.quoted and each.restricted for each in facts.citations) else NONE
    excepted = about.use is Use.READ and about.despite
    return REFUSED if about.restricted and not excepted else NONE


def _may_correct(named: Citation, facts: InnerFacts) -> bool:
    return named.owner in (None, facts.outer.header.sender) or named.corrected
