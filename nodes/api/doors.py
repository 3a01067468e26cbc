"""Who may speak to the API: programs of this machine that hold a token, and no web page of another origin.

Three doors, each enough against its own attack: the Host header (DNS rebinding), the Origin header (cross-site
requests), the bearer token (other accounts of this machine).
"""

import hashlib
import hmac
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from nodes.api.problems import ApiProblem, Refusing
from nodes.api.route import Scope
from nodes.api.token_book import GRANT, Grant, TokenBook
from nodes.gateway.deeds import PROGRAM
from protocol.errors import Code
from protocol.ports import Clock

_NAMES: Final = ("127.0.0.1", "localhost", "[::1]")
_WINDOW_S: Final = 60
_BEARER: Final = "Bearer "


class Throttle:
    """Slows down whoever guesses: after too many wrong tokens in a minute every wrong one is turned away unread."""

    def __init__(self, limit: int, clock: Clock) -> None:
        self._limit = limit
        self._clock = clock
        self._window = 0
        self._count = 0

    def is_closed(self) -> bool:
        """Tell whether the limit of this minute is used up."""
        return self._window == self._clock() // _WINDOW_S and self._count >= self._limit

    def note_failure(self) -> None:
        """Count one wrong token."""
        window = self._clock() // _WINDOW_S
        self._count = self._count + 1 if window == self._window else 1
        self._window = window


def local_only() -> Middleware:
    """Return the middleware that refuses a request which was addressed to another host or comes from another origin."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        hosts = request.headers.getall("Host", [])
        if len(hosts) != 1 or hosts[0].rsplit(":", 1)[0] not in _NAMES:
            raise Refusing(_closed("The request is addressed to another host.", "Use http://127.0.0.1 and the port."))
        origins = request.headers.getall("Origin", [])
        if any(origin != f"http://{hosts[0]}" for origin in origins):
            raise Refusing(_closed("The request comes from a web page of another origin.", "Call the API directly."))
        if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            raise Refusing(_closed("The request comes from a web page of another origin.", "Call the API directly."))
        return await handler(request)

    return check


def bearer(token: str, throttle: Throttle, book: TokenBook) -> Middleware:
    """Return the middleware that asks for a token on every request, compared in constant time, and notes its scopes.

    The token of the file is good for everything; those of the book for what they were made for, until they end.
    """
    owner = Grant(PROGRAM, frozenset(Scope))
    expected = hashlib.sha256(token.encode()).digest()

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        given = _token(request)
        same = hmac.compare_digest(hashlib.sha256(given.encode("utf-8", "surrogateescape")).digest(), expected)
        grant = owner if same else await book.find(given) if given else None
        if grant is None:
            if throttle.is_closed():
                raise Refusing(_throttled())
            throttle.note_failure()
            raise Refusing(_unauthorised())
        request[GRANT] = grant
        return await handler(request)

    return check


def _token(request: web.Request) -> str:
    """Return what the request shows as its token; empty for none, or more than one."""
    given = request.headers.getall("Authorization", [])
    return given[0].removeprefix(_BEARER) if len(given) == 1 and given[0].startswith(_BEARER) else ""


def _closed(title: str, remedy: str) -> ApiProblem:
    return ApiProblem(status=403, code=str(Code.NOT_PERMITTED), title=title, remedy=remedy)


def _unauthorised() -> ApiProblem:
    return ApiProblem(
        status=401,
        code="UNAUTHORISED",
        title="The request carries no valid token of this node.",
        remedy="Send `Authorization: Bearer` with the content of the node's token file, or a token made with it.",
    )


def _throttled() -> ApiProblem:
    return ApiProblem(
        status=429,
        code=str(Code.RATE_LIMITED),
        title="Too many requests with a wrong token.",
        remedy="Wait a minute, then use the content of the node's token file.",
    )
