"""Corrections over the API: how far each is with everybody who holds the data, who is late, and what people do."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from aiohttp import web

from nodes.api import render
from nodes.api.faults import document_problem
from nodes.api.need_to_know import closed_to
from nodes.api.noting import note_shown
from nodes.api.problems import ApiProblem, Refusing, bad_request, not_found, respond
from nodes.api.route import LIMIT, ONCE, Route, Scope, flag, get
from nodes.api.services import SERVICES, language_of, limit_of, message_id, read_object, refused_problem
from nodes.api.shapes.cases import Applied, Corrected, Corrections, PassOn, Raise, Unit, VerifiedNote
from nodes.api.shapes.common import Given
from nodes.api.shapes.messages import Restricted
from nodes.casework.correction_book import NOT_SENT_HERE, Carried, CorrectionBook, Doing, Entry, Posted
from nodes.casework.correction_facts import code_of
from nodes.casework.correction_notes import NOTICE, Wording
from nodes.casework.corrections import CorrectionCase, Holder, Reach
from nodes.gateway.loops import POST, SUBMIT, TEND
from nodes.gateway.send import Faulty, Queued, Result, Stopped, WouldGo
from nodes.people.refusals import LONGEST_REASON, NotDone
from policies.case_words import TELL_HOLDERS
from policies.clocks.words import tell
from policies.explain import Explanation
from protocol.catalogue.documents import JSON
from protocol.errors import Malformed
from protocol.ids import MessageId, TypeId, parse_hex_digest
from protocol.stages import Refused
from runtime.http import LIFECYCLE

BOOK: Final = web.AppKey("corrections", CorrectionBook)
Json = dict[str, Any]
_TEXTS: Final = {
    Reach.UNTOLD: "correction.untold",
    Reach.TOLD: "correction.unconfirmed",
    Reach.DELIVERED: "correction.unconfirmed",
    Reach.CONFIRMED: "correction.unapplied",
}
_COUNTED: Final = 200  # corrections, the newest, that the status looks at
_RAISING: Final = frozenset(
    ("message", "action", "reason", "explanation", "item", "changes", "language", "restricted_until", "dry_run")
)
_FIELDS: Final = "Correct the fields named; each path points into the notice."


async def index(request: web.Request) -> web.Response:
    """List the corrections known here, the newest first; with ``overdue=1`` those where somebody is late."""
    now, listed = request.app[SERVICES].gateway.here.clock(), await request.app[BOOK].list(limit_of(request))
    found = await _known(request, listed)
    late = request.query.get("overdue") == "1"
    shown = [_entry(request, each, now) for each in found if not late or each.case.late(now)]
    return respond({"now": now, "corrections": shown})


async def show(request: web.Request) -> web.Response:
    """Show what one notice says of each message that it names, with all holders."""
    now, named = request.app[SERVICES].gateway.here.clock(), await request.app[BOOK].of(message_id(request))
    found = await _known(request, named)
    if not found:
        raise Refusing(not_found())
    await note_shown(request, "show-correction", message_id(request))
    return respond({"now": now, "corrections": [_entry(request, each, now) for each in found]})


async def raise_(request: web.Request) -> web.Response:
    """Send a correction of a message of this node to each of its holders: 201 with what came of each notice."""
    body = await read_object(request)
    message, wording = _wording(body)
    if await closed_to(request, [message]):
        return _done(request, NOT_SENT_HERE)
    dry_run = body.get("dry_run") is True
    book = request.app[BOOK]
    done = await request.app[LIFECYCLE].keep(book.raise_(message, wording, dry_run=dry_run))
    return _done(request, done, 200 if dry_run else 201)


async def confirm(request: web.Request) -> web.Response:
    """Answer whoever sent the notice: that it came, what was done here, and how far the holders after this node are."""
    doing = _doing(await read_object(request), {"unit"})
    return _done(request, await request.app[LIFECYCLE].keep(request.app[BOOK].confirm(message_id(request), doing)))


async def apply(request: web.Request) -> web.Response:
    """Note that a correction was carried out here, erase what it says is to be erased, and answer its sender."""
    doing = _doing(await read_object(request), {"unit", "note", "whole"})
    done = await request.app[LIFECYCLE].keep(request.app[BOOK].apply(message_id(request), doing))
    request.app[SERVICES].watch.ring(TEND)
    return _done(request, done)


async def pass_on(request: web.Request) -> web.Response:
    """Tell everybody who had the data from this node and was not told; a translation may be given."""
    body = await read_object(request)
    words = {name: text for name, text in body.items() if isinstance(text, str)}
    if not body.keys() <= {"explanation", "language"} or len(words) != len(body):
        raise Refusing(bad_request("explanation and language are texts, and nothing else is given"))
    return _done(request, await request.app[LIFECYCLE].keep(request.app[BOOK].pass_on(message_id(request), words)))


async def verify(request: web.Request) -> web.Response:
    """Close a correction that everybody carried out, with a note of how that was verified."""
    doing = _doing(await read_object(request), {"note"})
    return _done(request, await request.app[LIFECYCLE].keep(request.app[BOOK].verify(message_id(request), doing)))


async def read_restricted(request: web.Request) -> web.Response:
    """Show a restricted message to a person who gives the reason for which it is kept; the reason is stored first."""
    reason = _text(await read_object(request), "reason")
    services = request.app[SERVICES]
    opening = services.gateway.reading.open(message_id(request), despite=reason)
    found = await request.app[LIFECYCLE].keep(opening)
    if found is None:
        raise Refusing(not_found())
    if isinstance(found, Refused):
        raise Refusing(refused_problem(request, found))
    services.watch.ring(POST)
    return respond(render.message(found))


async def summary(request: web.Request) -> Json:
    """Return how many corrections are open at this node, and in how many somebody is late."""
    now, found = request.app[SERVICES].gateway.here.clock(), await request.app[BOOK].list(_COUNTED)
    cases = [each.case for each in found]
    return {
        "open": sum(bool(each.unfinished) or each.own_due_at is not None for each in cases),
        "overdue": sum(each.late(now) for each in cases),
        "to_pass_on": sum(bool(each.to_tell) for each in cases),
    }


async def _known(request: web.Request, entries: Sequence[Entry]) -> list[Entry]:
    """Return those of the entries of whose messages, notices and all, whoever asks may know."""
    named = [(each, {each.case.facts.about, *each.notices}) for each in entries]
    closed = await closed_to(request, sorted(set[MessageId]().union(*(messages for _, messages in named))))
    return [each for each, messages in named if not messages & closed]


def _entry(request: web.Request, each: Entry, now: int) -> Json:
    case = each.case
    return {
        "notices": [notice.hex() for notice in each.notices],
        "message": case.facts.about.hex(),
        "items": list(each.items),
        "action": each.action.value,
        "from": case.facts.issuer,
        "stage": case.stage.value,
        "binding": each.binding,
        "here": each.here,
        "restricted": each.restricted,
        "raised_at": case.facts.raised_at,
        "confirm_by": case.facts.confirm_by,
        "applied_at": case.facts.applied_at,
        "verified_at": case.facts.verified_at,
        "overdue": case.late(now),
        "to_tell": list(case.to_tell),
        "to_report": case.to_report,
        "holders": [_holder(request, holder, now) for holder in case.holders],
        "words": [render.explanation(words) for words in _own_words(request, case)],
    }


def _holder(request: web.Request, holder: Holder, now: int) -> Json:
    words = None
    if holder.due_at is not None:
        words = _tell(request, _TEXTS[holder.reach], who=holder.node, due=_when(holder.due_at))
    return {
        "node": holder.node,
        "via": holder.via,
        "state": code_of(holder.reach),
        "delivered": holder.reach >= Reach.DELIVERED,
        "due_at": holder.due_at,
        "overdue": holder.overdue(now),
        "sentence": None if words is None else words.sentence,
        "article": None if words is None else words.article,
        "remedy": None if words is None else words.remedy,
    }


def _own_words(request: web.Request, case: CorrectionCase) -> list[Explanation]:
    told = [] if case.own_due_at is None else [_tell(request, "correction.own", due=_when(case.own_due_at))]
    told += [_tell(request, "correction.report")] if case.to_report else []
    return [each for each in told if each is not None]


def _tell(request: web.Request, text: str, **values: str) -> Explanation | None:
    bundle = request.app[SERVICES].gateway.network.replica.bundle
    return None if bundle is None else tell(text, TELL_HOLDERS, values, bundle.texts, language_of(request))


def _done(request: web.Request, done: Carried | NotDone, status: int = 200) -> web.Response:
    if isinstance(done, NotDone):
        missing = done.code == "UNKNOWN_CORRECTION"
        raise Refusing(
            ApiProblem(status=404 if missing else 409, code=done.code, title=done.sentence, remedy=done.remedy)
        )
    faulty = next((each.result for each in done.sent if isinstance(each.result, Faulty)), None)
    if faulty is not None:
        raise Refusing(document_problem(request, faulty.faults, TypeId(NOTICE), _FIELDS))
    request.app[SERVICES].watch.ring(SUBMIT)
    return respond({"erased": done.erased, "sent": [_posted(request, each) for each in done.sent]}, status)


def _posted(request: web.Request, posted: Posted) -> Json:
    return {"node": posted.node, **_came(request, posted.result)}


def _came(request: web.Request, result: Result) -> Json:
    match result:
        case Queued():
            return {"id": result.message.hex(), "state": "ready"}
        case WouldGo():
            return {"id": None, "state": "would-go"}
        case Stopped():
            problem = refused_problem(request, result.refused)
            findings: Sequence[Mapping[str, Any]] = problem.findings
            return {"id": None, "state": "refused", "title": problem.title, "findings": list(findings)}
        case _:
            return {"id": None, "state": "refused", "title": "The notice could not be made.", "findings": []}


def _wording(body: dict[str, JSON]) -> tuple[MessageId, Wording]:
    if not body.keys() <= _RAISING:
        raise Refusing(bad_request(f"a correction has: {', '.join(sorted(_RAISING))}"))
    changes = body.get("changes", [])
    pairs = [_change(each) for each in (changes if isinstance(changes, list) else [None])]
    try:
        message = MessageId(parse_hex_digest(_text(body, "message")))
    except Malformed:
        raise Refusing(not_found()) from None
    optional = {name: _text(body, name) for name in ("item", "language", "restricted_until") if name in body}
    return message, Wording(
        action=_text(body, "action"),
        reason=_text(body, "reason"),
        explanation=_text(body, "explanation"),
        item=optional.get("item", ""),
        changes=tuple(pairs),
        language=optional.get("language"),
        restricted_until=optional.get("restricted_until"),
    )


def _change(each: JSON) -> tuple[str, JSON]:
    if not isinstance(each, dict) or set(each) != {"field", "value"} or not isinstance(each["field"], str):
        raise Refusing(bad_request("a change has a field, which is a JSON pointer, and the value that is right"))
    return each["field"], each["value"]


def _doing(body: dict[str, JSON], names: set[str]) -> Doing:
    if not body.keys() <= names or not isinstance(body.get("whole", False), bool):
        raise Refusing(bad_request(f"give {', '.join(sorted(names))}"))
    texts = {name: _text(body, name) for name in names - {"whole"}}
    return Doing(texts.get("unit", ""), texts.get("note", ""), whole=body.get("whole") is True)


def _text(body: dict[str, JSON], name: str) -> str:
    found = body.get(name)
    if not isinstance(found, str) or not 1 <= len(found.strip()) <= LONGEST_REASON:
        raise Refusing(bad_request(f"{name} is a text of up to {LONGEST_REASON} characters"))
    return found.strip()


def _when(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")


ROUTES: Final = (
    get("/corrections", index, Corrections, flag("overdue", "Only those where somebody is late."), LIMIT),
    Route(
        method="POST",
        path="/corrections",
        answer=raise_,
        scope=Scope.WORK,
        takes=Raise,
        gives={200: Corrected, 201: Corrected},
        once=ONCE,
    ),
    get("/corrections/{id}", show, Corrections),
    Route(
        method="POST",
        path="/corrections/{id}/confirm",
        answer=confirm,
        scope=Scope.WORK,
        takes=Unit,
        gives={200: Corrected},
        once=ONCE,
    ),
    Route(
        method="POST",
        path="/corrections/{id}/apply",
        answer=apply,
        scope=Scope.WORK,
        takes=Applied,
        gives={200: Corrected},
        once=ONCE,
    ),
    Route(
        method="POST",
        path="/corrections/{id}/pass-on",
        answer=pass_on,
        scope=Scope.WORK,
        takes=PassOn,
        gives={200: Corrected},
        once=ONCE,
    ),
    Route(
        method="POST",
        path="/corrections/{id}/verify",
        answer=verify,
        scope=Scope.WORK,
        takes=VerifiedNote,
        gives={200: Corrected},
        once=ONCE,
    ),
    Route(
        method="POST",
        path="/messages/{id}/read-restricted",
        answer=read_restricted,
        scope=Scope.WORK,
        takes=Given,
        gives={200: Restricted},
    ),
)
