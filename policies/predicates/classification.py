"""Classification against accreditation, and the language against what the recipient reads."""

from dataclasses import dataclass

from policies.facts import Addressed, OuterFacts
from policies.predicates.values import refuse, shown
from policies.registry import NONE, Nothing, Objections, outer
from protocol.records import Participant


@dataclass(frozen=True, slots=True)
class Levels:
    """Levels that everybody on the channel may open, and levels that need accreditation."""

    open: frozenset[str]
    accredited: frozenset[str]


@outer(40, "classification", Levels, ("level",))
def classification(facts: OuterFacts, levels: Levels) -> Objections:
    """The level is known; both ends are accredited for it where it needs that."""
    level = facts.header.classification
    if level in levels.open:
        return NONE
    if level is None or level not in levels.accredited or not _accredited(facts.sender, level):
        return (refuse(level=shown(level)),)
    return tuple(
        refuse(each.node, level=level) for each in facts.recipients if not _accredited(each.participant, level)
    )


def _accredited(participant: Participant | None, level: str) -> bool:
    return participant is not None and level in participant.accredited


@outer(41, "language", Nothing, ("language",))
def language(facts: OuterFacts, _: Nothing) -> Objections:
    """Each recipient lists the language; an answer may also keep the language of the question."""
    given = facts.header.language
    return tuple(
        refuse(each.node, language=shown(given)) for each in facts.recipients if given not in _read_by(facts, each)
    )


def _read_by(facts: OuterFacts, to: Addressed) -> tuple[str, ...]:
    listed = () if to.participant is None else to.participant.languages
    asked = facts.reply is not None and to.node in facts.reply.parties
    return (*listed, facts.reply.language) if asked and facts.reply is not None else listed
