"""The processing log: who did what with which message, when and why. It is read for a purpose, which is asked first.

Whoever reads, verifies or exports it is in it from then on. No content is here: the log has none.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from nodes.casework.processing_log import Broken, Head, Kept
from nodes.casework.processing_log_entry import Entry, parse_entry
from nodes.casework.processing_log_ocsf import event_of
from nodes.desk import log_words
from nodes.desk.case_words import ACTS
from nodes.desk.code_words import CodeWords
from nodes.desk.log_query import Query, Wrong, read_query
from nodes.desk.page import Page
from nodes.desk.people_words import GROUNDS, KINDS
from nodes.desk.texts import sentence
from nodes.desk.visit import Visit
from nodes.gateway.deeds import ITSELF, PROGRAM, SOMEBODY, Door, Operation
from nodes.people.acting import PersonId
from nodes.people.roles import Permission
from protocol.errors import Malformed
from protocol.ids import NodeId, parse_hex_digest

_DIGITS: Final = 15
_BAD_HEAD: Final = Wrong(
    "head",
    sentence("This is no head of the log."),
    sentence("Copy it as an earlier verification showed it: a number, a colon, 64 characters."),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as it is shown; ``entry`` is None where its bytes cannot be read."""

    kept: Kept
    entry: Entry | None
    who: str
    deed: str


async def index(visit: Visit) -> web.StreamResponse:
    """Ask what for, then show the entries that fit."""
    query = read_query(visit.request.query, visit.desk.local())
    people = await _people(visit)
    if query.purpose is None:
        return visit.page("log_purpose.html", purposes=log_words.PURPOSES, asked=query)
    lines: list[Line] = []
    older = None
    if query.wanted is not None:
        page = await visit.desk.log_book.read(query.wanted, query.purpose)
        lines, older = [_line(visit, each, people) for each in page.entries], page.next
    standing = await visit.desk.log_book.standing()
    return visit.page(
        "log.html",
        status=200 if query.wanted is not None else 422,
        query=query,
        lines=lines,
        older=None if older is None else query.address(before=str(older)),
        people=people,
        operations=[(each.value, log_words.OPERATIONS[each]) for each in Operation],
        standing=standing,
        words=log_words,
        grounds=GROUNDS,
        may_review=visit.acting.may(Permission.REVIEW),
        names_of=names_in(visit),
        code=CodeWords(visit),
    )


async def verify(visit: Visit) -> web.StreamResponse:
    """Verify the whole chain and show what was covered, or where it breaks."""
    query = _asked(visit)
    if query.purpose is None:
        return visit.back_to("/log")
    typed = visit.field("head")
    known = _head(typed)
    if typed and known is None:
        return visit.page(
            "log_verified.html", status=422, query=query, found=None, broken=None, wrong=_BAD_HEAD, typed=typed
        )
    found = await visit.desk.log_book.verify(query.purpose, () if known is None else (known,))
    anchors = await visit.desk.log_book.anchors()
    return visit.page(
        "log_verified.html",
        query=query,
        found=found,
        anchors=anchors,
        around=anchors.around(found.number) if isinstance(found, Broken) else None,
        broken=log_words.BREAKS[found.why] if isinstance(found, Broken) else None,
        wrong=None,
        typed=typed,
    )


async def export(visit: Visit) -> web.StreamResponse:
    """Give all entries that fit as JSON lines with the field names of OCSF."""
    query = _asked(visit)
    if query.purpose is None or query.wanted is None:
        return visit.back_to("/log")
    headers = {
        "Content-Type": "application/x-ndjson",
        "Content-Disposition": 'attachment; filename="processing-log.jsonl"',
    }
    response = web.StreamResponse(headers=headers)
    await response.prepare(visit.request)
    async for rows in visit.desk.log_book.export(query.wanted, query.purpose):
        for each in rows:
            entry = _parsed(each)
            event = {"unreadable": each.number} if entry is None else event_of(each, entry)
            await response.write(json.dumps(event).encode() + b"\n")
    await response.write_eof()
    return response


def _asked(visit: Visit) -> Query:
    given = {name: visit.field(name) for name in visit.form}
    return read_query(given, visit.desk.local())


async def _people(visit: Visit) -> dict[PersonId, str]:
    """Return everybody who ever had an account, by id: the log outlives accounts."""
    known = await visit.desk.people.all()
    return {person: record.name for person, record in sorted(known.items(), key=lambda each: each[1].name)}


def _deed(visit: Visit, deed: str) -> str:
    """Return what was done in words; an act on a case has the words of its button."""
    if deed.startswith(log_words.CASE_DEED):
        act = deed.removeprefix(log_words.CASE_DEED)
        return visit.text(log_words.CASE, act=visit.text(ACTS.get(act, act)))
    if deed.startswith(log_words.ACCOUNT_DEED):
        kind = deed.removeprefix(log_words.ACCOUNT_DEED)
        return visit.text(log_words.ACCOUNT, act=visit.text(KINDS.get(kind, kind)))
    return visit.text(log_words.DEEDS.get(deed, deed))


def _line(visit: Visit, kept: Kept, people: dict[PersonId, str]) -> Line:
    entry = _parsed(kept)
    known = {
        PROGRAM: visit.text(log_words.PROGRAM),
        ITSELF.who: visit.text(log_words.ITSELF),
        SOMEBODY.who: visit.text(log_words.SOMEBODY),
    }
    named = known.get(kept.who) or people.get(PersonId(kept.who))
    if named is None and entry is not None and entry.doer.door is Door.API:
        named = visit.text(log_words.NAMED, name=kept.who.removeprefix(f"{PROGRAM}-"))
    deed = "" if entry is None else _deed(visit, entry.act.deed)
    return Line(kept, entry, named or visit.text(log_words.FORMER), deed)


def _parsed(kept: Kept) -> Entry | None:
    try:
        return parse_entry(kept.body)
    except Malformed:
        return None


def names_in(visit: Visit) -> Callable[[Iterable[NodeId]], str]:
    """Return how a page names participants: as the directory does, by their ids where it knows none."""
    labels = {each.node: each.label for each in visit.gateway.network.replica.directory.participants()}
    return lambda nodes: ", ".join(labels.get(each, each) for each in nodes)


def _head(text: str) -> Head | None:
    number, _, digest = text.partition(":")
    if not (number.isascii() and number.isdigit() and len(number) <= _DIGITS):
        return None
    try:
        return Head(int(number), parse_hex_digest(digest))
    except Malformed:
        return None


PAGES: Final = (
    Page("GET", "/log", Permission.SEE_LOG, index),
    Page("POST", "/log/verify", Permission.SEE_LOG, verify),
    Page("POST", "/log/export", Permission.SEE_LOG, export),
)
