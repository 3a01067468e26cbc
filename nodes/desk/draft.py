"""The form of a draft: whatever is typed is kept at every step, and what is wrong is told beside its field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from aiohttp import web

from nodes.casework.addressing import purposes_for, reachable
from nodes.casework.draft_book import Saved, Seen
from nodes.casework.draft_verdict import Judged, Knowledge, judge, know
from nodes.casework.drafts import DraftState, Written
from nodes.casework.form_faults import FormFault, anchor, by_name
from nodes.casework.form_values import TooMuch, at_or_below, check_size
from nodes.casework.writing import (
    HANDLING,
    LANGUAGE,
    PURPOSE,
    TO,
    Prepared,
    Shown,
    drop_place,
    merge,
    open_place,
    prepare,
    show,
)
from nodes.desk.compose import title_of
from nodes.desk.draft_release import author_of
from nodes.desk.drafting import POLICE, WINDOW, Open, book_of, new_window, open_draft, remedy_of, seen
from nodes.desk.need_to_know import may_know
from nodes.desk.page import Page
from nodes.desk.texts import sentence
from nodes.desk.visit import Visit
from nodes.gateway.deeds import Act, Operation
from nodes.people.refusals import NotDone
from nodes.people.roles import Permission
from protocol.catalogue.validate import FieldCode

_OUTSIDE: Final = frozenset(("csrf", "version", "do", "kept", WINDOW))
TOO_MUCH: Final[Mapping[str, str]] = {
    "values": sentence("The form has more than %(limit)s values. Nothing of it was kept."),
    "name": sentence("The form has a field whose name is too long. Nothing of it was kept."),
    "value": sentence("One field holds more than %(limit)s characters. Put long content into a file."),
    "all": sentence("The form holds more than %(limit)s characters. Put long content into a file."),
}


@dataclass(frozen=True, slots=True)
class Told:
    """A fault as the page shows it: to which element it leads, the sentence, and what mends it."""

    anchor: str
    name: str
    sentence: str
    remedy: str


async def form(visit: Visit) -> web.StreamResponse:
    """Show the form as it is kept; with ``check`` also what is wrong with it."""
    found = await open_draft(visit)
    if found is None:
        return visit.missing()
    if found.found.row.state is not DraftState.WRITING:
        return visit.page("draft_left.html", row=found.found.row, path=found.path)
    return await form_page(visit, found, check="check" in visit.request.query)


async def save(visit: Visit) -> web.StreamResponse:
    """Keep what was typed, then do what was asked: open or take out a part, see the files, go on to the preview."""
    found = await open_draft(visit)
    if found is None:
        return visit.missing()
    done = await save_posted(visit, found)
    return onward(visit, found, *done) if isinstance(done, tuple) else done


async def discard(visit: Visit) -> web.StreamResponse:
    """Put a draft away; for ten minutes it can be brought back."""
    done = await book_of(visit).discard(seen(visit))
    if isinstance(done, NotDone):
        return visit.back_to("/compose", said=visit.text(done.sentence))
    return visit.page("draft_discarded.html", row=done, path=f"/drafts/{done.id.hex()}")


async def bring_back(visit: Visit) -> web.StreamResponse:
    """Bring a discarded draft back, or take back a message that has not left."""
    done = await book_of(visit).bring_back(seen(visit))
    path = f"/drafts/{seen(visit).id.hex()}"
    if isinstance(done, NotDone):
        return visit.back_to("/compose", said=f"{visit.text(done.sentence)} {visit.text(done.remedy)}.")
    return visit.back_to(path, said=visit.text("The draft is back. You can change it."))


async def save_posted(visit: Visit, found: Open) -> tuple[Saved, tuple[str, str]] | web.Response:
    """Keep what was typed in any form of a draft; return what is kept, with the act and the place that were asked for.

    The answer instead where there is too much of it, or the draft is gone.
    """
    posted = _posted_of(visit)
    too_much = check_size(posted)
    if too_much is not None:
        return visit.page("draft_too_much.html", status=413, words=_too_much_words(visit, too_much), path=found.path)
    act, _, place = visit.field("do").partition(":")
    written = _changed(merge(found.desk, found.form, found.found.written, posted), act, place)
    kept = await book_of(visit).save(seen(visit), written)
    return visit.missing() if isinstance(kept, NotDone) else (kept, (act, place))


def _changed(written: Written, act: str, place: str) -> Written:
    """Return a draft in which a part was opened or taken out, where that was asked."""
    if act == "open":
        return open_place(written, place)
    return drop_place(written, place) if act == "drop" else written


def onward(visit: Visit, found: Open, kept: Saved, asked: tuple[str, str]) -> web.Response:
    """Return where a saved form leads: to what was opened, to the files, to the preview, or back to the form."""
    path = f"{found.room}/{kept.draft.row.id.hex()}"
    act, place = asked
    if kept.conflict is not None:
        return visit.back_to(path)
    if act == "open":
        return visit.back_to(f"{path}#{anchor(place)}")
    if act == "drop":
        return visit.back_to(f"{path}#{anchor(place.rpartition('/')[0])}")
    if act == "files":
        return visit.back_to(f"{path}/files")
    if act == "check":
        return visit.back_to(f"{path}?check=1#rules")
    if act != "preview":
        return visit.back_to(path, said=visit.text("The draft is saved."))
    prepared = prepare(found.desk, found.form, kept.draft.written)
    wrong = prepared.faults or not prepared.to
    return visit.back_to(f"{path}?check=1#problems" if wrong else f"{path}/preview")


async def form_page(visit: Visit, found: Open, *, check: bool, template: str = "draft.html") -> web.Response:
    """Return the form as it is kept; with ``check`` also what is wrong with it."""
    written = found.found.written
    prepared = prepare(found.desk, found.form, written)
    written, shown = _unfolded(found, prepared) if check else (written, show(found.desk, found.form, written))
    faults = faults_of(visit, prepared.faults, shown) if check else []
    if check and not prepared.to and found.desk.around.channel == POLICE:  # elsewhere nobody chooses whom it goes to
        faults.insert(0, nobody(visit))
    judged = await judged_now(visit, prepared)
    knowledge = await known_here(visit, found, prepared)
    beside = found.found.row.beside
    return visit.page(
        template,
        status=422 if faults else 200,
        row=found.found.row,
        path=found.path,
        title=title_of(found.desk, found.found.row.purpose, visit.language),
        shown=shown,
        written=written,
        faults=faults,
        wrong=_at_fields(faults),
        rest_open=any(each.name not in {TO, *(item.name for item in shown.asked)} for each in faults),
        judged=judged,
        knowledge=knowledge,
        beside=None if beside is None else f"{found.room}/{beside.hex()}",
        reply=found.form.reply,
        window=new_window(visit),
        **around_of(visit, found, prepared),
    )


def _unfolded(found: Open, prepared: Prepared) -> tuple[Written, Shown]:
    """Return the form with every fault in sight: a thing with fields that are missing is there, and open."""
    written, there = found.found.written, show(found.desk, found.form, found.found.written).names
    names = [each.name for each in prepared.faults]
    for each in prepared.faults:
        if each.code == FieldCode.MISSING and each.name not in there:
            written = open_place(written, each.name)
            thing = each.name.rpartition("/")[0]
            if thing and not any(at_or_below(name, thing) for name in there):
                names = [thing, *(name for name in names if not at_or_below(name, thing))]
    return written, show(found.desk, found.form, written, names)


def _posted_of(visit: Visit) -> dict[str, list[str]]:
    """Return what was typed into the form, without what the page itself sends along."""
    return {name: values for name, values in visit.form.items() if name not in _OUTSIDE}


async def judged_now(visit: Visit, prepared: Prepared) -> Judged | None:
    """Return what the rules say about a draft; None while its form is not whole."""
    if prepared.faults or not prepared.to:
        return None
    return await judge(visit.gateway, prepared, await author_of(visit), visit.language)


async def known_here(visit: Visit, found: Open, prepared: Prepared) -> Knowledge:
    """Return what is known here of the subjects, as far as this person may know of it; a find is written down."""
    knowledge = await know(visit.gateway, prepared, found.form.type.id, POLICE)
    mine = await may_know(visit, [each.message for each in knowledge.messages])
    shown = tuple(each for each in knowledge.messages if each.message in mine)
    if shown:
        met = tuple(each.message for each in shown)
        act = Act(operation=Operation.COMBINATION, deed="match", objects=met, count=len(met))
        store = visit.gateway.store
        await store.database.write(lambda connection: store.journal.note(connection, act))
    return replace(knowledge, messages=shown)


def around_of(visit: Visit, found: Open, prepared: Prepared) -> dict[str, Any]:
    """Return what a page says and asks outside the document: recipients, purpose, language, handling codes."""
    catalogue, around = found.desk.bundle.catalogue, found.desk.around
    written, language = found.found.written, visit.language
    known = {each.node: each for each in around.directory.participants(around.now)}
    purposes = purposes_for(around, prepared.to, catalogue)
    mine = around.participant(around.me)

    def worded(name: str, codes: Sequence[str]) -> list[tuple[str, str]]:
        return [(each, catalogue.code(name, each, language)) for each in codes]

    return {
        "recipients": reachable(around),
        "to": frozenset(prepared.to),
        "to_labels": [known[each].label if each in known else each for each in prepared.to],
        "purposes": worded("purpose", purposes),
        "purpose": written.first(PURPOSE),
        "languages": worded("language", () if mine is None else mine.languages),
        "language_chosen": written.first(LANGUAGE),
        "language_used": catalogue.code("language", prepared.language, language),
        "codes": worded("handling", tuple(catalogue.code_lists["handling"].entries)),
        "handling": frozenset(written.fields.get(HANDLING, ())),
    }


def faults_of(visit: Visit, faults: Sequence[FormFault], shown: Shown) -> list[Told]:
    """Return the faults as the page shows them, each leading to the nearest field that is there."""
    grouped = by_name(faults, shown.names)
    return [
        Told(anchor(name) if name else "main", name, each.sentence, remedy_of(visit, each))
        for name, found in grouped.items()
        for each in found
    ]


def nobody(visit: Visit) -> Told:
    """Return the fault of a draft that goes to nobody."""
    return Told("field-to", TO, visit.text("Nobody is addressed."), visit.text("Choose at least one country."))


def _at_fields(faults: Sequence[Told]) -> dict[str, list[Told]]:
    found: dict[str, list[Told]] = {}
    for each in faults:
        found.setdefault(each.name, []).append(each)
    return found


def _too_much_words(visit: Visit, found: TooMuch) -> str:
    """Return which bound a form exceeds, in words."""
    words = TOO_MUCH[found.bound]
    return visit.text(words, limit=found.limit) if "%(limit)s" in words else visit.text(words)


def seen_again(visit: Visit, found: Open) -> Seen:
    """Return the draft at the version that is kept now."""
    return Seen(found.found.row.id, visit.acting.person, found.found.row.version)


PAGES: Final = (
    Page("GET", "/drafts/{id}", Permission.RECEIVE, form),
    Page("POST", "/drafts/{id}", Permission.RECEIVE, save),
    Page("POST", "/drafts/{id}/discard", Permission.RECEIVE, discard),
    Page("POST", "/drafts/{id}/back", Permission.RECEIVE, bring_back),
)
