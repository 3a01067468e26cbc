"""A file looked at before it is saved: what it is, what a scanner found, and the picture where it is one.

Only PNG, JPEG and WebP are shown, after their own header was read; everything else is for saving. A picture goes out
under a policy of its own that lets it load and run nothing. What a scanner found something in is not shown at all.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Final

from aiohttp import web
from sqlalchemy import Connection

from nodes.casework.drafts import TakenFile
from nodes.desk.draft_release import reviewed
from nodes.desk.drafting import DRAFTS, book_of, draft_id, open_draft
from nodes.desk.headers import POLICY, SANDBOX
from nodes.desk.message import known_message
from nodes.desk.noting import note_shown
from nodes.desk.page import Page
from nodes.desk.preview_kind import MAX_BYTES, Picture, Why, may_be_picture, picture_of
from nodes.desk.scan_words import scan_words
from nodes.desk.texts import sentence
from nodes.desk.visit import Visit
from nodes.gateway.attachments import find_stashed
from nodes.gateway.file_crypto import StoredFile
from nodes.gateway.file_secrets import parse_secret
from nodes.gateway.loops import POST
from nodes.gateway.scan_results import FileScan, scan_of
from nodes.people.refusals import NotDone
from nodes.people.roles import Permission
from protocol.stages import Refused

_WHY: Final[Mapping[Why, str]] = {
    Why.OTHER: sentence("It is no picture that the desk shows: only PNG, JPEG and WebP are. Save it to open it."),
    Why.LARGE: sentence("It is larger than the 20 MiB that the desk shows. Save it to open it."),
    Why.WIDE: sentence("It promises more pixels than the desk shows. Open it only where that does no harm."),
    Why.MOVING: sentence("It holds more than one picture, and the desk shows single ones only. Save it to open it."),
}


@dataclass(frozen=True, slots=True)
class Looked:
    """A file that somebody may look at. ``save`` is where it is saved; empty for a file of a draft."""

    stored: StoredFile
    scan: FileScan
    back: str
    here: str
    save: str = ""


async def of_message(visit: Visit, wrong: NotDone | None = None) -> web.StreamResponse:
    """Show what a file of a message is; ``wrong`` is the matter with the reason for saving it all the same."""
    found = await _received(visit)
    return visit.missing() if found is None else await _page(visit, found, wrong)


async def picture_of_message(visit: Visit) -> web.StreamResponse:
    """Give the picture out, to be shown in the page."""
    found = await _received(visit)
    return visit.missing() if found is None else await _picture(visit, found)


async def of_draft(visit: Visit, room: str = DRAFTS) -> web.StreamResponse:
    """Show what a file of a draft is."""
    found = await _own(visit, room)
    return visit.missing() if found is None else await _page(visit, found)


async def picture_of_draft(visit: Visit, room: str = DRAFTS) -> web.StreamResponse:
    """Give the picture of a draft out, to be shown in the page."""
    found = await _own(visit, room)
    return visit.missing() if found is None else await _picture(visit, found)


async def _received(visit: Visit) -> Looked | None:
    """Return a file of a message; looking at it is a reading of its message."""
    message, name = await known_message(visit), visit.request.match_info["name"]
    found = None if message is None else await visit.gateway.saving.find(message, name, infected=True)
    if message is None or found is None or found.stored is None:
        return None
    if isinstance(await visit.gateway.reading.open(message), Refused):
        return None
    visit.desk.ring(POST)
    back = f"/messages/{message.hex()}"
    save = f"{back}/files/{name}"
    return Looked(found.stored, found.scan, back, save, save)


async def _own(visit: Visit, room: str) -> Looked | None:
    """Return a file of the person's own draft, or of one that it was asked to release."""
    found = await open_draft(visit, room)
    if found is not None:
        return await _waiting(visit, found.found.written.files, f"{found.path}/files", f"{found.path}/files")
    asked = await reviewed(visit) if room == DRAFTS else None
    kept = None if asked is None else await book_of(visit).find(draft_id(visit), asked.asked_by)
    if asked is None or kept is None:
        return None
    await note_shown(visit, "show-draft", *(() if asked.case is None else (asked.case,)))
    path = f"{room}/{kept.row.id.hex()}"
    return await _waiting(visit, kept.written.files, f"{path}/preview", f"{path}/files")


async def _waiting(visit: Visit, files: Sequence[TakenFile], back: str, here: str) -> Looked | None:
    wanted, store = visit.request.match_info["file"], visit.gateway.store
    file = next((each for each in files if each.id.hex() == wanted), None)
    if file is None:
        return None

    def load(connection: Connection) -> Looked | None:
        row = find_stashed(connection, file.id)
        raw = None if row is None else store.vault.get(connection, row.item)
        if row is None or raw is None:
            return None
        stored = StoredFile(row.file, row.length, parse_secret(raw))
        return Looked(stored, scan_of(connection, row.file), back, f"{here}/{wanted}")

    return await store.database.read(load)


async def _page(visit: Visit, found: Looked, wrong: NotDone | None = None) -> web.Response:
    secret = found.stored.secret
    picture = None if found.scan.infected or not may_be_picture(secret.name) else await _examined(visit, found)
    why = _WHY[picture[0]] if picture is not None and isinstance(picture[0], Why) else _WHY[Why.OTHER]
    return visit.page(
        "file.html",
        status=200 if wrong is None else 422,
        wrong=wrong,
        typed=visit.field("reason"),
        name=secret.name,
        size=secret.size,
        sha256=secret.sha256.hex(),
        scan=found.scan,
        scan_words=scan_words(visit, found.scan),
        picture=picture[0] if picture is not None and isinstance(picture[0], Picture) else None,
        why="" if found.scan.infected else why,
        found=found,
        may_save=visit.acting.may(Permission.RELEASE),
    )


async def _picture(visit: Visit, found: Looked) -> web.Response:
    examined = None if found.scan.infected else await _examined(visit, found)
    if examined is None or isinstance(examined[0], Why):
        return visit.missing()
    headers = {"Content-Type": examined[0].media_type, "Content-Disposition": "inline", POLICY: SANDBOX}
    return web.Response(body=examined[1], headers=headers)


async def _examined(visit: Visit, found: Looked) -> tuple[Picture | Why, bytes]:
    """Return what a file shows, with its bytes; nothing of a file that is too large is read."""
    size = found.stored.secret.size
    if size > MAX_BYTES:
        return Why.LARGE, b""
    async with aclosing(visit.gateway.saving.read(found.stored, 0, size)) as pieces:
        raw = b"".join([piece async for piece in pieces])
    return await asyncio.to_thread(picture_of, raw), raw


def pages_in(room: str, permission: Permission) -> tuple[Page, ...]:
    """Return the pages that look at files of the drafts of a room."""
    file = f"{room}/{{id}}/files/{{file}}"
    return (
        Page("GET", file, permission, partial(of_draft, room=room)),
        Page("GET", f"{file}/picture", permission, partial(picture_of_draft, room=room)),
    )


PAGES: Final = (
    Page("GET", "/messages/{id}/files/{name}/look", Permission.SEE_OWN, of_message),
    Page("GET", "/messages/{id}/files/{name}/picture", Permission.SEE_OWN, picture_of_message),
    *pages_in(DRAFTS, Permission.RECEIVE),
)
