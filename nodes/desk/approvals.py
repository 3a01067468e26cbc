"""Approvals: what waits for a second person, what exactly would go out, the decision. Nobody decides about his own."""

from typing import Final

from aiohttp import web

from nodes.casework.case_acts import Denied
from nodes.casework.case_approvals import Approval, Decision, Verdict, refusal
from nodes.casework.case_list import CaseFilter, Paging
from nodes.desk.case_rows import names_of, rows_of
from nodes.desk.noting import note_shown
from nodes.desk.page import Page
from nodes.desk.texts import sentence
from nodes.desk.visit import Visit
from nodes.people.roles import Permission

_LISTED: Final = 20
_CHECK: Final = CaseFilter(states=("check",))
VERDICTS: Final = {
    Verdict.APPROVED: sentence("Approved"),
    Verdict.RETURNED: sentence("Returned for changes"),
    Verdict.DROPPED: sentence("Given up"),
}


async def index(visit: Visit) -> web.StreamResponse:
    """List what waits for a second person, what this person may decide first."""
    waiting = await visit.desk.approvals.waiting(visit.acting)
    mine = await visit.desk.approvals.asked_by(visit.acting.person)
    await visit.desk.cases.fresh()
    checks = await visit.desk.cases.list(await visit.desk.cases.scope(visit.acting), _CHECK, Paging(_LISTED))
    may = visit.acting.may(Permission.APPROVE)
    return visit.page(
        "approvals.html",
        waiting=[each for each in waiting if each.asked_by != visit.acting.person] if may else [],
        mine=mine[:_LISTED],
        checks=await rows_of(visit, checks.lines) if may else [],
        names=await names_of(visit),
        verdicts=VERDICTS,
        may=may,
        now=visit.desk.now(),
    )


async def show(visit: Visit) -> web.StreamResponse:
    """Show one release: who asked and why, what goes out, and what may be decided."""
    found = await _found(visit)
    if found is None:
        return visit.missing()
    await note_shown(visit, "show-draft", *(() if found.case is None else (found.case,)))
    return await _page(visit, found)


async def decide(visit: Visit) -> web.StreamResponse:
    """Approve a release or return it; what was typed is kept when that is refused."""
    found = await _found(visit)
    verdict = {"approve": Verdict.APPROVED, "return": Verdict.RETURNED}.get(visit.field("do"))
    if found is None or verdict is None:
        return visit.missing()
    decision = Decision(verdict, _digest(visit.field("digest")), visit.field("reason"))
    done = await visit.desk.approvals.decide(visit.acting, found.number, decision)
    if done is None:
        return visit.missing()
    if isinstance(done, Denied):
        return await _page(visit, found, done)
    visit.desk.changes.tell()
    return visit.back_to("/approvals", said=visit.text(VERDICTS[verdict]))


async def _page(visit: Visit, found: Approval, denied: Denied | None = None) -> web.Response:
    case = None
    if found.case is not None:
        line = await visit.desk.cases.line(await visit.desk.cases.scope(visit.acting), found.case)
        case = None if line is None else (await rows_of(visit, [line]))[0]
    return visit.page(
        "approval.html",
        status=409 if denied is not None else 200,
        found=found,
        rules=_rules(visit, found),
        me=visit.acting.person,
        case=case,
        names=await names_of(visit),
        verdicts=VERDICTS,
        why_not=refusal(found, visit.acting, Decision(Verdict.APPROVED, found.digest)),
        denied=denied,
        typed=visit.field("reason"),
        now=visit.desk.now(),
    )


def _rules(visit: Visit, found: Approval) -> list[tuple[str, str]]:
    """Return each rule that asked, with the article it carries out; empty for a rule that holds no more."""
    bundle = visit.gateway.network.replica.bundle
    policies = () if bundle is None else bundle.policies.channels.values()
    articles = {each.id: each.article for policy in policies for each in policy.rules()}
    return [(articles.get(rule, ""), rule) for rule in found.rules]


async def _found(visit: Visit) -> Approval | None:
    """Return the release in the address for whoever asked for it, or may decide and know; None like one that is not."""
    text = visit.request.match_info["number"]
    if not text.isascii() or not text.isdigit() or len(text) > len("999999999"):
        return None
    return await visit.desk.approvals.find(visit.acting, int(text))


def _digest(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


PAGES: Final = (
    Page("GET", "/approvals", Permission.RECEIVE, index),
    Page("GET", "/approvals/{number}", Permission.RECEIVE, show),
    Page("POST", "/approvals/{number}", Permission.APPROVE, decide),
)
