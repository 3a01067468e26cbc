"""The processing log over the API: read, verify, export. Each asks for the purpose, and is itself written down."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from aiohttp import web

from nodes.api.need_to_know import closed_to
from nodes.api.problems import HEADERS, Refusing, bad_request, respond
from nodes.api.route import BEFORE, LIMIT, Param, Raw, get
from nodes.api.services import limit_of
from nodes.api.shapes.logs import Breaks, Entries, Holds, Standing
from nodes.casework.processing_log import Broken, Head, Kept, LogPurpose, Verified
from nodes.casework.processing_log_anchors import AnchorCheck, Anchored
from nodes.casework.processing_log_book import LogBook
from nodes.casework.processing_log_entry import Entry, parse_entry
from nodes.casework.processing_log_ocsf import event_of, told
from nodes.casework.processing_log_store import Wanted
from nodes.gateway.deeds import Operation
from protocol.errors import Malformed
from protocol.ids import DIGEST_SIZE, MessageId, parse_hex_digest

LOG_BOOK: Final = web.AppKey("log_book", LogBook)
_PAUSE_S: Final = 2.0
"""Between two looks for new entries while somebody follows the log."""
_SIGN_OF_LIFE: Final = 15
"""Looks after which an empty line says that nothing happened."""
_DIGITS: Final = 15
_WHY: Final = Param("purpose", "What the log is read for.", tuple(LogPurpose), required=True)
_FILTERS: Final = (
    _WHY,
    Param("operation", "Only this kind of processing.", tuple(Operation)),
    Param("who", "Only what this person, program or `node` did."),
    Param("about", "Only what was done with this message: its whole id."),
    Param("since", "From this moment on, seconds UTC."),
    Param("until", "Before this moment, seconds UTC."),
)


async def index(request: web.Request) -> web.Response:
    """List entries, the newest first; ``next`` is the ``before`` of the following page, None at the end."""
    wanted = _wanted(request)
    page = await request.app[LOG_BOOK].read(wanted, _purpose(request))
    entries = [entry_document(*each) for each in await _told_to(request, page.entries, wanted.about)]
    return respond({"entries": entries, "next": page.next if entries else None})


async def standing(request: web.Request) -> web.Response:
    """Tell where the log stands, for whoever wants to hold the node to it later; nothing of what is in it."""
    found = await request.app[LOG_BOOK].standing()
    start = found.start
    return respond(
        {
            "head": _head(found.head),
            "begins_after": None if start is None else _head(start.head) | {"shortened_at": start.trimmed_at},
            "anchored": anchor_document(found.anchored),
            "waiting": found.waiting,
        }
    )


async def verify(request: web.Request) -> web.Response:
    """Verify the whole chain and every anchor of it; say what was covered, or what does not hold.

    ``head`` lists heads from earlier, ``NUMBER:HASH`` with commas between: the chain has to pass through each.
    """
    known = [_known(each) for each in request.query.get("head", "").split(",") if each]
    found = await request.app[LOG_BOOK].verify(_purpose(request), known)
    return respond(outcome_document(found, await request.app[LOG_BOOK].anchors()))


async def export(request: web.Request) -> web.StreamResponse:
    """Write all wanted entries as JSON lines with the field names of OCSF, the newest first."""
    wanted, purpose = _wanted(request), _purpose(request)
    response = web.StreamResponse(headers={**HEADERS, "Content-Type": "application/x-ndjson"})
    lots = request.app[LOG_BOOK].export(wanted, purpose)
    started = False
    async for rows in lots:
        if not started:
            await response.prepare(request)
            started = True
        told_to = await _told_to(request, rows, wanted.about)
        await response.write("".join(_event_line(*each) for each in told_to).encode())
    await response.write_eof()
    return response


async def follow(request: web.Request) -> web.StreamResponse:
    """Write entries as they are made, the oldest first, as JSON lines with the field names of OCSF, without an end.

    An empty line now and then says that nothing happened. Whoever was cut off goes on from the last ``sequence``.
    """
    book, purpose = request.app[LOG_BOOK], _purpose(request)
    number = _number(request.query, "after")
    begun = await book.begin_following(_number(request.query, "since"), purpose)
    number = begun if number is None else number
    response = web.StreamResponse(headers={**HEADERS, "Content-Type": "application/x-ndjson"})
    await response.prepare(request)
    idle = 0
    while True:
        rows = await book.following(number)
        if rows:
            await response.write("".join(_event_line(*each) for each in await _told_to(request, rows)).encode())
            number, idle = rows[-1].number, 0
            continue
        idle += 1
        if idle % _SIGN_OF_LIFE == 0:
            await response.write(b"\n")
        await asyncio.sleep(_PAUSE_S)


async def _told_to(
    request: web.Request, rows: Sequence[Kept], about: bytes | None = None
) -> list[tuple[Kept, Entry | None]]:
    """Return entries as they are told to whoever asks: without the messages of which he may not know.

    Of entries ``about`` such a message there is none. One whose bytes cannot be read any more comes without its parts.
    """
    read = [(each, _read(each)) for each in rows]
    objects = {one for _, entry in read if entry is not None for one in entry.act.objects}
    closed = await closed_to(request, sorted(MessageId(one) for one in objects if len(one) == DIGEST_SIZE))
    if about in closed:
        return []
    return [(each, None if entry is None else _without(entry, closed)) for each, entry in read]


def _read(kept: Kept) -> Entry | None:
    try:
        return parse_entry(kept.body)
    except Malformed:
        return None


def _without(entry: Entry, closed: frozenset[MessageId]) -> Entry:
    objects = tuple(each for each in entry.act.objects if each not in closed)
    return replace(entry, act=replace(entry.act, objects=objects))


def _event_line(kept: Kept, entry: Entry | None) -> str:
    event: dict[str, Any] = {"unreadable": kept.number} if entry is None else event_of(kept, entry)
    return json.dumps(event) + "\n"


def entry_document(kept: Kept, entry: Entry | None) -> dict[str, Any]:
    """Return one entry; one whose bytes were changed so that they cannot be read says so."""
    found: dict[str, Any] = {"number": kept.number, "at": kept.at, "hash": kept.hash.hex()}
    if entry is None:
        return found | {"operation": kept.operation, "who": kept.who, "readable": False}
    doer, act = entry.doer, entry.act
    return found | {
        "operation": act.operation.value,
        "deed": act.deed,
        "who": doer.who,
        "door": doer.door.value,
        "roles": list(doer.roles),
        "reason": doer.reason,
        "objects": [each.hex() for each in act.objects],
        **told(act),
        "readable": True,
    }


def anchor_document(anchored: Anchored | None) -> dict[str, Any] | None:
    """Return an anchor in the network's log: which entry it covers last, since when, in which leaf."""
    return None if anchored is None else {"count": anchored.count, "at": anchored.at, "leaf": anchored.leaf}


def outcome_document(found: Broken | Verified, anchors: AnchorCheck) -> dict[str, Any]:
    """Return what a verification found: of the chain, and of the anchors of it."""
    wrong = [{"after": anchor_document(each.after), "upto": anchor_document(each.upto)} for each in anchors.wrong]
    told = {"anchored": anchor_document(anchors.last), "wrong": wrong}
    if isinstance(found, Broken):
        before, after = anchors.around(found.number)
        between = {"after": anchor_document(before), "upto": anchor_document(after)}
        return {"holds": False, "broken_at": found.number, "why": found.why.value, "between": between, **told}
    return {
        "holds": not anchors.wrong,
        "entries": found.entries,
        "begins_after": _head(found.start),
        "head": _head(found.head),
        "first_at": found.first_at,
        "last_at": found.last_at,
        **told,
    }


def _head(head: Head) -> dict[str, Any]:
    return {"number": head.number, "hash": head.hash.hex()}


def _known(text: str) -> Head:
    number, _, digest = text.partition(":")
    try:
        if number.isascii() and number.isdigit() and len(number) <= _DIGITS:
            return Head(int(number), parse_hex_digest(digest))
    except Malformed:
        pass
    raise Refusing(bad_request("head is NUMBER:HASH, as the log or an earlier verification gave it"))


def _purpose(request: web.Request) -> LogPurpose:
    try:
        return LogPurpose(request.query.get("purpose", ""))
    except ValueError:
        known = ", ".join(LogPurpose)
        raise Refusing(bad_request(f"say in purpose what the log is read for, one of: {known}")) from None


def _wanted(request: web.Request) -> Wanted:
    query = request.query
    operation = query.get("operation")
    if operation is not None and operation not in list(Operation):
        raise Refusing(bad_request(f"operation is one of: {', '.join(Operation)}"))
    return Wanted(
        limit=limit_of(request),
        before=_number(query, "before"),
        since=_number(query, "since"),
        until=_number(query, "until"),
        operation=None if operation is None else Operation(operation),
        who=query.get("who"),
        about=_about(query.get("about")),
    )


def _number(query: Mapping[str, str], name: str) -> int | None:
    text = query.get(name)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > _DIGITS:
        raise Refusing(bad_request(f"{name} is a whole number"))
    return int(text)


def _about(text: str | None) -> bytes | None:
    if text is None:
        return None
    if len(text) == 2 * DIGEST_SIZE:
        try:
            return parse_hex_digest(text)
        except Malformed:
            pass
    raise Refusing(bad_request("about is the whole id of a message, 64 hex digits"))


ROUTES: Final = (
    get("/log", index, Entries, *_FILTERS, LIMIT, BEFORE),
    get("/log/head", standing, Standing),
    get(
        "/log/verify",
        verify,
        (Holds, Breaks),
        _WHY,
        Param("head", "Heads from earlier, NUMBER:HASH with commas between.", longest=3_000),
    ),
    get(
        "/log/follow",
        follow,
        Raw("application/x-ndjson", "one event per line, with the field names of OCSF, as they are made"),
        _WHY,
        Param("since", "From this moment on, seconds UTC; from the first entry if left out."),
        Param("after", "After this entry: the `sequence` of the last one that was read."),
    ),
    get(
        "/log/export",
        export,
        Raw("application/x-ndjson", "one event per line, with the field names of OCSF"),
        *_FILTERS,
        LIMIT,
        BEFORE,
    ),
)
