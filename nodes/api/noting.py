"""Writes down that a route showed what somebody wrote, where no book that it asks does so itself."""

from aiohttp import web
from sqlalchemy import Connection

from nodes.api.services import SERVICES
from nodes.gateway.deeds import Act, Operation


async def note_shown(request: web.Request, deed: str, *objects: bytes) -> None:
    """Return when the log says that this was looked at; ``deed`` has its words at the desk."""
    store = request.app[SERVICES].gateway.store
    act = Act(operation=Operation.CONSULTATION, deed=deed, objects=objects)

    def work(connection: Connection) -> None:
        store.journal.note(connection, act)

    await store.database.write(work)
