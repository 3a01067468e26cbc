"""The verbs of auditors and of readers of tiles: bytes out, nothing changes."""

from typing import Final

from aiohttp import web

from hub.http import Call
from protocol.api import CONTENT_TYPE
from protocol.ids import MessageId

_TILE_TYPE: Final = "application/octet-stream"
_FOR_EVER: Final = {"Cache-Control": "private, max-age=31536000, immutable"}


async def _tile(call: Call) -> web.Response:
    log, path = call.request.match_info["log"], "tile/" + call.request.match_info["tile"]
    body = await call.services.directory.tile(log, path, call.caller)
    return web.Response(body=body, content_type=_TILE_TYPE, headers=_FOR_EVER)


async def _records(call: Call) -> web.Response:
    longest = call.services.fetching.longest_wait_s
    wait = min(call.number("wait"), longest) if "wait" in call.request.query else 0
    return _cbor(await call.services.audits.records(call.caller, call.number("start"), call.number("end"), wait))


async def _message(call: Call) -> web.Response:
    return _cbor(await call.services.audits.message(call.caller, MessageId(call.digest("id"))))


async def _refusals(call: Call) -> web.Response:
    skip = call.number("skip") if "skip" in call.request.query else 0
    return _cbor(await call.services.audits.refusals(call.caller, call.number("since"), call.number("until"), skip))


def _cbor(body: bytes) -> web.Response:
    return web.Response(body=body, content_type=CONTENT_TYPE)


AUDIT_ROUTES: Final = {
    "tile": _tile,
    "audit-records": _records,
    "audit-message": _message,
    "audit-refusals": _refusals,
}
