"""Evidence bundles over the API: one file that proves a message, or all messages of a case, to whoever holds it."""

import asyncio
import base64
from collections.abc import Sequence
from typing import Any, Final

from aiohttp import web

from nodes.api.problems import HEADERS, ApiProblem, Refusing, bad_request, not_found
from nodes.api.route import Raw, Route, Scope
from nodes.api.services import SERVICES, message_id, raw_body, read_object
from nodes.api.shapes.proofs import Prove
from nodes.casework.case_book import case_id
from nodes.casework.case_list import PROGRAM
from nodes.casework.case_proofs import messages_in_case
from nodes.gateway.evidence_export import Lacking, MadeBundle, ProofWish
from protocol.ids import MessageId
from runtime.http import LIFECYCLE

MEDIA_TYPE: Final = "application/vnd.xb.evidence"
SUFFIX: Final = ".xbe"
FINGERPRINT: Final = "X-Fingerprint"
VERDICT: Final = "X-Verdict"
_FILE: Final = Raw(MEDIA_TYPE, "the bundle; its fingerprint and verdict stand in the headers X-Fingerprint, X-Verdict")
_MEMBERS: Final = frozenset(("sealed", "disclosures"))


async def of_message(request: web.Request) -> web.Response:
    """Return what proves a message, in one file that anybody verifies without this node. It is written down."""
    return await _made(request, (message_id(request),))


async def of_case(request: web.Request) -> web.Response:
    """Return what proves the messages of a case, those left out of which nothing is logged yet. It is written down."""
    case = case_id(request.match_info["id"])
    store = request.app[SERVICES].gateway.store
    found = None if case is None else await messages_in_case(store, PROGRAM, case)
    if found is None:
        raise Refusing(not_found())
    return await _made(request, found)


async def _made(request: web.Request, messages: Sequence[MessageId]) -> web.Response:
    body = await read_object(request) if await raw_body(request) else {}
    sealed, listed = body.get("sealed", False), body.get("disclosures", [])
    if not set(body) <= _MEMBERS or not isinstance(sealed, bool) or not isinstance(listed, list):
        raise Refusing(bad_request("sealed is true or false, disclosures a list of files in base64"))
    shown = await asyncio.to_thread(lambda: tuple(_bytes(each) for each in listed))
    evidence = request.app[SERVICES].gateway.evidence
    found = await request.app[LIFECYCLE].keep(evidence.make(ProofWish(tuple(messages), sealed, shown)))
    if not isinstance(found, MadeBundle):
        raise Refusing(not_found() if found is Lacking.UNKNOWN else _not_logged())
    headers = {
        **HEADERS,
        "Content-Disposition": f'attachment; filename="{file_name(found)}"',
        FINGERPRINT: found.file.fingerprint.hex(),
        VERDICT: found.proved.verdict.value,
    }
    return web.Response(body=found.raw, content_type=MEDIA_TYPE, headers=headers)


def file_name(made: MadeBundle) -> str:
    """Return what a bundle is called on a disk; it names nobody and nothing."""
    return f"proof-{made.file.fingerprint.hex()[:12]}{SUFFIX}"


def _bytes(text: Any) -> bytes:  # noqa: ANN401 - whatever stands in the request
    try:
        return base64.b64decode(text if isinstance(text, str) else "?", validate=True)
    except ValueError:
        raise Refusing(bad_request("disclosures holds the bytes of disclosures in base64")) from None


def _not_logged() -> ApiProblem:
    return ApiProblem(
        status=409,
        code="NOT_LOGGED",
        title="The network's log has nothing of it yet, so there is nothing to prove.",
        remedy="Wait until the hub has accepted the message; see /why.",
    )


ROUTES: Final = (
    Route(
        method="POST",
        path="/messages/{id}/proof",
        answer=of_message,
        scope=Scope.READ,
        takes=Prove,
        gives={200: _FILE},
        refuses=(409,),
    ),
    Route(
        method="POST",
        path="/cases/{id}/proof",
        answer=of_case,
        scope=Scope.READ,
        takes=Prove,
        gives={200: _FILE},
        refuses=(409,),
    ),
)
