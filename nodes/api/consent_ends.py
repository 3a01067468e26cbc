"""The ends of consents over the API: withdraw, see who still has to answer, erase or keep what an end locked here."""

from typing import Final

from aiohttp import web

from nodes.api.consents import consent_id
from nodes.api.problems import Refusing, bad_request, faults_problem, not_found, on_hold, respond
from nodes.api.route import ONCE, Route, Scope, flag, get
from nodes.api.services import SERVICES, read_object
from nodes.api.shapes.cases import EndOfConsent, Ends, Keep
from nodes.api.shapes.common import Empty
from nodes.api.shapes.consents import ConsentEnded, WithdrawWish
from nodes.gateway.carrying_out import SHORTEST_REASON, Waiting
from nodes.gateway.loops import POST, SUBMIT
from nodes.gateway.withdrawal_store import End
from nodes.gateway.withdrawing import Followed, Wanted, Withdrawn
from protocol.catalogue.documents import JSON
from protocol.errors import Malformed
from protocol.ids import MessageId, parse_node_id
from runtime.http import LIFECYCLE

_WISHED = frozenset(("channel", "told", "recipients", "categories", "purposes"))
_LONGEST_REASON = 4_000
_DIGITS = 18


async def withdraw(request: web.Request) -> web.Response:
    """Withdraw a consent that this node holds, all of it or the cells that fit every list that is given.

    ``channel`` is how the person said it, ``told`` what she was told about data that were sent already.
    """
    identifier, wanted = consent_id(request), _wanted(await read_object(request))
    services = request.app[SERVICES]
    found = await request.app[LIFECYCLE].keep(services.gateway.withdrawals.withdraw(identifier, wanted))
    if found is None:
        raise Refusing(not_found())
    if not isinstance(found, Withdrawn):
        raise Refusing(faults_problem(found, "Correct what is named, or see what is still allowed."))
    services.watch.ring(POST)
    services.watch.ring(SUBMIT)
    state = "withdrawn" if wanted.whole else "narrowed"
    answer = {"id": identifier.hex(), "state": state, "references": found.references, "told": list(found.parties)}
    return respond(answer)


async def index(request: web.Request) -> web.Response:
    """List what ends of consents still ask: answers of others that are missing, content here that waits for a person.

    With ``overdue=1`` only what is late, with ``done=1`` what was carried out here.
    """
    gateway, late = request.app[SERVICES].gateway, request.query.get("overdue") == "1"
    told = await gateway.withdrawals.follow()
    here = await gateway.carrying_out.list(done=request.query.get("done") == "1")
    return respond(
        {
            "told": [_told(each) for each in told if each.late or not late],
            "here": [_here(each) for each in here if each.late or not late],
        }
    )


async def ended_for(request: web.Request, message: MessageId) -> list[dict[str, object]]:
    """Return the ends of consents that took content of a message out of reach here."""
    return [_end(each) for each in await request.app[SERVICES].gateway.carrying_out.of_message(message)]


async def purge(request: web.Request) -> web.Response:
    """Erase what an end locked here; its holder gets the receipt."""
    if await read_object(request):
        raise Refusing(bad_request("give an empty object"))
    carrying_out, number = request.app[SERVICES].gateway.carrying_out, _number(request)
    if await carrying_out.is_held(number):
        raise Refusing(on_hold())
    work = carrying_out.purge(number)
    return _carried_out(request, await request.app[LIFECYCLE].keep(work))


async def keep(request: web.Request) -> web.Response:
    """Keep what an end locked here, because the law asks for it; its holder is told the reason."""
    body = await read_object(request)
    reason = body.get("reason")
    fits = isinstance(reason, str) and SHORTEST_REASON <= len(reason.strip()) <= _LONGEST_REASON
    if set(body) != {"reason"} or not isinstance(reason, str) or not fits:
        raise Refusing(bad_request(f"say in `reason`, in {SHORTEST_REASON} to {_LONGEST_REASON} characters, why"))
    work = request.app[SERVICES].gateway.carrying_out.keep(_number(request), reason.strip())
    return _carried_out(request, await request.app[LIFECYCLE].keep(work))


def _carried_out(request: web.Request, end: End | None) -> web.Response:
    if end is None:
        raise Refusing(not_found())
    request.app[SERVICES].watch.ring(SUBMIT)
    return respond(_end(end))


def _number(request: web.Request) -> int:
    text = request.match_info["number"]
    if not text.isascii() or not text.isdigit() or len(text) > _DIGITS:
        raise Refusing(not_found())
    return int(text)


def _wanted(body: dict[str, JSON]) -> Wanted:
    channel, told = body.get("channel"), body.get("told")
    lists = {name: body.get(name, []) for name in ("recipients", "categories", "purposes")}
    texts = all(isinstance(each, list) and all(isinstance(one, str) for one in each) for each in lists.values())
    if not set(body) <= _WISHED or not isinstance(channel, str) or not isinstance(told, str) or not texts:
        words = "give channel and told; recipients, categories or purposes where only a part is withdrawn"
        raise Refusing(bad_request(words))
    listed = {name: tuple(str(one) for one in each) for name, each in lists.items() if isinstance(each, list)}
    try:
        recipients = tuple(parse_node_id(each) for each in listed["recipients"])
    except Malformed:
        raise Refusing(bad_request("recipients are node ids")) from None
    return Wanted(
        channel=channel,
        told=told,
        recipients=recipients,
        categories=listed["categories"],
        purposes=listed["purposes"],
    )


def _told(each: Followed) -> dict[str, object]:
    notice, reached = each.notice, each.notice.reached
    return {
        "consent": each.end.consent.hex(),
        "node": notice.node,
        "withdrawn_at": each.end.at,
        "message": None if notice.message is None else notice.message.hex(),
        "trouble": notice.trouble,
        "reached_at": reached.handed_over_at,
        "failed": reached.failed,
        "due_at": notice.due_at,
        "overdue": each.late,
    }


def _here(each: Waiting) -> dict[str, object]:
    return _end(each.end) | {"messages": sorted({one.message.hex() for one in each.locks}), "overdue": each.late}


def _end(end: End) -> dict[str, object]:
    return {
        "number": end.number,
        "consent": end.consent.hex(),
        "holder": end.holder,
        "kind": end.kind.value,
        "whole": end.whole,
        "at": end.at,
        "due_at": end.due_at,
        "result": None if end.result is None else end.result.value,
        "items": end.items,
        "done_at": end.done_at,
    }


ROUTES: Final = (
    Route(
        method="POST",
        path="/consents/{id}/withdraw",
        answer=withdraw,
        scope=Scope.WORK,
        takes=WithdrawWish,
        gives={200: ConsentEnded},
        once=ONCE,
    ),
    get(
        "/consent-ends", index, Ends, flag("overdue", "Only what is late."), flag("done", "What was carried out here.")
    ),
    Route(
        method="POST",
        path="/consent-ends/{number}/purge",
        answer=purge,
        scope=Scope.WORK,
        takes=Empty,
        gives={200: EndOfConsent},
        once=ONCE,
    ),
    Route(
        method="POST",
        path="/consent-ends/{number}/keep",
        answer=keep,
        scope=Scope.WORK,
        takes=Keep,
        gives={200: EndOfConsent},
        once=ONCE,
    ),
)
