"""Files of a draft: taken in as they come, encrypted on this node, listed with what they are, taken out again."""

from dataclasses import replace
from typing import Final

from aiohttp import web

from nodes.casework.draft_book import Saved, Seen
from nodes.casework.drafts import DraftState, NotKept, TakenFile, Written
from nodes.desk.draft import seen_again
from nodes.desk.drafting import Open, book_of, open_draft, seen
from nodes.desk.page import Page
from nodes.desk.texts import sentence
from nodes.desk.visit import Visit
from nodes.people.roles import Permission
from protocol.errors import Code, Fault
from protocol.limits import MAX_ATTACHMENTS

_ANY: Final = "application/octet-stream"
_USUAL: Final = "CA"
_CATEGORIES: Final = "data_category"
_REFUSED: Final = {
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

_TOO_MANY: Final = (sentence("A message has at most 64 files."), sentence("Send the others with a second message."))


async def index(visit: Visit) -> web.StreamResponse:
    """Show the files of a draft."""
    found = await open_draft(visit)
    if found is None or found.found.row.state is not DraftState.WRITING:
        return visit.missing()
    return _page(visit, found, None)


async def add(visit: Visit) -> web.StreamResponse:
    """Take files in, one after the other; what was taken stays when a later one is refused."""
    found = await open_draft(visit)
    if found is None or found.found.row.state is not DraftState.WRITING:
        return visit.missing()
    category = visit.field("category") or _USUAL
    if category not in found.desk.bundle.catalogue.code_lists[_CATEGORIES].entries:
        category = _USUAL
    taken: list[TakenFile] = []
    refused = None
    try:
        async for each in visit.files():
            if len(found.found.written.files) + len(taken) >= MAX_ATTACHMENTS:
                refused = (
                    sentence("A message has at most 64 files."),
                    sentence("Send the others with a second message."),
                )
                break
            made = await visit.gateway.stash.take(each.name, _ANY, each.chunks())
            secret = made.stored.secret
            taken.append(TakenFile(made.id, secret.name, secret.size, secret.sha256, category))
    except Fault as fault:
        if fault.code not in _REFUSED:
            raise
        refused = _REFUSED[fault.code]
    if taken:
        written = replace(found.found.written, files=(*found.found.written.files, *taken))
        found = await _kept(visit, found, written)
    if refused is not None:
        return _page(visit, found, refused)
    said = visit.text("The files are here.") if taken else visit.text("No file was chosen.")
    return visit.back_to(f"{found.path}/files", said=said)


async def take_out(visit: Visit) -> web.StreamResponse:
    """Take a file out of a draft."""
    found = await open_draft(visit)
    if found is None or found.found.row.state is not DraftState.WRITING:
        return visit.missing()
    left = tuple(each for each in found.found.written.files if each.id.hex() != visit.field("file"))
    written = replace(found.found.written, files=left)
    done = await book_of(visit).save(Seen(seen(visit).id, visit.acting.person, found.found.row.version), written)
    if isinstance(done, NotKept):
        return visit.missing()
    return visit.back_to(f"{found.path}/files", said=visit.text("The file is no longer part of the message."))


async def _kept(visit: Visit, found: Open, written: Written) -> Open:
    done = await book_of(visit).save(seen_again(visit, found), written)
    return replace(found, found=done.draft) if isinstance(done, Saved) else found


def _page(visit: Visit, found: Open, refused: tuple[str, str] | None) -> web.Response:
    catalogue = found.desk.bundle.catalogue
    entries = catalogue.code_lists[_CATEGORIES].entries
    categories = [(each, catalogue.code(_CATEGORIES, each, visit.language)) for each in entries]
    return visit.page(
        "draft_files.html",
        status=422 if refused else 200,
        row=found.found.row,
        path=found.path,
        files=found.found.written.files,
        categories=categories,
        names=dict(categories),
        usual=_USUAL,
        refused=None if refused is None else tuple(map(visit.text, refused)),
    )


PAGES: Final = (
    Page("GET", "/drafts/{id}/files", Permission.RECEIVE, index),
    Page("POST", "/drafts/{id}/files", Permission.RECEIVE, add, files=True),
    Page("POST", "/drafts/{id}/files/out", Permission.RECEIVE, take_out),
)
