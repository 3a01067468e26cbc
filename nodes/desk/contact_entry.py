"""The own entry of this contact point, as its directory editor keeps it: who is called, when, in which languages.

It travels sealed to everybody on the network's own channel, is written like any other draft, and is looked at before it
goes. Nothing about a case is here, and nobody else's entry is changed.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from nodes.casework.addressing import Around, language_for
from nodes.casework.contact_entries import ENTRY, SYSTEM, ContactEntry, own_entries
from nodes.casework.draft_verdict import judge
from nodes.casework.drafts import DraftState, Purpose
from nodes.casework.form_writing import write_form
from nodes.casework.message_view import Part, Words, parts_of
from nodes.casework.writing import Prepared, first_written, form_of, prepare
from nodes.desk.draft import form_page, onward, save_posted
from nodes.desk.draft_release import author_of, digest_of
from nodes.desk.drafting import Open, book_of, open_draft, seen, writing_desk
from nodes.desk.page import Page
from nodes.desk.visit import Visit
from nodes.gateway.loops import SUBMIT
from nodes.gateway.send import Options, Queued
from nodes.gateway.wishes import Wish, parse_wish
from nodes.people.roles import Permission
from protocol.catalogue.documents import JSON
from protocol.ids import NodeId

ROOM: Final = "/contact-entry"
_TEMPLATE: Final = "contact"
_PURPOSE: Final = "network"
_AGAIN: Final = ("valid_from", "checked_on", "replaces", "change")
"""What an entry does not take over from the one before it."""


async def index(visit: Visit) -> web.StreamResponse:
    """Show what is published, and what is being written."""
    entries = await own_entries(visit.gateway.store)
    drafts = await book_of(visit).open_of(visit.acting.person)
    shown = [(each, _parts(visit, each.document)) for each in entries]
    return visit.page("contact_entry.html", entries=shown, drafts=drafts)


async def begin(visit: Visit) -> web.StreamResponse:
    """Begin an entry, or the change of one that is published."""
    desk = writing_desk(visit, SYSTEM)
    purpose = Purpose(ENTRY, _TEMPLATE)
    form_ = None if desk is None else form_of(desk, purpose)
    if desk is None or form_ is None:
        return visit.missing()
    wanted = visit.field("message")
    entries = await own_entries(visit.gateway.store)
    before = next((each for each in entries if each.message.hex() == wanted), None)
    given = {} if before is None else write_form(form_.type.body_schema.fields, _again(visit, before), desk.zone)
    found = await book_of(visit).begin(visit.acting.person, purpose, first_written(desk, form_, given))
    return visit.back_to(f"{ROOM}/{found.row.id.hex()}")


async def form(visit: Visit) -> web.StreamResponse:
    """Show the form of an entry."""
    found = await _open(visit)
    if found is None:
        return visit.missing()
    return await form_page(visit, found, check="check" in visit.request.query, template="contact_entry_form.html")


async def save(visit: Visit) -> web.StreamResponse:
    """Keep what was typed, and go on to the preview where that was asked."""
    found = await _open(visit)
    if found is None:
        return visit.missing()
    done = await save_posted(visit, found)
    if not isinstance(done, tuple):
        return done
    kept, asked = done
    if asked[0] != "preview" or kept.conflict is not None:
        return onward(visit, found, kept, asked)
    path = f"{ROOM}/{kept.draft.row.id.hex()}"
    wrong = prepare(found.desk, found.form, kept.draft.written).faults
    return visit.back_to(f"{path}?check=1#problems" if wrong else f"{path}/preview")


async def preview(visit: Visit) -> web.StreamResponse:
    """Show what is published to whom, and what the rules say."""
    found = await _open(visit)
    if found is None:
        return visit.missing()
    prepared = _addressed(found)
    if prepared.faults:
        return visit.back_to(f"{found.path}?check=1#problems")
    judged = await judge(visit.gateway, prepared, await author_of(visit), visit.language)
    return visit.page(
        "contact_entry_preview.html",
        path=found.path,
        row=found.found.row,
        parts=_parts(visit, dict(prepared.document)),
        count=len(prepared.to),
        judged=judged,
        digest=digest_of(prepared),
    )


async def publish(visit: Visit) -> web.StreamResponse:
    """Send the entry, exactly as it was looked at, to everybody on the network's own channel."""
    found = await _open(visit)
    if found is None:
        return visit.missing()
    prepared = _addressed(found)
    if prepared.faults or digest_of(prepared) != visit.field("digest"):
        said = visit.text("It has changed since you looked at it. Look at it again, then send it.")
        return visit.back_to(f"{found.path}/preview", said=said)
    wish = parse_wish(prepared.request)
    options = Options(author=await author_of(visit))
    sent = await visit.gateway.sending.send(wish, options) if isinstance(wish, Wish) else None
    if not isinstance(sent, Queued):
        return visit.back_to(f"{found.path}/preview#rules")
    await book_of(visit).discard(replace(seen(visit), version=found.found.row.version))
    visit.desk.ring(SUBMIT)
    return visit.back_to(ROOM, said=visit.text("The entry is on its way to everybody."))


async def discard(visit: Visit) -> web.StreamResponse:
    """Put an entry away that was not published."""
    if await _open(visit) is None:
        return visit.missing()
    await book_of(visit).discard(seen(visit))
    return visit.back_to(ROOM, said=visit.text("The draft is discarded."))


async def _open(visit: Visit) -> Open | None:
    found = await open_draft(visit, ROOM, SYSTEM)
    fits = found is not None and found.found.row.purpose.type == ENTRY
    return found if fits and found is not None and found.found.row.state is DraftState.WRITING else None


def _addressed(found: Open) -> Prepared:
    """Return the entry addressed to everybody else on the channel; nobody has to choose them."""
    prepared = prepare(found.desk, found.form, found.found.written)
    around = found.desk.around
    to = _everybody(around)
    language = language_for(around, to, prepared.language)
    around_it: dict[str, JSON] = {"to": list[JSON](to), "channel": SYSTEM, "language": language, "purpose": _PURPOSE}
    request = {**prepared.request, **around_it}
    return replace(prepared, to=to, language=language, request=request)


def _everybody(around: Around) -> tuple[NodeId, ...]:
    everybody = around.directory.participants(around.now)
    found = [each.node for each in everybody if SYSTEM in each.channels and not each.suspended and not each.revoked]
    return tuple(each for each in found if each != around.me)


def _again(visit: Visit, before: ContactEntry) -> dict[str, JSON]:
    today = datetime.fromtimestamp(visit.desk.now(), UTC).strftime("%Y-%m-%d")
    kept = {name: value for name, value in before.document.items() if name not in _AGAIN}
    replaces: dict[str, JSON] = {"message_id": before.message.hex()}
    return {**kept, "change": "change", "valid_from": today, "checked_on": today, "replaces": replaces}


def _parts(visit: Visit, document: dict[str, JSON]) -> tuple[Part, ...]:
    bundle = visit.gateway.network.replica.bundle
    if bundle is None or ENTRY not in bundle.catalogue.types:
        return ()
    return tuple(parts_of(bundle.catalogue.type(ENTRY), document, Words(bundle.catalogue, visit.language)))


_P: Final = Permission.EDIT_DIRECTORY
PAGES: Final = (
    Page("GET", ROOM, _P, index),
    Page("POST", ROOM, _P, begin),
    Page("GET", f"{ROOM}/{{id}}", _P, form),
    Page("POST", f"{ROOM}/{{id}}", _P, save),
    Page("GET", f"{ROOM}/{{id}}/preview", _P, preview),
    Page("POST", f"{ROOM}/{{id}}/publish", _P, publish),
    Page("POST", f"{ROOM}/{{id}}/discard", _P, discard),
)
