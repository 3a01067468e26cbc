"""Answers: what they answer is named, known, of a fitting type, and on the same channel."""

from dataclasses import dataclass
from typing import Final

from policies.facts import OuterFacts
from policies.predicates.values import refuse
from policies.registry import NONE, Nothing, Objections, outer
from protocol.ids import TypeId

_UNKNOWN: Final = "not-known"


@dataclass(frozen=True, slots=True)
class Answers:
    """The message types that this type answers."""

    answers: frozenset[TypeId]


@outer(45, "reply-needed", Answers, ("state",))
def reply_needed(facts: OuterFacts, known: Answers) -> Objections:
    """The message names the message it answers, and that one is of a type that it can answer.

    What it names may be unknown to a recipient that is only copied; ``reply-known`` refuses that at sender and hub.
    """
    fault = _fault(facts, known.answers)
    return NONE if fault in (None, _UNKNOWN) else (refuse(state=str(fault)),)


@outer(46, "identity-answers", Answers, ("state",))
def identity_answers(facts: OuterFacts, known: Answers) -> Objections:
    """An identity part travels only in answer to one of these types."""
    fault = _fault(facts, known.answers) if facts.header.identity else None
    return NONE if fault is None else (refuse(state=fault),)


def _fault(facts: OuterFacts, answers: frozenset[TypeId]) -> str | None:
    if facts.header.in_reply_to is None:
        return "not-named"
    if facts.reply is None:
        return _UNKNOWN
    return None if facts.reply.type in answers else "other-type"


@outer(47, "reply-known", Nothing, ("state",))
def reply_known(facts: OuterFacts, _: Nothing) -> Objections:
    """A message that is answered is known here, and the sender took part in it."""
    if facts.header.in_reply_to is None:
        return NONE
    if facts.reply is None:
        return (refuse(state=_UNKNOWN),)
    return NONE if facts.header.sender in facts.reply.parties else (refuse(state="not-party"),)


@outer(48, "reply-same-channel", Nothing, ("channel",))
def reply_same_channel(facts: OuterFacts, _: Nothing) -> Objections:
    """A message never answers one of another channel."""
    if facts.reply is None or facts.reply.channel == facts.header.channel:
        return NONE
    return (refuse(channel=str(facts.reply.channel)),)
