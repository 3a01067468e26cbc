"""Cases over the API, for reading: whoever holds a token is no person, so nothing is done to a case from here.

An act is always somebody's, and its rights, its need to know and the second person are those of that somebody. A token
sees what is not closed to a group.
"""

from typing import Any, Final

from aiohttp import web

from nodes.api.problems import Refusing, bad_request, not_found, respond
from nodes.api.route import LIMIT, Param, flag, get
from nodes.api.services import SERVICES, limit_of
from nodes.api.shapes.casework import CaseLines, OneCase
from nodes.casework.case_book import CaseBook, case_id
from nodes.casework.case_lines import Line
from nodes.casework.case_list import MOST, PROGRAM, CaseFilter, Order, Paging
from nodes.casework.case_sync import CaseSync
from nodes.casework.case_view import Step
from nodes.casework.machine import Stand
from nodes.casework.screening import Lane
from protocol.errors import Malformed
from protocol.ids import NodeId, parse_node_id

_LONGEST: Final = 200  # characters of a search
_DIGITS: Final = 15
Json = dict[str, Any]


async def index(request: web.Request) -> web.Response:
    """List cases, the latest change first or what is due first; pages follow by key, however many cases there are."""
    book, query = _book(request), request.query
    paging = Paging(min(limit_of(request), MOST), _after(query.get("after")), Order(query.get("order", Order.UPDATED)))
    found = await book.list(PROGRAM, _filter(request), paging)
    next_ = None if found.next is None else f"{found.next[0]}.{found.next[1]}"
    return respond({"now": _now(request), "cases": [_line(each) for each in found.lines], "next": next_})


async def show(request: web.Request) -> web.Response:
    """Show a case with everything that happened in it; one that is closed to a group is answered like a missing one."""
    case = case_id(request.match_info["id"])
    found = None if case is None else await _book(request).read(PROGRAM, case)
    if found is None:
        raise Refusing(not_found())
    line, view = found
    return respond(_line(line) | {"now": _now(request), "events": [_event(each) for each in view.steps]})


def _filter(request: web.Request) -> CaseFilter:
    query = request.query
    words = query.get("q", "")
    if len(words) > _LONGEST:
        raise Refusing(bad_request(f"q has up to {_LONGEST} characters"))
    return CaseFilter(
        stands=(Stand(query["stand"]),) if "stand" in query else (),
        lane=Lane(query["lane"]) if "lane" in query else None,
        partners=(_partner(query["partner"]),) if "partner" in query else None,
        urgent={"1": True, "0": False}.get(query.get("urgent", "")),
        held={"1": True, "0": False}.get(query.get("held", "")),
        words=words,
    )


def _partner(text: str) -> NodeId:
    try:
        return parse_node_id(text)
    except Malformed:
        raise Refusing(bad_request("partner is the id of a participant")) from None


def _after(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    one, dot, other = text.partition(".")
    if not dot or not all(each.isascii() and each.isdigit() and len(each) <= _DIGITS for each in (one, other)):
        raise Refusing(bad_request("after is the next of an earlier page"))
    return int(one), int(other)


def _book(request: web.Request) -> CaseBook:
    gateway = request.app[SERVICES].gateway
    return CaseBook(gateway, CaseSync(gateway))


def _line(line: Line) -> Json:
    return {
        "id": line.id.hex(),
        "machine": line.machine.name,
        "mine": line.mine,
        "type": line.type,
        "message": None if line.message is None else line.message.hex(),
        "reference": line.reference,
        "partners": list(line.partners),
        "state": line.state,
        "stand": line.stand.value,
        "lane": None if line.lane is None else line.lane.value,
        "urgent": line.urgent,
        "held": line.held,
        "assignee": line.assignee,
        "last": line.last,
        "due_at": line.due_at,
        "awaited_at": line.awaited_at,
        "rests": line.rests,
        "review_at": line.review_at,
        "opened_at": line.opened_at,
        "updated_at": line.updated_at,
    }


def _event(step: Step) -> Json:
    entry = step.entry
    return {
        "number": entry.number,
        "at": entry.at,
        "name": entry.name,
        "signal": None if entry.signal is None else entry.signal.value,
        "who": entry.who,
        "to": entry.to,
        "message": None if entry.message is None else entry.message.hex(),
        "node": entry.node,
        "before": step.before,
        "after": step.after,
    }


def _now(request: web.Request) -> int:
    return request.app[SERVICES].gateway.here.clock()


ROUTES: Final = (
    get(
        "/cases",
        index,
        CaseLines,
        LIMIT,
        Param(
            "after",
            "The `next` of an earlier page.",
            schema={"type": "string", "pattern": r"^[0-9]{1,15}\.[0-9]{1,15}$"},
        ),
        Param("order", "What comes first; the latest change if left out.", tuple(Order)),
        Param("stand", "Only cases in which these have to act next.", tuple(Stand)),
        Param("lane", "Only cases in this lane.", tuple(Lane)),
        Param("partner", "Only cases with this participant."),
        Param("q", "Only cases with all these words, in any script.", schema={"type": "string", "maxLength": _LONGEST}),
        flag("urgent", "Only urgent cases, or only others."),
        flag("held", "Only cases with something that a rule holds, or only others."),
    ),
    get("/cases/{id}", show, OneCase),
)
