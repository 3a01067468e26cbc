"""The stream that tells an open page to fetch itself again; it says that something changed and never what."""

import asyncio
from typing import Final

from aiohttp import web

from nodes.desk.changes import CHANGED, STILL_HERE
from nodes.desk.page import SIGNED_IN, Page
from nodes.desk.visit import Visit
from runtime.http import LIFECYCLE

_PAUSE_S: Final = 20.0  # between two looks whether the session is still there


async def stream(visit: Visit) -> web.StreamResponse:
    """Speak until the session ends, the page is left or the node stops. Listening is not using: idle time runs on."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
    await response.prepare(visit.request)
    changes, lifecycle = visit.desk.changes, visit.request.app[LIFECYCLE]
    changed = changes.join()
    try:
        await response.write(STILL_HERE)
        while not lifecycle.closing:
            told = await lifecycle.rest(changed, _PAUSE_S)
            changed.clear()
            if not await _is_live(visit):
                break
            await response.write(CHANGED if told else STILL_HERE)
    except (ConnectionError, asyncio.CancelledError):
        pass  # the page was left
    finally:
        changes.leave(changed)
    return response


async def _is_live(visit: Visit) -> bool:
    mine = visit.session
    live = await visit.desk.persons.sessions.of(visit.acting.person)
    return mine is not None and any(each.session == mine.session for each in live)


PAGES: Final = (Page("GET", "/changes", SIGNED_IN, stream),)
