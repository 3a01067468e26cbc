"""The one place where a failure of a page becomes a page; details stay in the log."""

from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from nodes.desk.doors import Doors
from nodes.desk.texts import sentence
from protocol.errors import Code, Fault
from protocol.meanings import MEANINGS
from runtime.http import route_of
from runtime.log import Log

_TITLES: Final = {
    Code.TOO_LARGE: sentence("This is more than the desk takes at once"),
    Code.MALFORMED: sentence("The desk cannot read this"),
    Code.BUSY: sentence("This arrived too slowly"),
}
_REMEDIES: Final = {
    Code.TOO_LARGE: sentence("Go back, shorten it or put long content into an attachment, and send it again."),
    Code.MALFORMED: sentence("Go back and send it again. If it happens again, tell your administrator."),
    Code.BUSY: sentence("Check the connection, go back and send it again."),
}
_ELSE: Final = sentence("Something went wrong here")
_AGAIN: Final = sentence("Nothing you typed was sent. Go back and try again; if it lasts, tell your administrator.")


def failures(doors: Doors, log: Log) -> Middleware:
    """Return the middleware that turns every failure into a page with its code."""

    async def shown(request: web.Request, code: Code) -> web.StreamResponse:
        visit = await doors.visit(request)
        words = {"title": visit.text(_TITLES.get(code, _ELSE)), "remedy": visit.text(_REMEDIES.get(code, _AGAIN))}
        return visit.page("failure.html", status=MEANINGS[code].status, code=code.value, **words)

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except Fault as fault:
            return await shown(request, fault.code)
        except (web.HTTPException, ConnectionError, web.RequestPayloadError):
            raise  # answers of aiohttp itself are bare, and a client that is gone reads none
        except Exception as err:  # noqa: BLE001 - the outermost frame of a request; the place is logged
            log.unexpected(err, route_of(request))
            return await shown(request, Code.INTERNAL)

    return answer
