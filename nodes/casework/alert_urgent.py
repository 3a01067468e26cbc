"""Which received items are urgent, and which of them somebody deals with by now; read from the boxes and the cases."""

from typing import Final

from sqlalchemy import Connection, func, select

from nodes.case_event_tables import case_event
from nodes.casework.alert import Alert, End
from nodes.casework.alert_store import put_alert
from nodes.casework.case_entries import case_of
from nodes.casework.case_threads import find_message, received_after
from nodes.gateway import outbox
from nodes.gateway.inbox import InState
from nodes.gateway.replica_store import find_fact, put_fact
from nodes.people.acting import PersonId
from nodes.schema import inbox
from protocol.ids import MessageId

_MARK: Final = "alerts-received"
_AT_ONCE: Final = 100
_FRESH_S: Final = 86_400  # how far back the first look goes at a node that raised no alerts before
_LIFE: Final = frozenset({"a", "b"})
"""Grounds of urgency that threaten life, limb or public security (Directive (EU) 2023/977 art. 4(4))."""


def is_behind(connection: Connection) -> bool:
    """Tell whether something arrived that was not looked at."""
    return bool(received_after(connection, _mark(connection), 1))


def raise_new(connection: Connection) -> None:
    """Raise an alert for each urgent item that arrived since the last look.

    The mark moves in the same transaction, so that no item is passed over and none is raised twice.
    """
    start = _mark(connection)
    rows = received_after(connection, start, _AT_ONCE)
    for _, message in rows:
        found = find_message(connection, message) if message else None
        if found is not None and found.urgent:
            put_alert(connection, message, _arrival(connection, message), life=found.core.urgency_ground in _LIFE)
    if rows:
        put_fact(connection, _MARK, rows[-1][0])


def how_ended(connection: Connection, alert: Alert) -> tuple[End, PersonId | None] | None:
    """Return how an item found somebody without a word to the alert; None while nobody deals with it."""
    message = MessageId(alert.message)
    state = connection.execute(select(inbox.c.state).where(inbox.c.message == message)).scalar_one_or_none()
    if state == InState.RETURNED.value:
        return End.RETURNED, None
    who = _worker(connection, message, alert.raised_at)
    if who is not None:
        return End.WORKED, who
    return (End.WORKED, None) if outbox.has_answer(connection, message) else None


def _worker(connection: Connection, message: MessageId, since: int) -> PersonId | None:
    """Return who last acted on the case of an item after its alert was raised."""
    case = case_of(connection, message)
    if case is None:
        return None
    query = select(case_event.c.who).where(
        case_event.c.case == case, case_event.c.who.is_not(None), case_event.c.noted_at >= since
    )
    found = connection.execute(query.order_by(case_event.c.number.desc()).limit(1)).scalar_one_or_none()
    return None if found is None else PersonId(found)


def _arrival(connection: Connection, message: MessageId) -> int:
    return int(connection.execute(select(inbox.c.received_at).where(inbox.c.message == message)).scalar_one())


def _mark(connection: Connection) -> int:
    """Return behind which row to look; a node that raised no alerts before begins with what came in the last day."""
    found = find_fact(connection, _MARK)
    if found is not None or not connection.execute(select(inbox.c.id).limit(1)).first():
        return found or 0
    newest = func.max(inbox.c.received_at)
    since = (connection.execute(select(newest)).scalar_one() or 0) - _FRESH_S
    return connection.execute(select(func.max(inbox.c.id)).where(inbox.c.received_at < since)).scalar_one() or 0
