"""Keeping and erasing over the API: what goes when, legal holds, signed evidence of erasures.

Whether a closed case is needed any longer is decided by a person at the desk.
"""

from typing import Any, Final

from aiohttp import web

from nodes.api.need_to_know import closed_to
from nodes.api.noting import note_shown
from nodes.api.problems import ApiProblem, Refusing, bad_request, not_found, respond
from nodes.api.route import ONCE, Route, Scope, get
from nodes.api.services import SERVICES, read_object
from nodes.api.shapes.retention import Evidence, Holds, HoldWish, LiftWish, Retention
from nodes.api.shapes.retention import HoldRow as HoldShape
from nodes.casework.legal_hold import ARTICLES, Hold, HoldCode, Wanted
from nodes.casework.legal_hold_book import LegalHoldBook
from nodes.casework.retention_book import RetentionBook
from nodes.casework.retention_evidence import evidence_document
from nodes.casework.retention_store import Planned
from nodes.casework.retention_unsent import Unsent
from nodes.people.refusals import NotDone
from protocol.catalogue.documents import JSON

RETENTION: Final = web.AppKey("retention", RetentionBook)
_DIGITS: Final = 9


async def index(request: web.Request) -> web.Response:
    """Tell what has to go within 90 days, what was erased last, what opens no more, and the limits of the law here."""
    book = request.app[RETENTION]
    await note_shown(request, "show-retention")
    lost, limits, months = await book.lost(), book.limits, book.months
    drafts, requests = await book.unsent()
    coming = await book.coming()
    closed = await closed_to(request, [*(each.message for each in coming), *lost.messages])
    return respond(
        {
            "coming": [_going(each) for each in coming if each.message not in closed],
            "erased": [evidence_document(each) for each in await book.latest()],
            "lost": {"items": lost.items, "messages": [each.hex() for each in lost.messages if each not in closed]},
            "unsent": {"drafts": _unsent(drafts), "requests": _unsent(requests)},
            "limits": {
                "police": limits.police,
                "judicial": limits.judicial,
                "civil": limits.civil,
                "requests": months.requests,
                "drafts": months.drafts,
            },
        }
    )


async def evidence(request: web.Request) -> web.Response:
    """Return the signed evidence that a message, case, consent or account was erased."""
    try:
        found = await request.app[RETENTION].evidence(bytes.fromhex(request.match_info["id"]))
    except ValueError:
        found = None
    if found is None:
        raise Refusing(not_found())
    return respond(evidence_document(found))


async def holds(request: web.Request) -> web.Response:
    """List the legal holds, the newest first; which authority ordered them is shown at the desk."""
    services = request.app[SERVICES]
    now = services.gateway.here.clock()
    return respond({"holds": [_hold(each, now) for each in await LegalHoldBook(services.gateway).latest()]})


async def place(request: web.Request) -> web.Response:
    """Place a legal hold: nothing of its subject is erased until it ends."""
    gateway = request.app[SERVICES].gateway
    found = await LegalHoldBook(gateway).place(_wanted(await read_object(request)))
    return _answer(found, gateway.here.clock())


async def lift(request: web.Request) -> web.Response:
    """Lift a legal hold with a reason: what fell due meanwhile goes with the next round."""
    gateway, body = request.app[SERVICES].gateway, await read_object(request)
    text, why = request.match_info["number"], body.get("why")
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        raise Refusing(not_found())
    if set(body) != {"why"} or not isinstance(why, str):
        raise Refusing(bad_request("say in `why` why the hold is lifted"))
    return _answer(await LegalHoldBook(gateway).lift(int(text), why), gateway.here.clock())


def _wanted(body: dict[str, JSON]) -> Wanted:
    if set(body) != {"subject", "code", "authority", "expires_at"}:
        raise Refusing(bad_request("a hold has subject, code, authority and expires_at"))
    authority, end = body["authority"], body["expires_at"]
    code = next((each for each in HoldCode if each.value == body["code"]), None)
    try:
        subject = bytes.fromhex(str(body["subject"]))
    except ValueError:
        raise Refusing(bad_request("subject is the id of a case or of a message")) from None
    if code is None:
        raise Refusing(bad_request(f"code is one of: {', '.join(HoldCode)}"))
    if not isinstance(authority, str) or not isinstance(end, int) or isinstance(end, bool):
        raise Refusing(bad_request("authority is a text, expires_at seconds UTC"))
    return Wanted(subject, code, authority, end)


def _answer(found: Hold | NotDone, now: int) -> web.Response:
    if isinstance(found, NotDone):
        raise Refusing(ApiProblem(status=409, code=found.code, title=found.sentence, remedy=found.remedy))
    return respond(_hold(found, now))


def _hold(hold: Hold, now: int) -> dict[str, Any]:
    return {
        "number": hold.number,
        "subject": hold.subject.hex(),
        "code": hold.code.value,
        "article": ARTICLES[hold.code],
        "placed_at": hold.placed_at,
        "placed_by": hold.placed_by,
        "expires_at": hold.expires_at,
        "lifted_at": hold.lifted_at,
        "stands": hold.stands(now),
    }


def _unsent(found: Unsent) -> dict[str, Any]:
    return {"count": found.count, "next_at": found.next_at}


def _going(each: Planned) -> dict[str, Any]:
    return {
        "message": each.message.hex(),
        "type": each.type,
        "channel": each.channel,
        "erase_at": each.plan.erase_at,
        "ground": each.plan.ground.value,
        "article": each.plan.article,
        "held_until": each.plan.held_until,
    }


ROUTES: Final = (
    get("/retention", index, Retention),
    get("/retention/evidence/{id}", evidence, Evidence),
    get("/retention/holds", holds, Holds),
    Route(
        method="POST",
        path="/retention/holds",
        answer=place,
        scope=Scope.WORK,
        takes=HoldWish,
        gives={200: HoldShape},
        once=ONCE,
        refuses=(409,),
    ),
    Route(
        method="POST",
        path="/retention/holds/{number}/lift",
        answer=lift,
        scope=Scope.WORK,
        takes=LiftWish,
        gives={200: HoldShape},
        once=ONCE,
        refuses=(409,),
    ),
)
