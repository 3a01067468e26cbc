"""What a state machine of casework is: states, and what leads from one to the next, as data. Pure.

A machine is checked when it is built, so that one with a dead end, with a state that nothing reaches, or with an act
that nobody needs a right for, does not exist. Machines say nothing about time: clocks are folded from the messages,
and no transition starts, moves or ends one.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from nodes.people.roles import Permission


class Stand(StrEnum):
    """Who has to do something next."""

    OURS = "ours"
    THEIRS = "theirs"
    RESTING = "resting"  # concluded; it comes back for its review, or when somebody reopens it
    OVER = "over"


class Signal(StrEnum):
    """What the system itself learns of a case from messages, evidence and time. Nobody types any of it."""

    QUEUED = "queued"  # the request passed the rules and waits for the hub
    SENT = "sent"
    STOPPED = "stopped"  # it never left: refused for good, or its life ended here
    DELIVERED = "delivered"
    OPENED = "opened"
    HELD = "held"
    RELEASED = "released"
    RETURNED = "returned"
    ACKNOWLEDGED = "acknowledged"
    ASKED = "asked"  # a question about the request
    CLARIFIED = "clarified"
    DELAYED = "delayed"
    CONSENT_ASKED = "consent-asked"
    PART = "part"
    PART_REFUSED = "part-refused"
    ANSWERED = "answered"
    REFUSED = "refused"
    GRANTED = "granted"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    NO_ANSWER = "no-answer"  # the time for an answer is over, which has a meaning of its own here
    CONFIRMED = "confirmed"
    APPLIED = "applied"
    VERIFIED = "verified"
    WROTE = "wrote"  # any other message of the thread
    REVIEW_DUE = "review-due"
    ERASED = "erased"


class Condition(StrEnum):
    """What an act needs besides the permission."""

    REASON = "reason"
    PERSON = "person"  # it names somebody
    ASSIGNEE = "assignee"  # only whoever the case is assigned to
    SECOND_PERSON = "second-person"  # nobody who did one of the acts that it must be apart from
    NOTHING_OWED = "nothing-owed"  # this node owes nobody anything in this case
    NOT_HELD = "not-held"  # no legal hold stands on the case
    WAITED = "waited"  # what others owe in this case is overdue, or nobody owes anything


@dataclass(frozen=True, slots=True)
class State:
    """One state. Its text is found under ``key``."""

    name: str
    stand: Stand

    @property
    def key(self) -> str:
        """Under which its words are found."""
        return f"state.{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One way out of one or several states.

    Without ``signal`` a person does it by hand. With ``signal`` it happens when the system learns of it; if somebody
    here causes that by sending a message, ``sends`` is the message's family and ``permission`` the right to send it.
    ``green`` is a lesser permission that is enough in the green lane. ``after`` None leaves the state as it is.
    """

    name: str
    before: frozenset[str]
    after: str | None = None
    permission: Permission | None = None
    green: Permission | None = None
    signal: Signal | None = None
    sends: str | None = None
    conditions: frozenset[Condition] = frozenset()
    apart_from: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        """Under which its words are found."""
        return f"act.{self.name}"

    @property
    def by_hand(self) -> bool:
        """Whether a person does it here, without a message."""
        return self.signal is None

    def leads(self, state: str) -> str:
        """Return the state after it, coming from ``state``."""
        return state if self.after is None else self.after


@dataclass(frozen=True, slots=True)
class Machine:
    """The life of one kind of case. ``ValueError`` names everything that is wrong with it."""

    name: str
    workflow: str  # its number among the requirements
    initial: str
    states: tuple[State, ...] = field(repr=False)
    transitions: tuple[Transition, ...] = field(repr=False)
    _by_state: Mapping[str, State] = field(init=False, repr=False, compare=False)
    _by_name: Mapping[str, Transition] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_state", {each.name: each for each in self.states})
        object.__setattr__(self, "_by_name", {each.name: each for each in self.transitions})
        found = tuple(faults_of(self))
        if found:
            raise ValueError(f"machine {self.name}: {'; '.join(found)}")

    def state(self, name: str) -> State:
        """Return a state; ``KeyError`` for a name that is none."""
        return self._by_state[name]

    def transition(self, name: str) -> Transition | None:
        """Return a transition."""
        return self._by_name.get(name)

    def out_of(self, state: str) -> tuple[Transition, ...]:
        """Return every transition that is possible in a state, in the order of the machine."""
        return tuple(each for each in self.transitions if state in each.before)

    def heard(self, state: str, signal: Signal) -> Transition | None:
        """Return what a signal causes in a state; None where it changes nothing."""
        return next((each for each in self.out_of(state) if each.signal is signal), None)


def faults_of(machine: Machine) -> Iterator[str]:
    """Yield what is wrong with a machine, in words for whoever writes it."""
    names = [each.name for each in machine.states]
    acts = [each.name for each in machine.transitions]
    for listed in (names, acts):
        yield from (f"{each} twice" for each in sorted({each for each in listed if listed.count(each) > 1}))
    known = frozenset(names)
    if machine.initial not in known:
        yield "no initial state"
    for each in machine.transitions:
        yield from _faults_of_transition(each, known, frozenset(acts))
    yield from _faults_of_signals(machine)
    yield from (f"{each} is never reached" for each in sorted(known - _from(machine, machine.initial)))
    over = {each.name for each in machine.states if each.stand is Stand.OVER}
    for state in machine.states:
        if state.stand is Stand.OVER and machine.out_of(state.name):
            yield f"{state.name} is over and goes on"
        if state.stand is not Stand.OVER and not _from(machine, state.name) & over:
            yield f"{state.name} has no end"


def _faults_of_transition(each: Transition, states: frozenset[str], acts: frozenset[str]) -> Iterator[str]:
    unknown = (each.before | ({each.after} if each.after is not None else frozenset())) - states
    if unknown or not each.before:
        yield f"{each.name} is between unknown states"
    if each.by_hand and each.permission is None:
        yield f"{each.name} needs no permission"
    if (each.sends is not None) != (each.signal is not None and each.permission is not None):
        yield f"{each.name} sends without a permission and a signal"
    if each.green is not None and each.permission is None:
        yield f"{each.name} has a lesser permission and no other"
    if (Condition.SECOND_PERSON in each.conditions) != bool(each.apart_from) or not each.apart_from <= acts:
        yield f"{each.name} does not say apart from whom"


def _faults_of_signals(machine: Machine) -> Iterator[str]:
    for state in machine.states:
        heard = [each.signal for each in machine.out_of(state.name) if each.signal is not None]
        yield from (f"{each} means two things in {state.name}" for each in sorted(set(heard)) if heard.count(each) > 1)


def _from(machine: Machine, start: str) -> set[str]:
    found, ring = {start}, {start}
    while ring:
        ring = {each.leads(state) for state in ring for each in machine.out_of(state)} - found
        found |= ring
    return found


def states(stand: Stand, *names: str) -> tuple[State, ...]:
    """Return states that stand alike."""
    return tuple(State(name, stand) for name in names)


def among(*names: str | Iterable[str]) -> frozenset[str]:
    """Return the names of states, given one by one or in groups."""
    return frozenset(name for each in names for name in ((each,) if isinstance(each, str) else each))
