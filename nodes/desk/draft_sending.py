"""Before and after sending: what goes to whom, what the rules say, the order, and half a minute to take it back."""

from typing import Final

from aiohttp import web

from nodes.casework.departures import order_bytes
from nodes.casework.draft_verdict import asked_lately, judge
from nodes.casework.drafts import CHANGED, UNDO_S, DraftState
from nodes.casework.message_view import Words, codes_of, count_fields, parts_of
from nodes.casework.writing import prepare
from nodes.desk.compose import not_yours, title_of
from nodes.desk.draft import around_of, known_here
from nodes.desk.draft_release import (
    about,
    ask,
    author_of,
    digest_of,
    nobody_decides,
    note_fault,
    release_of,
    review,
    reviewed,
)
from nodes.desk.drafting import Open, book_of, departures_of, open_draft, refused, seen, wake
from nodes.desk.page import Page
from nodes.desk.scan_words import scans_of_drafts
from nodes.desk.visit import Visit
from nodes.gateway.loops import SUBMIT, UPLOAD
from nodes.people.refusals import NotDone
from nodes.people.roles import Permission


async def preview(visit: Visit) -> web.StreamResponse:
    """Show exactly what would go, to whom, under which codes, and what the rules say about it."""
    found = await open_draft(visit)
    if found is None:
        asked = await reviewed(visit)
        return visit.missing() if asked is None else await review(visit, asked)
    if found.found.row.state is not DraftState.WRITING:
        return visit.back_to(f"{found.path}/sent")
    return await _page(visit, found)


async def ask_second(visit: Visit) -> web.StreamResponse:
    """Ask for a second person about exactly what was looked at; words for that person stay where that is refused."""
    found = await open_draft(visit)
    if found is None or found.found.row.state is not DraftState.WRITING:
        return visit.missing()
    prepared = prepare(found.desk, found.form, found.found.written)
    if prepared.faults or not prepared.to:
        return visit.back_to(f"{found.path}?check=1#problems")
    wrong = CHANGED if digest_of(prepared) != visit.field("digest") else note_fault(visit)
    if wrong is not None:
        return await _page(visit, found, wrong)
    judged = await judge(visit.gateway, prepared, await author_of(visit), visit.language)
    if judged.needs_second and await ask(visit, found, prepared, judged) is None:
        visit.desk.changes.tell()
        return visit.back_to(f"{found.path}/preview", said=visit.text("A second person is asked."))
    return visit.back_to(f"{found.path}/preview")


async def _page(visit: Visit, found: Open, wrong: NotDone | None = None) -> web.Response:
    prepared = prepare(found.desk, found.form, found.found.written)
    if prepared.faults or not prepared.to:
        return visit.back_to(f"{found.path}?check=1#problems")
    release = await release_of(visit, found, prepared)
    judged = await judge(visit.gateway, release.sign(prepared), await author_of(visit), visit.language)
    infected = await _infected(visit, found)
    knowledge = await known_here(visit, found, prepared)
    words = _words(visit, found)
    parts = parts_of(found.form.type, prepared.document, words)
    draft = judged.draft
    around = around_of(visit, found, prepared)
    return visit.page(
        "draft_preview.html",
        status=200 if wrong is None else 422,
        wrong=wrong,
        note=visit.field("note"),
        row=found.found.row,
        path=found.path,
        title=title_of(found.desk, found.found.row.purpose, visit.language),
        parts=parts,
        count=count_fields(parts),
        files=found.found.written.files,
        judged=judged,
        infected=infected,
        again=asked_lately(knowledge, prepared.to),
        knowledge=knowledge,
        handling_codes=() if draft is None else codes_of("handling", draft.handling, words),
        erase_by=None if draft is None else draft.erase_by,
        purpose_words="" if draft is None else words.catalogue.code("purpose", draft.purpose, visit.language),
        urgent=prepared.urgent,
        digest=digest_of(prepared),
        undo_s=UNDO_S,
        release=release,
        nobody=await nobody_decides(visit, about(found, prepared)) if judged.needs_second else None,
        **around,
    )


async def send(visit: Visit) -> web.StreamResponse:
    """Order the message as it was looked at: urgent ones leave at once, others after half a minute."""
    found = await open_draft(visit)
    if found is None:
        return visit.missing()
    denied = await refused(visit, found.found.row.purpose)
    if denied is not None:
        return not_yours(visit, denied)
    prepared = prepare(found.desk, found.form, found.found.written)
    if prepared.faults or not prepared.to:
        return visit.back_to(f"{found.path}?check=1#problems")
    if digest_of(prepared) != visit.field("digest"):
        changed = visit.text("It has changed since you looked at it. Look at it again, then send it.")
        return visit.back_to(f"{found.path}/preview", said=changed)
    author = await author_of(visit)
    signed = (await release_of(visit, found, prepared)).sign(prepared)
    judged = await judge(visit.gateway, signed, author, visit.language)
    if not judged.goes or await _infected(visit, found):
        return visit.back_to(f"{found.path}/preview#rules")
    at = visit.desk.now() + (0 if prepared.urgent else UNDO_S)
    ordered = await book_of(visit).order(seen(visit), order_bytes(signed.request, author), at)
    if isinstance(ordered, NotDone):
        return visit.back_to(f"{found.path}/preview", said=visit.text(ordered.sentence))
    await visit.desk.approvals.drop(visit.acting, ordered.id.hex())
    if prepared.urgent:
        await departures_of(visit).send(ordered.id)
        visit.desk.ring(UPLOAD if found.found.written.files else SUBMIT)
    wake(visit)
    return visit.back_to(f"{found.path}/sent")


async def sent(visit: Visit) -> web.StreamResponse:
    """Show where an ordered message is: waiting with Undo, gone, or given back with the reason."""
    found = await open_draft(visit)
    if found is None:
        return visit.missing()
    row = found.found.row
    if row.state is DraftState.SENT and row.message is not None:
        return visit.back_to(f"/messages/{row.message.hex()}", said=visit.text("The message has left."))
    if row.state in (DraftState.WRITING, DraftState.DISCARDED):
        return visit.back_to(found.path)
    prepared = prepare(found.desk, found.form, found.found.written)
    title = title_of(found.desk, row.purpose, visit.language)
    return visit.page("draft_sent.html", row=row, path=found.path, title=title, **around_of(visit, found, prepared))


async def _infected(visit: Visit, found: Open) -> list[str]:
    """Return the names of the files in which a scanner found something: with them nothing goes."""
    files = found.found.written.files
    scans = await scans_of_drafts(visit, files)
    return [each.name for each in files if scans[each.id][0].infected]


def _words(visit: Visit, found: Open) -> Words:
    around = found.desk.around
    labels = {str(each.node): each.label for each in around.directory.participants(around.now)}
    return Words(found.desk.bundle.catalogue, visit.language, labels)


PAGES: Final = (
    Page("GET", "/drafts/{id}/preview", Permission.RECEIVE, preview),
    Page("POST", "/drafts/{id}/ask", Permission.RECEIVE, ask_second),
    Page("POST", "/drafts/{id}/send", Permission.RECEIVE, send),
    Page("GET", "/drafts/{id}/sent", Permission.RECEIVE, sent),
)
