"""Passing on that waits for a second person: what exactly would go, for that person and for whoever asked."""

import json
from typing import Final

from aiohttp import web

from nodes.casework.case_approvals import Approval
from nodes.desk.draft_release import Release
from nodes.desk.forward import Chosen, Source, asked_of, outcome, preview_page, source_of
from nodes.desk.forward_release import FORWARD, Waits, message_of
from nodes.desk.need_to_know import may_know
from nodes.desk.noting import note_shown
from nodes.desk.page import Page
from nodes.desk.visit import Visit
from nodes.gateway.forwarding import NeedsSecond
from nodes.people.roles import Permission

_DIGITS: Final = 9


async def show(visit: Visit) -> web.StreamResponse:
    """Show what was asked: whoever asked goes on from here, whoever decides sees what would go."""
    text = visit.request.match_info["number"]
    known = text.isascii() and text.isdigit() and len(text) <= _DIGITS
    found = await visit.desk.approvals.find(visit.acting, int(text)) if known else None
    chosen = None if found is None or found.kind != FORWARD else await _chosen(visit, found)
    if found is None or chosen is None or not await may_know(visit, [message_of(found.subject)]):
        return visit.missing()
    source = await source_of(visit, message_of(found.subject))
    if isinstance(source, web.Response):
        return source
    if found.asked_by == visit.acting.person:
        return await outcome(visit, source, chosen)
    return await _review(visit, found, source, chosen)


async def _review(visit: Visit, found: Approval, source: Source, chosen: Chosen) -> web.Response:
    now = await visit.gateway.forwarding.forward(asked_of(source, chosen), dry_run=True)
    if not isinstance(now, NeedsSecond):  # the rules stop it by now, or let it go as it is
        return visit.back_to(f"/approvals/{found.number}", said=visit.text("It was changed after you were asked."))
    await note_shown(visit, "show-draft", *(() if found.case is None else (found.case,)))
    return await preview_page(visit, source, chosen, now.proposal, Waits(now, Release(), found))


async def _chosen(visit: Visit, found: Approval) -> Chosen | None:
    """Return the choice that a release was asked for; None once it was sent or erased."""
    kept = {each.number: each.raw for each in await visit.desk.approvals.copies(found.subject)}
    if found.number not in kept:
        return None
    fields: list[tuple[str, str]] = json.loads(kept[found.number])
    one = {name: value for name, value in fields if name not in ("row", "file")}
    return Chosen(
        to=one["to"],
        rows=tuple(value for name, value in fields if name == "row"),
        files=tuple(value for name, value in fields if name == "file"),
        relevance=one["relevance"],
        area=one["area"],
        serious="serious" in one,
        purpose=one["purpose"],
        language=one.get("language", ""),
    )


PAGES: Final = (Page("GET", "/approvals/{number}/forward", Permission.ASK, show),)
