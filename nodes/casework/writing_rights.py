"""Which right a person needs to write which kind of message, the lane of an answered request included. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from nodes.casework.screening import Lane
from nodes.people.acting import Acting
from nodes.people.roles import Permission
from protocol.ids import TypeId

NEEDED: Final[Mapping[str, Permission]] = {
    "MT-01": Permission.ASK,
    "MT-02": Permission.RECEIVE,
    "MT-03": Permission.ANSWER,
    "MT-04": Permission.ANSWER,
    "MT-05": Permission.ASK,
    "MT-07": Permission.RECEIVE,
    "MT-08": Permission.ASK,
    "MT-09": Permission.ANSWER,
    "MT-10": Permission.REFUSE,
    "MT-11": Permission.ANSWER,
    "MT-12": Permission.CORRECT,
    "MT-15": Permission.CORRECT,
    "MT-16": Permission.ASK,
    "MT-19": Permission.RECEIVE,
}
"""Type without its version -> the right to write it. A type that is not here is not written at this desk."""
GREEN: Final = frozenset({"MT-03", "MT-04"})
"""Answers that a duty officer gives to what the screening put in the green lane."""


@dataclass(frozen=True, slots=True)
class NotYours:
    """Why somebody may not write a message: what, which rule, and what to do."""

    sentence: str
    article: str
    remedy: str


NO_RIGHT: Final = NotYours(
    "None of your roles gives the right to write this.", "LED 25, NET", "Ask a colleague who has it, or a supervisor"
)
NOT_GREEN: Final = NotYours(
    "A duty officer answers what the screening put in the green lane; this request is not in it.",
    "IOM15, NET",
    "Hand it over to a case officer",
)


def family_of(type_: TypeId) -> str:
    """Return a type without its version."""
    return type_.partition("/")[0]


def why_not(acting: Acting, type_: TypeId, lane: Lane | None = None) -> NotYours | None:
    """Return why a person may not write a type; ``lane`` is that of the request it answers. None where he may."""
    family = family_of(type_)
    needed = NEEDED.get(family)
    if needed is None:
        return NO_RIGHT
    if acting.may(needed):
        return None
    if family not in GREEN or not acting.may(Permission.ANSWER_GREEN):
        return NO_RIGHT
    return None if lane is Lane.GREEN else NOT_GREEN
