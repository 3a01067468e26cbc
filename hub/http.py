"""The hub's verbs over HTTPS: bytes in, one call, bytes out. Routes come from ``protocol.api.VERBS`` and nowhere else.

Who calls is the node to which the directory binds the TLS key; a stranger gets TLS_PEER_UNKNOWN and nothing more. What
writes is kept running when its client goes away; what only reads may be cancelled. Bytes: docs/wire.md section 8.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from hub.acts import Acts
from hub.admission_checks import check_sender
from hub.audit_reads import AuditReads
from hub.blobs import Blobs
from hub.config import FetchSettings
from hub.directory_reads import DirectoryReads
from hub.downloads import Downloads
from hub.evidence import take_anchor, take_receipt, take_receipts, take_token
from hub.intake_anchors import anchors_after
from hub.items import Refused
from hub.mailboxes import Counter, fetch
from hub.message_store import highest_slot
from hub.observer import Observer
from hub.quota import RateLimit
from hub.submissions import Answer, Desk, submit
from hub.uploads import Uploads
from hub.wire_answers import entries_answer
from hub.witnesses import Witnesses
from protocol.api import CONTENT_TYPE, VERBS, Problem
from protocol.cbor import encode
from protocol.decision import encode_decision
from protocol.errors import Code, Fault, Malformed
from protocol.ids import MessageId, NodeId, StatementId, parse_channel, parse_hex_digest, parse_node_id
from protocol.receipt_batch import encode_logged_batch, parse_receipts
from protocol.uploads import encode_upload
from protocol.verb import Verb
from runtime.answers import refuse
from runtime.http import LIFECYCLE, read_body
from runtime.tls import peer_spki

_MAX_NUMBER: Final = 1 << 53
_RESTORED: Final = ("statement", "time")  # what a restored hub still answers: nothing that depends on its logs
_KEPT: Final = (
    *(
        "receipt",
        "receipts",
        "token",
        "anchor",
        "statement",
        "put-blob",
        "part-list",
        "upload-part",
        "commit",
        "cosign",
    ),
)
"""Verbs that run to their end when the client goes away. A submission does not need it: what is queued is committed,
covered and announced by the log itself, and the repeat gets the answer."""
_NOTE_TYPE: Final = "text/plain"
_NEW: Final = ("submit", "part-list", "upload-part", "commit")  # what a hub that is being drained does not take


@dataclass(frozen=True, slots=True)
class Services:
    """What the routes call."""

    desk: Desk
    counter: Counter
    directory: DirectoryReads
    blobs: Blobs
    limit: RateLimit
    observer: Observer
    fetching: FetchSettings
    uploads: Uploads
    downloads: Downloads
    witnesses: Witnesses
    audits: AuditReads
    acts: Acts


@dataclass(frozen=True, slots=True)
class Call:
    """One request of a known node."""

    request: web.Request
    verb: Verb
    caller: NodeId
    services: Services

    def digest(self, name: str) -> bytes:
        """Return the id in the path."""
        return parse_hex_digest(self.request.match_info[name])

    def number(self, name: str) -> int:
        """Return a query parameter that must stand exactly once, as plain digits."""
        values = self.request.query.getall(name, [])
        if (
            len(values) != 1
            or not values[0].isascii()
            or not values[0].isdigit()
            or len(values[0]) > len(str(_MAX_NUMBER))
        ):
            raise Malformed(name)
        return int(values[0])

    def text(self, name: str) -> str:
        """Return a query parameter that must stand exactly once."""
        values = self.request.query.getall(name, [])
        if len(values) != 1:
            raise Malformed(name)
        return values[0]

    async def body(self) -> bytes:
        """Return the body within the verb's limit."""
        return await read_body(self.request, self.verb.limit)


Route = Callable[[Call], Awaitable[web.StreamResponse]]


def add_routes(app: web.Application, services: Services, more: Mapping[str, Route]) -> None:
    """Add every verb of the table; ``more`` are the routes that stand in other files.

    A verb without a route, or a route without a verb, is a programming error.
    """
    routes: dict[str, Route] = {
        "submit": _submit,
        "fetch": _fetch,
        "receipt": _receipt,
        "receipts": _receipts,
        "token": _token,
        "anchor": _anchor,
        "anchors": _anchors,
        "sequence": _sequence,
        "statement": _statement,
        "checkpoint": _checkpoint,
        "entries": _entries,
        "inclusion": _inclusion,
        "consistency": _consistency,
        "blob": _blob,
        "put-blob": _put_blob,
        "time": _time,
        **more,
    }
    if set(routes) != {verb.name for verb in VERBS}:
        raise RuntimeError("routes and verbs differ")
    for verb in VERBS:
        path, _, _ = verb.path.partition("?")
        path = path.replace("{tile}", "{tile:.+}")  # a tile's path has several parts
        app.router.add_route(verb.method, path, _entrance(verb, routes[verb.name], services))


def _entrance(verb: Verb, route: Route, services: Services) -> Handler:
    observer, kept = services.observer, verb.name in _KEPT

    async def answer(request: web.Request) -> web.StreamResponse:
        caller: NodeId | None = None
        started = observer.now()
        try:
            caller = _caller(request, services)
            services.limit.take(caller)
            _check_open(verb, services)
            call = Call(request, verb, caller, services)
            response = await (request.app[LIFECYCLE].keep(_whole(route, call)) if kept else route(call))
        except Refused as refused:
            observer.refused(verb.name, refused.refuse.code, caller)
            return _refusal(refused, services)
        except Fault as fault:
            observer.refused(verb.name, fault.code, caller)
            raise
        observer.answered(verb.name, response.status, started, request.content_length)
        return response

    return answer


async def _whole(route: Route, call: Call) -> web.StreamResponse:
    return await route(call)


def _caller(request: web.Request, services: Services) -> NodeId:
    caller = services.desk.roster.caller(peer_spki(request))
    if caller is None:
        raise Fault(Code.TLS_PEER_UNKNOWN)
    return caller


def _check_open(verb: Verb, services: Services) -> None:
    closed = services.desk.log.closed
    if closed is not None and verb.name not in _RESTORED:
        raise Fault(closed)
    if services.acts.state.draining and verb.name in _NEW:
        raise Fault(Code.NOT_READY, "draining")


def _refusal(refused: Refused, services: Services) -> web.Response:
    refusal = refused.refuse
    decision = None if refusal.decision is None else encode_decision(refusal.decision)
    return refuse(Problem(refusal.code, services.desk.clock(), refusal.retry_after, decision))


def _cbor(body: bytes, status: int = 200) -> web.Response:
    return web.Response(body=body, status=status, content_type=CONTENT_TYPE)


def proof(answer: Answer) -> web.Response:
    """Return evidence: 201 for what is new, 200 for what was there."""
    return _cbor(answer.body, 201 if answer.fresh else 200)


async def _submit(call: Call) -> web.Response:
    named = MessageId(call.digest("id"))
    answer = await submit(call.services.desk, await call.body(), named, call.caller)
    return proof(answer) if isinstance(answer, Answer) else _cbor(encode_upload(answer), 202)


async def _receipt(call: Call) -> web.Response:
    named = call.digest("id")
    return proof(await take_receipt(call.services.desk, await call.body(), named, call.caller))


async def _receipts(call: Call) -> web.Response:
    bodies = parse_receipts(await call.body())
    services, caller = call.services, call.caller
    services.limit.take(caller, len(bodies) - 1)  # each counts as if it came by itself

    def refused(code: Code) -> None:
        services.observer.refused("receipt", code, caller)  # so does its refusal

    return _cbor(encode_logged_batch(await take_receipts(services.desk, bodies, caller, refused)))


async def _token(call: Call) -> web.Response:
    named = call.digest("id")
    return proof(await take_token(call.services.desk, await call.body(), named, call.caller))


async def _anchor(call: Call) -> web.Response:
    named = call.digest("id")
    return proof(await take_anchor(call.services.desk, await call.body(), named, call.caller))


async def _anchors(call: Call) -> web.Response:
    desk, after = call.services.desk, call.number("after")
    found = await desk.database.read(lambda connection: anchors_after(connection, call.caller, after))
    return _cbor(entries_answer(found))


async def _sequence(call: Call) -> web.Response:
    channel = parse_channel(call.request.match_info["channel"])
    desk, towards = call.services.desk, parse_node_id(call.text("recipient"))
    highest = await desk.database.read(lambda connection: highest_slot(connection, call.caller, towards, channel))
    return _cbor(encode(highest))


async def _statement(call: Call) -> web.Response:
    named = StatementId(call.digest("id"))
    return proof(await call.services.directory.take(await call.body(), named, call.caller))


async def _fetch(call: Call) -> web.Response:
    place = (call.caller, parse_channel(call.request.match_info["channel"]))
    wait = min(call.number("wait"), call.services.fetching.longest_wait_s)
    seen = call.text("seen") if "seen" in call.request.query else ""
    page = await fetch(call.services.counter, place, call.number("after"), wait, seen)
    return web.Response(status=204) if page is None else _cbor(page)


async def _checkpoint(call: Call) -> web.Response:
    raw = await call.services.directory.checkpoint(call.request.match_info["log"])
    return web.Response(body=raw, content_type=_NOTE_TYPE, charset="utf-8")


async def _entries(call: Call) -> web.Response:
    log = call.request.match_info["log"]
    return _cbor(await call.services.directory.entries(log, call.number("start"), call.number("end"), call.caller))


async def _inclusion(call: Call) -> web.Response:
    log = call.request.match_info["log"]
    return _cbor(await call.services.directory.inclusion(log, call.number("index"), call.number("size")))


async def _consistency(call: Call) -> web.Response:
    log = call.request.match_info["log"]
    return _cbor(await call.services.directory.consistency(log, call.number("first"), call.number("second")))


async def _blob(call: Call) -> web.Response:
    body = await call.services.blobs.read(call.digest("digest"))
    return web.Response(body=body, content_type="application/octet-stream")


async def _put_blob(call: Call) -> web.Response:
    check_active(call)
    fresh = await call.services.blobs.store(call.digest("digest"), await call.body(), call.caller)
    return web.Response(status=201 if fresh else 200)


async def _time(call: Call) -> web.Response:
    return _cbor(encode(call.services.desk.clock()))


def check_active(call: Call) -> None:
    """Raise unless the caller is enrolled and neither revoked nor suspended."""
    desk = call.services.desk
    refused = check_sender(desk.roster.current.directory.participant(call.caller, desk.clock()))
    if refused is not None:
        raise Refused(refused, call.caller)
