"""New keys over the API: the node changes its signing keys, or makes a TLS key to come, while it works."""

import base64
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from aiohttp import web

from keys.exchange_files import encode_party
from nodes.api.problems import Refusing, problem_of, respond
from nodes.api.route import ONCE, Route, Scope
from nodes.api.services import SERVICES
from nodes.api.shapes.showing import Identity, TlsKey
from nodes.gateway.trouble import HubTrouble
from runtime.http import LIFECYCLE

_T = TypeVar("_T")


async def change_identity(request: web.Request) -> web.Response:
    """Answer once the directory names this node's new signing keys; the change goes on by itself if the hub fails."""
    work = request.app[SERVICES].gateway.succession.change_identity()
    return respond({"identity": (await _done(request, work)).hex()})


async def change_tls(request: web.Request) -> web.Response:
    """Answer with the party file of the next TLS key, for the authority, once the directory admits it."""
    party = await _done(request, request.app[SERVICES].gateway.succession.change_tls())
    pin = "" if party.tls_pin is None else party.tls_pin.hex()
    return respond({"tls_pin": pin, "party": base64.b64encode(encode_party(party)).decode()})


async def _done(request: web.Request, work: Coroutine[Any, Any, _T]) -> _T:
    try:
        return await request.app[LIFECYCLE].keep(work)
    except HubTrouble as trouble:
        raise Refusing(problem_of(trouble.code)) from trouble


ROUTES: Final = (
    Route(
        method="POST",
        path="/keys/identity",
        answer=change_identity,
        scope=Scope.ADMIN,
        gives={200: Identity},
        once=ONCE,
    ),
    Route(method="POST", path="/keys/tls", answer=change_tls, scope=Scope.ADMIN, gives={200: TlsKey}, once=ONCE),
)
