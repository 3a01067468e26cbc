"""Which messages a legal hold keeps from being erased; all its SQL. A hold on a case holds all its messages."""

from collections.abc import Collection

from sqlalchemy import Connection, Select, or_, select, union

from nodes.case_event_tables import case_file, case_message
from nodes.retention_tables import legal_hold
from protocol.ids import MessageId


def held_messages(connection: Connection, now: int) -> frozenset[MessageId]:
    """Return the messages on which a hold stands that is neither lifted nor over."""
    subjects = standing(now).subquery()
    of_cases = (
        select(case_message.c.message)
        .join(case_file, case_file.c.number == case_message.c.case)
        .join(subjects, subjects.c.subject == case_file.c.id)
    )
    rows = connection.execute(union(of_cases, select(subjects.c.subject)))
    return frozenset(MessageId(row[0]) for row in rows)


def held_among(connection: Connection, messages: Collection[MessageId], now: int) -> frozenset[MessageId]:
    """Return those of the messages that are held."""
    return held_messages(connection, now) & frozenset(messages)


def standing(now: int) -> Select[tuple[bytes]]:
    """Return the query for the subjects of all holds that stand."""
    over = or_(legal_hold.c.lifted_at.is_not(None), legal_hold.c.expires_at <= now)
    return select(legal_hold.c.subject).where(~over)
