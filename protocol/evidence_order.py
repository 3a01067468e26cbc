"""The order in which a recipient may say things about one message: what it said is never taken back.

Evidence is monotone per message, recipient and issuer along the log (protocol decision 12). A hub refuses what goes
back, a sender takes it for an alarm, and a verifier of an evidence bundle refuses the file. docs/wire.md section 4.4.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Final

from protocol.errors import Code, Fault
from protocol.evidence import Event

RANKS: Final[Mapping[Event, int]] = {
    Event.CONTENT_HANDOVER_FAILURE: 0,
    Event.CONTENT_HANDOVER: 1,
    Event.CONTENT_ACCESS_TRACKING: 2,
    Event.CONSIGNMENT_REJECTION: 2,
}
"""How far each event goes: after one of a rank, none of a lower rank may follow."""


def may_follow(earlier: Iterable[Event], event: Event) -> bool:
    """Return whether an issuer that said ``earlier`` about a message may still say ``event``."""
    return RANKS[event] >= max((RANKS[each] for each in earlier), default=0)


def contradict(events: Collection[Event], *, unserved: bool) -> bool:
    """Return whether a recipient said something about a message that the hub logged as never handed to it.

    One of the two says the untruth: a message that nobody was handed was deleted unread, and there is nothing to say.
    The hub logs no such thing of a recipient who has spoken, and no word of a recipient of whom it was logged.
    """
    return unserved and bool(events)


def check_order(events: Sequence[Event]) -> None:
    """Raise BAD_EVIDENCE unless one issuer's events about one message, in log order, never go back."""
    for earlier, event in pairwise(events):
        if not may_follow((earlier,), event):
            raise Fault(Code.BAD_EVIDENCE, f"{event.name} after {earlier.name}")
