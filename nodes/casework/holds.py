"""Who has to decide about a message that a rule holds back, since when, and how it ends. Pure over stored rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from nodes.gateway.inbox import InRow, InState
from policies.clocks.zones import HOUR
from protocol.ids import MessageId, NodeId, Reference

OWNER: Final = "supervisor"
"""The role that decides what is held (role RP-3): whoever has it at this node."""
EXITS: Final = ("release", "return")
DECIDING_S: Final = 24 * HOUR
"""A number of the network: what is held longer is shown as overdue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """One held message. ``owners`` are the persons with the role, empty while this node has none of its own."""

    message: MessageId
    sender: NodeId | None
    type: str | None
    since: int
    due_at: int
    expires_at: int | None
    rules: tuple[str, ...]
    role: str
    owners: tuple[Reference, ...]

    def overdue(self, now: int) -> bool:
        """Tell whether somebody should have decided by ``now``."""
        return now >= self.due_at


def holds_of(rows: Iterable[InRow], people: Mapping[Reference, str]) -> tuple[Hold, ...]:
    """Return the held messages among ``rows``, the longest held first; ``people`` have their roles here."""
    owners = tuple(sorted(person for person, role in people.items() if role == OWNER))
    found = [
        Hold(
            message=row.message,
            sender=row.sender,
            type=row.type,
            since=row.received_at,
            due_at=row.received_at + DECIDING_S,
            expires_at=row.expires_at,
            rules=tuple(dict.fromkeys(each.rule for each in row.decision.findings)) if row.decision else (),
            role=OWNER,
            owners=owners,
        )
        for row in rows
        if row.state is InState.HELD and row.message is not None
    ]
    return tuple(sorted(found, key=lambda each: (each.since, each.message)))
