"""The alert of an urgent item: who is told next and when, until somebody takes it. Pure: facts go in, a step comes out.

raised -> told (one person of the roster after the other) -> the supervisors -> the roster anew, and so on without end;
only a person who takes the item, or the item's own end, ends it. Each round passes over whoever is away. Where the
roster names nobody, the supervisors are told at once; where there are none, everybody who may receive, or
else the whole roster together; and where nobody is left at all, a step without persons still sounds in the house (page,
wall, pager).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from nodes.people.acting import PersonId

MINUTE: Final = 60


class Level(StrEnum):
    """Whom a step tells."""

    ROSTER = "roster"  # the next person of the duty roster
    SUPERVISORS = "supervisors"
    EVERYBODY = "everybody"  # whoever may receive
    HOUSE = "house"  # no person is left to be told


class End(StrEnum):
    """How an alert ended."""

    TAKEN = "taken"  # somebody said so
    WORKED = "worked"  # somebody acted on the case, or it was answered
    RETURNED = "returned"  # the item was given back to its sender


@dataclass(frozen=True, slots=True)
class Step:
    """Somebody was told. ``reached`` tells whether a channel took it; None while that is not known."""

    number: int
    level: Level
    round: int
    at: int
    persons: tuple[PersonId, ...]
    reached: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """The alert of one item with its steps in their order. Times are seconds UTC."""

    number: int
    message: bytes
    life: bool
    """Whether life, limb or public security is threatened: grounds (a) and (b) of Directive (EU) 2023/977 art. 4(4)."""
    raised_at: int
    steps: tuple[Step, ...] = ()
    ended_at: int | None = None
    ended_by: PersonId | None = None
    end: End | None = None

    @property
    def waits(self) -> bool:
        """Whether nobody has taken the item."""
        return self.ended_at is None

    @property
    def told(self) -> frozenset[PersonId]:
        """Everybody who was told so far."""
        return frozenset(person for step in self.steps for person in step.persons)

    @property
    def unfinished(self) -> Step | None:
        """The step that was begun and of which nothing is known: the node stopped in it, so it is taken once more."""
        return next((each for each in self.steps if each.reached is None), None)

    @property
    def is_loud(self) -> bool:
        """Whether it has gone beyond the roster."""
        return any(each.level is not Level.ROSTER for each in self.steps)


@dataclass(frozen=True, slots=True)
class Hands:
    """Whom there is to tell at this moment, nobody of them away: the roster in its order, supervisors, everybody."""

    line: tuple[PersonId, ...] = ()
    supervisors: tuple[PersonId, ...] = ()
    everybody: tuple[PersonId, ...] = ()


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds until the next one is told: usually, where life is threatened, and after a step that reached nobody."""

    usual_s: int
    life_s: int
    unreached_s: int = MINUTE

    def after(self, alert: Alert, step: Step) -> int:
        """Return how long a step is waited for."""
        usual = self.life_s if alert.life else self.usual_s
        return min(usual, self.unreached_s) if step.reached is False else usual


def next_step(alert: Alert, hands: Hands, pace: Pace) -> Step | None:
    """Return who is told next, and at ``at`` at the earliest; None only for an alert that has ended.

    An unfinished step is that step once more, at its own time: a node that stopped in it repeats it and loses none.
    """
    if not alert.waits:
        return None
    if alert.unfinished is not None:
        return alert.unfinished
    if not alert.steps:
        return _step(alert, 1, hands, alert.raised_at)
    last = alert.steps[-1]
    return _step(alert, last.round, hands, last.at + pace.after(alert, last))


def next_at(alerts: Sequence[Alert], hands: Hands, pace: Pace) -> int | None:
    """Return when the next step of any alert is due, None when none waits."""
    due = (next_step(each, hands, pace) for each in alerts)
    return min((each.at for each in due if each is not None), default=None)


def _step(alert: Alert, round_: int, hands: Hands, at: int) -> Step:
    this = [each for each in alert.steps if each.round == round_]
    told = {person for each in this if each.level is Level.ROSTER for person in each.persons}
    following = next((person for person in hands.line if person not in told), None)
    beyond = any(each.level is not Level.ROSTER for each in this)
    number = len(alert.steps) + 1
    if beyond:
        round_, following = round_ + 1, next(iter(hands.line), None)
    if following is not None:
        return Step(number, Level.ROSTER, round_, at, (following,))
    level, persons = _beyond(hands)
    return Step(number, level, round_, at, persons)


def _beyond(hands: Hands) -> tuple[Level, tuple[PersonId, ...]]:
    everybody = hands.everybody or hands.line
    for level, persons in ((Level.SUPERVISORS, hands.supervisors), (Level.EVERYBODY, everybody)):
        if persons:
            return level, tuple(dict.fromkeys(persons))
    return Level.HOUSE, ()
