"""Cases as a list: filters that stand in the address, words in every script, many at once, and files of the list."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from nodes.casework.case_acts import Act, Denied, Moved
from nodes.casework.case_book import CaseFile, case_id
from nodes.casework.case_receipts import UNKNOWN, Receipts
from nodes.casework.csv_text import csv_text
from nodes.casework.machine_parts import TAKE
from nodes.desk.case_query import KINDS, ORDERS, SHOWN, Asked, read_query
from nodes.desk.case_rows import Row, labels_of, rows_of
from nodes.desk.case_words import LANES
from nodes.desk.page import Page
from nodes.desk.visit import Visit
from nodes.gateway.loops import SUBMIT
from nodes.people.roles import Permission

LISTED: Final = 25
_EXPORTED: Final = 1_000
_AT_ONCE: Final = 200
_CHANGED: Final = "The case moved since you looked; open it and see what happened."
_COLUMNS: Final = (
    *("case", "kind", "subject", "number", "reference", "partners", "state", "lane", "urgent"),
    *("due_at", "awaited_at", "assignee", "opened_at", "updated_at"),
)


async def index(visit: Visit) -> web.StreamResponse:
    """List the cases that this person may know of and that fit the address."""
    asked = read_query(visit.request.query, visit.acting.person)
    await visit.desk.cases.fresh()
    found = await visit.desk.cases.list(
        await visit.desk.cases.scope(visit.acting), asked.filter(), asked.paging(LISTED)
    )
    labels = labels_of(visit)
    me = visit.gateway.here.node
    return visit.page(
        "cases.html",
        rows=await rows_of(visit, found.lines),
        asked=asked,
        shown=SHOWN,
        kinds=KINDS,
        orders=ORDERS,
        lanes=LANES,
        partners=sorted(((node, label) for node, label in labels.items() if node != me), key=lambda each: each[1]),
        next=None if found.next is None else asked.address("/cases", found.next),
        now=visit.desk.now(),
        may_receive=visit.acting.may(Permission.RECEIVE),
        may_break=visit.acting.may(Permission.BREAK_GLASS),
        back=asked.address("/cases", asked.after),
    )


async def acknowledge(visit: Visit) -> web.StreamResponse:
    """Acknowledge the chosen requests, each with its own receipt; or take the chosen cases over."""
    chosen = _chosen(visit)
    if not chosen:
        return visit.back_to("/cases", said=visit.text("Nothing was chosen."))
    if visit.field("do") == TAKE:
        taken = await visit.desk.cases.act_on_many(visit.acting, chosen, Act(name=TAKE, seen=0))
        return _told(visit, len(taken), [_trouble(visit, each) for _, each in taken if not isinstance(each, CaseFile)])
    receipts = Receipts(visit.gateway, visit.desk.cases)
    done = await receipts.acknowledge(visit.acting, [case for case, _ in chosen], visit.field("unit"))
    visit.desk.ring(SUBMIT)
    failed = [f"{each.reference} {_words(visit, each.denied)}" for each in done if each.denied is not None]
    return _told(visit, len(done), failed)


async def as_csv(visit: Visit) -> web.StreamResponse:
    """Give the list as a table that a spreadsheet opens as text."""
    rows = [[str(value) for value in _record(visit, each).values()] for each in await _all(visit)]
    return _file(visit, csv_text(_COLUMNS, rows), "text/csv", "cases.csv")


async def as_json(visit: Visit) -> web.StreamResponse:
    """Give the list for a program."""
    rows = [_record(visit, each) for each in await _all(visit)]
    return _file(visit, json.dumps({"cases": rows}, ensure_ascii=False), "application/json", "cases.json")


async def _all(visit: Visit) -> list[Row]:
    """Return the rows of the whole list, up to a bound that nobody reads through."""
    asked, rows = read_query(visit.request.query, visit.acting.person), list[Row]()
    await visit.desk.cases.fresh()
    scope = await visit.desk.cases.scope(visit.acting)
    while len(rows) < _EXPORTED:
        found = await visit.desk.cases.list(scope, asked.filter(), asked.paging(_AT_ONCE))
        rows += await rows_of(visit, found.lines)
        if found.next is None:
            break
        asked = Asked(asked.values, asked.person, found.next)
    return rows[:_EXPORTED]


def _record(visit: Visit, row: Row) -> Mapping[str, str]:
    line = row.line
    values = (
        *(row.id, visit.text(row.kind), row.subject.text, row.subject.number, line.reference or ""),
        *(" ".join(line.partners), visit.text(row.state), "" if line.lane is None else line.lane.value),
        *("urgent" if line.urgent else "", _time(line.due_at), _time(line.awaited_at), row.assignee),
        *(_time(line.opened_at), _time(line.updated_at)),
    )
    return dict(zip(_COLUMNS, values, strict=True))


def _time(at: int | None) -> str:
    return "" if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _file(visit: Visit, text: str, kind: str, name: str) -> web.Response:  # noqa: ARG001 - the shape of an answer
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(text=text, content_type=kind, charset="utf-8", headers=headers)


def _chosen(visit: Visit) -> list[tuple[bytes, int]]:
    """Return the chosen cases, each with the number of the entry that was on the page."""
    found: list[tuple[bytes, int]] = []
    for each in visit.form.get("case", ()):
        text, _, seen = each.partition(".")
        case = case_id(text)
        if case is not None and seen.isascii() and seen.isdigit() and len(seen) < len("1000000"):
            found.append((case, int(seen)))
    return found


def _trouble(visit: Visit, found: Denied | Moved | None) -> str:
    if isinstance(found, Moved):
        return visit.text(_CHANGED)
    return _words(visit, UNKNOWN if found is None else found)


def _words(visit: Visit, denied: Denied) -> str:
    return f"{visit.text(denied.sentence)} {visit.text(denied.remedy)}."


def _told(visit: Visit, count: int, failed: Sequence[str]) -> web.StreamResponse:
    done = visit.text("Done: %(done)s of %(count)s.", done=count - len(failed), count=count)
    if not failed:
        return visit.back_to("/cases", said=done)
    return visit.page("cases_done.html", done=done, failed=failed)


PAGES: Final = (
    Page("GET", "/cases", Permission.SEE_OWN, index),
    Page("GET", "/cases.csv", Permission.SEE_OWN, as_csv),
    Page("GET", "/cases.json", Permission.SEE_OWN, as_json),
    Page("POST", "/cases", Permission.RECEIVE, acknowledge),
)
