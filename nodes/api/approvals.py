"""Approvals over the API: give one, withdraw it."""

from typing import Final

from aiohttp import web

from nodes.api.problems import Refusing, bad_request, faults_problem, not_found, respond
from nodes.api.route import ONCE, Route, Scope
from nodes.api.services import SERVICES, read_object
from nodes.api.shapes.showing import Approval, ApprovalWish, Withdrawn
from nodes.gateway.approvals import Asked
from nodes.gateway.loops import POST
from protocol.errors import Malformed
from protocol.ids import Reference, parse_node_id
from protocol.records import ConsentToken
from runtime.http import LIFECYCLE

_REFERENCE = 16
_KEYS = frozenset(("recipient", "sender", "days"))


async def give(request: web.Request) -> web.Response:
    """Approve messages of ``sender`` (this node if left out) to ``recipient`` for a number of ``days``."""
    body = await read_object(request)
    services = request.app[SERVICES]
    days = body.get("days")
    if not set(body) <= _KEYS or isinstance(days, bool) or not isinstance(days, int):
        raise Refusing(bad_request("give recipient, days and, where another node sends under it, sender"))
    try:
        sender = parse_node_id(body.get("sender", services.gateway.here.node))
        asked = Asked(sender, parse_node_id(body.get("recipient")), days)
    except Malformed:
        raise Refusing(bad_request("sender and recipient are node ids")) from None
    found = await request.app[LIFECYCLE].keep(services.gateway.approvals.give(asked))
    if not isinstance(found, ConsentToken):
        raise Refusing(faults_problem(found, "Correct the fields named."))
    services.watch.ring(POST)
    return respond(
        {
            "reference": found.reference.hex(),
            "sender": found.sender,
            "recipient": found.recipient,
            "expires_at": found.expires_at,
        },
        201,
    )


async def withdraw(request: web.Request) -> web.Response:
    """Withdraw an approval that this node gave."""
    try:
        reference = bytes.fromhex(request.match_info["reference"])
    except ValueError:
        reference = b""
    services = request.app[SERVICES]
    done = len(reference) == _REFERENCE and await request.app[LIFECYCLE].keep(
        services.gateway.approvals.withdraw(Reference(reference))
    )
    if not done:
        raise Refusing(not_found())
    services.watch.ring(POST)
    return respond({"reference": reference.hex(), "state": "withdrawn"})


ROUTES: Final = (
    Route(
        method="POST",
        path="/approvals",
        answer=give,
        scope=Scope.WORK,
        takes=ApprovalWish,
        gives={201: Approval},
        once=ONCE,
    ),
    Route(
        method="POST",
        path="/approvals/{reference}/withdraw",
        answer=withdraw,
        scope=Scope.WORK,
        gives={200: Withdrawn},
        once=ONCE,
    ),
)
