"""The HTTP server both services stand on: tight limits, plain refusals, an orderly end.

Nothing of a request is trusted here: bodies are never decompressed, sizes are checked before reading, slow bodies are
cut, and whatever goes wrong is answered by a code alone. ``request.host`` and ``request.url`` come from the client and
must not decide anything.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Final

from aiohttp import web
from aiohttp.http import HttpRequestParser
from aiohttp.typedefs import Handler, Middleware
from msgspec import Meta

from protocol.api import Problem
from protocol.errors import Code, Fault
from protocol.meanings import MEANINGS
from protocol.ports import Clock, Entropy
from runtime.answers import code_of, refuse
from runtime.gate import Gate
from runtime.lifecycle import Lifecycle
from runtime.log import Log
from runtime.operator import OperatorError, from_os_error

_CHUNK: Final = 64 << 10
_MAX_LINE: Final = 4_096  # bytes of the request line; our paths are short
_MAX_FIELD: Final = 8_190  # bytes of one header
_MAX_HEADERS: Final = 64
_BACKLOG: Final = 512  # connections the system may hold for us while the loop is busy
_C_PARSER: Final = "aiohttp._http_parser"
_RETRY_BASE_S: Final = 2
_RETRY_SPREAD_S: Final = 8  # refused peers come back spread over so many seconds


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """Where the service listens and how patient it is."""

    host: Annotated[str, Meta(description="address to listen on")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535, description="TCP port; 0 lets the system choose")] = 8443
    max_connections: Annotated[int, Meta(ge=1, description="connections in all; more are closed at once")] = 2_000
    max_per_address: Annotated[int, Meta(ge=1, description="connections from one address")] = 200
    keepalive_s: Annotated[float, Meta(gt=0, description="idle connections and unfinished headers are closed")] = 15.0
    handshake_s: Annotated[float, Meta(gt=0, description="for TLS to be agreed")] = 10.0
    body_grace_s: Annotated[float, Meta(gt=0, description="every body gets this long, and more by its size")] = 10.0
    min_rate_bytes: Annotated[int, Meta(ge=1, description="bytes a second below which a body is cut")] = 2_048
    balancer_wait_s: Annotated[float, Meta(ge=0, description="from not ready to refusing connections")] = 2.0
    shutdown_s: Annotated[float, Meta(gt=0, description="for requests in flight to finish")] = 20.0


LIFECYCLE: Final = web.AppKey("lifecycle", Lifecycle)
HTTP_SETTINGS: Final = web.AppKey("http_settings", HttpSettings)
LOG: Final = web.AppKey("log", Log)


def api_app(settings: HttpSettings, log: Log, clock: Clock, entropy: Entropy) -> web.Application:
    """Return an application whose refusals are codes in CBOR and that takes no compressed body. Add routes to it.

    Its handlers read bodies with ``read_body`` or ``stream_body`` only; aiohttp's own ``read`` refuses everything.
    """
    app = web.Application(middlewares=[faults(clock, entropy), refuse_encoded], client_max_size=1)
    app[LIFECYCLE] = Lifecycle()
    app[HTTP_SETTINGS] = settings
    app[LOG] = log
    app.on_response_prepare.append(hide_server)
    return app


async def hide_server(request: web.Request, response: web.StreamResponse) -> None:  # noqa: ARG001 - aiohttp's signature
    """Send no names and versions of the software."""
    response.headers.pop("Server", None)


def faults(clock: Clock, entropy: Entropy) -> Middleware:
    """Return the middleware that turns every failure into its code; details stay here."""

    def delay(code: Code) -> int | None:
        return _RETRY_BASE_S + entropy(1)[0] % _RETRY_SPREAD_S if MEANINGS[code].retry else None

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except Fault as fault:
            return refuse(Problem(fault.code, clock(), delay(fault.code)))
        except web.HTTPException as err:
            if err.status < web.HTTPBadRequest.status_code:
                raise
            return refuse(Problem(code_of(err), clock()), err.status)
        except (ConnectionError, web.RequestPayloadError):
            raise  # the client is gone; aiohttp closes the connection
        except Exception as err:  # noqa: BLE001 - the outermost frame of a request; the place is logged
            request.app[LOG].unexpected(err, route_of(request))
            return refuse(Problem(Code.INTERNAL, clock(), delay(Code.INTERNAL)))

    return answer


@web.middleware
async def refuse_encoded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse any Content-Encoding before a byte of the body is read: a bomb costs us one line."""
    if "Content-Encoding" in request.headers:
        raise Fault(Code.CONTENT_ENCODING)
    return await handler(request)


def route_of(request: web.Request) -> str:
    """Return the route's pattern, never the path itself, which may hold ids."""
    resource = request.match_info.route.resource
    return "unmatched" if resource is None else resource.canonical.lstrip("/") or "root"


async def read_body(request: web.Request, limit: int) -> bytes:
    """Return the whole body of at most ``limit`` bytes.

    ``Fault(TOO_LARGE)`` before reading when the announced size is above it; a body slower than the settings allow is
    answered with ``BUSY`` and its connection closed.
    """
    body = bytearray()
    async for chunk in stream_body(request, limit):
        body += chunk
    return bytes(body)


async def stream_body(request: web.Request, limit: int) -> AsyncIterator[bytes]:
    """Yield the body in chunks under the same bounds as ``read_body``, counting what arrives, not what is announced."""
    settings = request.app[HTTP_SETTINGS]
    expected = limit if request.content_length is None else request.content_length
    if expected > limit:
        raise Fault(Code.TOO_LARGE)
    loop = asyncio.get_running_loop()
    end = loop.time() + settings.body_grace_s + expected / settings.min_rate_bytes
    size = 0
    while chunk := await _next_chunk(request, end):
        size += len(chunk)
        if size > limit:
            raise Fault(Code.TOO_LARGE)
        yield chunk


async def _next_chunk(request: web.Request, end: float) -> bytes:
    # Most bodies are here with their headers; a timer for each of them costs as much as reading it.
    here = request.content.read_nowait(_CHUNK)
    if here or request.content.at_eof():
        return here
    try:
        async with asyncio.timeout_at(end):
            return await request.content.read(_CHUNK)
    except TimeoutError as err:
        # The unread rest makes aiohttp close the connection after the answer.
        raise Fault(Code.BUSY, "slow body") from err


class HttpServer:
    """Serves one application from ``start`` to ``stop``."""

    def __init__(self, app: web.Application, settings: HttpSettings, tls: ssl.SSLContext | None = None) -> None:
        self._settings = settings
        self._tls = tls
        self._lifecycle = app[LIFECYCLE]
        self._runner = web.AppRunner(
            app,
            access_log=None,
            handle_signals=False,
            handler_cancellation=True,
            auto_decompress=False,
            keepalive_timeout=settings.keepalive_s,
            lingering_time=0,
            max_line_size=_MAX_LINE,
            max_field_size=_MAX_FIELD,
            max_headers=_MAX_HEADERS,
            shutdown_timeout=settings.shutdown_s,
        )
        self._listener: asyncio.Server | None = None

    async def start(self) -> None:
        """Return when connections are taken; ``OperatorError`` when the address cannot be had."""
        if HttpRequestParser.__module__ != _C_PARSER:
            raise OperatorError(
                "HTTP_PARSER",
                "aiohttp runs without its compiled parser",
                "The other parser accepts requests that must be refused",
                "Install aiohttp from a wheel for this platform",
            )
        await self._runner.setup()
        server = self._runner.server
        if server is None:
            raise RuntimeError("the runner made no server")
        gate = Gate(server, self._settings.max_connections, self._settings.max_per_address)
        try:
            self._listener = await asyncio.get_running_loop().create_server(
                gate.protocol,
                self._settings.host,
                self._settings.port,
                ssl=self._tls,
                backlog=_BACKLOG,
                ssl_handshake_timeout=None if self._tls is None else self._settings.handshake_s,
            )
        except OSError as err:
            await self._runner.cleanup()
            raise from_os_error(err, f"{self._settings.host}:{self._settings.port}") from err

    @property
    def port(self) -> int:
        """The port that is listened on."""
        if self._listener is None:
            raise RuntimeError("the server does not listen")
        port: int = self._listener.sockets[0].getsockname()[1]
        return port

    async def stop(self) -> None:
        """Leave in order: not ready, no new connections, polls ended, requests in flight finished, closed."""
        self._lifecycle.set_ready("closing")
        if self._listener is not None:
            await asyncio.sleep(self._settings.balancer_wait_s)
            self._listener.close()
            self._listener = None
        self._lifecycle.close()
        await self._runner.cleanup()
        await self._lifecycle.drain(self._settings.shutdown_s)
