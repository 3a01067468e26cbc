"""Every page of the desk. A module of pages is one line here."""

from collections.abc import Iterable
from typing import Final

from aiohttp import web

from nodes.desk import (
    account,
    alert_address,
    alerts,
    approvals,
    auditor,
    auditor_alarms,
    auditor_decisions,
    auditor_log,
    case,
    cases,
    compose,
    contact_entry,
    corrections,
    directory,
    draft,
    draft_files,
    draft_handover,
    draft_keeping,
    draft_sending,
    duty,
    forward,
    forward_review,
    glass,
    handed_in,
    investigator,
    log,
    message,
    message_deeds,
    paper,
    people,
    person,
    preview,
    proofs,
    retention,
    reviews,
    set_up,
    sign_in,
    statistics,
    stream,
    today,
    wall,
    withdrawal,
)
from nodes.desk.assets import PREFIX, Assets
from nodes.desk.doors import Doors
from nodes.desk.page import Page

PAGES: Final[tuple[Page, ...]] = (
    *sign_in.PAGES,
    *set_up.PAGES,
    *account.PAGES,
    *alert_address.PAGES,
    *alerts.PAGES,
    *wall.PAGES,
    *paper.PAGES,
    *stream.PAGES,
    *today.PAGES,
    *cases.PAGES,
    *case.PAGES,
    *approvals.PAGES,
    *compose.PAGES,
    *draft.PAGES,
    *draft_keeping.PAGES,
    *draft_files.PAGES,
    *draft_sending.PAGES,
    *investigator.PAGES,
    *handed_in.PAGES,
    *message.PAGES,
    *message_deeds.PAGES,
    *withdrawal.PAGES,
    *corrections.PAGES,
    *preview.PAGES,
    *forward.PAGES,
    *forward_review.PAGES,
    *people.PAGES,
    *person.PAGES,
    *duty.PAGES,
    *draft_handover.PAGES,
    *glass.PAGES,
    *reviews.PAGES,
    *retention.PAGES,
    *directory.PAGES,
    *contact_entry.PAGES,
    *statistics.PAGES,
    *log.PAGES,
    *auditor_log.PAGES,
    *auditor_decisions.PAGES,
    *auditor_alarms.PAGES,
    *auditor.PAGES,
    *proofs.PAGES,
)


def add_routes(app: web.Application, pages: Iterable[Page], doors: Doors, assets: Assets) -> None:
    """Add the pages, the files beside them, and the answer to all other paths."""
    app.router.add_get(PREFIX + "{name}", assets.answer)
    for page in pages:
        app.router.add_route(page.method, page.path, doors.answer(page))
    app.router.add_route("*", "/{rest:.*}", doors.unknown)
