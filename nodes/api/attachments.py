"""Attachments over the API: take a file in for a message, list them with their progress, give one out whole or in part.

A file's name is data: it stands in the query and in ``filename*``, and no path is ever made of it.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from typing import Final
from urllib.parse import quote

from aiohttp import web

from nodes.api.need_to_know import closed_to
from nodes.api.problems import HEADERS, ApiProblem, Refusing, bad_request, not_found, problem_of, respond
from nodes.api.route import Param, Raw, Route, Scope, get
from nodes.api.services import SERVICES, message_id, refused_problem
from nodes.api.shapes.files import Files, Taken
from nodes.gateway.attachments import Attached
from nodes.gateway.file_crypto import StoredFile
from nodes.gateway.loops import POST
from nodes.gateway.scan_results import NOT_SCANNED, FileScan
from protocol.errors import Code, Fault
from protocol.stages import Refused
from runtime.http import LIFECYCLE, LOG, route_of, stream_body

_MEDIA_TYPE: Final = re.compile(r"[a-z]{1,40}/[a-z0-9][a-z0-9.+-]{0,79}")
_RANGE: Final = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
_ANY_TYPE: Final = "application/octet-stream"
_CONTENT: Final = Raw(_ANY_TYPE, "the file, or the range asked for")


async def take(request: web.Request) -> web.Response:
    """Take a file in: 201 with the id by which a message names it, once it is durable and encrypted."""
    services = request.app[SERVICES]
    name, media_type = request.query.get("name", ""), request.query.get("media_type", _ANY_TYPE)
    if _MEDIA_TYPE.fullmatch(media_type) is None:
        raise Refusing(bad_request("media_type is such as application/pdf"))
    body = stream_body(request, services.gateway.store.files.settings.file_bytes)
    taken = await services.gateway.stash.take(name, media_type, body)
    secret = taken.stored.secret
    found = {"name": secret.name, "media_type": secret.media_type, "size": secret.size, "sha256": secret.sha256.hex()}
    return respond({"id": taken.id.hex(), "expires_at": taken.expires_at, **found}, 201)


async def index(request: web.Request) -> web.Response:
    """List the attachments of a message and how far each has come."""
    message = message_id(request)
    saving = request.app[SERVICES].gateway.saving
    rows = () if await closed_to(request, [message]) else await saving.progress(message)
    scans = await saving.scans(rows)
    return respond({"id": message.hex(), "attachments": [progress(each, scans[each.part.name]) for each in rows]})


async def give(request: web.Request) -> web.StreamResponse:
    """Give the content of an attachment, or the range asked for; opening it is a reading of its message."""
    services, message = request.app[SERVICES], message_id(request)
    found = await services.gateway.saving.find(message, request.match_info["name"])
    if found is None:
        raise Refusing(not_found())
    if found.scan.infected:
        raise Refusing(_infected(found.scan))
    if found.stored is None:
        raise Refusing(_not_here(found.row))
    read = await request.app[LIFECYCLE].keep(services.gateway.reading.open(message))
    if isinstance(read, Refused):
        raise Refusing(refused_problem(request, read))
    services.watch.ring(POST)
    start, end = _range(request, found.stored.secret.size)
    response = _response(found.stored, (start, end), ranged="Range" in request.headers)
    async with aclosing(services.gateway.saving.read(found.stored, start, end)) as pieces:
        first = await anext(pieces, b"")  # a file that does not open is refused before the answer begins
        await response.prepare(request)
        try:
            await response.write(first)
            async for piece in pieces:
                await response.write(piece)
        except Fault as fault:
            _cut(request, fault)
            return response
    await response.write_eof()
    return response


def progress(each: Attached, scan: FileScan = NOT_SCANNED) -> dict[str, object]:
    """Return an attachment without what its message says of it; one on its way was scanned by nobody."""
    return {
        "part": each.part.name,
        "state": each.state.value,
        "code": None if each.code is None else each.code.value,
        "parts": each.parts,
        "parts_done": each.done,
        "bytes": each.part.length,
        "bytes_done": each.done_bytes,
        "next_at": each.next_at,
        "scan": scan.state.value,
        "threat": scan.threat or None,
    }


def transfer(each: Attached) -> dict[str, object]:
    """Return an attachment on its way, for the status."""
    return {"message": each.message.hex(), "box": each.box.value, **progress(each)}


def shown(rows: Sequence[Attached], scans: Mapping[str, FileScan], document: object) -> list[Mapping[str, object]]:
    """Return the attachments of a message with what its document says of them."""
    listed = document.get("attachments") if isinstance(document, dict) else None
    told = {each["part"]: each for each in listed or [] if isinstance(each, dict) and "part" in each}
    return [{**told.get(each.part.name, {}), **progress(each, scans[each.part.name])} for each in rows]


def _range(request: web.Request, size: int) -> tuple[int, int]:
    """Return the first byte and the one after the last that are asked for."""
    asked = request.headers.get("Range")
    if asked is None:
        return 0, size
    match = _RANGE.fullmatch(asked)
    if match is None or not (match[1] or match[2]):
        raise Refusing(bad_request("Range is one range of bytes, such as bytes=0-1023"))
    if not match[1]:
        start, end = max(0, size - int(match[2])), size
    else:
        start, end = int(match[1]), min(size, int(match[2]) + 1 if match[2] else size)
    if start >= end:
        raise Refusing(_outside(size))
    return start, end


def _response(stored: StoredFile, span: tuple[int, int], *, ranged: bool) -> web.StreamResponse:
    start, end = span
    part = "attachment.bin"
    name = quote(stored.secret.name, safe="")
    headers = {
        **HEADERS,
        "Content-Type": _ANY_TYPE,
        "Content-Disposition": f"attachment; filename=\"{part}\"; filename*=UTF-8''{name}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Content-Length": str(end - start),
        "Accept-Ranges": "bytes",
    }
    if ranged:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{stored.secret.size}"
    return web.StreamResponse(status=206 if ranged else 200, headers=headers)


def _cut(request: web.Request, fault: Fault) -> None:
    """End an answer that cannot be finished so that nobody takes it for whole."""
    request.app[LOG].unexpected(fault, route_of(request))
    if request.transport is not None:
        request.transport.abort()


def _not_here(row: Attached) -> ApiProblem:
    code = row.code or Code.ATT_MISSING
    plain = problem_of(code)
    return ApiProblem(
        status=409,
        code=str(code),
        title=f"The attachment is not here: it is {row.state.value}.",
        remedy="See /why for how far it has come." if row.code is None else plain.remedy,
        extra=progress(row),
    )


def _infected(scan: FileScan) -> ApiProblem:
    return ApiProblem(
        status=409,
        code="INFECTED",
        title="A scanner found malware in the file, so programs do not get it.",
        remedy="Tell the sender. A supervisor can save it at the desk, for a stated reason.",
        extra={"scan": scan.state.value, "threat": scan.threat},
    )


def _outside(size: int) -> ApiProblem:
    return ApiProblem(
        status=416,
        code=str(Code.MALFORMED),
        title="The range lies outside the file.",
        remedy=f"The file has {size} bytes.",
        extra={"size": size},
    )


ROUTES: Final = (
    get("/messages/{id}/attachments", index, Files),
    Route(
        method="GET",
        path="/messages/{id}/attachments/{name}",
        answer=give,
        scope=Scope.READ,
        gives={200: _CONTENT, 206: _CONTENT},
        refuses=(409, 416),
    ),
    # No key for repeating: what is taken in twice goes nowhere, and ends with the time it may wait for its message.
    Route(
        method="POST",
        path="/attachments",
        answer=take,
        scope=Scope.SEND,
        takes=Raw(_ANY_TYPE, "the file"),
        gives={201: Taken},
        query=(
            Param("name", "The file's name, as data.", required=True),
            Param("media_type", "Such as application/pdf."),
        ),
    ),
)
