"""The stream that tells an open page to fetch itself again; it says that something changed and never what."""

import asyncio
from typing import Final

from aiohttp import web

from nodes.desk.alerts import calls
from nodes.desk.changes import CHANGED, STILL_HERE
from nodes.desk.page import SIGNED_IN, Page
from nodes.desk.visit import Visit
from nodes.people.roles import Permission
from runtime.http import LIFECYCLE

ALERT: Final = b"event: alert\ndata: 1\n\n"
CALM: Final = b"event: alert\ndata: 0\n\n"
"""Whether an urgent item waits of which this person was told; what it is, nobody says here."""
_PAUSE_S: Final = 20.0  # between two looks whether the session is still there


async def stream(visit: Visit) -> web.StreamResponse:
    """Speak until the session ends, the page is left or the node stops. Listening is not using: idle time runs on."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
    await response.prepare(visit.request)
    changes, lifecycle = visit.desk.changes, visit.request.app[LIFECYCLE]
    changed = changes.join()
    try:
        await response.write(STILL_HERE)
        shown = await _alert(response, visit, shown=False)
        while not lifecycle.closing:
            told = await lifecycle.rest(changed, _PAUSE_S)
            changed.clear()
            if not await is_live(visit):
                break
            await response.write(CHANGED if told else STILL_HERE)
            shown = await _alert(response, visit, shown=shown)
    except (ConnectionError, asyncio.CancelledError):
        pass  # the page was left
    finally:
        changes.leave(changed)
    return response


async def _alert(response: web.StreamResponse, visit: Visit, *, shown: bool) -> bool:
    """Return whether an item waits of which this person was told, after the page heard of a change of that."""
    waits = visit.acting.may(Permission.SEE_ALERTS) and await calls(visit)
    if waits != shown:
        await response.write(ALERT if waits else CALM)
    return waits


async def is_live(visit: Visit) -> bool:
    """Tell whether the session with which a page was opened is still there."""
    mine = visit.session
    live = await visit.desk.persons.sessions.of(visit.acting.person)
    return mine is not None and any(each.session == mine.session for each in live)


PAGES: Final = (Page("GET", "/changes", SIGNED_IN, stream),)
