"""What the scope of an agreement permits: its instrument, the message types, the languages, what is classified.

An agreement without a scope is one from before there were any: it limits neither types nor languages, and carries
nothing that is classified. Where no agreement is named at all, ``agreement-in-force`` refuses and these are silent:
there is nothing they could say about it. A policy that asks one of them asks that one too (a test holds this).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from policies.facts import Addressed, OuterFacts
from policies.predicates.values import refuse, shown
from policies.registry import NONE, Nothing, Objections, outer
from protocol.scope import Instrument


@dataclass(frozen=True, slots=True)
class Instruments:
    """Kinds of instruments that are a basis here; whether an agreement that states none is one as well.

    ``outside`` names the countries that are not parties of an instrument, whatever two participants wrote.
    """

    kinds: frozenset[Instrument]
    unstated: bool
    outside: Mapping[Instrument, frozenset[str]] = field(default_factory=dict)


@outer(14, "agreement-instrument", Instruments, ("state",))
def agreement_instrument(facts: OuterFacts, known: Instruments) -> Objections:
    """The agreement with each recipient rests on a kind of instrument that is a basis here, for both countries."""
    faults = ((each.node, _fault(facts, each, known)) for each in facts.recipients)
    return tuple(refuse(node, state=fault) for node, fault in faults if fault is not None)


def _fault(facts: OuterFacts, to: Addressed, known: Instruments) -> str | None:
    if to.agreement is None:
        return None
    if to.agreement.scope is None:
        return None if known.unstated else "not-stated"
    kind = to.agreement.scope.instrument
    if kind not in known.kinds:
        return "other-instrument"
    outside = known.outside.get(kind, frozenset())
    ends = (facts.sender, to.participant)
    return "outside-instrument" if any(each is None or each.country in outside for each in ends) else None


@outer(15, "agreement-types", Nothing, ("type",))
def agreement_types(facts: OuterFacts, _: Nothing) -> Objections:
    """The agreement with each recipient covers messages of this type, whatever its version."""
    type_id = facts.header.type
    return tuple(
        refuse(each.node, type=shown(type_id))
        for each in facts.recipients
        if each.agreement is not None and not each.agreement.covers_type(type_id)
    )


@outer(16, "agreement-languages", Nothing, ("language",))
def agreement_languages(facts: OuterFacts, _: Nothing) -> Objections:
    """Each recipient accepts the language under the agreement; an answer may also keep the language of the question."""
    given = facts.header.language
    return tuple(
        refuse(each.node, language=shown(given))
        for each in facts.recipients
        if not _accepts(each, given) and not _asked_in(facts, each, given)
    )


def _accepts(to: Addressed, language: str) -> bool:
    accepted = None if to.agreement is None else to.agreement.languages_of(to.node)
    return accepted is None or language in accepted


def _asked_in(facts: OuterFacts, to: Addressed, language: str) -> bool:
    return facts.reply is not None and to.node in facts.reply.parties and facts.reply.language == language


@dataclass(frozen=True, slots=True)
class Open:
    """Levels that need no agreement about markings."""

    open: frozenset[str]


@outer(17, "agreement-classification", Open, ("level",))
def agreement_classification(facts: OuterFacts, known: Open) -> Objections:
    """What is classified goes only where the agreement says which marking of each side stands for the level."""
    level = facts.header.classification
    if level is None or level in known.open:
        return NONE
    return tuple(
        refuse(each.node, level=shown(level))
        for each in facts.recipients
        if each.agreement is not None and not each.agreement.carries(level)
    )
