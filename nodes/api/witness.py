"""What this node does and found as a witness, over the API: for its operator, and to hand on."""

from typing import Final

from aiohttp import web

from nodes.api.problems import respond
from nodes.api.render import base64_of
from nodes.api.route import get
from nodes.api.services import SERVICES
from nodes.api.shapes.witness import Witnessing
from nodes.gateway.witness_export import load_report


async def show(request: web.Request) -> web.Response:
    """Return the checkpoints under this node's name, and every finding with both signed objects."""
    report = await request.app[SERVICES].gateway.store.database.read(load_report)
    heads = [
        {"log": log, "size": kept.size, "time": kept.head_time, "checkpoint": base64_of(kept.note)}
        for log, kept in report.heads.items()
    ]
    found = [
        {
            "number": each.number,
            "code": each.what.finding.value,
            "log": each.log,
            "at": each.at,
            "before": base64_of(each.what.ours) if each.what.ours else None,
            "now": base64_of(each.what.theirs),
            "more": [base64_of(raw) for raw in each.what.more],
        }
        for each in report.findings
    ]
    return respond({"heads": heads, "findings": found})


ROUTES: Final = (get("/witness", show, Witnessing),)
