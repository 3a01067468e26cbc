"""A draft that needs a second person: asked for, looked at by that person, and signed with its key when it leaves.

What is approved is exactly what was looked at: a draft that was changed afterwards is not approved. The approval of a
person becomes a personal signature inside the message (protocol decision 19).
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from aiohttp import web

from nodes.casework import release_people
from nodes.casework.case_acts import Denied
from nodes.casework.case_approvals import Approval, Asking, Verdict
from nodes.casework.case_entries import case_ids_of
from nodes.casework.case_group import named_in
from nodes.casework.draft_verdict import Judged, judge
from nodes.casework.message_access import closed_among
from nodes.casework.message_view import Words, codes_of, count_fields, parts_of
from nodes.casework.writing import Prepared, prepare
from nodes.desk.case_rows import names_of
from nodes.desk.drafting import Open, book_of, draft_id, form_for, writing_desk
from nodes.desk.noting import note_shown
from nodes.desk.release_changes import compared, copy_of
from nodes.desk.visit import Visit
from nodes.people.refusals import LONG_REASON, LONGEST_REASON, NotDone
from nodes.people.roles import Permission
from protocol.ids import MessageId, Reference

DRAFT: Final = "draft"


@dataclass(frozen=True, slots=True)
class Release:
    """How far the second person is with exactly this draft. ``key`` is that of whoever approved it.

    ``lapsed`` was approved by somebody who may not approve any more.
    """

    approved: Approval | None = None
    key: Reference | None = None
    waiting: Approval | None = None
    returned: Approval | None = None
    lapsed: Approval | None = None

    def sign(self, prepared: Prepared) -> Prepared:
        """Return the draft with the signature of whoever approved it; unchanged where nobody did or can sign."""
        if self.approved is None or self.key is None:
            return prepared
        return replace(prepared, request={**prepared.request, "approve_as": [self.key.hex()]})


async def author_of(visit: Visit) -> str:
    """Return who writes, as rules about a second person know people: by the personal key, else by the account."""
    key = await visit.desk.people.signing_reference(visit.acting.person)
    return visit.acting.person if key is None else key.hex()


def digest_of(prepared: Prepared) -> str:
    """Return what stands for exactly this message, so that what was looked at is what is approved and sent."""
    request = json.dumps(prepared.request, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(request.encode()).hexdigest()


async def release_of(visit: Visit, found: Open, prepared: Prepared) -> Release:
    """Return how far the second person is with a draft as it reads now."""
    return await release_about(visit, found.found.row.id.hex(), bytes.fromhex(digest_of(prepared)))


async def release_about(visit: Visit, subject: str, digest: bytes) -> Release:
    """Return how far the second person is with exactly this."""
    mine = [each for each in await visit.desk.approvals.of(subject) if each.digest == digest]
    people, now = await visit.desk.people.all(), visit.desk.now()
    able = {each.id for each in people.values() if each.may(Permission.APPROVE, now)}
    approved = next((each for each in mine if each.verdict is Verdict.APPROVED and each.decided_by in able), None)
    last = mine[0] if mine else None
    key = None
    if approved is not None and approved.decided_by is not None:
        key = await visit.desk.people.signing_reference(approved.decided_by)
    return Release(
        approved,
        key,
        last if last is not None and last.verdict is None else None,
        last if last is not None and last.verdict is Verdict.RETURNED else None,
        last if last is not None and last.verdict is Verdict.APPROVED and approved is None else None,
    )


async def ask(visit: Visit, found: Open, prepared: Prepared, judged: Judged) -> Denied | None:
    """Return once a second person is asked about exactly this; or why nobody is."""
    asking = Asking(
        kind=DRAFT,
        subject=found.found.row.id.hex(),
        digest=bytes.fromhex(digest_of(prepared)),
        note=visit.field("note"),
        case=await case_of(visit, about(found, prepared)),
        rules=judged.rules,
        copy=copy_of(prepared, found.found.written.files),
    )
    done = await visit.desk.approvals.ask(visit.acting, asking)
    return done if isinstance(done, Denied) else None


def note_fault(visit: Visit) -> NotDone | None:
    """Return what is wrong with the words for the second person; None when they are short enough, or not there."""
    return LONG_REASON.at("note") if len(visit.field("note")) > LONGEST_REASON else None


def about(found: Open, prepared: Prepared) -> tuple[MessageId, ...]:
    """Return the message that a draft answers; of one that answers none, the messages that it names."""
    answered = found.found.row.purpose.in_reply_to
    return named_in(prepared.document) if answered is None else (answered,)


async def nobody_decides(visit: Visit, messages: Sequence[MessageId]) -> NotDone | None:
    """Return why nobody could decide about the release of what is about some messages now; None where somebody can."""
    case, desk = await case_of(visit, messages), visit.desk
    return await release_people.nobody_decides(desk.cases, desk.people, desk.now(), visit.acting, case)


async def case_of(visit: Visit, messages: Sequence[MessageId]) -> bytes | None:
    """Return the case of the messages that a draft answers, names or passes on: of several, one closed to a group.

    Who may know of it decides who sees the release, and what is said about the release is erased with it.
    """
    if not messages:
        return None
    await visit.desk.cases.fresh()
    database = visit.gateway.store.database
    cases = await database.read(lambda connection: case_ids_of(connection, messages))
    closed = await database.read(lambda connection: closed_among(connection, messages))
    return next((cases[each] for each in sorted(messages, key=lambda each: each not in closed) if each in cases), None)


async def reviewed(visit: Visit) -> Approval | None:
    """Return what this person was asked about the draft in the path; None for whoever may not decide about it."""
    return await visit.desk.approvals.to_review(visit.acting, DRAFT, draft_id(visit).hex())


async def review(visit: Visit, asked: Approval) -> web.Response:
    """Show a second person exactly what would go out, and whether it is still what was asked about."""
    kept = await book_of(visit).find(draft_id(visit), asked.asked_by)
    desk = writing_desk(visit)
    form = None if kept is None or desk is None else await form_for(visit, desk, kept.row.purpose)
    if kept is None or desk is None or form is None:
        return visit.missing()
    await note_shown(visit, "show-draft", *(() if asked.case is None else (asked.case,)))
    prepared = prepare(desk, form, kept.written)
    labels = {str(each.node): each.label for each in desk.around.directory.participants(desk.around.now)}
    words = Words(desk.bundle.catalogue, visit.language, labels)
    parts = parts_of(form.type, prepared.document, words)
    judged = await judge(visit.gateway, prepared, asked.asked_by, visit.language)
    return visit.page(
        "draft_review.html",
        number=asked.number,
        draft=kept.row.id.hex(),
        compared=await compared(visit, asked, form, copy_of(prepared, kept.written.files)),
        names=await names_of(visit),
        judged=judged,
        handling_codes=codes_of("handling", () if judged.draft is None else judged.draft.handling, words),
        language_used=words.catalogue.code("language", prepared.language, visit.language),
        purpose_words=_purpose_words(judged, words),
        count=count_fields(parts),
        to_labels=[labels.get(each, each) for each in prepared.to],
        files=kept.written.files,
        same=digest_of(prepared) == asked.digest.hex(),
        may_sign=await visit.desk.people.signing_reference(visit.acting.person) is not None,
        parts=parts,
    )


def _purpose_words(judged: Judged, words: Words) -> str:
    draft = judged.draft
    return "" if draft is None else words.catalogue.code("purpose", draft.purpose, words.language)
