"""What an investigator of the national police has here: asks the own contact point, follows it, reads the answer.

Nothing goes abroad from these pages. What is handed in is a request to the officers, who check and send it under their
own name. Requests of others are answered like ones that are not there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from nodes.casework.ask_book import AskBook
from nodes.casework.asks import OVER, Ask, AskId, AskRow, AskState
from nodes.casework.drafts import DraftState, Purpose, Written
from nodes.casework.message_view import Part, Words, parts_of
from nodes.casework.writing import first_written, form_of, prepare
from nodes.desk import draft_files, preview
from nodes.desk.compose import ASK, Task, title_of
from nodes.desk.draft import form_page, onward, save_posted
from nodes.desk.draft_keeping import keep_in
from nodes.desk.drafting import book_of, open_draft, seen, writing_desk
from nodes.desk.page import Page
from nodes.desk.scan_words import scans_of_drafts
from nodes.desk.texts import sentence
from nodes.desk.visit import Visit
from nodes.people.refusals import NotDone
from nodes.people.roles import Permission
from protocol.ids import TypeId

ROOM: Final = "/my-requests"
_HANDED: Final = f"{ROOM}/handed-in"
_ID: Final = 32  # hex digits
REQUEST: Final = TypeId("MT-01/1")
TASKS: Final[tuple[Task, ...]] = tuple(each for each in ASK if each.template)
STATES: Final[Mapping[AskState, str]] = {
    AskState.ASKED: sentence("Waits for an officer"),
    AskState.TAKEN: sentence("An officer writes the message"),
    AskState.RETURNED: sentence("Came back: it has to be changed"),
    AskState.SENT: sentence("Sent to the other country"),
    AskState.WITHDRAWN: sentence("Given up"),
    AskState.LAPSED: sentence("Erased: nobody sent it in time"),
}


@dataclass(frozen=True, slots=True)
class Listed:
    """One request in a list."""

    row: AskRow
    title: str
    state: str
    case: str


def asks_of(visit: Visit) -> AskBook:
    """Return the requests of this node."""
    return AskBook(visit.gateway.here, visit.gateway.store)


async def index(visit: Visit) -> web.StreamResponse:
    """List what this person asked, what is not handed in yet, and what can be asked."""
    await visit.desk.cases.fresh()
    mine = await asks_of(visit).mine(visit.acting.person)
    drafts = await book_of(visit).open_of(visit.acting.person)
    return visit.page(
        "investigator.html",
        asks=[_listed(visit, each.row, each.case) for each in mine],
        drafts=drafts,
        titles={each.id: title_for(visit, each.purpose) for each in drafts},
        tasks=TASKS,
    )


async def begin(visit: Visit) -> web.StreamResponse:
    """Begin a request, and go to its form."""
    desk = writing_desk(visit)
    wanted = next((each for each in TASKS if each.template == visit.field("template")), None)
    form = None if desk is None or wanted is None else form_of(desk, Purpose(REQUEST, wanted.template))
    if desk is None or wanted is None or form is None:
        return visit.missing()
    written = first_written(desk, form)
    found = await book_of(visit).begin(visit.acting.person, Purpose(REQUEST, wanted.template), written)
    return visit.back_to(f"{ROOM}/{found.row.id.hex()}")


async def form(visit: Visit) -> web.StreamResponse:
    """Show the form of a request that is not handed in."""
    found = await open_draft(visit, ROOM)
    if found is None or found.found.row.state is not DraftState.WRITING:
        return visit.missing()
    return await form_page(visit, found, check="check" in visit.request.query, template="investigator_form.html")


async def save(visit: Visit) -> web.StreamResponse:
    """Keep what was typed; then hand it in, where that was asked and nothing is wrong with it."""
    found = await open_draft(visit, ROOM)
    if found is None or found.found.row.state is not DraftState.WRITING:
        return visit.missing()
    saved = await save_posted(visit, found)
    if not isinstance(saved, tuple):
        return saved
    kept, asked = saved
    if asked[0] != "preview" or kept.conflict is not None:
        return onward(visit, found, kept, asked)
    prepared = prepare(found.desk, found.form, kept.draft.written)
    if prepared.faults or not prepared.to:
        return visit.back_to(f"{ROOM}/{kept.draft.row.id.hex()}?check=1#problems")
    done = await asks_of(visit).hand_in(kept.draft.row.id, visit.acting.person)
    if isinstance(done, NotDone):
        return visit.missing()
    visit.desk.changes.tell()
    return visit.back_to(ROOM, said=visit.text("It is handed in. Your contact point sees it now."))


async def keep(visit: Visit) -> web.StreamResponse:
    """Keep what stands in the form while somebody types."""
    return await keep_in(visit, ROOM)


async def discard(visit: Visit) -> web.StreamResponse:
    """Put a request away that was not handed in; it is erased in ten minutes."""
    done = await book_of(visit).discard(seen(visit))
    said = visit.text("The draft is discarded.") if not isinstance(done, NotDone) else visit.text(done.sentence)
    return visit.back_to(ROOM, said=said)


async def show(visit: Visit) -> web.StreamResponse:
    """Show one request that was handed in: what it asks, where it stands, and the case in which the answer is."""
    found = await asks_of(visit).find(ask_id(visit), visit.acting.person)
    if found is None:
        return visit.missing()
    await visit.desk.cases.fresh()
    case = await asks_of(visit).case_of(found.row)
    return visit.page(
        "investigator_ask.html",
        row=found.row,
        note=found.note,
        case="" if case is None else case.hex(),
        **await content_of(visit, found),
    )


async def withdraw(visit: Visit) -> web.StreamResponse:
    """Give a request up before anybody has sent it."""
    return _done(visit, await asks_of(visit).withdraw(ask_id(visit), visit.acting.person), "The request is given up.")


async def again(visit: Visit) -> web.StreamResponse:
    """Change a request that came back."""
    done = await asks_of(visit).change_again(ask_id(visit), visit.acting.person)
    if isinstance(done, NotDone):
        return _done(visit, done, "")
    return visit.back_to(f"{ROOM}/{done.id.hex()}")


def _done(visit: Visit, done: AskRow | NotDone, said: str) -> web.StreamResponse:
    if not isinstance(done, NotDone):
        visit.desk.changes.tell()
        return visit.back_to(ROOM, said=visit.text(said))
    if done.code == "NO_REQUEST":
        return visit.missing()
    return visit.back_to(f"{_HANDED}/{ask_id(visit).hex()}", said=visit.text(done.sentence))


def ask_id(visit: Visit) -> AskId:
    """Return the id in the path; empty for whatever is none, which no request has."""
    text = visit.request.match_info["id"]
    try:
        raw = bytes.fromhex(text) if len(text) == _ID else b""
    except ValueError:
        raw = b""
    return AskId(raw if raw.hex() == text else b"")


async def content_of(visit: Visit, ask: Ask) -> dict[str, Any]:
    """Return what a page shows of a request: its title, its state in words, to whom, what it asks, and its files."""
    to, parts = _read(visit, ask.row.purpose, ask.written)
    scans = await scans_of_drafts(visit, ask.written.files) if ask.row.state not in OVER else {}
    return {"title": title_for(visit, ask.row.purpose), "state": visit.text(STATES[ask.row.state])} | {
        "to_labels": to,
        "parts": parts,
        "files": [(each, scans[each.id][1] if each.id in scans else "") for each in ask.written.files],
    }


def title_for(visit: Visit, purpose: Purpose) -> str:
    """Return what a request is called."""
    desk = writing_desk(visit)
    return purpose.type if desk is None else title_of(desk, purpose, visit.language)


def _read(visit: Visit, purpose: Purpose, written: Written) -> tuple[list[str], tuple[Part, ...]]:
    desk = writing_desk(visit)
    form = None if desk is None else form_of(desk, purpose)
    if desk is None or form is None or not written.fields:
        return [], ()
    prepared = prepare(desk, form, written)
    labels = {str(each.node): each.label for each in desk.around.directory.participants(desk.around.now)}
    words = Words(desk.bundle.catalogue, visit.language, labels)
    return [labels.get(each, each) for each in prepared.to], tuple(parts_of(form.type, prepared.document, words))


def _listed(visit: Visit, row: AskRow, case: bytes | None) -> Listed:
    state = visit.text(STATES[row.state])
    return Listed(row, title_for(visit, row.purpose), state, "" if case is None else case.hex())


_P: Final = Permission.ASK_HERE
PAGES: Final = (
    Page("GET", ROOM, _P, index),
    Page("POST", ROOM, _P, begin),
    Page("GET", f"{ROOM}/{{id}}", _P, form),
    Page("POST", f"{ROOM}/{{id}}", _P, save),
    Page("POST", f"{ROOM}/{{id}}/keep", _P, keep),
    Page("POST", f"{ROOM}/{{id}}/discard", _P, discard),
    *draft_files.pages_in(ROOM, _P),
    *preview.pages_in(ROOM, _P),
    Page("GET", f"{_HANDED}/{{id}}", _P, show),
    Page("POST", f"{_HANDED}/{{id}}/withdraw", _P, withdraw),
    Page("POST", f"{_HANDED}/{{id}}/again", _P, again),
)
