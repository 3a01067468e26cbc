"""Drafts of letters rogatory over the API: what a police thread lets a prosecution say, and what has to stay out."""

from typing import Any, Final

from aiohttp import web

from nodes.api import render
from nodes.api.problems import ApiProblem, Refusing, bad_request, respond
from nodes.api.route import Route, Scope
from nodes.api.services import SERVICES, explained, language_of, message_id, read_object
from nodes.api.shapes.showing import Letter, LetterWish
from nodes.casework.drafting import LETTER, Drafted, Drafting, LeftOut
from nodes.casework.letters import Contact
from protocol.errors import Code, Malformed
from protocol.ids import parse_node_id

_KEYS: Final = frozenset(("for", "language"))


async def draft(request: web.Request) -> web.Response:
    """Return the draft: 200 with the letter, everything left out and the fields still to be filled. Nothing is sent."""
    body = await read_object(request)
    language = body.get("language", language_of(request))
    if not set(body) <= _KEYS or not isinstance(language, str):
        raise Refusing(bad_request("give for, and if need be language"))
    try:
        recipient = parse_node_id(body.get("for"))
    except Malformed:
        raise Refusing(bad_request("for is the judicial authority that will send the letter")) from None
    gateway = request.app[SERVICES].gateway
    drafting = Drafting(gateway.here, gateway.network.replica, gateway.reading, gateway.uses)
    found = await drafting.draft(message_id(request), recipient, language)
    if not isinstance(found, Drafted):
        raise Refusing(
            ApiProblem(
                status=409,
                code=str(Code.NOT_PERMITTED),
                title=f"{found.what}.",
                remedy="Name a message of the police thread, and the judicial authority that will send the letter.",
            )
        )
    return respond(
        {
            "state": "draft",
            "type": LETTER,
            "for": recipient,
            "language": language,
            "document": found.letter,
            "contacts": [_contact(each) for each in found.contacts],
            "unnamed": [_contact(each) for each in found.unnamed],
            "left_out": [_left_out(request, each) for each in found.left_out],
            "missing": list(found.missing),
        }
    )


def _contact(each: Contact) -> dict[str, Any]:
    return {
        "message": each.message.hex(),
        "reference": each.reference,
        "from": each.sender,
        "authority": each.authority,
        "at": each.at,
    }


def _left_out(request: web.Request, each: LeftOut) -> dict[str, Any]:
    decision = None if each.refused is None else each.refused.decision
    findings = [] if decision is None else render.findings(explained(request, decision))
    return _contact(each.contact) | {
        "path": each.piece.path,
        "title": each.piece.title,
        "item": each.piece.item,
        "no_room": each.refused is None,
        "findings": list(findings),
        "ask": each.ask,
    }


ROUTES: Final = (
    Route(
        method="POST",
        path="/messages/{id}/letter",
        answer=draft,
        scope=Scope.READ,
        takes=LetterWish,
        gives={200: Letter},
    ),
)
