"""The page for a screen in the duty room: how many, how long, in large type; no names, no numbers of cases, no content.

A screen signs in once by its own link and stays signed in. Without scripts the page fetches itself anew; with scripts
it listens and sounds.
"""

import asyncio
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from nodes.casework.alert_figures import Figures, read_figures
from nodes.desk.changes import CHANGED, STILL_HERE
from nodes.desk.cookies import Cookie
from nodes.desk.moments import clock_time, left, length
from nodes.desk.page import PUBLIC, Page
from nodes.desk.stream import ALERT, CALM, is_live
from nodes.desk.visit import Visit
from nodes.people.roles import Permission
from protocol.charter import DAY
from runtime.http import LIFECYCLE

WALL: Final = "/wall"
_MINUTE: Final = 60
_PAUSE_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Board:
    """What the screen shows, in words: each figure under its name, and the terms that end first."""

    alarm: bool
    figures: dict[str, str]
    due: tuple[str, ...]


async def show(visit: Visit) -> web.StreamResponse:
    """Show the board."""
    if not await _may(visit):
        return _closed(visit)
    return visit.page("wall.html", board=await _board(visit), now=visit.desk.now())


async def now(visit: Visit) -> web.StreamResponse:
    """Give the board's words to the script of the page."""
    if not await _may(visit):
        return web.Response(status=403)
    board = await _board(visit)
    clock = clock_time(visit.desk.now(), visit.desk.local())
    return web.json_response({"alarm": board.alarm, "figures": board.figures, "due": board.due, "clock": clock})


async def link(visit: Visit) -> web.StreamResponse:
    """Show what a link is for."""
    token = visit.request.match_info["token"]
    if not await visit.desk.screens.is_link(token):
        return _closed(visit)
    return visit.page("wall_link.html", path=visit.request.path)


async def sign_in(visit: Visit) -> web.StreamResponse:
    """Sign a screen in by its link, which works no more from now on."""
    own = await visit.desk.screens.open(visit.request.match_info["token"])
    if own is None:
        return _closed(visit)
    response = visit.back_to(WALL)
    _cookie(visit).put(response, own, visit.desk.alerts.settings.screen_days * DAY)
    return response


async def stream(visit: Visit) -> web.StreamResponse:
    """Tell the screen that something changed, and whether an urgent item waits."""
    if not await _may(visit):
        return web.Response(status=403)
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
    await response.prepare(visit.request)
    changes, lifecycle = visit.desk.changes, visit.request.app[LIFECYCLE]
    changed = changes.join()
    try:
        await response.write(STILL_HERE + await _alarm(visit))
        while not lifecycle.closing:
            told = await lifecycle.rest(changed, _PAUSE_S)
            changed.clear()
            if not await _may(visit, again=True):
                break
            await response.write(CHANGED + await _alarm(visit) if told else STILL_HERE)
    except (ConnectionError, asyncio.CancelledError):
        pass  # the screen was switched off
    finally:
        changes.leave(changed)
    return response


async def _may(visit: Visit, *, again: bool = False) -> bool:
    """Tell whether the board is for this visitor; ``again`` asks whether the session is still there."""
    if visit.who is not None and visit.who.may(Permission.SEE_ALERTS) and (not again or await is_live(visit)):
        return True
    return await visit.desk.screens.is_signed_in(_cookie(visit).read(visit.request))


def _closed(visit: Visit) -> web.Response:
    if visit.who is not None:
        return visit.missing()
    return web.Response(status=303, headers={"Location": f"/sign-in?next={WALL}"})


def _cookie(visit: Visit) -> Cookie:
    return Cookie.of("wall", visit.desk.origin)


async def _alarm(visit: Visit) -> bytes:
    return ALERT if await visit.desk.alerts.book.waiting() else CALM


async def _board(visit: Visit) -> Board:
    await visit.desk.cases.fresh()
    now = visit.desk.now()
    found = await visit.gateway.store.database.read(lambda connection: read_figures(connection, now))
    return Board(
        found.waiting > 0, _words(visit, found, now), tuple(left(each, now, visit.speech) for each in found.due)
    )


def _words(visit: Visit, found: Figures, now: int) -> dict[str, str]:
    silent = now - visit.gateway.network.replica.synced_at
    longest = (
        visit.text("for %(time)s", time=length(now - found.since, visit.speech)) if found.since is not None else ""
    )
    answers = silent < visit.desk.alerts.settings.hub_silent_minutes * _MINUTE
    hub = visit.text("The network answers") if answers else visit.text("The network does not answer")
    return {
        "waiting": str(found.waiting),
        "longest": longest,
        "overdue": str(found.overdue),
        "soon": str(found.soon),
        "held": str(found.held),
        "queued": str(found.queued),
        "resting": str(found.resting),
        "hub": hub,
    }


PAGES: Final = (
    Page("GET", WALL, PUBLIC, show),
    Page("GET", f"{WALL}/now", PUBLIC, now),
    Page("GET", f"{WALL}/changes", PUBLIC, stream),
    Page("GET", f"{WALL}/{{token}}", PUBLIC, link),
    Page("POST", f"{WALL}/{{token}}", PUBLIC, sign_in),
)
