"""Save proof: a file that proves a message or a case to somebody who trusts neither this desk nor the network.

Before anything is saved, the page says what such a file shows to everybody who gets it. Saving is written down.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from aiohttp import web

from nodes.casework.case_book import case_id
from nodes.casework.case_proofs import messages_in_case
from nodes.desk.message import known_message
from nodes.desk.need_to_know import may_know
from nodes.desk.page import SIGNED_IN, Page
from nodes.desk.proof_report import report_of
from nodes.desk.visit import Visit
from nodes.gateway.evidence_export import Lacking, MadeBundle, ProofWish
from nodes.gateway.trouble import HubTrouble
from nodes.people.roles import Permission
from protocol.errors import Code, Fault, Malformed
from protocol.ids import MessageId, parse_hex_digest

MEDIA_TYPE: Final = "application/vnd.xb.evidence"
_ALONE: Final = "file"
_SHOWN: Final = 12  # characters of a fingerprint in a file's name


@dataclass(frozen=True, slots=True)
class Subject:
    """What is to be proved: its messages, where it stands at the desk, and whether ciphertext may be chosen."""

    messages: Sequence[MessageId]
    path: str
    back: str
    case: bool = False
    may_seal: bool = True


async def _message(visit: Visit) -> Subject | None:
    message = await known_message(visit)
    if message is None:
        return None
    back = f"/messages/{message.hex()}"
    return Subject((message,), f"{back}/proof", back)


async def _case(visit: Visit) -> Subject | None:
    case = case_id(visit.request.match_info["id"])
    if case is None:
        return None
    scope = await visit.desk.cases.scope(visit.acting)
    messages = await messages_in_case(visit.gateway.store, scope, case)
    known = frozenset() if messages is None else await may_know(visit, messages)
    if messages is None or not known:
        return None
    back = f"/cases/{case.hex()}"
    return Subject([each for each in messages if each in known], f"{back}/proof", back, case=True)


async def _proof(visit: Visit) -> Subject | None:
    try:
        message = MessageId(parse_hex_digest(visit.request.match_info["id"]))
    except Malformed:
        return None
    back = f"/proofs/{message.hex()}"
    return Subject((message,), f"{back}/save", back, may_seal=False)


async def ask_message(visit: Visit) -> web.StreamResponse:
    """Say what the proof of a message shows."""
    return _ask(visit, await _message(visit))


async def ask_case(visit: Visit) -> web.StreamResponse:
    """Say what the proof of a case shows."""
    return _ask(visit, await _case(visit))


async def ask_proof(visit: Visit) -> web.StreamResponse:
    """Say to an auditor what the proof of a message shows."""
    return _ask(visit, await _proof(visit))


async def save_message(visit: Visit) -> web.StreamResponse:
    """Give the proof of a message, alone or with the page that explains it."""
    return await _save(visit, await _message(visit))


async def save_case(visit: Visit) -> web.StreamResponse:
    """Give the proof of a case, alone or with the page that explains it."""
    return await _save(visit, await _case(visit))


async def save_proof(visit: Visit) -> web.StreamResponse:
    """Give an auditor the proof of a message, alone or with the page that explains it."""
    return await _save(visit, await _proof(visit))


def _ask(visit: Visit, subject: Subject | None, wrong: Code | Lacking | None = None) -> web.Response:
    if subject is None:
        return visit.missing()
    return visit.page(
        "proof_save.html",
        status=200 if wrong is None else 409,
        subject=subject,
        waiting=wrong is Lacking.NOT_LOGGED,
        code=wrong.value if isinstance(wrong, Code) else "",
        charter=visit.gateway.network.replica.pin.hex(),
    )


async def _save(visit: Visit, subject: Subject | None) -> web.StreamResponse:
    if subject is None:
        return visit.missing()
    sealed = subject.may_seal and visit.field("sealed") == "1"
    try:
        found = await visit.gateway.evidence.make(ProofWish(tuple(subject.messages), sealed))
    except (Fault, HubTrouble) as trouble:
        return _ask(visit, subject, trouble.code)
    if not isinstance(found, MadeBundle):
        return visit.missing() if found is Lacking.UNKNOWN else _ask(visit, subject, found)
    name = f"proof-{found.file.fingerprint.hex()[:_SHOWN]}"
    if visit.field("what") == _ALONE:
        headers = {"Content-Disposition": f'attachment; filename="{name}.xbe"'}
        return web.Response(body=found.raw, content_type=MEDIA_TYPE, headers=headers)
    replica, local = visit.gateway.network.replica, visit.desk.local()
    page = await asyncio.to_thread(report_of, found.proved, visit.speech, local, lambda: replica.bundle)
    both = await asyncio.to_thread(_packed, {f"{name}.xbe": found.raw, f"{name}.html": page.encode()})
    headers = {"Content-Disposition": f'attachment; filename="{name}.zip"'}
    return web.Response(body=both, content_type="application/zip", headers=headers)


def _packed(files: Mapping[str, bytes]) -> bytes:
    """Return an archive of files that were made together: the page tells the fingerprint of this file and no other."""
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, raw in files.items():
            archive.writestr(ZipInfo(name), raw, ZIP_DEFLATED)
    return out.getvalue()


PAGES: Final = (
    Page("GET", "/messages/{id}/proof", SIGNED_IN, ask_message),  # need-to-know decides, as for the message itself
    Page("POST", "/messages/{id}/proof", SIGNED_IN, save_message),
    Page("GET", "/cases/{id}/proof", SIGNED_IN, ask_case),
    Page("POST", "/cases/{id}/proof", SIGNED_IN, save_case),
    Page("GET", "/proofs/{id}/save", Permission.SEE_LOG, ask_proof),
    Page("POST", "/proofs/{id}/save", Permission.SEE_LOG, save_proof),
)
