"""Violation reports over the API: make one about a received message, verify one that somebody else made."""

import asyncio
from typing import Any, Final

from aiohttp import web

from keys.reports import VerifiedReport, verify_signed_report
from nodes.api import render
from nodes.api.disclosures import read_file, tell_outcome, texts_of
from nodes.api.problems import Refusing, bad_request, respond
from nodes.api.route import ONCE, Route, Scope
from nodes.api.services import SERVICES, message_id, read_object
from nodes.api.shapes.showing import Proposed, Report, Reported, ReportFile, ReportProves
from nodes.gateway.disclosing import Proposal, Wanted
from nodes.gateway.reporting import GROUNDS, Accusation, Reporting
from protocol.catalogue.documents import JSON
from protocol.envelope import BODY
from protocol.errors import Malformed
from protocol.ids import parse_node_id
from protocol.report import parse_report
from runtime.http import LIFECYCLE

_KEYS = frozenset(("to", "ground", "part", "rows", "patterns", "dry_run"))


async def post(request: web.Request) -> web.Response:
    """Report a message: 201 with the report once it was written down, 200 for a dry run, 422 when it cannot be made."""
    body = await read_object(request)
    accusation = _accusation(request, body)
    gateway = request.app[SERVICES].gateway
    reporting = Reporting(gateway.here, gateway.store, gateway.network.replica)
    if body.get("dry_run", False) is True:
        found = await reporting.propose(accusation)
        return respond(tell_outcome(request, found) | {"state": "would-report"})
    made = await request.app[LIFECYCLE].keep(reporting.make(accusation))
    document = tell_outcome(request, made)
    raw = render.base64_of(made.raw) if isinstance(made, Proposal) else None
    return respond(document | {"state": "reported", "report": raw}, 201)


async def verify(request: web.Request) -> web.Response:
    """Tell what a report proves under this node's directory; a problem document when it proves nothing."""
    raw = await read_file(request, "report")
    directory = request.app[SERVICES].gateway.network.replica.directory
    found = await asyncio.to_thread(lambda: verify_signed_report(parse_report(raw), directory))
    return respond(verified(found))


def verified(found: VerifiedReport) -> dict[str, Any]:
    """Return what a verified report proves."""
    report, core = found.signed.report, found.signed.report.shown.manifest.core
    return {
        "id": found.signed.id.hex(),
        "reported_by": {"node": report.reporter, "label": found.reporter.label, "country": found.reporter.country},
        "ground": report.ground,
        "at": report.at,
        "message": report.message.hex(),
        "signed_by": {"node": core.sender, "label": found.sender.label, "country": found.sender.country},
        "logged_at": None if found.leaf is None else found.leaf.time,
        "core": render.core(core),
        "rows": [{"path": row.path, "value": render.value(row.value)} for row in found.rows],
    }


def _accusation(request: web.Request, body: dict[str, JSON]) -> Accusation:
    part, ground = body.get("part", BODY), body.get("ground")
    if not (set(body) <= _KEYS and isinstance(part, str) and isinstance(body.get("dry_run", False), bool)):
        raise Refusing(bad_request("give to, ground, rows or patterns, and if need be part and dry_run"))
    if ground not in GROUNDS:
        raise Refusing(bad_request(f"ground is one of {', '.join(GROUNDS)}"))
    try:
        auditor = parse_node_id(body.get("to"))
    except Malformed:
        raise Refusing(bad_request("to is the auditor to whom the message is reported")) from None
    wanted = Wanted(
        message=message_id(request),
        recipient=auditor,
        part=part,
        rows=texts_of(body, "rows"),
        patterns=texts_of(body, "patterns"),
    )
    return Accusation(wanted, str(ground))


ROUTES: Final = (
    Route(
        method="POST",
        path="/messages/{id}/reports",
        answer=post,
        scope=Scope.SEND,
        takes=Report,
        gives={200: Proposed, 201: Reported},
        once=ONCE,
    ),
    Route(
        method="POST",
        path="/reports/verify",
        answer=verify,
        scope=Scope.READ,
        takes=ReportFile,
        gives={200: ReportProves},
    ),
)
