"""Whether a person may know of a message: as far as he may know of the case to which it belongs (need-to-know)."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, select

from nodes.case_event_tables import case_file, case_message
from nodes.casework.case_list import Scope, visible
from nodes.people.acting import Acting
from nodes.people.roles import Permission
from nodes.schema import inbox, outbox
from protocol.ids import MessageId

_IN_ONE_QUERY: Final = 10_000  # SQLite takes 32,766 values in a query, PostgreSQL 65,535


def readable(
    connection: Connection, acting: Acting, scope: Scope, messages: Sequence[MessageId]
) -> frozenset[MessageId]:
    """Return those of the messages that the person may know of; what is not here is known to nobody.

    A message that belongs to no case yet is known to those who see every case.
    """
    wanted = list(messages)
    joined = case_message.join(case_file, case_file.c.number == case_message.c.case)
    mine = select(case_message.c.message).select_from(joined).where(case_message.c.message.in_(wanted), visible(scope))
    found = {MessageId(row.message) for row in connection.execute(mine)}
    if acting.may(Permission.SEE_ALL):
        placed = select(case_message.c.message).where(case_message.c.message.in_(wanted))
        for box in (inbox, outbox):
            loose = select(box.c.message).where(box.c.message.in_(wanted), box.c.message.not_in(placed))
            found |= {MessageId(row.message) for row in connection.execute(loose)}
    return frozenset(found)


def closed_among(connection: Connection, messages: Sequence[MessageId]) -> frozenset[MessageId]:
    """Return those of the messages that belong to a case which is closed to a group."""
    joined = case_message.join(case_file, case_file.c.number == case_message.c.case)
    query = select(case_message.c.message).select_from(joined).where(case_file.c.limited)
    found: set[MessageId] = set()
    for start in range(0, len(messages), _IN_ONE_QUERY):
        rows = connection.execute(query.where(case_message.c.message.in_(messages[start : start + _IN_ONE_QUERY])))
        found |= {MessageId(row.message) for row in rows}
    return frozenset(found)
