"""Whether somebody may do something to a case now, and if not, why not and what to do instead. Pure.

The same function greys out a button and refuses the act, so that a page never promises what is then refused.
"""

from dataclasses import dataclass
from typing import Final

from nodes.casework.case_view import Step, View
from nodes.casework.machine import Condition, Transition
from nodes.casework.machine_parts import ADD, ASSIGN, HAND, TAKE
from nodes.casework.screening import Lane
from nodes.people.acting import Acting, PersonId
from nodes.people.refusals import LONGEST_REASON
from nodes.people.roles import Permission

_GREEN: Final = Lane.GREEN
_WHO_KNOWS: Final = frozenset({TAKE, ASSIGN, HAND, ADD})
"""Acts by which somebody becomes one of those who may know of the case."""
_LEAST: Final = 3  # characters of one that says anything


@dataclass(frozen=True, slots=True)
class Situation:
    """What an act depends on besides the case: its lane, what is owed by whom, and since when."""

    lane: Lane | None = None
    owed: bool = False  # this node owes something
    held: bool = False  # a legal hold stands on it, or on one of its messages
    waiting: bool = False  # others owe something, and their time is not over
    glass: bool = False  # the person sees it through broken glass only


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What a person wants to do. ``seen`` is the number of the last entry that was on the page."""

    name: str
    seen: int
    reason: str = ""
    to: PersonId | None = None


@dataclass(frozen=True, slots=True)
class Denied:
    """Why an act is not done: a stable code, a sentence, what to do instead, and the rule behind it."""

    code: str
    sentence: str
    remedy: str
    article: str = ""


@dataclass(frozen=True, slots=True)
class Moved:
    """The case moved since the person looked: what happened in between, and where it stands now."""

    view: View
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """A way on from here. ``denied`` is why not, None where the person may; ``sends`` the message that does it."""

    transition: Transition
    denied: Denied | None


UNKNOWN_ACT: Final = Denied("UNKNOWN_ACT", "Nothing of that name is done to a case.", "Choose an act of the case")
NOT_NOW: Final = Denied(
    "NOT_NOW", "That is not possible while the case stands as it does.", "Open the case and see what is possible now"
)
BY_MESSAGE: Final = Denied(
    "BY_MESSAGE",
    "The case moves on when the message is sent or arrives; nobody notes it by hand.",
    "Write the message from the case",
)
NO_RIGHT: Final = Denied(
    "NO_RIGHT", "None of your roles gives this right.", "Ask somebody who has it, or hand the case over", "LED 25, NET"
)
RED_LANE: Final = Denied(
    "NOT_GREEN",
    "A duty officer answers what the screening put in the green lane; this request is not in it.",
    "Hand the case over to a case officer",
    "IOM15, NET",
)
SECOND_PERSON: Final = Denied(
    "SECOND_PERSON",
    "You worked on this yourself, and a release needs a second person.",
    "Ask another supervisor to decide",
    "LED 10, NET",
)
NOT_YOURS: Final = Denied(
    "NOT_YOURS", "The case is assigned to somebody else, or to nobody.", "Take the case over first", "NET"
)
THROUGH_GLASS: Final = Denied(
    "THROUGH_GLASS",
    "The case is open to you for a time only; its group decides who may know of it for longer.",
    "Ask somebody of the group, or a supervisor, to add you",
    "NET",
)
NO_REASON: Final = Denied("NO_REASON", "This needs a reason.", "Write in a sentence why", "LED 25")
LONG_REASON: Final = Denied("LONG_REASON", "The reason is longer than 2000 characters.", "Write it shorter", "NET")
NO_PERSON: Final = Denied("NO_PERSON", "This needs the name of a colleague.", "Choose a person", "NET")
STILL_OWED: Final = Denied(
    "STILL_OWED",
    "Another country still waits for something in this case.",
    "Answer, refuse with a ground, or say why it takes longer",
    "D977 5, 6",
)
ON_HOLD: Final = Denied(
    "ON_HOLD",
    "A legal hold stands on this case, and nothing of it is erased meanwhile.",
    "Wait for its end, or have it lifted",
    "LED 16(3)(b)",
)
STILL_TIME: Final = Denied(
    "STILL_TIME", "The time for the answer is not over.", "Wait, or send a reminder", "D977 5(1)"
)


def offers(view: View, acting: Acting, situation: Situation) -> tuple[Offer, ...]:
    """Return every way on that a person takes by an act or a message, in the order of the machine."""
    return tuple(
        Offer(each, _denied(view, each, acting, situation))
        for each in view.machine.out_of(view.state)
        if each.permission is not None
    )


def decide(view: View, act: Act, acting: Acting, situation: Situation) -> Transition | Denied | Moved:
    """Return what the act does; or why it is not done; or what happened since the person looked.

    What happened meanwhile comes first: a person who saw another state decided about another case.
    """
    if act.seen != view.last:
        return Moved(view, view.since(act.seen))
    found = view.machine.transition(act.name)
    if found is None:
        return UNKNOWN_ACT
    if not found.by_hand:
        return BY_MESSAGE
    if view.state not in found.before:
        return NOT_NOW
    return _denied(view, found, acting, situation) or next(iter(lacks(found, act)), found)


def _denied(view: View, found: Transition, acting: Acting, situation: Situation) -> Denied | None:
    refused = _without(found, acting, situation)
    if refused is not None:
        return refused
    if situation.glass and found.name in _WHO_KNOWS and not acting.may(Permission.APPROVE):
        return THROUGH_GLASS
    needed = found.conditions
    if Condition.SECOND_PERSON in needed and _took_part(view, found, acting.person):
        return SECOND_PERSON
    if Condition.ASSIGNEE in needed and view.assignee != acting.person:
        return NOT_YOURS
    if Condition.NOTHING_OWED in needed and situation.owed:
        return STILL_OWED
    if Condition.NOT_HELD in needed and situation.held:
        return ON_HOLD
    return STILL_TIME if Condition.WAITED in needed and situation.waiting else None


def _without(found: Transition, acting: Acting, situation: Situation) -> Denied | None:
    """Return why no right of the person is enough, None where one is."""
    if found.permission is None or acting.may(found.permission):
        return None
    if found.green is None or not acting.may(found.green):
        return NO_RIGHT
    return None if situation.lane is _GREEN else RED_LANE


def _took_part(view: View, found: Transition, person: PersonId) -> bool:
    return any(person in view.did.get(each, frozenset()) for each in found.apart_from)


def lacks(found: Transition, act: Act) -> tuple[Denied, ...]:
    """Return everything that an act needs and does not say, in the order of its form: whom it names, and why."""
    reason, missing = act.reason.strip(), list[Denied]()
    if Condition.PERSON in found.conditions and act.to is None:
        missing.append(NO_PERSON)
    if Condition.REASON in found.conditions and len(reason) < _LEAST:
        missing.append(NO_REASON)
    if len(reason) > LONGEST_REASON:
        missing.append(LONG_REASON)
    return tuple(missing)
