"""Writes down that a page showed what somebody wrote, where no book that the page asks does so itself."""

from sqlalchemy import Connection

from nodes.desk.visit import Visit
from nodes.gateway.deeds import Act, Operation


async def note_shown(visit: Visit, deed: str, *objects: bytes) -> None:
    """Return when the log says that this was looked at; ``deed`` has its words in ``nodes.desk.log_words``."""
    store = visit.gateway.store
    act = Act(operation=Operation.CONSULTATION, deed=deed, objects=objects)

    def work(connection: Connection) -> None:
        store.journal.note(connection, act)

    await store.database.write(work)
