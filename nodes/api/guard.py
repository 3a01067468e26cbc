"""What stands before every handler, from what its route says: scope, parameters, an empty body, and answering once."""

import json
import re
from typing import Final

from aiohttp import web

from nodes.api.need_to_know import check_message
from nodes.api.once_book import Earlier, Kept, OnceBook, key_of
from nodes.api.problems import HEADERS, RETRY_AFTER, ApiProblem, Refusing, bad_request, reused
from nodes.api.route import LANGUAGE, LANGUAGE_TAG, Answer, Once, Route, Scope, digest_of_bytes
from nodes.api.services import raw_body, read_object
from nodes.api.token_book import GRANT
from protocol.errors import Code, Fault
from protocol.meanings import MEANINGS
from runtime.http import LIFECYCLE

ONCE: Final = web.AppKey("once", OnceBook)
KEY: Final = "Idempotency-Key"
REPEATED: Final = "Idempotency-Replayed"
RETRY_S: Final = 2
_MAX_KEY: Final = 200
_LANGUAGE: Final = re.compile(LANGUAGE_TAG)
_FAILED: Final = 500


def guarded(route: Route) -> Answer:
    """Return the handler of a route behind everything that the route says."""

    async def answer(request: web.Request) -> web.StreamResponse:
        _check_scope(request, route.scope)
        _check_query(request, route)
        await check_message(request, route)
        if route.method == "POST" and route.takes is None:
            await _check_empty(request)
        if route.once is None or KEY not in request.headers:
            return await route.answer(request)
        return await _once(request, route, route.once)

    return answer


def _check_scope(request: web.Request, scope: Scope) -> None:
    if scope in request[GRANT].scopes:
        return
    if scope is Scope.OWNER:
        title, remedy = "Only the node's own token may do this.", "Use the content of the node's token file."
    else:
        title = f"This token may not do that: it was made without the scope {scope}."
        remedy = f"Ask whoever holds the node's token file for one: egnatia node token new --scope {scope}."
    raise Refusing(ApiProblem(status=403, code=str(Code.NOT_PERMITTED), title=title, remedy=remedy))


def _check_query(request: web.Request, route: Route) -> None:
    """Refuse parameters that the route does not have or that stand twice: a typing error never widens a list."""
    asked, known = list(request.query), ", ".join(sorted(route.names))
    if not route.names >= set(asked) or len(set(asked)) != len(asked):
        raise Refusing(bad_request(f"parameters are, each once: {known}"))
    for each in route.query:
        if each.values and request.query.get(each.name, each.values[0]) not in each.values:
            raise Refusing(bad_request(f"{each.name} is one of: {', '.join(each.values)}"))
        if len(request.query.get(each.name, "")) > each.longest:
            raise Refusing(bad_request(f"{each.name} has up to {each.longest} characters"))
    if _LANGUAGE.fullmatch(request.query.get(LANGUAGE, "en")) is None:
        raise Refusing(bad_request("language is a code such as sr-Latn"))


async def _check_empty(request: web.Request) -> None:
    if await raw_body(request) and await read_object(request):
        raise Refusing(bad_request("there is nothing to say in this body: leave it out, or give an empty object"))


async def _once(request: web.Request, route: Route, once: Once) -> web.StreamResponse:
    given = request.headers.getall(KEY)
    if len(given) != 1 or not 1 <= len(given[0]) <= _MAX_KEY:
        raise Refusing(bad_request(f"there is one {KEY}, with 1 to {_MAX_KEY} characters"))
    body = await raw_body(request)
    if _is_dry_run(body):
        return await route.answer(request)
    key = key_of(request[GRANT].name, f"{route.method} {route.path}", given[0])
    digest = digest_of_bytes(request.path_qs.encode() + b"\0" + once.digest(body))
    # Kept as a whole: when the caller's connection drops, the act ends, and its answer is there for the repeat.
    return await request.app[LIFECYCLE].keep(_carry_out(request, route, key, digest))


async def _carry_out(request: web.Request, route: Route, key: bytes, digest: bytes) -> web.StreamResponse:
    book, certain = request.app[ONCE], route.once is not None and route.once.certain
    found = await book.begin(key, digest)
    if isinstance(found, Kept):
        headers = {**HEADERS, REPEATED: "true"}
        return web.Response(status=found.status, body=found.body, content_type="application/json", headers=headers)
    try:
        if found is Earlier.OTHER:
            raise Refusing(reused())
        if found is Earlier.UNDER_WAY:
            raise Refusing(_under_way())
        if found is Earlier.INTERRUPTED and not certain:
            raise Refusing(_interrupted())
        return await _act(request, route, key)
    finally:
        if found in (Earlier.NOTHING, Earlier.INTERRUPTED):
            book.leave(key)


async def _act(request: web.Request, route: Route, key: bytes) -> web.StreamResponse:
    """Answer, and keep the answer; a refusal frees the key. After a failure nobody knows, and the key stays taken."""
    book = request.app[ONCE]
    try:
        response = await route.answer(request)
    except Refusing as refusing:
        if refusing.problem.status < _FAILED:
            await book.forget(key)
        raise
    except Fault as fault:
        meaning = MEANINGS[fault.code]
        if meaning.status < _FAILED or meaning.retry:
            await book.forget(key)
        raise
    if isinstance(response, web.Response) and isinstance(response.body, bytes):
        await book.keep(key, Kept(response.status, response.body))
    return response


def _is_dry_run(body: bytes) -> bool:
    """Tell whether a request only asks what would happen: it takes no key."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and found.get("dry_run") is True


def _under_way() -> ApiProblem:
    return ApiProblem(
        status=409,
        code="REQUEST_UNDER_WAY",
        title="The same request is being carried out at this moment.",
        remedy=f"Repeat it with the same key in {RETRY_S} seconds.",
        extra={RETRY_AFTER: RETRY_S},
    )


def _interrupted() -> ApiProblem:
    return ApiProblem(
        status=409,
        code="OUTCOME_UNKNOWN",
        title="An earlier request with this key was interrupted: it may have been carried out or not.",
        remedy="Look whether it was done; if not, repeat it with a new key.",
    )
