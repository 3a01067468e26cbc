"""Consents over the API: record, withdraw, list."""

from aiohttp import web

from nodes.api.problems import Refusing, bad_request, faults_problem, not_found, respond
from nodes.api.services import SERVICES, limit_of, read_object
from nodes.gateway.consents import Listed, Recorded
from nodes.gateway.loops import POST
from protocol.errors import Malformed
from protocol.ids import Reference, parse_node_id
from protocol.records import ConsentToken
from runtime.http import LIFECYCLE

_REFERENCE = 16


async def record(request: web.Request) -> web.Response:
    """Record a consent: ``document`` is the body of a consent record, ``senders`` who may send under it."""
    body = await read_object(request)
    document, senders = body.get("document"), body.get("senders", [])
    if not set(body) <= {"document", "senders"} or not isinstance(document, dict) or not isinstance(senders, list):
        raise Refusing(bad_request("give document and, where others send under it, senders"))
    try:
        nodes = [parse_node_id(each) for each in senders]
    except Malformed:
        raise Refusing(bad_request("senders are node ids")) from None
    services = request.app[SERVICES]
    found = await request.app[LIFECYCLE].keep(services.gateway.consents.record(document, nodes))
    if not isinstance(found, Recorded):
        raise Refusing(faults_problem(found, "Correct the fields named; each path points into the document."))
    services.watch.ring(POST)
    references = [_reference(each) for each in found.references]
    return respond({"id": found.id.hex(), "version": found.version, "references": references}, 201)


async def withdraw(request: web.Request) -> web.Response:
    """Withdraw a consent that this node holds, in all its versions."""
    try:
        identifier = bytes.fromhex(request.match_info["id"])
    except ValueError:
        identifier = b""
    services = request.app[SERVICES]
    ended = None
    if len(identifier) == _REFERENCE:
        work = services.gateway.consents.withdraw(Reference(identifier))
        ended = await request.app[LIFECYCLE].keep(work)
    if ended is None:
        raise Refusing(not_found())
    services.watch.ring(POST)
    return respond({"id": identifier.hex(), "state": "withdrawn", "references": ended})


async def index(request: web.Request) -> web.Response:
    """List the consents known here."""
    rows = await request.app[SERVICES].gateway.consents.list(limit_of(request))
    return respond({"consents": [_listed(each) for each in rows]})


def _listed(each: Listed) -> dict[str, object]:
    states = {post.posting.subject: post.state.value for post in each.postings}
    return {
        "id": each.row.id.hex(),
        "version": each.row.version,
        "holder": each.row.holder,
        "state": "active" if each.row.withdrawn_at is None else "withdrawn",
        "recorded_at": each.row.recorded_at,
        "expires_at": each.row.expires_at,
        "withdrawn_at": each.row.withdrawn_at,
        "references": [_reference(token) | {"token": states.get(token.reference)} for token in each.references],
    }


def _reference(token: ConsentToken) -> dict[str, object]:
    return {
        "reference": token.reference.hex(),
        "sender": token.sender,
        "recipient": token.recipient,
        "expires_at": token.expires_at,
        "withdrawn": token.withdrawn,
    }
