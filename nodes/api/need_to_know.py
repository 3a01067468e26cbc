"""What a further token may know of: everything but what belongs to a case that is closed to a group.

The token of the file is its operator's, who holds the node itself; a further one is no person and in no group.
"""

from collections.abc import Sequence
from typing import Final

from aiohttp import web

from nodes.api.problems import Refusing, not_found
from nodes.api.route import Route
from nodes.api.services import SERVICES, message_id
from nodes.api.token_book import GRANT
from nodes.casework.case_book import CaseBook
from nodes.casework.case_sync import CaseSync
from nodes.casework.message_access import closed_among
from protocol.ids import MessageId

_ABOUT: Final = ("/messages/{id}", "/evidence/{id}", "/corrections/{id}")
"""Beginnings of the routes whose path names a message."""
_LISTS: Final = ("/messages/{id}/attachments", "/messages/{id}/disclosures")
"""Routes that answer an unknown message with an empty list; they ask ``closed_to`` themselves."""


async def check_message(request: web.Request, route: Route) -> None:
    """Answer a message that belongs to a closed case like one that is not here."""
    lists = route.method == "GET" and route.path in _LISTS
    if route.path.startswith(_ABOUT) and not lists and await closed_to(request, [message_id(request)]):
        raise Refusing(not_found())


async def closed_to(request: web.Request, messages: Sequence[MessageId]) -> frozenset[MessageId]:
    """Return those of the messages of which whoever asks may not know."""
    if request[GRANT].number is None or not messages:
        return frozenset()
    gateway = request.app[SERVICES].gateway
    await CaseBook(gateway, CaseSync(gateway)).fresh()
    return await gateway.store.database.read(lambda connection: closed_among(connection, messages))
