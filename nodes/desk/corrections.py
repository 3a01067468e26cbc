"""Corrections at the desk: what has to be done here, who was given the data, and how far everybody is.

A notice says what is wrong. Whoever got it carries it out, tells those it passed the data to, and says so; whoever sent
it sees each holder. Nothing leaves and nothing is erased but by a person's deed on these pages.
"""

from collections.abc import Callable, Coroutine
from typing import Any, Final

from aiohttp import web

from nodes.casework.correction_book import NO_NOTE, Carried, CorrectionBook, Doing
from nodes.desk.correction_rows import TO_DO, right_values, rows_of
from nodes.desk.message import known_message, labels_of, sheet_of
from nodes.desk.need_to_know import may_know
from nodes.desk.noting import note_shown
from nodes.desk.page import SIGNED_IN, Page
from nodes.desk.texts import sentence
from nodes.desk.visit import Visit
from nodes.gateway.loops import POST, SUBMIT, TEND
from nodes.gateway.reading import ReceivedMessage, SentMessage
from nodes.gateway.send import Queued
from nodes.people.refusals import NotDone
from nodes.people.roles import Permission
from protocol.ids import MessageId

CORRECTIONS: Final = "/corrections"
_LISTED: Final = 200
_LEAST, _LONGEST, _EXPLAINED = 3, 2_000, 8_000
_NOT_SENT: Final = sentence("A rule stopped the notice to %(who)s. Tell them another way.")
Deed = Callable[[CorrectionBook, MessageId], Coroutine[Any, Any, Carried | NotDone]]


async def index(visit: Visit) -> web.StreamResponse:
    """Show the corrections known here: first what waits for somebody here, then what waits for others."""
    await visit.desk.cases.fresh()
    rows = await rows_of(visit, await CorrectionBook(visit.gateway).list(_LISTED))
    return visit.page(
        "corrections.html",
        here=[each for each in rows if each.waits_here],
        elsewhere=[each for each in rows if not each.waits_here and each.waits_elsewhere],
        done=[each for each in rows if not each.waits_here and not each.waits_elsewhere],
        code=_action_words(visit),
        now=visit.desk.now(),
    )


async def show(visit: Visit) -> web.StreamResponse:
    """Show one correction with what its notice says; that is a reading of the notice."""
    notice = await known_message(visit)
    return visit.missing() if notice is None else await _page(visit, notice)


async def apply(visit: Visit) -> web.StreamResponse:
    """Note that it was carried out here, erase what is to be erased, and tell whoever sent the notice."""
    note, whole = visit.field("note"), visit.field("whole") == "yes"
    if not _LEAST <= len(note) <= _LONGEST:
        return await _refused(visit, NO_NOTE)
    doing = Doing(_unit(visit), note, whole=whole)
    return await _do(visit, lambda book, notice: book.apply(notice, doing), visit.text("It is carried out here."))


async def pass_on(visit: Visit) -> web.StreamResponse:
    """Tell everybody who had the data from here and was not told."""
    explanation = visit.field("explanation")[:_EXPLAINED]
    words = {"explanation": explanation, "language": visit.language} if explanation else {}
    said = visit.text("The notice is on its way to everybody named.")
    return await _do(visit, lambda book, notice: book.pass_on(notice, words), said)


async def confirm(visit: Visit) -> web.StreamResponse:
    """Tell whoever sent the notice how far it is here, and with those who had the data from here."""
    doing = Doing(_unit(visit))
    said = visit.text("How far it is here is on its way to the sender of the notice.")
    return await _do(visit, lambda book, notice: book.confirm(notice, doing), said)


async def verify(visit: Visit) -> web.StreamResponse:
    """Close what everybody carried out, with a note of how that was verified."""
    note = visit.field("note")
    if not _LEAST <= len(note) <= _LONGEST:
        return await _refused(visit, NO_NOTE.at("verified"))
    doing = Doing(note=note)
    return await _do(visit, lambda book, notice: book.verify(notice, doing), visit.text("The correction is closed."))


async def _do(visit: Visit, deed: Deed, said: str) -> web.StreamResponse:
    notice = await known_message(visit)
    if notice is None or not await _knows_all(visit, notice):
        return visit.missing()
    done = await deed(CorrectionBook(visit.gateway), notice)
    if isinstance(done, NotDone):
        return await _page(visit, notice, done)
    for loop in (SUBMIT, TEND, POST):
        visit.desk.ring(loop)
    visit.desk.changes.tell()
    stopped = [each.node for each in done.sent if not isinstance(each.result, Queued)]
    if stopped:
        names = ", ".join(labels_of(visit).get(each, each) for each in stopped)
        said = visit.text(_NOT_SENT, who=names)
    return visit.back_to(f"{CORRECTIONS}/{notice.hex()}", said=said)


async def _knows_all(visit: Visit, notice: MessageId) -> bool:
    """Tell whether the person may know of every message here that the notice is about; what is erased goes for all."""
    here = {each.case.facts.about for each in await CorrectionBook(visit.gateway).of(notice) if each.here}
    return await may_know(visit, sorted(here)) >= here


async def _refused(visit: Visit, refused: NotDone) -> web.StreamResponse:
    notice = await known_message(visit)
    return visit.missing() if notice is None else await _page(visit, notice, refused)


async def _page(visit: Visit, notice: MessageId, refused: NotDone | None = None) -> web.StreamResponse:
    rows = await rows_of(visit, await CorrectionBook(visit.gateway).of(notice))
    if not rows:
        return visit.missing()
    found, bundle = await visit.gateway.reading.open(notice), visit.gateway.network.replica.bundle
    sheet = None
    if bundle is not None and isinstance(found, ReceivedMessage | SentMessage):
        sheet = await sheet_of(visit, bundle, notice, found)
    await note_shown(visit, "show-correction", notice)
    visit.desk.ring(POST)
    return visit.page(
        "correction.html",
        status=200 if refused is None else 422,
        id=notice.hex(),
        rows=rows,
        sheet=sheet,
        right=() if bundle is None or sheet is None else await right_values(visit, bundle, found),
        may=visit.acting.may(Permission.CORRECT),
        to_do=TO_DO,
        code=_action_words(visit),
        refused=refused,
        typed={name: visit.field(name) for name in ("note", "explanation", "whole")},
        now=visit.desk.now(),
    )


def _unit(visit: Visit) -> str:
    """Return who says that it deals with the notice: this contact point, as the directory calls it."""
    here = visit.desk.here()
    return visit.gateway.here.node if here is None else here.label


def _action_words(visit: Visit) -> Callable[[str], str]:
    bundle = visit.gateway.network.replica.bundle
    return lambda code: code if bundle is None else bundle.catalogue.code("correction_action", code, visit.language)


PAGES: Final = (
    Page("GET", CORRECTIONS, Permission.CORRECT, index),
    Page("GET", f"{CORRECTIONS}/{{id}}", SIGNED_IN, show),  # need-to-know decides, as for the notice itself
    Page("POST", f"{CORRECTIONS}/{{id}}/apply", Permission.CORRECT, apply),
    Page("POST", f"{CORRECTIONS}/{{id}}/pass-on", Permission.CORRECT, pass_on),
    Page("POST", f"{CORRECTIONS}/{{id}}/confirm", Permission.CORRECT, confirm),
    Page("POST", f"{CORRECTIONS}/{{id}}/verify", Permission.CORRECT, verify),
)
