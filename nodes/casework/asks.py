"""A request that an investigator hands in at the contact point, and where it stands. Pure.

asked -> taken (an officer writes the message from it) -> sent; asked or taken -> returned with a note, to be changed
and asked again; asked or returned -> withdrawn; what nobody sent for months lapses and is erased. An investigator
addresses nobody outside: what leaves is the officer's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NewType

from nodes.casework.drafts import DraftId, Purpose, Written
from nodes.people.acting import PersonId
from nodes.people.refusals import NotDone
from protocol.ids import MessageId

AskId = NewType("AskId", bytes)
LONGEST_NOTE: Final = 2_000  # characters
LEAST_NOTE: Final = 3


class AskState(StrEnum):
    """Where a request stands."""

    ASKED = "asked"
    TAKEN = "taken"
    RETURNED = "returned"
    SENT = "sent"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class AskStep(StrEnum):
    """What somebody does with it. ``send`` is what the node notes when the officer's message leaves."""

    TAKE = "take"
    RETURN = "return"
    AGAIN = "again"
    WITHDRAW = "withdraw"
    SEND = "send"


STEPS: Final[Mapping[AskStep, tuple[frozenset[AskState], AskState]]] = {
    AskStep.TAKE: (frozenset({AskState.ASKED, AskState.TAKEN}), AskState.TAKEN),
    AskStep.RETURN: (frozenset({AskState.ASKED, AskState.TAKEN}), AskState.RETURNED),
    AskStep.AGAIN: (frozenset({AskState.RETURNED}), AskState.ASKED),
    AskStep.WITHDRAW: (frozenset({AskState.ASKED, AskState.RETURNED}), AskState.WITHDRAWN),
    AskStep.SEND: (frozenset({AskState.TAKEN}), AskState.SENT),
}
"""Step -> the states in which it is possible, and the one that follows. One that was taken can be taken over."""
OVER: Final = frozenset({AskState.SENT, AskState.WITHDRAWN, AskState.LAPSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class AskRow:
    """A request without its content. ``draft`` is the one that is written from it: the officer's, or the asker's."""

    id: AskId
    asked_by: PersonId
    asked_at: int
    purpose: Purpose
    state: AskState
    moved_at: int
    taken_by: PersonId | None = None
    draft: DraftId | None = None
    message: MessageId | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """A request with what it asks, and the note with which it came back."""

    row: AskRow
    written: Written
    note: str = ""


NO_ASK: Final = NotDone("NO_REQUEST", "There is no such request.", "Open the list of requests")
MOVED: Final = NotDone(
    "MOVED", "Somebody was quicker: the request is no longer where it was.", "Look at it again, then decide"
)
NO_NOTE: Final = NotDone("NO_REASON", "This needs a reason.", "Write in a sentence what has to be changed")


def after(state: AskState, step: AskStep) -> AskState | None:
    """Return the state that follows a step, None where the step is not possible."""
    before, then = STEPS[step]
    return then if state in before else None


def note_of(text: str) -> str | None:
    """Return a note as it is kept; None for one that says nothing or too much."""
    note = text.strip()
    return note if LEAST_NOTE <= len(note) <= LONGEST_NOTE else None
