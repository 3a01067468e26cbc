"""What the messages of a thread, their evidence and the stage of a correction say about its case. Pure.

Nobody types what follows from a message. The same messages give the same signals, and more messages never take one
back: what was learned once stays learned, also when its message is erased later.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from nodes.casework.corrections import Stage
from nodes.casework.machine import Signal
from protocol.cbor import Item
from protocol.ids import MessageId, NodeId


class Standing(StrEnum):
    """Where a message stands at this node."""

    WAITING = "waiting"  # ours, not at the hub yet
    GONE = "gone"  # ours, taken by the hub
    STOPPED = "stopped"  # ours, never left
    HERE = "here"  # received and readable
    HELD = "held"  # received, and a rule holds it back
    RETURNED = "returned"  # received, and given back unread


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one addressee confirmed of a message of ours, and when."""

    node: NodeId
    delivered_at: int | None = None
    held: bool = False
    opened_at: int | None = None
    returned_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One message of a thread as far as its case is concerned. ``said`` is None while nobody here may read it.

    ``to`` are the action addressees. ``at`` is when it came about: the leaf time, or for what has not left yet, when it
    was queued. ``held_at``, ``released_at`` and ``returned_at`` tell what rules and people did to a received one.
    """

    message: MessageId
    family: str
    sender: NodeId
    to: tuple[NodeId, ...]
    at: int
    queued_at: int
    standing: Standing
    in_reply_to: MessageId | None = None
    said: Mapping[str, Item] | None = field(default_factory=dict)
    erased: bool = False
    held_at: int | None = None
    released_at: int | None = None
    returned_at: int | None = None
    receipts: tuple[Receipt, ...] = ()


@dataclass(frozen=True, slots=True)
class Learned:
    """One signal: when it happened, by which message, and about which participant if it is about one of several."""

    signal: Signal
    at: int
    message: MessageId
    node: NodeId | None = None


@dataclass(frozen=True, slots=True)
class Thread:
    """A case's first message and the ones after it, in the order of their times, as node ``me`` has them."""

    me: NodeId
    start: Written
    rest: tuple[Written, ...] = ()
    stage: Stage | None = None  # of a correction


_REQUEST: Final = "MT-01"
_CONSENT: Final = "MT-11"
_VALID: Final = frozenset((Standing.GONE, Standing.HERE))
_STAGES: Final[Mapping[Stage, tuple[Signal, ...]]] = {
    Stage.RAISED: (),
    Stage.SENT: (),
    Stage.CONFIRMED: (Signal.CONFIRMED,),
    Stage.APPLIED: (Signal.CONFIRMED, Signal.APPLIED),
    Stage.VERIFIED: (Signal.CONFIRMED, Signal.APPLIED, Signal.VERIFIED),
}
_PHASES: Final = {"grant": Signal.GRANTED, "deny": Signal.DENIED, "withdraw": Signal.WITHDRAWN}
_ENDS: Final = (Signal.ANSWERED, Signal.REFUSED)


def signals_of(thread: Thread) -> tuple[Learned, ...]:
    """Return everything that is known of a case, in the order in which it happened as far as times tell."""
    start = thread.start
    found = [*_of_start(start), *_READERS.get(start.family, _plain)(thread)]
    if thread.stage is not None:
        found += [Learned(each, start.at, start.message) for each in _STAGES[thread.stage]]
    return tuple(found)


def _of_start(start: Written) -> Iterator[Learned]:
    """Yield what happened to the first message itself."""
    message = start.message
    match start.standing:
        case Standing.WAITING:
            yield Learned(Signal.QUEUED, start.queued_at, message)
        case Standing.STOPPED:
            yield Learned(Signal.QUEUED, start.queued_at, message)
            yield Learned(Signal.STOPPED, start.at, message)
        case Standing.GONE:
            yield Learned(Signal.QUEUED, start.queued_at, message)
            yield Learned(Signal.SENT, start.at, message)
            yield from _of_receipts(start)
        case _:
            yield from _of_hold(start)


def _of_hold(start: Written) -> Iterator[Learned]:
    if start.held_at is not None:
        yield Learned(Signal.HELD, start.held_at, start.message)
    if start.released_at is not None:
        yield Learned(Signal.RELEASED, start.released_at, start.message)
    if start.returned_at is not None:
        yield Learned(Signal.RETURNED, start.returned_at, start.message)


def _of_receipts(start: Written) -> Iterator[Learned]:
    for each in start.receipts:
        if each.delivered_at is not None:
            yield Learned(Signal.DELIVERED, each.delivered_at, start.message, each.node)
            if each.held:
                yield Learned(Signal.HELD, each.delivered_at, start.message, each.node)
        if each.opened_at is not None:
            yield Learned(Signal.OPENED, each.opened_at, start.message, each.node)


def _of_request(thread: Thread) -> Iterator[Learned]:
    """Yield what the answers to a request say; it is answered once everybody who owed an answer gave all of it."""
    start, me = thread.start, thread.me
    debtors = {each for each in start.to if me in (each, start.sender)}
    ended: dict[NodeId, Signal] = {}
    for node, at in sorted(_given_back(start), key=lambda each: (each[1], each[0])):
        ended[node] = Signal.RETURNED
        if debtors <= ended.keys():
            yield Learned(_whole(ended), at, start.message)
    questions = {each.message for each in thread.rest if each.family == "MT-07"}
    for each in _valid(thread):
        signal = _answer(each, start, questions)
        by_debtor = each.sender in debtors and signal in _ENDS and each.in_reply_to == start.message
        if by_debtor:
            ended[each.sender] = signal
            signal = _whole(ended) if debtors <= ended.keys() else Signal.PART
        yield Learned(signal, each.at, each.message, each.sender)


def _given_back(start: Written) -> Iterator[tuple[NodeId, int]]:
    action = frozenset(start.to)
    return ((each.node, each.returned_at) for each in start.receipts if each.node in action and each.returned_at)


def _whole(ended: Mapping[NodeId, Signal]) -> Signal:
    """Return the end of a request that all have dealt with: an answer of one counts more than a refusal of another."""
    said = set(ended.values())
    return next((each for each in _ENDS if each in said), Signal.RETURNED)


def _answer(each: Written, start: Written, questions: set[MessageId]) -> Signal:
    said: Mapping[str, Item] = {} if each.said is None else each.said
    by_debtor = each.sender != start.sender
    match each.family:
        case "MT-02" if by_debtor:
            return Signal.ACKNOWLEDGED
        case "MT-07" if by_debtor:
            return Signal.ASKED
        case "MT-08" if not by_debtor and each.in_reply_to in questions:
            return Signal.CLARIFIED if each.erased or said.get("/complete") is True else Signal.WROTE
        case "MT-09" if by_debtor:
            return Signal.DELAYED
        case "MT-04" if by_debtor:
            return Signal.ANSWERED
        case "MT-03" if by_debtor:
            return Signal.ANSWERED if each.erased or said.get("/completeness") == "complete" else Signal.PART
        case "MT-10" if by_debtor:
            return Signal.REFUSED if each.erased or said.get("/scope") == "full" else Signal.PART_REFUSED
    return Signal.WROTE


def _of_consent(thread: Thread) -> Iterator[Learned]:
    for node, at in _given_back(thread.start):
        yield Learned(Signal.RETURNED, at, thread.start.message, node)
    for each in _valid(thread):
        phase = None if each.said is None else each.said.get("/phase")
        known = _PHASES.get(phase, Signal.WROTE) if isinstance(phase, str) else Signal.WROTE
        owed = each.sender != thread.start.sender and each.family == _CONSENT
        yield Learned(known if owed else Signal.WROTE, each.at, each.message, each.sender)


def _plain(thread: Thread) -> Iterator[Learned]:
    for node, at in _given_back(thread.start):
        yield Learned(Signal.RETURNED, at, thread.start.message, node)
    for each in _valid(thread):
        taken = each.family == "MT-02" and each.sender != thread.start.sender
        yield Learned(Signal.ACKNOWLEDGED if taken else Signal.WROTE, each.at, each.message, each.sender)


def _valid(thread: Thread) -> Iterable[Written]:
    """Return the further messages that count: what never left, or is held back here, says nothing yet."""
    return (each for each in thread.rest if each.standing in _VALID)


_READERS: Final[Mapping[str, Callable[[Thread], Iterator[Learned]]]] = {_REQUEST: _of_request, _CONSENT: _of_consent}


def in_order(messages: Iterable[Written]) -> Sequence[Written]:
    """Return messages in the order of their times."""
    return sorted(messages, key=lambda each: (each.at, each.message))
