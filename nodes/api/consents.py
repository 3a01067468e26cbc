"""Consents over the API: the sheet that is read aloud, records with their versions, renewals that are due."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

from aiohttp import web

from nodes.api.noting import note_shown
from nodes.api.problems import Refusing, bad_request, faults_problem, not_found, respond
from nodes.api.route import LIMIT, ONCE, Route, Scope, get
from nodes.api.services import SERVICES, language_of, limit_of, read_object
from nodes.api.shapes.consents import ConsentRecorded, Consents, Record, Renewal, Renewals, Sheet, SheetWish, Versions
from nodes.casework.consent_sheet import Words, make_sheet, parse_words
from nodes.casework.sheet_page import page_of, text_of
from nodes.gateway.consent_versions import digest_of_version
from nodes.gateway.consents import Heard, Listed, Recorded
from nodes.gateway.loops import POST
from nodes.gateway.wishes import InputFault
from protocol.errors import Malformed
from protocol.ids import Reference, parse_node_id
from protocol.records import ConsentToken
from runtime.http import LIFECYCLE
from runtime.package_data import read_sheet_words

_REFERENCE = 16
_HEARD = frozenset(("sheet", "language", "witness"))
_REMEDY = "Correct the fields named; each path points into the document."


async def record(request: web.Request) -> web.Response:
    """Record a consent: ``document`` is the body of a consent record, ``senders`` who may send under it.

    ``read_back`` tells that its sheet was read aloud: its digest, in which language, and who witnessed it.
    """
    body = await read_object(request)
    document, senders = body.get("document"), body.get("senders", [])
    known = set(body) <= {"document", "senders", "read_back"}
    if not known or not isinstance(document, dict) or not isinstance(senders, list):
        raise Refusing(bad_request("give document, read_back and, where others send under it, senders"))
    try:
        nodes = [parse_node_id(each) for each in senders]
    except Malformed:
        raise Refusing(bad_request("senders are node ids")) from None
    services, heard = request.app[SERVICES], _heard(body.get("read_back"))
    found = await request.app[LIFECYCLE].keep(services.gateway.consents.record(document, nodes, heard))
    if not isinstance(found, Recorded):
        raise Refusing(faults_problem(found, _REMEDY))
    services.watch.ring(POST)
    references = [_reference(each) for each in found.references]
    answer = {"id": found.id.hex(), "version": found.version, "references": references, "document": found.document}
    return respond(answer, 201)


async def sheet(request: web.Request) -> web.Response:
    """Return the sheet of a record in a language: its digest, as text for reading aloud, as a page for printing."""
    body = await read_object(request)
    document, language = body.get("document"), body.get("language", language_of(request))
    if not set(body) <= {"document", "language"} or not isinstance(document, dict) or not isinstance(language, str):
        raise Refusing(bad_request("give document and, if it is another than English, language"))
    gateway = request.app[SERVICES].gateway
    digest, bundle = gateway.consents.sheet(document), gateway.network.replica.bundle
    if not isinstance(digest, str) or bundle is None:
        faults: Sequence[InputFault] = () if isinstance(digest, str) else digest
        raise Refusing(faults_problem(faults, _REMEDY))
    made = make_sheet(document, digest, bundle.catalogue, _words(), language)
    return respond({"sheet": digest, "language": made.language, "text": text_of(made), "html": page_of(made)})


async def index(request: web.Request) -> web.Response:
    """List the consents known here."""
    rows = await request.app[SERVICES].gateway.consents.list(limit_of(request))
    return respond({"consents": [_listed(each) for each in rows]})


async def show(request: web.Request) -> web.Response:
    """Return every version of a consent that is kept here, the first one first."""
    found = await request.app[SERVICES].gateway.consents.versions(consent_id(request))
    if not found:
        raise Refusing(not_found())
    await note_shown(request, "show-consent", consent_id(request))
    versions = [
        {
            "version": row.version,
            "phase": row.phase.value,
            "holder": row.holder,
            "recorded_at": row.recorded_at,
            "expires_at": row.expires_at,
            "withdrawn_at": row.withdrawn_at,
            "digest": digest_of_version(document),
            "document": document,
        }
        for row, document in found
    ]
    return respond({"versions": versions})


async def renewals(request: web.Request) -> web.Response:
    """List the own consents that are to be asked again soon, the earliest due first."""
    found = await request.app[SERVICES].gateway.renewals.due()
    listed = [
        {"id": each.consent.hex(), "version": each.version, "ground": each.ground.value, "due_at": each.due_at}
        for each in found
    ]
    return respond({"renewals": listed})


async def renewal(request: web.Request) -> web.Response:
    """Return a proposal for the next version of an own consent; what must be asked anew is left out."""
    found = await request.app[SERVICES].gateway.consents.renewal(consent_id(request))
    if found is None:
        raise Refusing(not_found())
    await note_shown(request, "show-consent", consent_id(request))
    return respond({"document": found})


def consent_id(request: web.Request) -> Reference:
    """Return the consent in the path; whatever is no id is answered like one that is not here."""
    try:
        identifier = bytes.fromhex(request.match_info["id"])
    except ValueError:
        identifier = b""
    if len(identifier) != _REFERENCE:
        raise Refusing(not_found())
    return Reference(identifier)


@cache
def _words() -> Mapping[str, Words]:
    return parse_words(read_sheet_words())


def _heard(value: object) -> Heard | None:
    if value is None:
        return None
    if not isinstance(value, dict) or set(value) != _HEARD or not all(isinstance(each, str) for each in value.values()):
        raise Refusing(bad_request("read_back has sheet, language and witness"))
    return Heard(value["sheet"], value["language"], value["witness"])


def _listed(each: Listed) -> dict[str, object]:
    states = {post.posting.subject: post.state.value for post in each.postings}
    return {
        "id": each.row.id.hex(),
        "version": each.row.version,
        "holder": each.row.holder,
        "state": "active" if each.row.withdrawn_at is None else "withdrawn",
        "recorded_at": each.row.recorded_at,
        "expires_at": each.row.expires_at,
        "withdrawn_at": each.row.withdrawn_at,
        "references": [_reference(token) | {"token": states.get(token.reference)} for token in each.references],
    }


def _reference(token: ConsentToken) -> dict[str, object]:
    return {
        "reference": token.reference.hex(),
        "sender": token.sender,
        "recipient": token.recipient,
        "expires_at": token.expires_at,
        "withdrawn": token.withdrawn,
    }


ROUTES: Final = (
    get("/consents", index, Consents, LIMIT),
    Route(
        method="POST",
        path="/consents",
        answer=record,
        scope=Scope.WORK,
        takes=Record,
        gives={201: ConsentRecorded},
        once=ONCE,
    ),
    Route(method="POST", path="/consents/sheet", answer=sheet, scope=Scope.READ, takes=SheetWish, gives={200: Sheet}),
    get("/consents/renewals", renewals, Renewals),
    get("/consents/{id}", show, Versions),
    get("/consents/{id}/renewal", renewal, Renewal),
)
