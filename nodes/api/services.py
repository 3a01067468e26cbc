"""What every handler of the API is given, and how it reads a request: one body, one id, strict."""

import re
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from nodes.api import render
from nodes.api.problems import ApiProblem, Refusing, bad_request, not_found, problem_of
from nodes.api.strict_json import parse_object
from nodes.config import ApiSettings
from nodes.gateway.gateway import Gateway
from nodes.gateway.watch import Watch
from nodes.gateway.windows import Window
from policies.explain import Explanation, explain
from protocol.catalogue.documents import JSON
from protocol.decision import Decision
from protocol.errors import Malformed
from protocol.ids import MessageId, PolicyDigest, parse_hex_digest
from protocol.stages import Refused
from runtime.http import read_body

_LANGUAGE: Final = "en"
MAX_LISTED: Final = 500
LISTED: Final = 50
_DIGITS: Final = 18
_CURSOR: Final = re.compile(r"[0-9]{1,18}")
_PREFIX: Final = re.compile(r"[0-9a-f]{1,64}")


@dataclass(frozen=True, slots=True)
class Services:
    """The gateway and its loops, behind the API."""

    gateway: Gateway
    watch: Watch
    settings: ApiSettings


SERVICES: Final = web.AppKey("services", Services)
_BODY: Final = web.RequestKey("body", bytes)


async def raw_body(request: web.Request) -> bytes:
    """Return the bytes of the request's body, which are read once, whoever asks for them."""
    if _BODY not in request:
        request[_BODY] = await read_body(request, request.app[SERVICES].settings.body_bytes)
    return request[_BODY]


async def read_object(request: web.Request) -> dict[str, JSON]:
    """Return the JSON object in the request's body; a problem document for anything else."""
    if request.content_type != "application/json":
        raise Refusing(bad_request("the body is JSON, with Content-Type: application/json"))
    try:
        return parse_object(await raw_body(request))
    except Malformed as fault:
        raise Refusing(bad_request(fault.detail)) from None


def message_id(request: web.Request) -> MessageId:
    """Return the id in the path; whatever is no id is answered like an id that is not here."""
    try:
        return MessageId(parse_hex_digest(request.match_info["id"]))
    except Malformed:
        raise Refusing(not_found()) from None


def limit_of(request: web.Request) -> int:
    """Return how many rows are asked for."""
    text = request.query.get("limit", str(LISTED))
    known = text.isascii() and text.isdigit() and len(text) <= _DIGITS
    if not known or not 1 <= int(text) <= MAX_LISTED:
        raise Refusing(bad_request(f"limit is a number from 1 to {MAX_LISTED}"))
    return int(text)


def window_of(request: web.Request) -> Window:
    """Return which part of a box is asked for: ``limit``, ``before`` (the ``next`` of an earlier page), ``id``."""
    before, prefix = request.query.get("before"), request.query.get("id")
    if before is not None and _CURSOR.fullmatch(before) is None:
        raise Refusing(bad_request("before is the next of an earlier page"))
    if prefix is not None and _PREFIX.fullmatch(prefix) is None:
        raise Refusing(bad_request("id is the beginning of a message id, 1 to 64 hex digits"))
    return Window(limit_of(request), None if before is None else int(before), prefix)


def language_of(request: web.Request) -> str:
    """Return the language in which sentences are asked for."""
    wanted = request.query.get("language") or request.headers.get("Accept-Language") or ""
    first = wanted.partition(",")[0].partition(";")[0].strip()
    return first[:16] if first and first != "*" else _LANGUAGE


def explained(request: web.Request, decision: Decision) -> tuple[Explanation, ...]:
    """Return a decision in words, under the policy that made it or else the one in force."""
    replica = request.app[SERVICES].gateway.network.replica
    bundle = replica.find_bundle(PolicyDigest(decision.policy)) or replica.bundle
    return () if bundle is None else explain(decision, bundle.texts, language_of(request))


def refused_problem(request: web.Request, refused: Refused) -> ApiProblem:
    """Return a refusal with the findings of the rules behind it, in the reader's language; the first is the title."""
    found = () if refused.decision is None else explained(request, refused.decision)
    plain = problem_of(refused.code)
    return ApiProblem(
        status=409,
        code=str(refused.code),
        title=found[0].sentence if found else plain.title,
        remedy=found[0].remedy if found else plain.remedy,
        article=found[0].article if found else None,
        findings=render.findings(found),
    )
