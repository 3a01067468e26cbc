"""Retention: what waits for a review, what goes next, what a hold keeps, and what went, with signed evidence."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Final

from aiohttp import web

from nodes.casework.case_list import CaseFilter, Paging
from nodes.casework.legal_hold import HoldCode, Wanted, hold_faults
from nodes.casework.legal_hold_book import LegalHoldBook
from nodes.casework.machine_parts import REVIEW
from nodes.casework.retention import ARTICLES
from nodes.casework.retention_evidence import evidence_document
from nodes.desk.case_rows import rows_of
from nodes.desk.code_words import CodeWords
from nodes.desk.noting import note_shown
from nodes.desk.page import Page
from nodes.desk.retention_parts import FIELDS, hold_rows
from nodes.desk.retention_words import GROUNDS, HOLDS
from nodes.desk.visit import Visit
from nodes.people.refusals import NotDone
from nodes.people.roles import Permission
from policies.clocks.zones import DAY
from protocol.erasure import parse_erasure
from protocol.errors import Malformed
from protocol.ids import DIGEST_SIZE, REFERENCE_SIZE, parse_hex_digest

RETENTION: Final = "/retention"
_REVIEWS: Final = 50
_DIGITS: Final = 9
_SIZES: Final = (REFERENCE_SIZE, DIGEST_SIZE)


async def show(visit: Visit) -> web.StreamResponse:
    """Show everything about keeping and erasing; content is not on it."""
    return await _page(visit)


async def place(visit: Visit) -> web.StreamResponse:
    """Place a hold on the order of an authority, and come back to where it was asked for."""
    subject = _subject(visit)
    if subject is None:
        return visit.missing()
    code = next((each for each in HoldCode if each.value == visit.field("code")), None)
    wanted = Wanted(subject, code, visit.field("authority"), _end(visit))
    faults, found = hold_faults(wanted, visit.desk.now()), await LegalHoldBook(visit.gateway).place(wanted)
    if isinstance(found, NotDone):
        return await _page(visit, *(faults or (found,)), typed=_typed(visit, *FIELDS, "subject"))
    back = f"/cases/{subject.hex()}" if len(subject) == REFERENCE_SIZE else RETENTION
    return visit.back_to(back, said=visit.text("The hold is placed. Nothing of it is erased until it ends."))


async def lift(visit: Visit) -> web.StreamResponse:
    """Lift a hold with a reason."""
    text = visit.field("number")
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else 0
    found = await LegalHoldBook(visit.gateway).lift(number, visit.field("why"))
    if isinstance(found, NotDone):
        return await _page(visit, found, number=number, typed=_typed(visit, "why"))
    return visit.back_to(RETENTION, said=visit.text("The hold is lifted."))


async def evidence(visit: Visit) -> web.StreamResponse:
    """Give the signed evidence of an erasure as a file."""
    try:
        subject = bytes.fromhex(visit.request.match_info["subject"])
    except ValueError:
        return visit.missing()
    found = await visit.desk.retention.evidence(subject)
    if found is None:
        return visit.missing()
    name = f'attachment; filename="erasure-{found.id.hex()[:12]}.json"'
    return web.json_response(evidence_document(found), headers={"Content-Disposition": name})


def _typed(visit: Visit, *names: str) -> dict[str, str]:
    return {name: visit.field(name) for name in names}


async def _page(
    visit: Visit, *faults: NotDone, number: int = 0, typed: Mapping[str, str] | None = None
) -> web.StreamResponse:
    desk = visit.desk
    scope = await desk.cases.scope(visit.acting)
    due = (await desk.cases.list(scope, CaseFilter(states=(REVIEW,)), Paging(_REVIEWS))).lines
    coming, holds = await desk.retention.coming(), await LegalHoldBook(visit.gateway).latest()
    await note_shown(visit, "show-retention")
    may_review = visit.acting.may(Permission.REVIEW)
    return visit.page(
        "retention.html",
        status=422 if faults else 200,
        faults={each.field: each for each in faults},
        number=number,
        typed=typed or {},
        reviews=await rows_of(visit, due) if may_review else [],
        coming=coming,
        holds=await hold_rows(visit, holds),
        gone=[(each, parse_erasure(each.raw).erasure) for each in await desk.retention.latest()],
        limits=desk.retention.limits,
        months=desk.retention.months,
        unsent=await desk.retention.unsent(),
        grounds=GROUNDS,
        articles=ARTICLES,
        codes=HOLDS,
        may_review=may_review,
        lost=await desk.retention.lost(),
        code=CodeWords(visit),
        now=desk.now(),
    )


def _subject(visit: Visit) -> bytes | None:
    text = visit.field("subject")
    try:
        raw = bytes.fromhex(text) if len(text) != 2 * DIGEST_SIZE else parse_hex_digest(text)
    except (ValueError, Malformed):
        return None
    return raw if len(raw) in _SIZES else None


def _end(visit: Visit) -> int | None:
    """Return the end of the day that was typed, by the legal time here; None for what is no date."""
    try:
        day = date.fromisoformat(visit.field("expires_at"))
        midnight = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    except (ValueError, OverflowError):
        return None
    return midnight - visit.desk.local().zone.offset(midnight) + DAY


PAGES: Final = (
    Page("GET", RETENTION, Permission.SEE_LOG, show),
    Page("POST", f"{RETENTION}/holds", Permission.REVIEW, place),
    Page("POST", f"{RETENTION}/holds/lift", Permission.REVIEW, lift),
    Page("GET", f"{RETENTION}/evidence/{{subject}}", Permission.SEE_LOG, evidence),
)
