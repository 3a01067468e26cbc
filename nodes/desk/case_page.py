"""What the page of a case says, in words: its clocks, its events, its messages, and the ways on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from nodes.casework.case_acts import Denied, Offer
from nodes.casework.case_book import CaseFile
from nodes.casework.case_signals import Standing, Written
from nodes.casework.case_view import Step
from nodes.casework.clock_cases import Case
from nodes.casework.clock_words import words_of
from nodes.casework.machine import Condition
from nodes.casework.machine_parts import ADD, ASSIGN, HAND, LIMIT, NOTE, TAKE, UNLIMIT
from nodes.desk.case_rows import labels_of, names_of
from nodes.desk.case_words import ACTS, DONE, HEARD, REASONS, STATES
from nodes.desk.texts import sentence
from nodes.desk.visit import Visit
from nodes.people.acting import PersonId
from policies.explain import Explanation
from protocol.ids import MessageId, NodeId, TypeId

_PEOPLE: Final = (TAKE, ASSIGN, HAND, ADD, NOTE, LIMIT, UNLIMIT)
_USUAL: Final = (
    *("approve", "acknowledge", TAKE, "work", "clarify", "answer", "grant", "tell-holders", "evaluate", "weigh"),
    *("seen", "keep", "close", "extend"),
)
"""What usually comes next, the first that is possible."""
_WHY: Final = sentence("Why?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event of a case: what, by whom, when; which state came of it; what the person wrote."""

    number: int
    at: int
    words: str
    who: str
    state: str  # empty where it stayed as it was
    note: str
    message: str
    aside: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way on. Either a form of this page, or with ``type`` a message to write in reply to ``reply``."""

    name: str
    words: str
    denied: Denied | None
    type: str = ""
    reply: str = ""
    first: bool = False  # the usual next step
    asks_reason: bool = False
    asks_person: bool = False
    reason_words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockWords:
    """One clock: when it is due in both readings, whether it rests, and the sentences about it."""

    case: Case
    due: int
    legal: int | None
    operational: int
    open: bool
    rests: bool
    ours: bool
    article: str
    sentences: Sequence[Explanation]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message of the case."""

    id: str
    words: str
    sender: str
    mine: bool
    at: int
    state: str


async def events_of(visit: Visit, steps: Sequence[Step], words: Mapping[int, str]) -> list[Event]:
    """Return the events of a case, the latest first."""
    names, labels = await names_of(visit), labels_of(visit)
    return [_event(visit, each, words, names, labels) for each in reversed(steps)]


def _event(
    visit: Visit,
    step: Step,
    words: Mapping[int, str],
    names: Mapping[PersonId, str],
    labels: Mapping[NodeId, str],
) -> Event:
    entry = step.entry
    node = "" if entry.node is None else labels.get(entry.node, entry.node)
    to = "" if entry.to is None else names.get(entry.to, "")
    known = DONE.get(entry.name, entry.name) if entry.signal is None else HEARD[entry.signal]
    return Event(
        number=entry.number,
        at=entry.at,
        words=visit.text(known, node=node, to=to),
        who="" if entry.who is None else names.get(entry.who, ""),
        state="" if step.before == step.after else visit.text(STATES[step.after]),
        note=words.get(entry.number, ""),
        message="" if entry.message is None else entry.message.hex(),
        aside=step.aside,
    )


def ways_of(visit: Visit, found: CaseFile) -> tuple[list[Way], list[Way]]:
    """Return the ways on: those that move the case, the usual next step first, and those about people and notes."""
    view, me = found.view, visit.acting.person
    idle = {TAKE} if view.assignee == me else {HAND} if view.assignee is None else set()
    idle |= {LIMIT} if view.limited else {UNLIMIT}
    ways = [_way(visit, found, each) for each in found.offers if each.transition.name not in idle]
    moving = [each for each in ways if each.name not in _PEOPLE or (each.name == TAKE and view.assignee is None)]
    next_ = next((name for name in _USUAL for each in moving if each.name == name and each.denied is None), "")
    moving = sorted((replace(each, first=each.name == next_) for each in moving), key=lambda each: not each.first)
    return moving, [each for each in ways if each.name not in [way.name for way in moving]]


def _way(visit: Visit, found: CaseFile, offer: Offer) -> Way:
    transition, reply = offer.transition, ""
    type_ = "" if transition.sends is None else type_of(visit, transition.sends)
    if type_:
        about = replied(found, transition.sends or "")
        reply = "" if about is None else about.hex()
    return Way(
        name=transition.name,
        words=visit.text(ACTS[transition.name]),
        denied=offer.denied,
        type=type_,
        reply=reply,
        asks_reason=Condition.REASON in transition.conditions,
        asks_person=Condition.PERSON in transition.conditions,
        reason_words=visit.text(REASONS.get(transition.name, _WHY)),
    )


def type_of(visit: Visit, family: str) -> str:
    """Return the newest type of a family in the catalogue in force; empty while there is none."""
    bundle = visit.gateway.network.replica.bundle
    known = [] if bundle is None else [each for each in bundle.catalogue.types if each.partition("/")[0] == family]
    return max(known, key=lambda each: int(each.partition("/")[2]), default="")


def replied(found: CaseFile, family: str) -> MessageId | None:
    """Return the message that a message of this family answers in a case: the last question, or the first message."""
    if not found.messages:
        return None
    if family == "MT-08":
        questions = [each for each in found.messages if each.family == "MT-07"]
        return questions[-1].message if questions else None
    return None if found.line.mine else found.messages[0].message


def letters_of(visit: Visit, messages: Sequence[Written]) -> list[Letter]:
    """Return the messages of a case in words, the first one first."""
    bundle, labels = visit.gateway.network.replica.bundle, labels_of(visit)
    me = visit.gateway.here.node
    found = []
    for each in messages:
        type_ = type_of(visit, each.family)
        known = None if bundle is None or not type_ else bundle.catalogue.types.get(TypeId(type_))
        words = each.family if known is None or bundle is None else bundle.catalogue.text(known.title, visit.language)
        found.append(
            Letter(
                id=each.message.hex(),
                words=words,
                sender=labels.get(each.sender, each.sender),
                mine=each.sender == me,
                at=each.at,
                state=_LETTERS[each.standing],
            )
        )
    return found


_LETTERS: Final[Mapping[Standing, str]] = {
    Standing.WAITING: sentence("Waiting to leave"),
    Standing.GONE: sentence("Sent"),
    Standing.STOPPED: sentence("Not sent"),
    Standing.HERE: sentence("Received"),
    Standing.HELD: sentence("Held by a rule"),
    Standing.RETURNED: sentence("Sent back"),
}


def _special(case: Case, found: tuple[Explanation, ...], now: int) -> tuple[Explanation, ...]:
    """Return the sentences about a clock; the plain one that it runs is told by its times already."""
    clock = case.clock
    plain = clock.closed_at is None and not clock.suspended(now) and not clock.overdue(now) and clock.delay is None
    return found[1:] if plain else found


def clocks_of(visit: Visit, clocks: Sequence[Case]) -> list[ClockWords]:
    """Return the clocks of a case, those that run first, the soonest due first."""
    now, me = visit.desk.now(), visit.gateway.here.node
    bundle = visit.gateway.network.replica.bundle
    told = [() if bundle is None else words_of(each, now, bundle.texts, visit.language) for each in clocks]
    found = [
        ClockWords(
            case=each,
            due=each.clock.due(now),
            legal=each.clock.legal(now),
            operational=each.clock.operational(now),
            open=each.clock.closed_at is None,
            rests=each.clock.suspended(now),
            ours=each.owed_by == me,
            article=words[0].article if words else each.clock.limit.article,
            sentences=_special(each, words, now),
        )
        for each, words in zip(clocks, told, strict=True)
    ]
    return sorted(found, key=lambda each: (not each.open, each.due))
