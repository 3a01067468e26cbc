"""Which clocks a request starts, folded from the messages that answer it. Pure: messages go in, clocks come out.

Clocks start for action addressees only, at the leaf time, and count the same on both sides (protocol decision 15).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from policies.clocks.clock import Clock
from policies.clocks.events import Event, Kind, Start
from policies.clocks.fold import fold
from policies.clocks.limits import (
    ACKNOWLEDGEMENT,
    CLARIFICATION,
    CONSENT,
    CORRECTION,
    DECISION,
    EXECUTION,
    DueClass,
    Limit,
    Regime,
    answer_limits,
    fixed,
)
from policies.clocks.zones import Zone
from protocol.cbor import Item
from protocol.ids import MessageId, NodeId

URGENT: Final = "urgent"


class Awaited(StrEnum):
    """What is owed: the codes of the list ``awaited``."""

    ANSWER = "answer"
    ACKNOWLEDGEMENT = "acknowledgement"
    CLARIFICATION = "clarification"
    CONSENT = "decision"
    CORRECTION = "correction"
    EXECUTION = "execution"


STARTERS: Final = ("MT-01", "MT-07", "MT-11", "MT-12", "MT-R1")
ANSWERS: Final = ("MT-02", "MT-03", "MT-04", "MT-07", "MT-08", "MT-09", "MT-10", "MT-11", "MT-R8", "MT-R10")
_CORRECTED: Final = "/correction/state"
SAID: Final = frozenset(
    (
        *("/due_class", "/completeness", "/complete", "/scope", "/expected_by", "/phase", "/outcome", "/decision"),
        _CORRECTED,
    )
)
"""The fields that clocks look at; the rest of a document stays closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One message as far as clocks are concerned. ``said`` is None while nobody here may read it."""

    message: MessageId
    at: int
    family: str  # the type without its version
    sender: NodeId
    to: tuple[NodeId, ...]  # action addressees
    in_reply_to: MessageId | None
    urgent: bool = False
    said: Mapping[str, Item] | None = field(default_factory=dict)
    returned: Mapping[NodeId, int] = field(default_factory=dict)  # who gave it back unread, and when


@dataclass(frozen=True, slots=True)
class Pair:
    """What the directory says of two participants: the law between them and the calendar of the one who owes."""

    regime: Regime
    zone: Zone | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One thing owed by one participant to another since a message, with its clock."""

    message: MessageId
    awaited: Awaited
    text: str  # of the sentence while it runs
    owed_by: NodeId
    owed_to: NodeId
    clock: Clock


def cases_of(request: Heard, heard: Iterable[Heard], pair: Callable[[NodeId, NodeId], Pair]) -> tuple[Case, ...]:
    """Return the clocks of a request, one set for each action addressee; nothing for a message that starts none."""
    known = sorted(heard, key=lambda each: (each.at, each.message))
    return tuple(
        _case(request, debtor, each, known, pair(request.sender, debtor))
        for debtor in request.to
        for each in _owed(request, pair(request.sender, debtor).regime)
    )


_RETURNED: Final = ""  # closes whatever it is


@dataclass(frozen=True, slots=True)
class _Owed:
    """What a message asks for: in which words, by which limits, which types end it, and whether a part does too."""

    awaited: Awaited
    text: str
    limits: Mapping[DueClass, Limit]
    ends: frozenset[str]
    by_any_word: bool = False


def _case(request: Heard, debtor: NodeId, owed: _Owed, known: Sequence[Heard], pair: Pair) -> Case:
    first = min(owed.limits, key=lambda each: owed.limits[each].seconds)
    start = Start(request.at, owed.limits, first, pair.zone)
    events = []
    for event, family in _events(request, debtor, known):
        if event.kind not in (Kind.CLOSED, Kind.PART):
            events.append(event)
        elif family in owed.ends:
            events.append(replace(event, kind=Kind.CLOSED) if owed.by_any_word else event)
    return Case(
        message=request.message,
        awaited=owed.awaited,
        text=owed.text,
        owed_by=debtor,
        owed_to=request.sender,
        clock=fold(start, events),
    )


def _owed(request: Heard, regime: Regime) -> tuple[_Owed, ...]:
    match request.family:
        case "MT-01":
            limits = answer_limits(regime, urgent=request.urgent)
            return (_Owed(Awaited.ANSWER, "clock.answer", limits, frozenset(("MT-03", "MT-04", "MT-10", _RETURNED))),)
        case "MT-07":
            return (_Owed(Awaited.CLARIFICATION, "clock.clarification", fixed(CLARIFICATION), frozenset(("MT-08",))),)
        case "MT-11" if request.said is not None and request.said.get("/phase") == "ask":
            return (_Owed(Awaited.CONSENT, "clock.consent", fixed(CONSENT), frozenset(("MT-11", _RETURNED))),)
        case "MT-12":
            return (_Owed(Awaited.CORRECTION, "clock.correction", fixed(CORRECTION), frozenset(("MT-02", _RETURNED))),)
        case "MT-R1":
            ends = frozenset(("MT-R8", "MT-R10", _RETURNED))
            word, first = ends | {"MT-02", "MT-07"}, fixed(ACKNOWLEDGEMENT)
            return (
                _Owed(Awaited.ACKNOWLEDGEMENT, "clock.acknowledgement", first, word, by_any_word=True),
                _Owed(Awaited.EXECUTION, "clock.decision", fixed(DECISION), ends, by_any_word=True),
                _Owed(Awaited.EXECUTION, "clock.execution", fixed(EXECUTION), ends),
            )
    return ()


def _events(request: Heard, debtor: NodeId, known: Sequence[Heard]) -> list[tuple[Event, str]]:
    """Return what the debtor, and the requester towards it, did about the request, each with its type."""
    found: list[tuple[Event, str]] = []
    if debtor in request.returned:
        found.append((Event(request.returned[debtor], Kind.CLOSED, request.message), _RETURNED))
    asked = {
        each.message
        for each in known
        if each.family == "MT-07" and each.sender == debtor and each.in_reply_to == request.message
    }
    for each in known:
        if each.sender == debtor and each.in_reply_to == request.message:
            found += [(event, each.family) for event in _by_debtor(each, request)]
        elif each.sender == request.sender and each.in_reply_to in asked and _says(each, "/complete", value=True):
            found.append((Event(each.at, Kind.CLARIFIED, each.message, asked=each.in_reply_to), each.family))
    return found


def _by_debtor(heard: Heard, request: Heard) -> tuple[Event, ...]:
    """Return what a message of the debtor does. One that nobody here has read yet leaves the clock as it is."""
    said = heard.said
    match heard.family:
        case "MT-02" if request.family == "MT-12":
            return (_end(heard, whole=True),) if _says(heard, _CORRECTED, value="applied") else ()
        case "MT-02" if said is not None:
            return (_classed(heard, said), *_ended(heard, request, "MT-R1"))
        case "MT-07":
            return (Event(heard.at, Kind.ASKED, heard.message), *_ended(heard, request, "MT-R1"))
        case "MT-09" if said is not None:
            return (Event(heard.at, Kind.DELAYED, heard.message, until=_instant(said.get("/expected_by"))),)
        case "MT-04":
            return (_end(heard, whole=said is not None),)
        case "MT-R8":
            return (_end(heard, whole=said is not None and said.get("/outcome") in ("executed", "impossible")),)
        case "MT-R10":
            return (_end(heard, whole=_says(heard, "/decision", value="refuse")),)
        case "MT-03":
            return (_end(heard, whole=_says(heard, "/completeness", value="complete")),)
        case "MT-10":
            return (_end(heard, whole=_says(heard, "/scope", value="full")),)
        case "MT-08":
            return (_end(heard, whole=_says(heard, "/complete", value=True)),)
        case "MT-11" if said is not None and said.get("/phase") in ("grant", "deny"):
            return (_end(heard, whole=True),)
    return ()


def _ended(heard: Heard, request: Heard, family: str) -> tuple[Event, ...]:
    return (_end(heard, whole=True),) if request.family == family else ()


def _end(heard: Heard, *, whole: bool) -> Event:
    return Event(heard.at, Kind.CLOSED if whole else Kind.PART, heard.message)


def _says(heard: Heard, path: str, *, value: Item) -> bool:
    return heard.said is not None and heard.said.get(path) == value


def _classed(heard: Heard, said: Mapping[str, Item]) -> Event:
    named = said.get("/due_class")
    known = next((each for each in DueClass if each.value == named), None)
    return Event(heard.at, Kind.CLASSED, heard.message, due_class=known)


def _instant(value: Item) -> int | None:
    """Return the seconds of a time as documents write it (UTC), None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        return int(datetime.fromisoformat(value).timestamp())
    except ValueError:
        return None
