"""Breaches over the API: record one, who is concerned and how, the clock of the authority, drafts of the notices."""

from datetime import UTC, datetime
from typing import Any, Final

from aiohttp import web

from nodes.api.problems import ApiProblem, Refusing, bad_request, not_found, respond
from nodes.api.route import ONCE, Param, Route, Scope, get
from nodes.api.services import SERVICES, language_of, read_object
from nodes.api.shapes.cases import Breaches, BreachFound, BreachNew, BreachNote
from nodes.casework.breach_book import BreachBook, draft_for
from nodes.casework.breaches import AUTHORITY, Breach, BreachStage, Party, Step
from nodes.gateway.wishes import read_time
from nodes.people.refusals import NotDone
from policies.case_words import TELL_AUTHORITY, TELL_PARTIES
from policies.clocks.words import tell
from protocol.catalogue.documents import JSON
from protocol.errors import Malformed
from protocol.ids import MessageId, parse_hex_digest
from runtime.http import LIFECYCLE

BREACHES: Final = web.AppKey("breaches", BreachBook)
Json = dict[str, Any]
_LONGEST: Final = 2_000
_REFERENCE: Final = 80
_MOST: Final = 100


async def index(request: web.Request) -> web.Response:
    """List the breaches recorded here, the newest first."""
    found = await request.app[BREACHES].list()
    return respond({"now": _now(request), "breaches": [_breach(request, each) for each in found]})


async def record(request: web.Request) -> web.Response:
    """Record a breach of messages of this node: 201 with everybody concerned and a draft for each. Nothing is sent."""
    body = await read_object(request)
    if not body.keys() <= {"reference", "detected_at", "messages"}:
        raise Refusing(bad_request("a breach has a reference, the time when it was noticed, and messages"))
    reference = _text(body, "reference", _REFERENCE)
    listed = body.get("messages")
    try:
        detected_at = read_time(body.get("detected_at"))
        messages = [MessageId(parse_hex_digest(str(each))) for each in (listed if isinstance(listed, list) else [])]
    except Malformed:
        raise Refusing(bad_request("detected_at is a time with a zone, messages are ids of messages")) from None
    if len(messages) > _MOST:
        raise Refusing(bad_request(f"a notice names up to {_MOST} messages"))
    book = request.app[BREACHES]
    found = await request.app[LIFECYCLE].keep(book.record(reference, detected_at, messages))
    return respond(_whole(request, _recorded(found)), 201)


async def show(request: web.Request) -> web.Response:
    """Show a breach with a draft of the notice for everybody who was not told yet."""
    found = await request.app[BREACHES].find(request.query.get("reference", ""))
    if found is None:
        raise Refusing(not_found())
    return respond(_whole(request, found))


async def note(request: web.Request) -> web.Response:
    """Note that a step was done now: assessed, authority told, persons told, closed."""
    body = await read_object(request)
    step = {each.value: each for each in Step}.get(str(body.get("step")))
    if body.keys() != {"reference", "step", "note"} or step is None:
        raise Refusing(bad_request(f"give reference, note, and a step: {', '.join(Step)}"))
    book, reference = request.app[BREACHES], _text(body, "reference", _REFERENCE)
    noted = book.note(reference, step, _text(body, "note", _LONGEST))
    return respond(_whole(request, _recorded(await request.app[LIFECYCLE].keep(noted))))


async def summary(request: web.Request) -> Json:
    """Return how many breaches are open, and for how many the authority was not told in time."""
    found, now = await request.app[BREACHES].list(), _now(request)
    return {
        "open": sum(each.stage is not BreachStage.CLOSED for each in found),
        "overdue": sum(each.clock.closed_at is None and each.clock.overdue(now) for each in found),
    }


def _whole(request: web.Request, found: Breach) -> Json:
    return _breach(request, found) | {"drafts": [draft_for(found, each) for each in found.untold]}


def _breach(request: web.Request, found: Breach) -> Json:
    now, clock = _now(request), found.clock
    late = clock.overdue(now)
    text = "breach.authority-late" if late else "breach.authority"
    waiting = clock.closed_at is None
    return {
        "reference": found.facts.reference,
        "stage": found.stage.value,
        "detected_at": found.facts.detected_at,
        "messages": [each.message.hex() for each in found.facts.traces],
        "steps": {step.value: at for step, at in sorted(found.facts.steps.items())},
        "authority": {
            "due_at": clock.due(now),
            "told_at": clock.closed_at,
            "overdue": late,
            "escalation": clock.escalation(now).value,
            "article": AUTHORITY.article,
            **(_words(request, text, TELL_AUTHORITY, due=_when(clock.due(now))) if waiting else {}),
        },
        "parties": [_party(request, each) for each in found.parties],
    }


def _party(request: web.Request, each: Party) -> Json:
    words = _words(request, "breach.party", TELL_PARTIES, who=each.node) if each.told_at is None else {}
    return {
        "node": each.node,
        "parts": [part.value for part in each.parts],
        "messages": [message.hex() for message in each.messages],
        "categories": list(each.categories),
        "told_at": each.told_at,
        **words,
    }


def _words(request: web.Request, text: str, article: str, **values: str) -> Json:
    bundle = request.app[SERVICES].gateway.network.replica.bundle
    if bundle is None:
        return {}
    told = tell(text, article, values, bundle.texts, language_of(request))
    return {"sentence": told.sentence, "article": told.article, "remedy": told.remedy}


def _recorded(found: Breach | NotDone) -> Breach:
    if isinstance(found, NotDone):
        missing = found.code.startswith("UNKNOWN")
        raise Refusing(
            ApiProblem(status=404 if missing else 409, code=found.code, title=found.sentence, remedy=found.remedy)
        )
    return found


def _text(body: dict[str, JSON], name: str, longest: int) -> str:
    found = body.get(name)
    if not isinstance(found, str) or not found.strip().isprintable() or not 1 <= len(found.strip()) <= longest:
        raise Refusing(bad_request(f"{name} is a text of up to {longest} characters"))
    return found.strip()


def _when(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _now(request: web.Request) -> int:
    return request.app[SERVICES].gateway.here.clock()


ROUTES: Final = (
    get("/breaches", index, Breaches),
    Route(
        method="POST",
        path="/breaches",
        answer=record,
        scope=Scope.WORK,
        takes=BreachNew,
        gives={201: BreachFound},
        once=ONCE,
    ),
    get("/breaches/one", show, BreachFound, Param("reference", "The breach's own reference.", required=True)),
    Route(
        method="POST",
        path="/breaches/note",
        answer=note,
        scope=Scope.WORK,
        takes=BreachNote,
        gives={200: BreachFound},
        once=ONCE,
    ),
)
