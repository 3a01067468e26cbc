"""Alarms: what was found, what it means, what to do, and the signed objects that were kept as its proof."""

from typing import Final

from aiohttp import web

from nodes.desk.page import Page
from nodes.desk.visit import Visit
from nodes.gateway.alarm_words import alarm_words
from nodes.gateway.witness_export import files_of, load_report
from nodes.people.roles import Permission


async def index(visit: Visit) -> web.StreamResponse:
    """Show every alarm, and every object that a witness at this contact point kept."""
    overview = await visit.desk.proofs.overview()
    files = files_of(await visit.gateway.store.database.read(load_report))
    return visit.page(
        "proofs_alarms.html",
        alarms=[(each, alarm_words(each.code)) for each in overview.alarms],
        files=[(name, len(raw)) for name, raw in files.items()],
    )


async def kept(visit: Visit) -> web.StreamResponse:
    """Give one kept object, byte by byte as it was signed."""
    files = files_of(await visit.gateway.store.database.read(load_report))
    name = visit.request.match_info["name"]
    raw = files.get(name)
    if raw is None:
        return visit.missing()
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=raw, content_type="application/octet-stream", headers=headers)


PAGES: Final = (
    Page("GET", "/proofs/alarms", Permission.SEE_LOG, index),
    Page("GET", "/proofs/alarms/{name}", Permission.SEE_LOG, kept),
)
