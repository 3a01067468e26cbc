"""Tokens over the API: the owner's token makes further ones, lists them and ends them."""

from typing import Any, Final

from aiohttp import web

from nodes.api.problems import ApiProblem, Refusing, bad_request, not_found, respond
from nodes.api.route import GRANTED, Once, Route, Scope
from nodes.api.services import SERVICES, read_object
from nodes.api.shapes.accounts import MadeToken, NewToken, TokenRow, Tokens
from nodes.api.token_book import LONGEST_DAYS, LONGEST_LABEL, Token, TokenBook, Wanted
from runtime.http import LIFECYCLE

TOKENS: Final = web.AppKey("tokens", TokenBook)
_KEYS: Final = frozenset(("label", "scopes", "days"))
_DIGITS: Final = 9


async def make(request: web.Request) -> web.Response:
    """Make a token: 201 with its text, which is shown this once and kept nowhere."""
    wanted = _wanted(await read_object(request))
    made = await request.app[LIFECYCLE].keep(request.app[TOKENS].make(wanted))
    if made is None:
        raise Refusing(
            ApiProblem(
                status=409,
                code="TOO_MANY_TOKENS",
                title="This node has as many tokens in force as it may have.",
                remedy="End those that nobody uses: egnatia node token list, egnatia node token end.",
            )
        )
    token, text = made
    return respond(_shown(request, token) | {"token": text}, 201)


async def index(request: web.Request) -> web.Response:
    """List the further tokens, the newest first, those that ended too."""
    return respond({"tokens": [_shown(request, each) for each in await request.app[TOKENS].list()]})


async def end(request: web.Request) -> web.Response:
    """End a token: the next request with it is refused."""
    text = request.match_info["number"]
    known = text.isascii() and text.isdigit() and len(text) <= _DIGITS
    found = await request.app[LIFECYCLE].keep(request.app[TOKENS].end(int(text))) if known else None
    if found is None:
        raise Refusing(not_found())
    return respond(_shown(request, found))


def _wanted(body: dict[str, Any]) -> Wanted:
    label, scopes, days = body.get("label"), body.get("scopes"), body.get("days")
    if body.keys() != _KEYS or not isinstance(scopes, list) or not scopes or not set(map(str, scopes)) <= GRANTED:
        known = ", ".join(sorted(GRANTED))
        raise Refusing(bad_request(f"give label, days and scopes, which are some of: {known}"))
    if not isinstance(label, str) or not 1 <= len(label.strip()) <= LONGEST_LABEL or not label.isprintable():
        raise Refusing(bad_request(f"label is a text of up to {LONGEST_LABEL} characters"))
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= LONGEST_DAYS:
        raise Refusing(bad_request(f"days is a number from 1 to {LONGEST_DAYS}: every token ends"))
    return Wanted(label.strip(), frozenset(Scope(each) for each in scopes), days)


def _shown(request: web.Request, each: Token) -> dict[str, Any]:
    return {
        "number": each.number,
        "label": each.label,
        "scopes": sorted(each.scopes),
        "made_at": each.made_at,
        "ends_at": each.ends_at,
        "ended_at": each.ended_at,
        "current": each.current(request.app[SERVICES].gateway.here.clock()),
    }


ROUTES: Final = (
    Route(method="GET", path="/tokens", answer=index, scope=Scope.OWNER, gives={200: Tokens}),
    # No key for repeating: the answer would have to be kept, and with it the token. A second one is listed and ended.
    Route(method="POST", path="/tokens", answer=make, scope=Scope.OWNER, takes=NewToken, gives={201: MadeToken}),
    Route(
        method="POST", path="/tokens/{number}/end", answer=end, scope=Scope.OWNER, gives={200: TokenRow}, once=Once()
    ),
)
