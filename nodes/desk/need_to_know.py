"""Of which messages the person who visits may know: as far as he may know of the cases to which they belong."""

from collections.abc import Sequence

from nodes.casework.case_entries import case_ids_of
from nodes.casework.message_access import readable
from nodes.desk.visit import Visit
from protocol.ids import MessageId


async def may_know(visit: Visit, messages: Sequence[MessageId]) -> frozenset[MessageId]:
    """Return those of the messages that this person may know of; which case each belongs to is looked at first."""
    acting, scope = visit.acting, await visit.desk.cases.scope(visit.acting)
    database = visit.gateway.store.database
    placed = await database.read(lambda connection: case_ids_of(connection, messages))
    if not placed.keys() >= set(messages):
        await visit.desk.cases.fresh()
    return await database.read(lambda connection: readable(connection, acting, scope, messages))
