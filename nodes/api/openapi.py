"""The description of the API over the API, made from its routes and from the message types of the policy in force."""

import asyncio
from importlib.metadata import version
from typing import Any, Final

from aiohttp import web

from nodes.api.describing import describe
from nodes.api.problems import Refusing, problem_of, respond
from nodes.api.route import Route, get
from nodes.api.services import SERVICES
from protocol.catalogue.types import Catalogue
from protocol.errors import Code

ROUTE_TABLE: Final = web.AppKey("route_table", tuple[Route, ...])
_PACKAGE: Final = "egnatia"


async def openapi(request: web.Request) -> web.Response:
    """Return this API in OpenAPI 3.1, with the message types of the policy in force."""
    bundle = request.app[SERVICES].gateway.network.replica.bundle
    if bundle is None:
        raise Refusing(problem_of(Code.POLICY_UNKNOWN))
    routes = request.app[ROUTE_TABLE]
    return respond(await asyncio.to_thread(document_of, routes, bundle.catalogue))


def document_of(routes: tuple[Route, ...], catalogue: Catalogue) -> dict[str, Any]:
    """Return the OpenAPI document of these routes with these message types."""
    return describe(routes, catalogue, version(_PACKAGE))


ROUTES: Final = (get("/openapi.json", openapi, dict[str, Any]),)
