"""A case as its entries make it: the state, who has it, who may know of it, and every step on the way. Pure.

The same entries in the same order give the same case. An entry that no longer fits the machine, because it was written
under an earlier release, moves nothing and stays in the list where people see it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from nodes.casework.machine import Condition, Machine, Signal, Stand, Transition
from nodes.casework.machine_parts import ADD, CLOSED, LIMIT, TAKE, UNLIMIT
from nodes.people.acting import PersonId
from policies.clocks.limits import review_due
from protocol.ids import MessageId, NodeId


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened in a case, never changed afterwards: an act of a person, or what the system learned.

    ``at`` is when it happened, ``noted_at`` when this node knew. ``reason`` is the id of an encrypted item.
    """

    number: int
    at: int
    noted_at: int
    name: str  # of the transition; of a signal that changed nothing, the signal's
    signal: Signal | None = None
    who: PersonId | None = None
    to: PersonId | None = None
    message: MessageId | None = None
    node: NodeId | None = None
    reason: bytes | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """An entry with the states before and after it. ``aside`` says that it changed nothing because it does not fit."""

    entry: Entry
    before: str
    after: str
    aside: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A case after its entries. ``did`` tells who ever did which act."""

    machine: Machine
    state: str
    steps: tuple[Step, ...] = ()
    assignee: PersonId | None = None
    people: frozenset[PersonId] = frozenset()
    limited: bool = False
    did: Mapping[str, frozenset[PersonId]] = field(default_factory=dict)
    closed_at: int | None = None
    reviews: int = 0

    @property
    def last(self) -> int:
        """The number of the last entry: what an act names to say which state of the case the person saw."""
        return self.steps[-1].entry.number if self.steps else 0

    @property
    def stand(self) -> Stand:
        """Who has to do something next."""
        return self.machine.state(self.state).stand

    @property
    def review_at(self) -> int | None:
        """Until when the need for the data is reviewed; None while the case goes on, or nothing is left of it."""
        if self.closed_at is None or self.stand is not Stand.RESTING:
            return None
        return review_due(self.closed_at, again=self.reviews > 0)

    def since(self, number: int) -> tuple[Step, ...]:
        """Return the steps after an entry."""
        return tuple(each for each in self.steps if each.entry.number > number)

    def knows(self, person: PersonId) -> bool:
        """Tell whether a person takes part in the case."""
        return person in self.people


def begin(machine: Machine) -> View:
    """Return a case of which nothing happened yet."""
    return View(machine=machine, state=machine.initial)


def fold_case(machine: Machine, entries: Iterable[Entry]) -> View:
    """Return the case after these entries, in the order of their numbers."""
    view = begin(machine)
    for entry in sorted(entries, key=lambda each: each.number):
        view = follow(view, entry)
    return view


def follow(view: View, entry: Entry) -> View:
    """Return the case after one more entry."""
    found = _transition(view, entry)
    if found is None:
        return replace(view, steps=(*view.steps, Step(entry, view.state, view.state, aside=entry.signal is None)))
    after = found.leads(view.state)
    step = Step(entry, view.state, after)
    view = replace(view, steps=(*view.steps, step), state=after)
    if entry.who is not None:
        doers = view.did.get(found.name, frozenset()) | {entry.who}
        view = replace(view, did={**view.did, found.name: doers}, people=view.people | {entry.who})
    return _closing(_belonging(view, found, entry), step)


def name_of(view: View, signal: Signal) -> str:
    """Return under which name a signal is entered: that of the transition which it causes now, or else its own."""
    found = view.machine.heard(view.state, signal)
    return signal.value if found is None else found.name


def _transition(view: View, entry: Entry) -> Transition | None:
    if entry.signal is not None:
        return view.machine.heard(view.state, entry.signal)
    found = view.machine.transition(entry.name)
    return found if found is not None and found.by_hand and view.state in found.before else None


def _belonging(view: View, found: Transition, entry: Entry) -> View:
    """Return the case with what an act says about whose it is and who may know of it."""
    if found.name == TAKE:
        return replace(view, assignee=entry.who)
    if found.name in (LIMIT, UNLIMIT):
        return replace(view, limited=found.name == LIMIT)
    if Condition.PERSON in found.conditions and entry.to is not None:
        view = replace(view, people=view.people | {entry.to})
        return view if found.name == ADD else replace(view, assignee=entry.to)
    return view


def _closing(view: View, step: Step) -> View:
    """Return the case with the time from which its review is counted."""
    if step.before == step.after:
        return view
    if step.after == CLOSED:
        again = view.closed_at is not None
        return replace(view, closed_at=step.entry.at, reviews=view.reviews + again)
    resting = view.machine.state(step.after).stand in (Stand.RESTING, Stand.OVER)
    return view if resting else replace(view, closed_at=None, reviews=0)
