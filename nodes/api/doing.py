"""Who a request of the API is written down as: the holder of its token, with the reason that the request states."""

from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from nodes.api.problems import Refusing, bad_request
from nodes.api.token_book import GRANT
from nodes.gateway.deeds import REASONS, UNSTATED, Doer, Door
from nodes.gateway.journal import acting_as

REASON: Final = "Reason"
"""The header with the code that justifies what is asked for."""


def as_program() -> Middleware:
    """Return the middleware under which everything is written down as done by the program that holds the token."""

    @web.middleware
    async def act(request: web.Request, handler: Handler) -> web.StreamResponse:
        reason = request.headers.get(REASON, UNSTATED)
        if reason != UNSTATED and reason not in REASONS:
            raise Refusing(bad_request(f"the header {REASON} is one of: {', '.join(sorted(REASONS))}"))
        with acting_as(Doer(request[GRANT].name, Door.API, reason)):
            return await handler(request)

    return act
