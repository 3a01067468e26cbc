"""What all machines of casework have in common: the everyday acts that leave the state alone, and how a case ends."""

from collections.abc import Iterator
from typing import Final

from nodes.casework.machine import Condition, Signal, Transition, among
from nodes.people.roles import Permission

CLOSED: Final = "closed"
REVIEW: Final = "review"
ERASED: Final = "erased"
ERASE: Final = "erase"
ASSIGN: Final = "assign"
TAKE: Final = "take-over"
HAND: Final = "hand-over"
NOTE: Final = "note"
ADD: Final = "add-person"
LIMIT: Final = "limit"
UNLIMIT: Final = "unlimit"
_NEWS: Final = (Signal.WROTE, Signal.ASKED, Signal.PART, Signal.PART_REFUSED, Signal.ANSWERED, Signal.REFUSED)


def everyday(working: frozenset[str]) -> Iterator[Transition]:
    """Yield what is done to a case in any of the working states and leaves the state as it is."""
    person = frozenset({Condition.PERSON})
    yield Transition(name=TAKE, before=working, permission=Permission.RECEIVE)
    yield Transition(name=ASSIGN, before=working, permission=Permission.RECEIVE, conditions=person)
    yield Transition(
        name=HAND,
        before=working,
        permission=Permission.RECEIVE,
        conditions=frozenset({Condition.PERSON, Condition.REASON, Condition.ASSIGNEE}),
    )
    yield Transition(name=ADD, before=working, permission=Permission.RECEIVE, conditions=person)
    # Closing a case to a group is a supervisor's decision, as is opening it again: both change who may know.
    reason = frozenset({Condition.REASON})
    yield Transition(name=LIMIT, before=working, permission=Permission.APPROVE, conditions=reason)
    yield Transition(name=UNLIMIT, before=working, permission=Permission.APPROVE, conditions=reason)
    yield Transition(name=NOTE, before=working, permission=Permission.SEE_OWN, conditions=reason)


def concluded(done: frozenset[str], *, reopened: str) -> Iterator[Transition]:
    """Yield the end of a case: closed, reviewed within six months and then within twelve, erased (D977 16(4))."""
    nothing = frozenset({Condition.NOTHING_OWED})
    reason = frozenset({Condition.REASON})
    yield Transition(name="close", before=done, after=CLOSED, permission=Permission.CLOSE, conditions=nothing)
    yield Transition(
        name="reopen", before=among(CLOSED, REVIEW), after=reopened, permission=Permission.CLOSE, conditions=reason
    )
    # What comes after the end wants somebody to look at it: nothing is filed away unseen.
    for each in _NEWS:
        yield Transition(name=f"late-{each.value}", before=among(CLOSED, REVIEW), after=reopened, signal=each)
    yield Transition(name="review-due", before=among(CLOSED), after=REVIEW, signal=Signal.REVIEW_DUE)
    yield Transition(name="extend", before=among(REVIEW), after=CLOSED, permission=Permission.REVIEW, conditions=reason)
    # The state follows when nothing is left of the messages, which is in the same transaction.
    yield Transition(
        name=ERASE,
        before=among(CLOSED, REVIEW),
        permission=Permission.REVIEW,
        conditions=frozenset({Condition.REASON, Condition.NOT_HELD}),
    )
    yield Transition(name="erased", before=among(CLOSED, REVIEW), after=ERASED, signal=Signal.ERASED)
