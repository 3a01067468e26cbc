"""The routes of attachments: upload by their sender, download by their recipients, bodies streamed both ways.

Specified in docs/wire.md section 3.6.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Final

from aiohttp import web

from hub.http import Call, Route, check_active, proof
from hub.uploads import Target
from protocol.api import CONTENT_TYPE
from protocol.envelope import is_attachment
from protocol.errors import Code, Fault
from protocol.ids import MessageId
from protocol.uploads import encode_upload
from runtime.http import HTTP_SETTINGS, stream_body

_BYTES: Final = "application/octet-stream"
_MAX_DIGITS: Final = 5


def _target(call: Call) -> Target:
    return Target(MessageId(call.digest("id")), _name(call), call.caller)


def _name(call: Call) -> str:
    name = call.request.match_info["name"]
    if not is_attachment(name):
        raise Fault(Code.NOT_FOUND, "name")
    return name


def _index(call: Call) -> int:
    text = call.request.match_info["index"]
    if not text.isascii() or not text.isdigit() or len(text) > _MAX_DIGITS or str(int(text)) != text:
        raise Fault(Code.NOT_FOUND, "index")
    return int(text)


async def _state(call: Call) -> web.Response:
    check_active(call)
    state = await call.services.uploads.state(MessageId(call.digest("id")), call.caller)
    return web.Response(body=encode_upload(state), content_type=CONTENT_TYPE)


async def _take_list(call: Call) -> web.Response:
    check_active(call)
    target = _target(call)
    await call.services.uploads.take_list(target, await call.body())
    return web.Response(status=204)


async def _take_part(call: Call) -> web.Response:
    check_active(call)
    await call.services.uploads.take_part(_target(call), _index(call), stream_body(call.request, call.verb.limit))
    return web.Response(status=204)


async def _commit(call: Call) -> web.Response:
    check_active(call)
    await call.body()
    return proof(await call.services.uploads.commit(MessageId(call.digest("id")), call.caller))


async def _give_list(call: Call) -> web.Response:
    stocked = await call.services.downloads.find(MessageId(call.digest("id")), _name(call), call.caller)
    return web.Response(body=stocked.parts.encode(), content_type=CONTENT_TYPE)


async def _give_part(call: Call) -> web.StreamResponse:
    downloads = call.services.downloads
    index = _index(call)
    stocked = await downloads.find(MessageId(call.digest("id")), _name(call), call.caller)
    if not index < len(stocked.parts.leaves):
        raise Fault(Code.NOT_FOUND, "part")
    with downloads.transfers.slot(call.caller):
        async with downloads.read(stocked, index) as pieces:
            return await _send(call.request, pieces, stocked.parts.size(index))


async def _send(request: web.Request, pieces: AsyncIterator[bytes], size: int) -> web.StreamResponse:
    """Send a part of ``size`` bytes; a reader slower than a body may be, or a part cut short, ends the connection."""
    settings = request.app[HTTP_SETTINGS]
    response = web.StreamResponse(headers={"Content-Length": str(size)})
    response.content_type = _BYTES
    await response.prepare(request)
    left = size
    with contextlib.suppress(TimeoutError, Fault, OSError):
        async with asyncio.timeout(settings.body_grace_s + size / settings.min_rate_bytes):
            async for piece in pieces:
                await response.write(piece)
                left -= len(piece)
    if left and request.transport is not None:
        # The head is sent: all that is left to say is that the part did not come whole.
        request.transport.abort()
    return response


PART_ROUTES: Final[Mapping[str, Route]] = {
    "upload": _state,
    "part-list": _take_list,
    "upload-part": _take_part,
    "commit": _commit,
    "parts": _give_list,
    "part": _give_part,
}
