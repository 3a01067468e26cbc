"""What happens to a clock. The time of an event is its message's leaf time, so that both sides count the same."""

from dataclasses import dataclass
from enum import IntEnum

from policies.clocks.limits import DueClass, Limits
from policies.clocks.zones import Zone


class Kind(IntEnum):
    """What an event says; of events with the same time the lower number comes first."""

    CLASSED = 1  # the acknowledgement names the class (MT-02)
    ASKED = 2  # a clarification was received by the requester (MT-07): the clock rests
    CLARIFIED = 3  # it was supplied completely (MT-08): the clock runs on
    DELAYED = 4  # judicial authorisation is awaited until a time (MT-09)
    PART = 5  # a partial answer or refusal, or one that nobody here has read yet: the rest stays due
    CLOSED = 6  # the last answer or the full refusal


@dataclass(frozen=True, slots=True)
class Event:
    """One event. ``message`` makes it unique; ``asked`` is the clarification that a CLARIFIED answers."""

    at: int
    kind: Kind
    message: bytes
    asked: bytes | None = None
    due_class: DueClass | None = None
    until: int | None = None

    @property
    def place(self) -> tuple[int, int, bytes, bytes, str, int]:
        """Where the event stands among others; events in the same place are equal."""
        return (self.at, self.kind, self.message, self.asked or b"", self.due_class or "", self.until or 0)


@dataclass(frozen=True, slots=True)
class Start:
    """When a clock starts, by which limits, in which class at first, and in whose calendar days are counted."""

    at: int
    limits: Limits
    due_class: DueClass
    zone: Zone | None = None
