"""The routes of witnesses: what they are asked to cosign, what they bring, and what a quorum stands under.

Specified in docs/wire.md section 8.2.
"""

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from hub.http import Call, Route
from protocol.errors import Malformed

_NOTE_TYPE: Final = "text/plain"
_MAX_DIGITS: Final = 18  # every such number fits a database's integer


def _note(raw: bytes) -> web.Response:
    return web.Response(body=raw, content_type=_NOTE_TYPE, charset="utf-8")


async def _offer(call: Call) -> web.Response:
    wait = min(call.number("wait"), call.services.fetching.longest_wait_s)
    log = call.request.match_info["log"]
    return _note(await call.services.witnesses.offer(log, call.number("after"), wait, call.caller))


async def _cosign(call: Call) -> web.Response:
    digits = call.request.match_info["size"]
    if not digits.isascii() or not digits.isdigit() or len(digits) > _MAX_DIGITS:
        raise Malformed("size")
    log, body = call.request.match_info["log"], await call.body()
    await call.services.witnesses.take(log, int(digits), body, call.caller)
    return web.Response(status=204)


async def _witnessed(call: Call) -> web.Response:
    after = call.number("after") if "after" in call.request.query else None
    return _note(await call.services.witnesses.witnessed(call.request.match_info["log"], after))


WITNESS_ROUTES: Final[Mapping[str, Route]] = {"offer": _offer, "cosign": _cosign, "witnessed": _witnessed}
