"""What a breach of data protection concerns, and how far the notices are (workflow WF-11). Pure.

Who is concerned comes from what this node can prove: whom a message went to, who received and opened it, and to whom
rows of it were shown. Nothing here sends anything.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from policies.clocks.clock import Clock, Escalation
from policies.clocks.events import Event, Kind, Start
from policies.clocks.fold import fold
from policies.clocks.limits import DueClass, Limit
from policies.clocks.zones import HOUR
from protocol.ids import MessageId, NodeId

AUTHORITY: Final = Limit(72 * HOUR, "LED 30(1), GDPR 33(1)")  # timer T-9, from when the breach was noticed


class Part(StrEnum):
    """What a participant has to do with a message that is concerned, the least first."""

    ADDRESSED = "addressed"
    RECEIVED = "received"
    OPENED = "opened"
    FORWARDED_TO = "forwarded-to"
    OWNER = "owner"


class Step(StrEnum):
    """What a person noted about a breach."""

    ASSESSED = "assessed"
    AUTHORITY = "authority"
    PERSONS = "persons"
    CLOSED = "closed"


class BreachStage(StrEnum):
    """Where a breach stands: the states of WF-11."""

    DETECTED = "detected"
    ASSESSED = "assessed"
    AUTHORITY_TOLD = "authority-told"
    PARTIES_TOLD = "parties-told"
    PERSONS_TOLD = "persons-told"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What this node knows of one concerned message: its sender, and what each other participant had of it."""

    message: MessageId
    owner: NodeId
    addressed: frozenset[NodeId] = frozenset()
    received: frozenset[NodeId] = frozenset()
    opened: frozenset[NodeId] = frozenset()
    forwarded_to: frozenset[NodeId] = frozenset()
    categories: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Party:
    """One participant that is concerned, with the messages and its parts in them."""

    node: NodeId
    messages: tuple[MessageId, ...]
    parts: tuple[Part, ...]
    categories: tuple[str, ...]
    told_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachFacts:
    """Everything known here about one breach. ``told`` is when each participant was sent a notice of it."""

    reference: str
    detected_at: int
    traces: Sequence[Trace]
    steps: Mapping[Step, int] = field(default_factory=dict)
    told: Mapping[NodeId, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Breach:
    """A breach with everybody concerned and the clock of the notice to the authority."""

    facts: BreachFacts
    parties: tuple[Party, ...]
    clock: Clock
    stage: BreachStage

    @property
    def untold(self) -> tuple[Party, ...]:
        """Those concerned whom nobody has told."""
        return tuple(each for each in self.parties if each.told_at is None)

    def escalation(self, now: int) -> Escalation:
        """Return how near the end of the time for the authority is."""
        return self.clock.escalation(now)


def parties_of(traces: Iterable[Trace], me: NodeId, told: Mapping[NodeId, int]) -> tuple[Party, ...]:
    """Return everybody but this node that had a part in the messages, in the order of their ids."""
    found: dict[NodeId, dict[MessageId, set[Part]]] = {}
    categories: dict[NodeId, set[str]] = {}
    for trace in traces:
        for part, nodes in _parts(trace):
            for node in nodes - {me}:
                found.setdefault(node, {}).setdefault(trace.message, set()).add(part)
                categories.setdefault(node, set()).update(trace.categories)
    return tuple(
        Party(
            node,
            tuple(sorted(messages)),
            tuple(part for part in Part if any(part in parts for parts in messages.values())),
            tuple(sorted(categories[node])),
            told.get(node),
        )
        for node, messages in sorted(found.items())
    )


def fold_breach(facts: BreachFacts, me: NodeId) -> Breach:
    """Return the breach as its facts make it."""
    parties = parties_of(facts.traces, me, facts.told)
    start = Start(facts.detected_at, {DueClass.BENCHMARK: AUTHORITY}, DueClass.BENCHMARK, None)
    told_at = facts.steps.get(Step.AUTHORITY)
    about = min((trace.message for trace in facts.traces), default=MessageId(bytes(32)))
    events = [] if told_at is None else [Event(told_at, Kind.CLOSED, about)]
    return Breach(facts, parties, fold(start, events), _stage(facts, parties))


def _parts(trace: Trace) -> tuple[tuple[Part, frozenset[NodeId]], ...]:
    return (
        (Part.ADDRESSED, trace.addressed),
        (Part.RECEIVED, trace.received),
        (Part.OPENED, trace.opened),
        (Part.FORWARDED_TO, trace.forwarded_to),
        (Part.OWNER, frozenset({trace.owner})),
    )


def _stage(facts: BreachFacts, parties: Sequence[Party]) -> BreachStage:
    """Return the furthest stage whose condition and all before it hold; what was closed stays closed."""
    if Step.CLOSED in facts.steps:
        return BreachStage.CLOSED
    stage = BreachStage.DETECTED
    for following, reached in (
        (BreachStage.ASSESSED, Step.ASSESSED in facts.steps),
        (BreachStage.AUTHORITY_TOLD, Step.AUTHORITY in facts.steps),
        (BreachStage.PARTIES_TOLD, all(each.told_at is not None for each in parties)),
        (BreachStage.PERSONS_TOLD, Step.PERSONS in facts.steps),
    ):
        if not reached:
            break
        stage = following
    return stage
