"""What is done with a message: let a held one in or send it back, take a file."""

from contextlib import aclosing
from typing import Final
from urllib.parse import quote

from aiohttp import web
from sqlalchemy import Connection

from nodes.desk.message import held_page, known_message
from nodes.desk.page import Page
from nodes.desk.preview import of_message
from nodes.desk.texts import sentence
from nodes.desk.visit import Visit
from nodes.gateway.corrections import put_reading
from nodes.gateway.deeds import Act, Operation
from nodes.gateway.file_crypto import StoredFile
from nodes.gateway.holding import Outcome
from nodes.gateway.inbox import InState
from nodes.gateway.loops import POST
from nodes.gateway.reading import ReceivedMessage
from nodes.people.refusals import refuse_reason
from nodes.people.roles import Permission
from protocol.errors import Fault
from protocol.ids import MessageId
from protocol.stages import Refused
from runtime.http import LOG, route_of

_LEAST: Final = 3
_DECIDED: Final = sentence("Somebody else has decided: it is not held any more.")


async def release(visit: Visit) -> web.StreamResponse:
    """Let a held message in, with a reason that is kept."""
    return await _decide(visit, taken=True)


async def give_back(visit: Visit) -> web.StreamResponse:
    """Send a held message back to its sender, with a reason that is kept."""
    return await _decide(visit, taken=False)


async def _decide(visit: Visit, *, taken: bool) -> web.StreamResponse:
    message, reason = await known_message(visit), visit.field("reason")
    if message is None:
        return visit.missing()
    path = f"/messages/{message.hex()}"
    if (wrong := refuse_reason(reason, "reason", least=_LEAST)) is not None:
        found = await visit.gateway.reading.find(message)
        if isinstance(found, ReceivedMessage) and found.row.state is InState.HELD:
            return await held_page(visit, message, found, wrong)
        return visit.back_to(path, said=visit.text(_DECIDED))
    holding = visit.gateway.holding
    done = await (holding.release(message, reason) if taken else holding.give_back(message, reason))
    visit.desk.ring(POST)
    if done is Outcome.UNKNOWN:
        return visit.missing()
    if done is Outcome.NOT_HELD:
        return visit.back_to(path, said=visit.text(_DECIDED))
    said = visit.text("The message is let in.") if taken else visit.text("The message goes back to its sender.")
    return visit.back_to(path, said=said)


async def file(visit: Visit) -> web.StreamResponse:
    """Give out a file for saving, never for showing; opening it is a reading of its message.

    One in which a scanner found something leads to the page that says so.
    """
    message, name = await known_message(visit), visit.request.match_info["name"]
    found = None if message is None else await visit.gateway.saving.find(message, name)
    if message is None or found is None:
        return visit.missing()
    if found.scan.infected:
        return visit.back_to(f"/messages/{message.hex()}/files/{name}/look")
    return visit.missing() if found.stored is None else await _give(visit, message, found.stored)


async def file_all_the_same(visit: Visit) -> web.StreamResponse:
    """Give out a file in which a scanner found something, for a reason that is kept and stands in the log."""
    message, name, reason = await known_message(visit), visit.request.match_info["name"], visit.field("reason")
    found = None if message is None else await visit.gateway.saving.find(message, name, infected=True)
    if message is None or found is None or found.stored is None or not found.scan.infected:
        return visit.missing()
    if (wrong := refuse_reason(reason, "reason", least=_LEAST)) is not None:
        return await of_message(visit, wrong)
    store, now = visit.gateway.store, visit.desk.now()

    def note(connection: Connection) -> None:
        put_reading(connection, message, now, store.vault.put(connection, reason.encode()))
        act = Act(operation=Operation.CONSULTATION, deed="save-infected", objects=(message,), reason="infected")
        store.journal.note(connection, act)

    await store.database.write(note)
    return await _give(visit, message, found.stored)


async def _give(visit: Visit, message: MessageId, stored: StoredFile) -> web.StreamResponse:
    if isinstance(await visit.gateway.reading.open(message), Refused):
        return visit.back_to(f"/messages/{message.hex()}")
    visit.desk.ring(POST)
    size = stored.secret.size
    name = quote(stored.secret.name, safe="")
    headers = {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": f"attachment; filename=\"attachment.bin\"; filename*=UTF-8''{name}",
        "Content-Length": str(size),
    }
    response = web.StreamResponse(headers=headers)
    async with aclosing(visit.gateway.saving.read(stored, 0, size)) as pieces:
        first = await anext(pieces, b"")  # a file that does not open is refused before the answer begins
        await response.prepare(visit.request)
        try:
            await response.write(first)
            async for piece in pieces:
                await response.write(piece)
        except Fault as fault:
            visit.request.app[LOG].unexpected(fault, route_of(visit.request))
            if visit.request.transport is not None:
                visit.request.transport.abort()  # nobody takes half a file for a whole one
            return response
    await response.write_eof()
    return response


PAGES: Final = (
    Page("POST", "/messages/{id}/release", Permission.RELEASE, release),
    Page("POST", "/messages/{id}/return", Permission.RELEASE, give_back),
    Page("GET", "/messages/{id}/files/{name}", Permission.SEE_OWN, file),
    Page("POST", "/messages/{id}/files/{name}", Permission.RELEASE, file_all_the_same),
)
