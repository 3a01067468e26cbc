"""Uses of kept messages over the API: what owners allowed, and copies for court files."""

from dataclasses import replace
from typing import Any, Final

from aiohttp import web

from nodes.api import render
from nodes.api.problems import Refusing, bad_request, not_found, respond
from nodes.api.route import ONCE, Route, Scope, get
from nodes.api.services import SERVICES, language_of, message_id, read_object, refused_problem
from nodes.api.shapes.showing import Copy, Export, Permissions
from nodes.gateway.disclosing import NotHere
from nodes.gateway.exporting import Exported, ExportWish, NotExported
from nodes.gateway.permissions import use_cases
from policies.consent_uses import Item, UseCase, Word
from policies.explain import explain_finding
from protocol.decision import Finding, Verdict
from protocol.errors import Malformed
from protocol.ids import parse_node_id
from protocol.limits import MAX_CODE_TEXT
from runtime.http import LIFECYCLE

_EXPORT: Final = frozenset(("for", "basis", "accept_conditions", "dry_run"))


async def permissions(request: web.Request) -> web.Response:
    """List what was asked of owners and what they allowed, with where it stands now, the newest first."""
    gateway = request.app[SERVICES].gateway
    now, vault = gateway.here.clock(), gateway.store.vault
    found = await gateway.store.database.read(lambda connection: use_cases(connection, vault, now))
    return respond({"permissions": [_case(each) for each in reversed(found)]})


async def export(request: web.Request) -> web.Response:
    """Make the copy for a court file: 201 once it was written down, 200 for a dry run, 409 with the rules otherwise.

    A refusal tells the conditions under which the owner consents; they are taken on with ``accept_conditions``.
    """
    body = await read_object(request)
    wish, dry_run = _wish(request, body), body.get("dry_run") is True
    exporting = request.app[SERVICES].gateway.exporting
    found = await request.app[LIFECYCLE].keep(exporting.export(wish, dry_run=dry_run))
    match found:
        case NotHere():
            raise Refusing(not_found())
        case NotExported():
            plain = refused_problem(request, found.refused)
            raise Refusing(replace(plain, extra={"conditions": list(found.conditions)}))
        case Exported():
            return respond(_copy(request, found, wish), 200 if dry_run else 201)


def _wish(request: web.Request, body: dict[str, Any]) -> ExportWish:
    basis = body.get("basis")
    flags = (body.get("accept_conditions", False), body.get("dry_run", False))
    good = basis is None or (isinstance(basis, str) and 0 < len(basis) <= MAX_CODE_TEXT)
    if not set(body) <= _EXPORT or not good or not all(isinstance(each, bool) for each in flags):
        raise Refusing(bad_request("give for, and if need be basis, accept_conditions and dry_run"))
    try:
        recipient = parse_node_id(body.get("for"))
    except Malformed:
        raise Refusing(bad_request("for is the judicial authority whose file it is")) from None
    return ExportWish(message=message_id(request), recipient=recipient, basis=basis, accepted=flags[0])


def _copy(request: web.Request, made: Exported, wish: ExportWish) -> dict[str, Any]:
    label, duty = _words(request, made.label, owner=made.header.sender)
    return {
        "label": label,
        "remember": duty,
        "message": made.message.hex(),
        "owner": made.header.sender,
        "for": wish.recipient,
        "basis": wish.basis,
        "made_at": made.at,
        "type": made.header.type,
        "header": render.header(made.header),
        "document": render.document(made.document),
        "conditions": list(made.conditions),
        "consents": [_word(each) for each in made.grants],
        "manifest": render.base64_of(made.manifest),
        "evidence": [render.proof(each) for each in made.proofs],
    }


def _words(request: web.Request, text: str, **values: str) -> tuple[str, str]:
    bundle = request.app[SERVICES].gateway.network.replica.bundle
    if bundle is None:
        return text, ""
    finding = Finding(text, "NET", text, Verdict.ALLOW, None, tuple(values.items()))
    told = explain_finding(finding, bundle.texts, language_of(request))
    return told.sentence, told.remedy


def _case(each: UseCase) -> dict[str, Any]:
    first, grant, last = each.words[0], each.grant, each.decided
    about = sorted((grant or first).about, key=lambda one: (one.message, one.item or ""))
    return {
        "state": each.stage.value,
        "owner": each.owner,
        "asked_by": None if each.asked is None else each.asked.sender,
        "asked_at": None if each.asked is None else each.asked.at,
        "due_at": each.due_at,
        "use": first.use if last is None else last.use,
        "items": [_item(item) for item in about],
        "target": (grant or first).target,
        "decided_at": None if last is None else last.at,
        "until": None if grant is None else grant.until,
        "conditions": [] if grant is None else list(grant.conditions),
        "reason": None if last is None else last.reason,
        "messages": [word.message.hex() for word in each.words],
    }


def _item(item: Item) -> dict[str, Any]:
    return {"message": item.message.hex()} | ({} if item.item is None else {"item": item.item})


def _word(word: Word) -> dict[str, Any]:
    return {
        "message": word.message.hex(),
        "use": word.use,
        "target": word.target,
        "until": word.until,
        "conditions": list(word.conditions),
    }


ROUTES: Final = (
    get("/permissions", permissions, Permissions),
    Route(
        method="POST",
        path="/messages/{id}/exports",
        answer=export,
        scope=Scope.SEND,
        takes=Export,
        gives={200: Copy, 201: Copy},
        once=ONCE,
    ),
)
