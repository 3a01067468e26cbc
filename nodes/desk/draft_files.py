"""Files of a draft: taken in as they come, encrypted on this node, listed with what they are, taken out again.

What is refused is named with its rule and with what mends it. Windows that run scripts send the files one by one and
get the list back (``one``); the form sends them all at once. Both go through the same taking in.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from aiohttp import web

from nodes.casework.drafts import DraftState, TakenFile
from nodes.desk.body import File
from nodes.desk.drafting import DRAFTS, Open, book_of, draft_id, open_draft
from nodes.desk.page import Page
from nodes.desk.scan_words import scans_of_drafts
from nodes.desk.texts import sentence
from nodes.desk.visit import Visit
from nodes.gateway.scan_results import SCAN
from nodes.people.refusals import NotDone
from nodes.people.roles import Permission
from protocol.errors import Code, Fault
from protocol.limits import MAX_ATTACHMENTS, MAX_FILE_NAME

_ANY: Final = "application/octet-stream"
_USUAL: Final = "CA"
_CATEGORIES: Final = "data_category"
_SHOWN: Final = 120  # characters of a name that was refused
_EMPTY: Final = (
    sentence("It is empty."),
    sentence("Look whether it was saved, and choose it again."),
)
_TOO_MANY: Final = (
    sentence("A message has at most 64 files."),
    sentence("Send the others with a second message."),
)
_REFUSED: Final[Mapping[Code, tuple[str, str]]] = {
    Code.NAME_REJECTED: (
        sentence("The name of the file could mislead whoever opens it."),
        sentence("Give the file a plain name of letters, digits, dots and blanks, and choose it again."),
    ),
    Code.TOO_LARGE: (
        sentence("The file is larger than this node takes."),
        sentence("Split it into smaller files, or ask your administrator for the limit."),
    ),
    Code.DISK_FULL: (
        sentence("There is no room left on this node."),
        sentence("Tell your administrator, then try again. Nothing of the file was kept."),
    ),
}
_LAST: Final = (_TOO_MANY, _REFUSED[Code.DISK_FULL])
"""After one of these no other file of the form would be taken either."""


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A file that was not taken in: its name as far as it is shown, why, and what to do."""

    name: str
    rule: str
    remedy: str


async def index(visit: Visit, room: str = DRAFTS) -> web.StreamResponse:
    """Show the files of a draft."""
    found = await _writing(visit, room)
    return visit.missing() if found is None else await _page(visit, found, [])


async def add(visit: Visit, room: str = DRAFTS) -> web.StreamResponse:
    """Take files in, one after the other; what was taken stays when another one is refused."""
    found = await _writing(visit, room)
    if found is None:
        return visit.missing()
    taken, refused = await _take_all(visit, found)
    if refused:
        again = await open_draft(visit, room)
        return visit.missing() if again is None else await _page(visit, again, refused)
    said = visit.text("The files are here.") if taken else visit.text("No file was chosen.")
    return visit.back_to(f"{found.path}/files", said=said)


async def one(visit: Visit, room: str = DRAFTS) -> web.StreamResponse:
    """Take in what a window sends by itself; the answer is the list as it is now, or why a file was not taken."""
    found = await _writing(visit, room)
    if found is None:
        return visit.missing()
    _, refused = await _take_all(visit, found)
    again = await open_draft(visit, room)
    if again is None:
        return visit.missing()
    context = {**await _listed(visit, again), "csrf": visit.csrf, "refused": refused, "language": visit.language}
    html = visit.stage.renderer.render("draft_files_now.html", visit.scene(), context)
    return web.Response(text=html, content_type="text/html", charset="utf-8", status=422 if refused else 200)


async def take_out(visit: Visit, room: str = DRAFTS) -> web.StreamResponse:
    """Take a file out of a draft."""
    found = await _writing(visit, room)
    if found is None:
        return visit.missing()
    file = next((each.id for each in found.found.written.files if each.id.hex() == visit.field("file")), b"")
    done = await book_of(visit).drop_file(draft_id(visit), visit.acting.person, file)
    if isinstance(done, NotDone):
        return visit.missing()
    return visit.back_to(f"{found.path}/files", said=visit.text("The file is no longer part of the message."))


async def _writing(visit: Visit, room: str) -> Open | None:
    found = await open_draft(visit, room)
    return found if found is not None and found.found.row.state is DraftState.WRITING else None


async def _take_all(visit: Visit, found: Open) -> tuple[int, list[NotTaken]]:
    """Return how many files were taken, and which were not with the reason."""
    category = visit.field("category") or _USUAL
    if category not in found.desk.bundle.catalogue.code_lists[_CATEGORIES].entries:
        category = _USUAL
    taken: list[TakenFile] = []
    refused: list[NotTaken] = []
    room = MAX_ATTACHMENTS - len(found.found.written.files)
    async for each in visit.files():
        words = _TOO_MANY if len(taken) >= room else None
        if words is None:
            made = await _take(visit, each, category)
            if isinstance(made, TakenFile):
                taken.append(made)
                continue
            words = made
        refused.append(_not_taken(visit, each.name, words))
        if words in _LAST:
            break
    if taken:
        kept = await book_of(visit).add_files(draft_id(visit), visit.acting.person, taken)
        if isinstance(kept, NotDone):
            return 0, [_not_taken(visit, each.name, (kept.sentence, f"{kept.remedy}.")) for each in taken]
        visit.desk.ring(SCAN)
    return len(taken), refused


async def _take(visit: Visit, each: File, category: str) -> TakenFile | tuple[str, str]:
    """Return a file that was taken in, or the rule that refuses it with what mends it."""
    pieces = each.chunks()
    first = await anext(pieces, b"")
    if not first:
        return _EMPTY
    try:
        made = await visit.gateway.stash.take(each.name, _ANY, _joined(first, pieces))
    except Fault as fault:
        if fault.code not in _REFUSED:
            raise
        return _REFUSED[fault.code]
    secret = made.stored.secret
    return TakenFile(made.id, secret.name, secret.size, secret.sha256, category)


async def _joined(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece


def _not_taken(visit: Visit, name: str, words: tuple[str, str]) -> NotTaken:
    """Return a refusal with the file's name as it may be shown: cut, and without signs that nobody sees."""
    shown = "".join(each for each in name if each.isprintable())[:_SHOWN]
    return NotTaken(shown, visit.text(words[0]), visit.text(words[1]))


async def _listed(visit: Visit, found: Open) -> dict[str, object]:
    catalogue = found.desk.bundle.catalogue
    categories = [(each, catalogue.code(_CATEGORIES, each, visit.language)) for each in _entries(found)]
    files = found.found.written.files
    return {
        "row": found.found.row,
        "path": found.path,
        "files": files,
        "scans": await scans_of_drafts(visit, files),
        "categories": categories,
        "names": dict(categories),
    }


def _entries(found: Open) -> list[str]:
    return list(found.desk.bundle.catalogue.code_lists[_CATEGORIES].entries)


async def _page(visit: Visit, found: Open, refused: list[NotTaken]) -> web.Response:
    return visit.page(
        "draft_files.html",
        status=422 if refused else 200,
        usual=_USUAL,
        refused=refused,
        most=MAX_ATTACHMENTS,
        longest=MAX_FILE_NAME,
        file_bytes=visit.gateway.store.files.settings.file_bytes,
        **await _listed(visit, found),
    )


def pages_in(room: str, permission: Permission) -> tuple[Page, ...]:
    """Return the pages for the files of the drafts of a room."""
    files = f"{room}/{{id}}/files"
    return (
        Page("GET", files, permission, partial(index, room=room)),
        Page("POST", files, permission, partial(add, room=room), files=True),
        Page("POST", f"{files}/one", permission, partial(one, room=room), files=True),
        Page("POST", f"{files}/out", permission, partial(take_out, room=room)),
    )


PAGES: Final = pages_in(DRAFTS, Permission.RECEIVE)
