"""Whether a person may know of a message: as far as he may know of the case to which it belongs (need-to-know)."""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from nodes.case_event_tables import case_file, case_message
from nodes.casework.case_list import Scope, visible
from nodes.people.acting import Acting
from nodes.people.roles import Permission
from protocol.ids import MessageId


def readable(
    connection: Connection, acting: Acting, scope: Scope, messages: Sequence[MessageId]
) -> frozenset[MessageId]:
    """Return those of the messages that the person may know of.

    A message that belongs to no case yet is known to those who see every case.
    """
    wanted = list(messages)
    joined = case_message.join(case_file, case_file.c.number == case_message.c.case)
    mine = select(case_message.c.message).select_from(joined).where(case_message.c.message.in_(wanted), visible(scope))
    found = {MessageId(row.message) for row in connection.execute(mine)}
    if acting.may(Permission.SEE_ALL):
        placed = select(case_message.c.message).where(case_message.c.message.in_(wanted))
        found |= set(wanted) - {MessageId(row.message) for row in connection.execute(placed)}
    return frozenset(found)
