"""Every page of the desk. A module of pages is one line here."""

from collections.abc import Iterable
from typing import Final

from aiohttp import web

from nodes.desk import (
    account,
    approvals,
    auditor,
    case,
    cases,
    compose,
    directory,
    draft,
    draft_files,
    draft_release,
    draft_sending,
    duty,
    glass,
    log,
    message,
    message_deeds,
    people,
    person,
    reviews,
    set_up,
    sign_in,
    statistics,
    stream,
    today,
)
from nodes.desk.assets import PREFIX, Assets
from nodes.desk.doors import Doors
from nodes.desk.page import Page

PAGES: Final[tuple[Page, ...]] = (
    *sign_in.PAGES,
    *set_up.PAGES,
    *account.PAGES,
    *stream.PAGES,
    *today.PAGES,
    *cases.PAGES,
    *case.PAGES,
    *approvals.PAGES,
    *compose.PAGES,
    *draft.PAGES,
    *draft_files.PAGES,
    *draft_release.PAGES,
    *draft_sending.PAGES,
    *message.PAGES,
    *message_deeds.PAGES,
    *people.PAGES,
    *person.PAGES,
    *duty.PAGES,
    *glass.PAGES,
    *reviews.PAGES,
    *directory.PAGES,
    *statistics.PAGES,
    *log.PAGES,
    *auditor.PAGES,
)


def add_routes(app: web.Application, pages: Iterable[Page], doors: Doors, assets: Assets) -> None:
    """Add the pages, the files beside them, and the answer to all other paths."""
    app.router.add_get(PREFIX + "{name}", assets.answer)
    for page in pages:
        app.router.add_route(page.method, page.path, doors.answer(page))
    app.router.add_route("*", "/{rest:.*}", doors.unknown)
