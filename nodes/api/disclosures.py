"""Disclosures over the API: show chosen rows of a message to another participant, verify what was shown to us.

Also how a message is found by the short reference that somebody reads out over the telephone.
"""

import asyncio
import base64
import binascii
from typing import Any, Final

from aiohttp import web

from keys.disclosures import Verified, verify_disclosure
from nodes.api import render
from nodes.api.need_to_know import closed_to
from nodes.api.problems import ApiProblem, Refusing, bad_request, faults_problem, not_found, respond
from nodes.api.route import ONCE, Route, Scope, get
from nodes.api.services import SERVICES, message_id, read_object, refused_problem
from nodes.api.shapes.messages import Found
from nodes.api.shapes.showing import Disclose, DisclosureFile, Proposed, Proves, Shown, ShownRows
from nodes.gateway.disclosing import NotHere, Outcome, Proposal, Wanted
from nodes.gateway.short_references import find_by_reference
from nodes.gateway.wishes import InputFault
from protocol.catalogue.documents import JSON
from protocol.disclosure import parse_disclosure
from protocol.envelope import BODY
from protocol.errors import Malformed
from protocol.ids import parse_node_id
from protocol.limits import MAX_CODE_TEXT, MAX_PATH, MAX_ROWS
from protocol.short_reference import read_reference
from protocol.stages import Refused
from runtime.http import LIFECYCLE

_ROWS: Final = "`egnatia node show` lists the fields; a row's path is its place, such as /subjects/vehicles/0/plate."
_KEYS: Final = frozenset(("to", "part", "rows", "patterns", "purpose", "dry_run"))


async def post(request: web.Request) -> web.Response:
    """Show rows: 201 with the disclosure once it was written down, 200 for a dry run, 409 or 422 when it is refused."""
    body = await read_object(request)
    wanted, dry_run = _wanted(request, body), body.get("dry_run", False)
    disclosing = request.app[SERVICES].gateway.disclosing
    if dry_run is True:
        return respond(tell_outcome(request, await disclosing.propose(wanted)) | {"state": "would-show"})
    found = await request.app[LIFECYCLE].keep(disclosing.make(wanted))
    document = tell_outcome(request, found)
    raw = render.base64_of(found.raw) if isinstance(found, Proposal) else None
    return respond(document | {"state": "shown", "disclosure": raw}, 201)


async def index(request: web.Request) -> web.Response:
    """List what was shown of a message, to whom and for which purpose."""
    message = message_id(request)
    closed = await closed_to(request, [message])
    listed = () if closed else await request.app[SERVICES].gateway.disclosing.shown(message)
    return respond(
        {
            "disclosures": [
                {
                    "part": each.part,
                    "to": each.recipient,
                    "purpose": each.purpose,
                    "revealed": each.revealed,
                    "withheld": each.withheld,
                    "digest": each.digest.hex(),
                    "at": each.at,
                }
                for each in listed
            ]
        }
    )


async def verify(request: web.Request) -> web.Response:
    """Tell what a disclosure proves under this node's directory; a problem document when it proves nothing."""
    raw = await read_file(request, "disclosure")
    directory = request.app[SERVICES].gateway.network.replica.directory
    found = await asyncio.to_thread(lambda: verify_disclosure(parse_disclosure(raw), directory))
    return respond(verified(found))


async def read_file(request: web.Request, name: str) -> bytes:
    """Return the bytes that the request's only member holds in base64."""
    body = await read_object(request)
    text = body.get(name)
    if set(body) != {name} or not isinstance(text, str):
        raise Refusing(bad_request(f"{name} holds the bytes of a {name} in base64"))
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise Refusing(bad_request(f"{name} holds the bytes of a {name} in base64")) from None


async def find(request: web.Request) -> web.Response:
    """Return the ids of the messages with a short reference; 422 says when it was misheard or mistyped."""
    try:
        reference = read_reference(request.match_info["reference"])
    except Malformed as fault:
        raise Refusing(_misheard(fault)) from None
    database = request.app[SERVICES].gateway.store.database
    found = await database.read(lambda connection: find_by_reference(connection, reference))
    closed = await closed_to(request, found)
    known = [each.hex() for each in found if each not in closed]
    if not known:
        raise Refusing(not_found())
    return respond({"reference": reference, "messages": known})


def verified(found: Verified) -> dict[str, Any]:
    """Return what a verified disclosure proves."""
    disclosure, core = found.disclosure, found.disclosure.manifest.core
    return {
        "message": disclosure.message.hex(),
        "signed_by": {"node": core.sender, "label": found.sender.label, "country": found.sender.country},
        "logged_at": None if found.leaf is None else found.leaf.time,
        "part": disclosure.part,
        "core": render.core(core),
        "rows": [{"path": row.path, "value": render.value(row.value)} for row in found.rows],
        "withheld": disclosure.withheld,
        "attachments": {"here": dict(disclosure.carried), "withheld": list(disclosure.attachments_withheld)},
    }


def _wanted(request: web.Request, body: dict[str, JSON]) -> Wanted:
    purpose, part = body.get("purpose"), body.get("part", BODY)
    good = set(body) <= _KEYS and isinstance(part, str) and isinstance(body.get("dry_run", False), bool)
    if not good or not (purpose is None or (isinstance(purpose, str) and 0 < len(purpose) <= MAX_CODE_TEXT)):
        raise Refusing(bad_request("give to, rows or patterns, and if need be part, purpose and dry_run"))
    try:
        recipient = parse_node_id(body.get("to"))
    except Malformed:
        raise Refusing(bad_request("to is the node to whom the rows are shown")) from None
    return Wanted(
        message=message_id(request),
        recipient=recipient,
        part=str(part),
        rows=texts_of(body, "rows"),
        patterns=texts_of(body, "patterns"),
        purpose=None if purpose is None else str(purpose),
    )


def texts_of(body: dict[str, JSON], key: str) -> tuple[str, ...]:
    """Return the paths or patterns under a key; none where it is left out."""
    listed = body.get(key, [])
    if not isinstance(listed, list) or len(listed) > MAX_ROWS:
        raise Refusing(bad_request(f"{key} is a list of paths"))
    if not all(isinstance(each, str) and 0 < len(each) <= MAX_PATH for each in listed):
        raise Refusing(bad_request(f"{key} is a list of paths"))
    return tuple(str(each) for each in listed)


def tell_outcome(request: web.Request, found: Outcome) -> dict[str, Any]:
    """Return what would be or was shown; whatever keeps it from being shown is raised as a problem."""
    match found:
        case Proposal():
            disclosure = found.disclosure
            rows = [each for each in disclosure.slots if not isinstance(each, bytes)]
            return {
                "message": disclosure.message.hex(),
                "part": disclosure.part,
                "purpose": found.purpose,
                "core": render.core(found.core),
                "revealed": [{"path": row.path, "value": render.value(row.value)} for row in rows],
                "withheld": list(found.withheld),
                "attachments": {"withheld": list(disclosure.attachments_withheld)},
                "logged": disclosure.logged is not None,
            }
        case Refused():
            raise Refusing(refused_problem(request, found))
        case InputFault():
            raise Refusing(faults_problem([found], _ROWS))
        case NotHere():
            raise Refusing(_sent_here() if found.sent else not_found())


def _sent_here() -> ApiProblem:
    return ApiProblem(
        status=409,
        code="OWN_MESSAGE",
        title="This node sent the message, and only those who received it can prove single rows of it.",
        remedy="Send the content again as a message of your own; you need nobody's proof of what you write.",
    )


def _misheard(fault: Malformed) -> ApiProblem:
    length = "check" not in fault.detail
    return ApiProblem(
        status=422,
        code="REFERENCE_MISTYPED",
        title="This is no short reference: it has twelve letters and digits in three groups."
        if length
        else "The check letters do not fit: a letter or digit was misheard, mistyped or exchanged.",
        remedy="Have the other side read it out once more, group by group.",
    )


ROUTES: Final = (
    Route(
        method="POST",
        path="/messages/{id}/disclosures",
        answer=post,
        scope=Scope.SEND,
        takes=Disclose,
        gives={200: Proposed, 201: Shown},
        once=ONCE,
    ),
    get("/messages/{id}/disclosures", index, ShownRows),
    Route(
        method="POST",
        path="/disclosures/verify",
        answer=verify,
        scope=Scope.READ,
        takes=DisclosureFile,
        gives={200: Proves},
    ),
    get("/references/{reference}", find, Found),
)
