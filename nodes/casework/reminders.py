"""Proposes reminders (MT-16). Nothing here sends: a person looks at the proposal, completes it and sends it. Pure."""

from datetime import UTC, datetime
from typing import Any, Final

from nodes.casework.clock_cases import Case
from policies.clocks.clock import Escalation
from policies.clocks.zones import DAY
from protocol.catalogue.documents import JSON
from protocol.ids import NodeId

_TYPE: Final = "MT-16/1"
_ESCALATED_AFTER: Final = 2 * DAY  # overdue for longer it goes to the superiors (a number of the network)
_CONSENT: Final = "clock.consent"


def proposed_reminder(case: Case, me: NodeId, now: int) -> dict[str, Any] | None:
    """Return the reminder that fits now as a document to be completed; None while there is no reason for one.

    Only who waits reminds. What rests waits for the other side. A consent that was not answered is denied: it is
    reminded of before, from 90 percent of its time on.
    """
    clock = case.clock
    if case.owed_to != me or clock.closed_at is not None or clock.suspended(now):
        return None
    step = clock.escalation(now)
    if step is not (Escalation.NINE_TENTHS if case.text == _CONSENT else Escalation.OVERDUE):
        return None
    return {
        "type": _TYPE,
        "to": [case.owed_by],
        "in_reply_to": case.message.hex(),
        "document": reminder_document(case, now),
    }


def reminder_document(case: Case, now: int) -> dict[str, JSON]:
    """Return what a reminder of something says now; a person looks at it, completes it and sends it."""
    due = case.clock.due(now)
    late = max(0, now - due)
    return {
        "kind": "escalation" if late > _ESCALATED_AFTER else "reminder",
        "waiting_for": case.awaited.value,
        "about": {"message_id": case.message.hex()},
        "due_at": datetime.fromtimestamp(due, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "days_overdue": late // DAY,
    }
