"""The HTTP client of a node: one hub, TLS as given, no cookies, no redirects, no proxies from the environment."""

import io
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final

import aiohttp
from msgspec import Meta
from yarl import URL

from protocol.api import CONTENT_TYPE, Problem, parse_problem
from protocol.errors import Code, Fault
from protocol.limits import MAX_OBJECT

_OK: Final = 200
_FIRST_REFUSAL: Final = 400
_ONE_WRITE: Final = 1 << 16  # bytes


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """How patient the node is with the hub."""

    connect_s: Annotated[float, Meta(gt=0, description="for a connection with TLS to stand")] = 10.0
    silence_s: Annotated[float, Meta(gt=0, description="between two pieces of an answer")] = 30.0
    total_s: Annotated[float, Meta(gt=0, description="for one request as a whole")] = 120.0
    connections: Annotated[int, Meta(ge=1, le=64, description="connections to the hub at the same time")] = 8


@dataclass(frozen=True, slots=True)
class Answer:
    """What the hub said. ``problem`` is set exactly when it refused."""

    status: int
    body: bytes
    problem: Problem | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


Sink = Callable[[bytes], Awaitable[None]]
"""Takes the pieces of an answer in their order."""


@dataclass(frozen=True, slots=True)
class Stream:
    """A body of ``size`` bytes that is made while it is sent; each call of ``pieces`` begins it anew."""

    size: int
    pieces: Callable[[], AsyncIterator[bytes]]


@dataclass(frozen=True, slots=True)
class Ask:
    """One request. ``path`` is absolute and already quoted; ``total_s`` overrides the settings, for long polls.

    A body that is not worth holding comes from ``stream`` instead, and a success's goes to ``sink`` as it arrives.
    """

    method: str
    path: str
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    limit: int = MAX_OBJECT
    total_s: float | None = None
    stream: Stream | None = None
    sink: Sink | None = None


def client_session(settings: ClientSettings, tls: ssl.SSLContext | None) -> aiohttp.ClientSession:
    """Return a session for one hub; it must be made inside the event loop and closed by its owner."""
    connector = aiohttp.TCPConnector(
        limit=settings.connections, ssl=tls if tls is not None else True, ttl_dns_cache=60, keepalive_timeout=14.0
    )
    timeout = aiohttp.ClientTimeout(
        total=settings.total_s, sock_connect=settings.connect_s, connect=None, sock_read=settings.silence_s
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
        timeout=timeout,
        raise_for_status=False,
        skip_auto_headers={"User-Agent", "Accept-Encoding"},
    )


class HttpClient:
    """Asks one hub. ``base`` is its origin, such as ``https://hub.example:8443``."""

    def __init__(self, session: aiohttp.ClientSession, base: str, settings: ClientSettings) -> None:
        self._session = session
        self._base = URL(base).origin()
        self._settings = settings

    async def call(self, ask: Ask) -> Answer:
        """Return the hub's answer.

        ``Fault(NOT_READY)`` when no whole answer came: whether the request had an effect is then unknown, and
        repeating it must be harmless. ``Fault(TOO_LARGE)`` for an answer above the limit, ``Fault(MALFORMED)`` for a
        redirect or a refusal that is none of ours.
        """
        long = ask.total_s if ask.total_s is not None else self._settings.total_s
        timeout = aiohttp.ClientTimeout(
            total=long, sock_connect=self._settings.connect_s, sock_read=max(self._settings.silence_s, ask.total_s or 0)
        )
        url = self._base.join(URL(ask.path, encoded=True))
        if url.origin() != self._base:
            raise ValueError("a path of another origin")
        try:
            async with self._session.request(
                ask.method, url, data=_body(ask), headers=_headers(ask), timeout=timeout, allow_redirects=False
            ) as response:
                body = await _read(response, ask)
        except (aiohttp.ClientError, TimeoutError, OSError) as err:
            raise Fault(Code.NOT_READY, f"hub: {type(err).__name__}") from err
        return _answer(response, body)


def _body(ask: Ask) -> bytes | io.BytesIO | AsyncIterator[bytes] | None:
    """Return the body in a form that is written in pieces when it is large: one write would hold up the loop."""
    if ask.stream is not None:
        return ask.stream.pieces()
    return ask.body if ask.body is None or len(ask.body) <= _ONE_WRITE else io.BytesIO(ask.body)


def _headers(ask: Ask) -> Mapping[str, str]:
    return ask.headers if ask.stream is None else {**ask.headers, "Content-Length": str(ask.stream.size)}


async def _read(response: aiohttp.ClientResponse, ask: Ask) -> bytes:
    """Return the body; one that goes to a sink leaves nothing here but its count."""
    if "Content-Encoding" in response.headers:
        raise Fault(Code.CONTENT_ENCODING, "answer")
    if (response.content_length or 0) > ask.limit:
        raise Fault(Code.TOO_LARGE, "answer")
    body, left = bytearray(), ask.limit
    sink = ask.sink if response.status == _OK else None
    async for chunk in response.content.iter_any():
        left -= len(chunk)
        if left < 0:
            raise Fault(Code.TOO_LARGE, "answer")
        if sink is None:
            body += chunk
        else:
            await sink(chunk)
    return bytes(body)


def _answer(response: aiohttp.ClientResponse, body: bytes) -> Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    if response.status < _FIRST_REFUSAL:
        if response.status // 100 != 2:  # noqa: PLR2004 - the class of success
            raise Fault(Code.MALFORMED, f"status {response.status}")
        return Answer(response.status, body, headers=headers)
    if response.content_type != CONTENT_TYPE:
        # A proxy in between, or a server in trouble: not a word of the hub, therefore no final refusal.
        raise Fault(Code.NOT_READY, f"status {response.status} without a code")
    return Answer(response.status, body, parse_problem(body), headers)
