"""Messages over the API: send, list, show, release, return, why, thread, evidence."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from aiohttp import web

from nodes.api import clocks, render, screening
from nodes.api.attachments import shown
from nodes.api.consent_ends import ended_for
from nodes.api.faults import document_problem
from nodes.api.forwards import passed
from nodes.api.need_to_know import closed_to
from nodes.api.problems import ApiProblem, Refusing, bad_request, faults_problem, not_found, problem_of, respond, reused
from nodes.api.route import BEFORE, ID_PREFIX, LIMIT, ONCE, Once, Param, Route, Scope, get
from nodes.api.services import (
    SERVICES,
    explained,
    language_of,
    message_id,
    read_object,
    refused_problem,
    window_of,
)
from nodes.api.shapes.common import Given, State
from nodes.api.shapes.messages import Evidence, Inbox, Outbox, Own, Received, Send, Sent, Thread, Why, WouldSend
from nodes.api.strict_json import parse_object
from nodes.api.token_book import GRANT
from nodes.gateway import outbox
from nodes.gateway.bundles import Bundle
from nodes.gateway.forms import Filling, fill, find_template
from nodes.gateway.holding import Outcome
from nodes.gateway.loops import POST, SUBMIT, UPLOAD
from nodes.gateway.promise_book import owing
from nodes.gateway.reading import Message, ReceivedMessage
from nodes.gateway.send import Conflict, Faulty, Options, Queued, Result, Stopped, WouldGo, request_key
from nodes.gateway.silence import labels_of
from nodes.gateway.status import why_closed
from nodes.gateway.transfers import progress_steps
from nodes.gateway.why import Reader, why_received, why_sent
from nodes.gateway.wishes import Wish, parse_wish
from nodes.gateway.withheld import withheld_from
from policies.facts import Use
from policies.model import Rule
from protocol.catalogue.documents import JSON
from protocol.cbor import encode
from protocol.errors import Code, Fault
from protocol.ids import TypeId
from protocol.stages import Refused
from runtime.http import LIFECYCLE

_FIELDS: Final = "Correct the fields named; each path points into the request."
_MAX_KEY: Final = 200
_MAX_REASON: Final = 2_000
_FLAGS: Final = ("dry_run", "only_allowed")


async def post(request: web.Request) -> web.Response:
    """Send a message: 201 once it is durable, 200 for a dry run, 409 or 422 with the reasons when it is refused."""
    body = await read_object(request)
    options = _options(request, body)
    wish = parse_wish(_filled(request, {key: value for key, value in body.items() if key not in _FLAGS}))
    if not isinstance(wish, Wish):
        raise Refusing(faults_problem(wish, _FIELDS))
    services = request.app[SERVICES]
    result = await request.app[LIFECYCLE].keep(services.gateway.sending.send(wish, options))
    services.watch.ring(UPLOAD if wish.attachments else SUBMIT)
    closed = await why_closed(services.gateway.store, services.watch.health)
    return _sent(request, result, wish.type, closed)


async def index(request: web.Request) -> web.Response:
    """List the messages of a box, newest first, those with all words of ``q`` where given.

    ``next`` is None at the end of the box; elsewhere it is the ``before`` of the following page.
    """
    reading, query, window = request.app[SERVICES].gateway.reading, request.query.get("q"), window_of(request)
    box = request.query.get("box", "inbox")
    if box == "inbox":
        received = await reading.list_received(window, query)
        closed = await closed_to(request, [each.message for each in received.rows if each.message is not None])
        came = [each for each in received.rows if each.message not in closed]
        listed = await clocks.with_due(request, await screening.in_rows(request, came))
        return respond({"messages": listed, "next": received.next})
    if box != "outbox":
        raise Refusing(bad_request("box is inbox or outbox"))
    sent = await reading.list_sent(window, query)
    closed = await closed_to(request, [each.message for each in sent.rows])
    left = [each for each in sent.rows if each.message not in closed]
    rows = [render.out_row(row, await reading.people(row.message)) for row in left]
    return respond({"messages": await clocks.with_due(request, rows), "next": sent.next})


async def show(request: web.Request) -> web.Response:
    """Show a message, for reading or with ``use=print`` for printing, where the rules allow it.

    Showing a received one the first time is its reading, which its sender is told.
    """
    services = request.app[SERVICES]
    found = await request.app[LIFECYCLE].keep(services.gateway.reading.open(message_id(request), _reading(request)))
    if found is None:
        raise Refusing(not_found())
    if isinstance(found, Refused):
        raise Refusing(refused_problem(request, found))
    services.watch.ring(POST)
    document = render.message(found)
    rows = await services.gateway.saving.progress(message_id(request))
    document["attachments"] = shown(rows, await services.gateway.saving.scans(rows), document["document"])
    if isinstance(found, ReceivedMessage):
        document["screening"] = await screening.shown(request, message_id(request))
    document["clocks"] = await clocks.shown(request, message_id(request))
    document["consent_ended"] = await ended_for(request, message_id(request))
    document["passed_on"] = [passed(each) for each in await services.gateway.carried.of(message_id(request))]
    decision = found.row.decision
    if isinstance(found, ReceivedMessage) and decision is not None and decision.findings:
        document["findings"] = render.findings(explained(request, decision))
    return respond(document)


async def release(request: web.Request) -> web.Response:
    """Release a held message with a reason."""
    message, reason = message_id(request), _reason(await read_object(request))
    holding = request.app[SERVICES].gateway.holding
    return _held_no_more(await request.app[LIFECYCLE].keep(holding.release(message, reason)), "released")


async def give_back(request: web.Request) -> web.Response:
    """Return a held message to its sender with a reason."""
    message, reason = message_id(request), _reason(await read_object(request))
    services = request.app[SERVICES]
    outcome = await request.app[LIFECYCLE].keep(services.gateway.holding.give_back(message, reason))
    services.watch.ring(POST)
    return _held_no_more(outcome, "returned")


async def why(request: web.Request) -> web.Response:
    """Say where a message is, who has to act, which rule stopped it, and what to do."""
    services = request.app[SERVICES]
    found = await services.gateway.reading.find(message_id(request))
    if found is None:
        raise Refusing(not_found())
    bundle = services.gateway.network.replica.bundle
    texts = None if bundle is None else bundle.texts
    gateway, message = services.gateway, message_id(request)
    directory = gateway.network.replica.directory
    withheld = await gateway.store.database.read(lambda connection: withheld_from(connection, message, directory))
    answered = await gateway.store.database.read(lambda connection: outbox.has_answer(connection, message))
    rules, now = _rules(bundle, found), gateway.here.clock()
    reader = Reader(language_of(request), texts, now, withheld, labels_of(directory), answered, rules)
    if isinstance(found, ReceivedMessage):
        screened = () if answered else await screening.steps(request, message)
        steps = why_received(found.row, reader) + screened
    else:
        steps = why_sent(found.row, found.people, reader)
    owed = await gateway.store.database.read(lambda connection: owing(connection, message, now))
    steps += () if owed is None else owed.steps
    steps += await clocks.steps(request, message)
    steps += progress_steps(await services.gateway.saving.progress(message_id(request)))
    told = [render.step(each) for each in steps]
    return respond({"id": message_id(request).hex(), "reference": found.row.reference, "steps": told})


def _rules(bundle: Bundle | None, found: Message) -> Mapping[str, Rule]:
    policy = None if bundle is None else bundle.policies.channels.get(found.row.channel)
    return {} if policy is None else {each.id: each for each in policy.rules()}


async def thread(request: web.Request) -> web.Response:
    """Return the conversation a message belongs to."""
    reading = request.app[SERVICES].gateway.reading
    found = await reading.find(message_id(request))
    if found is None or found.row.conversation is None:
        raise Refusing(not_found())
    return respond(render.thread(await reading.thread(found.row.conversation)))


async def evidence(request: web.Request) -> web.Response:
    """Return what proves a message and each of its steps, for whoever verifies it without this node."""
    gateway, message = request.app[SERVICES].gateway, message_id(request)
    found = await gateway.reading.evidence(message)
    if found is None:
        raise Refusing(not_found())
    manifest, proofs = found
    now = gateway.here.clock()
    owed = await gateway.store.database.read(lambda connection: owing(connection, message, now))
    return respond(
        {
            "promises": None if owed is None else render.promises(owed),
            "id": message_id(request).hex(),
            "manifest": None if manifest is None else render.base64_of(manifest),
            "evidence": [render.proof(each) for each in proofs],
        }
    )


def _filled(request: web.Request, body: dict[str, JSON]) -> dict[str, JSON]:
    """Return the request with the document that its template and fields stand for; others are returned as they are."""
    name, fields = body.pop("template", None), body.pop("fields", {})
    if name is None:
        if fields:
            raise Refusing(bad_request("fields are those of a form: name it in template"))
        return body
    gateway = request.app[SERVICES].gateway
    bundle = gateway.network.replica.bundle
    if bundle is None:
        raise Refusing(problem_of(Code.POLICY_UNKNOWN))
    type_ = body.get("type")
    template = None
    if isinstance(type_, str) and isinstance(name, str):
        template = find_template(bundle.catalogue, TypeId(type_), name)
    if template is None or not isinstance(fields, dict) or "document" in body:
        raise Refusing(bad_request("template names a form of the type, fields maps JSON pointers to values"))
    filling = Filling(gateway.here.node, gateway.here.clock(), str(body.get("language", "en")))
    document = fill(bundle.catalogue, template, fields, filling)
    if document is None:
        raise Refusing(bad_request("fields holds a JSON pointer that no document has"))
    return {**body, "document": document}


def _options(request: web.Request, body: dict[str, JSON]) -> Options:
    flags = {name: body.get(name, False) for name in _FLAGS}
    if not all(isinstance(value, bool) for value in flags.values()):
        raise Refusing(bad_request("dry_run and only_allowed are true or false"))
    key = request.headers.get("Idempotency-Key")
    once = None
    if key is not None:
        if not 1 <= len(key) <= _MAX_KEY:
            raise Refusing(bad_request(f"an Idempotency-Key has 1 to {_MAX_KEY} characters"))
        grant = request[GRANT]
        own = key if grant.number is None else f"{grant.name}\0{key}"
        once = (request_key(own), hashlib.sha256(encode(_lasting(body))).digest())
    return Options(dry_run=flags["dry_run"] is True, only_allowed=flags["only_allowed"] is True, request=once)


def _told_apart(raw: bytes) -> bytes:
    """Return the digest of a request without what differs when it is repeated."""
    try:
        return hashlib.sha256(encode(_lasting(parse_object(raw)))).digest()
    except Fault:  # it will be refused for what it is
        return hashlib.sha256(raw).digest()


def _lasting(body: dict[str, JSON]) -> dict[str, JSON]:
    """Return the request without what differs when it is repeated: a file uploaded again has another id."""
    files = body.get("attachments")
    if not isinstance(files, list):
        return body
    lasting: list[JSON] = [_without_id(each) for each in files]
    return {**body, "attachments": lasting}


def _without_id(file: JSON) -> JSON:
    if not isinstance(file, dict) or "sha256" not in file:
        return file
    return {key: value for key, value in file.items() if key != "id"}


def _sent(request: web.Request, result: Result, type_: TypeId, closed: Code | None) -> web.Response:
    match result:
        case Queued():
            left: dict[str, Any] = {"left_out": list(result.left_out), "hub_closed": render.closed_hub(closed)}
            if result.decision is not None:
                left["findings"] = list(render.findings(explained(request, result.decision)))
            return respond({"id": result.message.hex(), "state": "ready", **left}, 201)
        case WouldGo():
            header = render.header(result.draft)
            return respond({"state": "would-go", "channel": result.draft.channel, "header": header})
        case Stopped():
            raise Refusing(_stopped(request, result))
        case Faulty():
            raise Refusing(document_problem(request, result.faults, type_, _FIELDS))
        case Conflict():
            raise Refusing(reused())


def _stopped(request: web.Request, stopped: Stopped) -> ApiProblem:
    refused = stopped.refused
    extra = {
        "refused": list(refused.recipients),
        "allowed": [who.node for who in stopped.allowed],
        "channel": stopped.draft.channel,
    }
    return replace(refused_problem(request, refused), extra=extra)


def _reading(request: web.Request) -> Use:
    known = {each.value: each for each in (Use.READ, Use.PRINT)}
    use = known.get(request.query.get("use", Use.READ.value))
    if use is None:
        raise Refusing(bad_request("use is read or print"))
    return use


def _reason(body: dict[str, JSON]) -> str:
    reason = body.get("reason")
    if set(body) != {"reason"} or not isinstance(reason, str) or not 1 <= len(reason.strip()) <= _MAX_REASON:
        raise Refusing(bad_request("give a reason"))
    return reason.strip()


def _held_no_more(outcome: Outcome, state: str) -> web.Response:
    if outcome is Outcome.UNKNOWN:
        raise Refusing(not_found())
    if outcome is Outcome.NOT_HELD:
        raise Refusing(
            ApiProblem(
                status=409,
                code=str(Code.NOT_PERMITTED),
                title="The message is not held.",
                remedy="Only held messages are released or returned; see /why.",
            )
        )
    return respond({"state": state})


ROUTES: Final = (
    Route(
        method="POST",
        path="/messages",
        answer=post,
        scope=Scope.SEND,
        takes=Send,
        gives={200: WouldSend, 201: Sent},
        once=Once(_told_apart, certain=True),
    ),
    get(
        "/messages",
        index,
        (Inbox, Outbox),
        Param("box", "Which box; the inbox if left out.", ("inbox", "outbox")),
        Param("q", "Only messages with all these words."),
        ID_PREFIX,
        LIMIT,
        BEFORE,
    ),
    get("/messages/{id}", show, (Received, Own), Param("use", "For reading, or for printing.", ("read", "print"))),
    Route(
        method="POST",
        path="/messages/{id}/release",
        answer=release,
        scope=Scope.WORK,
        takes=Given,
        gives={200: State},
        once=ONCE,
    ),
    Route(
        method="POST",
        path="/messages/{id}/return",
        answer=give_back,
        scope=Scope.WORK,
        takes=Given,
        gives={200: State},
        once=ONCE,
    ),
    get("/messages/{id}/why", why, Why),
    get("/messages/{id}/thread", thread, Thread),
    get("/evidence/{id}", evidence, Evidence),
)
