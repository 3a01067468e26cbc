"""Screening over the API: the lane of a request with its reasons, and the node's own lists."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from aiohttp import web

from nodes.api import render
from nodes.api.problems import ApiProblem, Refusing, bad_request, not_found, respond
from nodes.api.route import ONCE, Route, Scope, get
from nodes.api.services import SERVICES, language_of, read_object
from nodes.api.shapes.showing import Erased, Holdings, HoldingsNew, HoldingsRow
from nodes.casework.holdings import HoldingsBook
from nodes.casework.lists import HoldingList
from nodes.casework.results import Screened, find_result, lanes
from nodes.casework.screening import Lane, Reason
from nodes.gateway.bundles import Bundle
from nodes.gateway.inbox import InRow
from nodes.gateway.overlay import MARK
from nodes.gateway.why import Step
from policies.explain import Explanation, explain_finding
from protocol.catalogue.types import Catalogue
from protocol.decision import Finding, Verdict
from protocol.ids import MessageId
from runtime.http import LIFECYCLE

Json = dict[str, Any]
_FIELDS: Final = frozenset({"name", "days", "entries"})
_LISTS: Final = {"query": ("query_kind",), "categories": ("special_category", "data_category")}
"""Parameter of a reason -> the code lists that have words for its codes."""


async def in_rows(request: web.Request, rows: Sequence[InRow]) -> list[Json]:
    """Return received items, requests with the lane that screening put them in: None until it did."""
    ids = [row.message for row in rows if row.message is not None]
    database = request.app[SERVICES].gateway.store.database
    found = await database.read(lambda connection: lanes(connection, ids))
    return [render.in_row(row) | {"lane": _lane(found, row.message)} for row in rows]


async def shown(request: web.Request, message: MessageId) -> Json | None:
    """Return lane, reasons in words and the messages they are about; None for what is no screened request."""
    found = await _find(request, message)
    if found is None:
        return None
    return {
        "lane": found.lane.value,
        "screened_at": found.at,
        "header_only": found.held,
        "reasons": [_told(reason, said) for reason, said in _explained(request, found)],
        "about": [each.hex() for each in found.about],
        "decided": False,  # a lane never decides: a person confirms every reason
    }


async def steps(request: web.Request, message: MessageId) -> tuple[Step, ...]:
    """Return the reasons as lines of the answer to why."""
    found = await _find(request, message)
    if found is None:
        return ()
    return tuple(
        Step(
            where="here",
            who="you",
            rule=reason.id,
            article=said.article,
            sentence=f"[{found.lane}] {said.sentence}",
            remedy=said.remedy,
            overlay=dict(reason.parameters).get(MARK),
        )
        for reason, said in _explained(request, found)
    )


async def lists(request: web.Request) -> web.Response:
    """List the node's own lists: names and numbers; what stands in them cannot be read back."""
    return respond({"lists": [_listed(each) for each in await _book(request).all()]})


async def put(request: web.Request) -> web.Response:
    """Take a list in place of an earlier one of its name: 201, or 422 with the entries that cannot be compared."""
    body = await read_object(request)
    name, days, entries = body.get("name"), body.get("days"), body.get("entries")
    whole = isinstance(days, int) and not isinstance(days, bool)
    if set(body) != _FIELDS or not isinstance(name, str) or not whole or not isinstance(entries, list):
        raise Refusing(bad_request("give name, days and entries"))
    found = await request.app[LIFECYCLE].keep(_book(request).put(name, int(str(days)), entries))
    if not isinstance(found, HoldingList):
        raise Refusing(
            ApiProblem(
                status=422,
                code="INVALID_REQUEST",
                title=found[0].sentence,
                remedy="Correct the entries named, counted from 1; nothing of the list was stored.",
                fields=[
                    {"path": f"/entries/{each.entry}", "code": "entry", "sentence": each.sentence} for each in found
                ],
            )
        )
    return respond(_listed(found), 201)


async def drop(request: web.Request) -> web.Response:
    """Erase a list with everything that stood in it."""
    name = request.match_info["name"]
    if not await request.app[LIFECYCLE].keep(_book(request).drop(name)):
        raise Refusing(not_found())
    return respond({"name": name, "state": "erased"})


def _book(request: web.Request) -> HoldingsBook:
    gateway = request.app[SERVICES].gateway
    return HoldingsBook(gateway.here, gateway.store)


def _listed(each: HoldingList) -> Json:
    return {
        "name": each.name,
        "entries": each.entries,
        "imported_at": each.imported_at,
        "erase_by": each.erase_by,
    }


def _lane(found: Mapping[MessageId, Lane], message: MessageId | None) -> str | None:
    lane = None if message is None else found.get(message)
    return None if lane is None else lane.value


async def _find(request: web.Request, message: MessageId) -> Screened | None:
    return await request.app[SERVICES].gateway.store.database.read(lambda connection: find_result(connection, message))


def _explained(request: web.Request, found: Screened) -> list[tuple[Reason, Explanation]]:
    """Return each reason in the reader's words; without a policy here, its codes stand for themselves."""
    bundle = request.app[SERVICES].gateway.network.replica.bundle
    return [(each, _in_words(each, bundle, language_of(request))) for each in found.reasons]


def _in_words(reason: Reason, bundle: Bundle | None, language: str) -> Explanation:
    finding = Finding(reason.id, reason.article, reason.text, Verdict.HOLD, None, reason.parameters)
    if bundle is None:
        return Explanation(reason.id, Verdict.HOLD, None, reason.id, reason.article, reason.text)
    catalogue = bundle.catalogue
    return explain_finding(finding, bundle.texts, language, lambda name, code: _label(catalogue, name, code, language))


def _label(catalogue: Catalogue, name: str, code: str, language: str) -> str | None:
    """Return the words of a field or code; None where it has none of its own."""
    if name == "fields":
        return catalogue.text(code, language)
    words = (catalogue.code(each, code, language) for each in _LISTS.get(name, ()))
    return next((each for each in words if each != code), None)


def _told(reason: Reason, said: Explanation) -> Json:
    return {
        "id": reason.id,
        "lane": reason.lane.value,
        "article": said.article,
        "text": reason.text,
        "sentence": said.sentence,
        "remedy": said.remedy,
        "values": dict(reason.parameters),
    }


ROUTES: Final = (
    get("/holdings", lists, Holdings, scope=Scope.ADMIN),
    Route(
        method="POST",
        path="/holdings",
        answer=put,
        scope=Scope.ADMIN,
        takes=HoldingsNew,
        gives={201: HoldingsRow},
        once=ONCE,
    ),
    Route(
        method="POST", path="/holdings/{name}/remove", answer=drop, scope=Scope.ADMIN, gives={200: Erased}, once=ONCE
    ),
)
