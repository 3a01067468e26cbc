"""A small service on the real server, and a raw client that can misbehave."""

import asyncio
import io
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Middleware

from runtime.http import LIFECYCLE, HttpServer, HttpSettings, api_app, read_body, stream_body
from runtime.http_client import ClientSettings, HttpClient, client_session
from runtime.lifecycle import Lifecycle
from runtime.log import Log
from runtime.tls import peer_spki

NOW = 1_800_000_000
LIMIT = 100_000
QUICK = HttpSettings(
    port=0, balancer_wait_s=0, body_grace_s=0.05, min_rate_bytes=1 << 40, keepalive_s=0.2, shutdown_s=5
)


@dataclass
class Service:
    server: HttpServer
    lifecycle: Lifecycle
    stream: io.StringIO
    bodies: list[int] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    entered: asyncio.Event = field(default_factory=asyncio.Event)
    proceed: asyncio.Event = field(default_factory=asyncio.Event)

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]

    async def raw(self, *parts: bytes) -> bytes:
        """Send bytes over a plain connection and return everything up to its end."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        try:
            for part in parts:
                writer.write(part)
                await writer.drain()
            async with asyncio.timeout(30):
                return await reader.read()
        finally:
            writer.close()


class Routes:
    def __init__(self) -> None:
        self.service: Service

    async def put(self, request: web.Request) -> web.Response:
        body = await read_body(request, LIMIT)
        self.service.bodies.append(len(body))
        return web.Response(body=body)

    async def count(self, request: web.Request) -> web.Response:
        sizes = [len(chunk) async for chunk in stream_body(request, LIMIT)]
        return web.Response(text=str(sum(sizes)))

    async def fail(self, _: web.Request) -> web.Response:
        raise ValueError("canary-90d1")

    async def poll(self, request: web.Request) -> web.Response:
        self.service.entered.set()
        woken = await request.app[LIFECYCLE].rest(asyncio.Event(), 30)
        return web.Response(text=str(woken))

    async def write(self, request: web.Request) -> web.Response:
        async def work() -> str:
            self.service.entered.set()
            await self.service.proceed.wait()
            self.service.written.append("done")
            return "done"

        return web.Response(text=await request.app[LIFECYCLE].keep(work()))

    async def who(self, request: web.Request) -> web.Response:
        return web.Response(text=(peer_spki(request) or b"").hex())


@asynccontextmanager
async def serving(
    settings: HttpSettings = QUICK, tls: ssl.SSLContext | None = None, first: Middleware | None = None
) -> AsyncIterator[Service]:
    stream = io.StringIO()
    app = api_app(settings, Log(stream, lambda: NOW, bytes(32)), lambda: NOW, lambda count: b"\x03" * count)
    if first is not None:
        app.middlewares.insert(0, first)
    routes = Routes()
    app.router.add_put("/v1/things/{id}", routes.put)
    app.router.add_put("/v1/counted", routes.count)
    app.router.add_get("/v1/fail", routes.fail)
    app.router.add_get("/v1/poll", routes.poll)
    app.router.add_put("/v1/write", routes.write)
    app.router.add_get("/v1/who", routes.who)
    server = HttpServer(app, settings, tls)
    routes.service = service = Service(server, app[LIFECYCLE], stream)
    await server.start()
    try:
        yield service
    finally:
        service.proceed.set()
        await server.stop()


@asynccontextmanager
async def client(service: Service, tls: ssl.SSLContext | None = None) -> AsyncIterator[HttpClient]:
    settings = ClientSettings(connect_s=10, silence_s=30, total_s=30)
    async with client_session(settings, tls) as session:
        scheme = "http" if tls is None else "https"
        yield HttpClient(session, f"{scheme}://127.0.0.1:{service.server.port}", settings)
