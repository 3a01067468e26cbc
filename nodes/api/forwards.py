"""Onward transfer over the API: pass rows of a message on, and tell what others passed on to us."""

from typing import Any, Final

from aiohttp import web

from nodes.api.disclosures import tell_outcome, texts_of, verified
from nodes.api.problems import Refusing, bad_request, faults_problem, problem_of, respond
from nodes.api.route import ONCE, Route, Scope
from nodes.api.services import SERVICES, message_id, read_object, refused_problem
from nodes.api.shapes.showing import ForwardWish, PassedOn, WouldForward
from nodes.gateway.carried import Passed
from nodes.gateway.disclosing import NotHere, Proposal, Wanted
from nodes.gateway.forwarding import Forward, Forwarded, NeedsSecond
from nodes.gateway.loops import UPLOAD
from nodes.gateway.passing_on import Cover
from nodes.gateway.send import Faulty, Stopped
from nodes.gateway.wishes import InputFault
from protocol.catalogue.documents import JSON
from protocol.errors import Code, Malformed
from protocol.ids import REFERENCE_SIZE, Reference, parse_node_id
from protocol.limits import MAX_CODE_TEXT
from protocol.shapes import as_bytes
from protocol.stages import Refused
from runtime.http import LIFECYCLE

_KEYS: Final = frozenset(
    (
        *("to", "rows", "patterns", "files", "relevance", "crime_area", "serious", "language", "purpose", "dry_run"),
        "approve_as",
    )
)
_FIELDS: Final = "Correct the fields named; each path points into the message that would bring the rows."


async def post(request: web.Request) -> web.Response:
    """Pass rows on: 201 once the message is durable, 200 for a dry run, 409 or 422 with what stops it."""
    body = await read_object(request)
    asked, dry_run = _asked(request, body), body.get("dry_run") is True
    services = request.app[SERVICES]
    found = await request.app[LIFECYCLE].keep(services.gateway.forwarding.forward(asked, dry_run=dry_run))
    match found:
        case Forwarded():
            services.watch.ring(UPLOAD)
            told = tell_outcome(request, found.proposal)
            answer = found.proposal.answer
            told["conditions"] = [] if answer is None else list(answer.conditions)
            if found.message is None:
                return respond(told | {"state": "would-go"})
            return respond(told | {"state": "ready", "id": found.message.hex()}, 201)
        case Stopped():
            raise Refusing(refused_problem(request, found.refused))
        case NeedsSecond():
            raise Refusing(refused_problem(request, found.stopped.refused))
        case Faulty():
            raise Refusing(faults_problem(found.faults, _FIELDS))
        case Proposal() | Refused() | InputFault() | NotHere():
            return respond(tell_outcome(request, found))
    raise Refusing(problem_of(Code.INTERNAL))  # sending has no other end for a request without a key of its own


def passed(found: Passed) -> dict[str, Any]:
    """Return what a message brought of others, or why nothing of it is believed."""
    if found.verified is None:
        plain = problem_of(found.fault or Code.DISCLOSURE)
        return {"part": found.part, "code": plain.code, "title": plain.title, "remedy": plain.remedy}
    return verified(found.verified) | {"part": found.part, "code": None}


def _asked(request: web.Request, body: dict[str, JSON]) -> Forward:
    relevance, area, language = body.get("relevance"), body.get("crime_area"), body.get("language", "en")
    flags = (body.get("serious", False), body.get("dry_run", False))
    words = isinstance(relevance, str) and isinstance(language, str) and (area is None or isinstance(area, str))
    if not set(body) <= _KEYS or not words or not all(isinstance(each, bool) for each in flags):
        raise Refusing(bad_request("give to, rows or patterns, relevance, and if need be files, crime_area, language"))
    purpose = body.get("purpose")
    if len(str(language)) > MAX_CODE_TEXT or not (purpose is None or (isinstance(purpose, str) and purpose)):
        raise Refusing(bad_request("language and purpose are codes"))
    try:
        recipient = parse_node_id(body.get("to"))
    except Malformed:
        raise Refusing(bad_request("to is the participant who gets the rows")) from None
    wanted = Wanted(
        message=message_id(request),
        recipient=recipient,
        rows=texts_of(body, "rows"),
        patterns=texts_of(body, "patterns"),
        purpose=None if purpose is None else str(purpose),
    )
    cover = Cover(
        relevance=str(relevance), crime_area=None if area is None else str(area), serious=body.get("serious") is True
    )
    files, keys = texts_of(body, "files"), _keys_of(body)
    return Forward(wanted=wanted, cover=cover, language=str(language), files=files, approve_as=keys)


def _keys_of(body: dict[str, JSON]) -> tuple[Reference, ...]:
    """Return the personal keys with which it is approved."""
    try:
        return tuple(
            Reference(as_bytes(bytes.fromhex(each), "key", REFERENCE_SIZE)) for each in texts_of(body, "approve_as")
        )
    except (Malformed, ValueError):
        raise Refusing(bad_request("approve_as is a list of personal references, 32 hex digits each")) from None


ROUTES: Final = (
    Route(
        method="POST",
        path="/messages/{id}/forwards",
        answer=post,
        scope=Scope.SEND,
        takes=ForwardWish,
        gives={200: WouldForward, 201: PassedOn},
        once=ONCE,
    ),
)
