"""Which messages the proof of a case is about: all that belong to it."""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from nodes.case_event_tables import case_file
from nodes.casework.case_entries import messages_of
from nodes.casework.case_list import Scope, visible
from nodes.gateway.stores import Store
from protocol.ids import MessageId


async def messages_in_case(store: Store, scope: Scope, case: bytes) -> Sequence[MessageId] | None:
    """Return the messages of a case; None for one that is not here, or not in this scope."""

    def load(connection: Connection) -> Sequence[MessageId] | None:
        query = select(case_file.c.number).where(case_file.c.id == case, visible(scope))
        number = connection.execute(query).scalar_one_or_none()
        return None if number is None else messages_of(connection, number)

    return await store.database.read(load)
