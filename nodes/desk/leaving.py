"""The last step of every answer: its page is drawn in a thread, and what is long and plain text is packed (gzip).

An answer is packed for the desk's own pages alone: to a request that another site has caused, lengths tell nothing of
what stands in the page (BREACH). Browsers say where a request comes from; without that word nothing is packed.
"""

import asyncio
import gzip
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler


@dataclass(frozen=True, slots=True)
class Drawing:
    """What makes the body of an answer; it runs in a thread and asks nothing of the event loop."""

    make: Callable[[], str]


DRAW: Final = web.ResponseKey("draw", Drawing)
_PACKED: Final = ("text/html", "text/csv", "application/json")
_LEAST: Final = 1_024  # bytes; below it the head is what counts
_LEVEL: Final = 5
_OWN: Final = ("same-origin", "none")  # a page of the desk, or the address bar
_ENCODING: Final = "Content-Encoding"


def takes_gzip(request: web.Request) -> bool:
    """Tell whether a browser unpacks gzip."""
    offered = (each.partition(";")[0].strip() for each in request.headers.get("Accept-Encoding", "").split(","))
    return "gzip" in offered


@web.middleware
async def finish(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the answer its body."""
    response = await handler(request)
    if isinstance(response, web.Response) and not response.prepared:
        drawing = response.pop(DRAW, None)
        packs = _may_pack(request, response)
        kept = response.body if isinstance(response.body, bytes) else b""
        if drawing is not None or (packs and len(kept) >= _LEAST):
            content = kept if drawing is None else drawing.make
            body, packed = await asyncio.to_thread(_body, content, packs=packs)
            response.body = body
            if packed:
                response.headers[_ENCODING] = "gzip"
    return response


def _may_pack(request: web.Request, response: web.Response) -> bool:
    own = request.headers.get("Sec-Fetch-Site") in _OWN
    return own and takes_gzip(request) and response.content_type in _PACKED and _ENCODING not in response.headers


def _body(content: Callable[[], str] | bytes, *, packs: bool) -> tuple[bytes, bool]:
    """Return the bytes of a body, and whether they are packed."""
    raw = content if isinstance(content, bytes) else content().encode()
    if not packs or len(raw) < _LEAST:
        return raw, False
    return gzip.compress(raw, _LEVEL, mtime=0), True
