"""Today: what is due, what waits for a person, what others owe, who is on duty. The first page after signing in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from aiohttp import web

from nodes.casework.alert_paper import by_state
from nodes.casework.case_lines import Line
from nodes.casework.case_list import CaseFilter, Order, Paging, Scope
from nodes.casework.machine import Stand
from nodes.desk.alerts import LEVELS
from nodes.desk.alerts import rows_of as rows_of_alerts
from nodes.desk.case_rows import names_of, rows_of
from nodes.desk.investigator import asks_of
from nodes.desk.message import labels_of
from nodes.desk.need_to_know import may_know
from nodes.desk.page import Page
from nodes.desk.visit import Visit
from nodes.gateway.alarm_words import alarm_words
from nodes.gateway.alarms import Alarm, alarms
from nodes.gateway.silence import Silent, never_fetched
from nodes.people.roles import Permission
from nodes.people.roster_book import RosterBook
from policies.clocks.zones import DAY

_DUE: Final = 12
_OTHERS: Final = 6
_UNFETCHED_DAYS: Final = 14
_NEXT: Final = 3  # names after whoever is on duty
_CAME_BACK: Final = (
    *("answered", "partial", "refused", "to-clarify", "to-read", "granted", "denied", "expired", "withdrawn"),
    *("unanswered", "returned", "stopped", "received", "evaluating", "raised", "applied"),
)
_NO_CLOCK: Final = ("police-request", "consent-asked", "information-given", "information-received", "police-correction")
"""Cases that came in, or came back, and in which no clock need run: nothing else on the page would show them."""
_NEWS: Final = CaseFilter(stands=(Stand.OURS,), states=_CAME_BACK, machines=_NO_CLOCK)
_SHOWN: Final = (
    ("due", CaseFilter(), Paging(_DUE, order=Order.DUE)),
    ("held", CaseFilter(held=True), Paging(_OTHERS)),
    ("awaited", CaseFilter(), Paging(_OTHERS, order=Order.AWAITED)),
    ("reviews", CaseFilter(states=("review",)), Paging(_OTHERS)),
    ("checks", CaseFilter(states=("check",)), Paging(_OTHERS)),
    ("news", replace(_NEWS, assignee=""), Paging(_DUE)),
)


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Who answers now, and who is alerted next."""

    name: str
    next: tuple[str, ...]
    me: bool


async def show(visit: Visit) -> web.StreamResponse:
    """Show what this person has to know first."""
    await visit.desk.cases.fresh()
    scope = await visit.desk.cases.scope(visit.acting)
    parts = {name: await _lines(visit, scope, wanted, paging) for name, wanted, paging in _SHOWN}
    due = {each.number for each in parts["due"]}
    parts["mine"] = [each for each in await _of_mine(visit, scope) if each.number not in due]
    above = due | {each.number for name in ("held", "checks") for each in parts[name]}
    news = [*parts["news"], *await _of_departed(visit, scope)]
    parts["news"] = [each for each in news if each.number not in above]
    rows = {each.line.number: each for each in await rows_of(visit, _each_once(parts.values()))}
    shown: dict[str, Any] = {name: [rows[each.number] for each in lines] for name, lines in parts.items()}
    acting = visit.acting
    return visit.page(
        "today.html",
        **shown,
        approvals=await visit.desk.approvals.waiting(acting) if acting.may(Permission.APPROVE) else (),
        asked=[each for each in await visit.desk.approvals.asked_by(acting.person) if each.verdict is None],
        alarms=await _alarms(visit),
        unfetched=await _unfetched(visit),
        **await _urgent(visit),
        handed_in=len(await asks_of(visit).waiting()) if acting.may(Permission.ASK) else 0,
        duty=await _on_duty(visit),
        names=await names_of(visit),
        may_approve=acting.may(Permission.APPROVE),
        may_review=acting.may(Permission.REVIEW),
        may_receive=acting.may(Permission.RECEIVE),
        may_see_all=acting.may(Permission.SEE_ALL),
        nothing=not any(shown.values()),
        now=visit.desk.now(),
    )


async def _lines(visit: Visit, scope: Scope, wanted: CaseFilter, paging: Paging) -> Sequence[Line]:
    return (await visit.desk.cases.list(scope, wanted, paging)).lines


async def _of_mine(visit: Visit, scope: Scope) -> Sequence[Line]:
    """Return what is this person's to do, and after that the work of whoever is away and left it to this person."""
    roster = await RosterBook(visit.gateway, visit.desk.people).roster()
    absent = sorted(roster.stands_for(visit.acting.person, visit.desk.now()))
    wanted = (CaseFilter(stands=(Stand.OURS,), assignee=each) for each in (visit.acting.person, *absent))
    return [line for each in wanted for line in await _lines(visit, scope, each, Paging(_DUE))]


async def _of_departed(visit: Visit, scope: Scope) -> Sequence[Line]:
    """Return what came back to people who do not work here any more: nobody would look at their cases."""
    now, people = visit.desk.now(), await visit.desk.people.all()
    gone = tuple(str(each.id) for each in people.values() if not each.may(Permission.RECEIVE, now))
    return await _lines(visit, scope, replace(_NEWS, assignees=gone), Paging(_DUE)) if gone else ()


def _each_once(parts: Iterable[Sequence[Line]]) -> list[Line]:
    return list({each.number: each for lines in parts for each in lines}.values())


async def _alarms(visit: Visit) -> Sequence[tuple[Alarm, str, str]]:
    """Return the alarms for whoever receives, each with what it means and what to do."""
    found = await visit.gateway.store.database.read(alarms) if visit.acting.may(Permission.RECEIVE) else ()
    return [(each, *alarm_words(each.code)) for each in found]


async def _unfetched(visit: Visit) -> Sequence[tuple[Silent, str]]:
    """Return what ran out lately before its recipient fetched it, each with the recipient's name."""
    since = visit.desk.now() - _UNFETCHED_DAYS * DAY
    found = await visit.gateway.store.database.read(lambda connection: never_fetched(connection, since, _OTHERS))
    known, labels = await may_know(visit, [each.message for each in found]), labels_of(visit)
    return [(each, labels.get(each.node, each.node)) for each in found if each.message in known]


async def _urgent(visit: Visit) -> dict[str, Any]:
    """Return the urgent items that nobody took, and urgent messages that do not leave, for whoever receives."""
    if not visit.acting.may(Permission.RECEIVE):
        return {"alerts": (), "silence": None, "offered": (), "undecided": (), "levels": LEVELS}
    book = visit.desk.alerts.book
    waiting, silence = await book.waiting(), await visit.desk.papers.silence()
    known = await may_know(visit, [each.message for each in silence.stuck]) if silence.stuck else frozenset()
    offered, undecided = by_state([each for each in silence.stuck if each.message in known])
    alerts = await rows_of_alerts(visit, waiting, await book.hands()) if waiting else ()
    return {"alerts": alerts, "silence": silence, "offered": offered, "undecided": undecided, "levels": LEVELS}


async def _on_duty(visit: Visit) -> OnDuty | None:
    """Return who answers now; None where nobody does, or where this person has nothing to do with it."""
    if not visit.acting.may(Permission.RECEIVE):
        return None
    now, names = visit.desk.now(), await names_of(visit)
    roster = await RosterBook(visit.gateway, visit.desk.people).roster()
    who = roster.on_duty(now)
    line = [names.get(each, "") for each in roster.line(now) if each != who]
    return OnDuty("" if who is None else names.get(who, ""), tuple(line[:_NEXT]), who == visit.acting.person)


PAGES: Final = (Page("GET", "/today", Permission.SEE_OWN, show),)
