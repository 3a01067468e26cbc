"""The operator's listener on the loopback: is it alive, is it ready, its numbers, and statements it may bring in.

Answers say yes or no and a word why; no counts of messages, no names. It takes no connection from elsewhere, because it
listens on the loopback address only; a statement still needs the signatures of those who may make it.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from hub.acts import Acts
from hub.blobs import OPERATOR, Blobs
from hub.directory_reads import DirectoryReads
from hub.logs import LedgerLog
from hub.policy_store import lacking, load_lacking
from hub.roster import Roster
from protocol.api import CONTENT_TYPE
from protocol.cbor import encode
from protocol.errors import Fault
from protocol.ids import StatementId, parse_hex_digest
from protocol.limits import MAX_ENVELOPE, MAX_SIGNED, MAX_STATEMENT
from runtime.database import Database
from runtime.http import read_body
from runtime.lifecycle import Lifecycle
from runtime.metrics import Metrics

_HEARTBEAT_S: Final = 5.0
_EXPOSITION: Final = "text/plain"


@dataclass(frozen=True, slots=True)
class Health:
    """What readiness depends on."""

    database: Database
    logs: tuple[LedgerLog, LedgerLog]
    lifecycle: Lifecycle
    roster: Roster

    def alive(self) -> str | None:
        """Return why the process should be replaced, None while it works."""
        if self.database.fatal is not None:
            return "database"
        return "writer" if self.database.writer_alive() > _HEARTBEAT_S else None

    async def ready(self) -> str | None:
        """Return why no message can be accepted now, None when a commit reaches the disk and checkpoints are signed."""
        if not self.lifecycle.ready:
            return self.lifecycle.reason
        for log in self.logs:
            if log.closed is not None:
                return str(log.closed)
        if not self.database.accepting:
            return "disk-full"
        if lacking(self.roster.current):
            return "policy-files"
        try:
            async with asyncio.timeout(_HEARTBEAT_S):
                await self.database.probe()
                for log in self.logs:
                    await log.seal()
        except TimeoutError:
            return "slow"  # whoever asks gets an answer, also while the disk gives none
        except Fault as fault:
            return str(fault.code)
        return None


@dataclass(frozen=True, slots=True)
class Operator:
    """What the operator's routes call."""

    health: Health
    metrics: Metrics
    directory: DirectoryReads
    blobs: Blobs
    acts: Acts


def add_admin_routes(app: web.Application, operator: Operator) -> None:
    """Add the operator's routes."""
    health = operator.health

    async def live(_: web.Request) -> web.Response:
        return _verdict(health.alive())

    async def ready(_: web.Request) -> web.Response:
        return _verdict(await health.ready())

    async def startup(_: web.Request) -> web.Response:
        return _verdict("starting" if health.lifecycle.reason == "starting" else None)

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=operator.metrics.exposition(), content_type=_EXPOSITION, charset="utf-8")

    async def statement(request: web.Request) -> web.Response:
        named = StatementId(parse_hex_digest(request.match_info["id"]))
        answer = await operator.directory.take(await read_body(request, MAX_STATEMENT), named, OPERATOR)
        return web.Response(body=answer.body, status=201 if answer.fresh else 200, content_type=CONTENT_TYPE)

    async def blob(request: web.Request) -> web.Response:
        digest = parse_hex_digest(request.match_info["digest"])
        fresh = await operator.blobs.store(digest, await read_body(request, MAX_ENVELOPE), OPERATOR)
        await load_lacking(health.database, health.roster)
        return web.Response(status=201 if fresh else 200)

    async def act(request: web.Request) -> web.Response:
        named = parse_hex_digest(request.match_info["id"])
        found = await operator.acts.take(await read_body(request, MAX_SIGNED), named)
        body = encode([found.signed, found.needed, found.leaf])
        return web.Response(body=body, status=202 if found.leaf is None else 201, content_type=CONTENT_TYPE)

    async def acts(_: web.Request) -> web.Response:
        return web.Response(body=await operator.acts.list(), content_type=CONTENT_TYPE)

    routes: dict[tuple[str, str], Callable[[web.Request], Awaitable[web.Response]]] = {
        ("GET", "/live"): live,
        ("GET", "/ready"): ready,
        ("GET", "/startup"): startup,
        ("GET", "/metrics"): metrics,
        ("PUT", "/statements/{id}"): statement,
        ("PUT", "/blobs/{digest}"): blob,
        ("PUT", "/acts/{id}"): act,
        ("GET", "/acts"): acts,
    }
    for (method, path), route in routes.items():
        app.router.add_route(method, path, route)


def _verdict(reason: str | None) -> web.Response:
    body = json.dumps({"ok": reason is None, "reason": reason})
    return web.Response(text=body, status=200 if reason is None else 503, content_type="application/json")
