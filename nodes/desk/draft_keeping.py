"""What a window saves by itself while somebody types: kept like the form's own button keeps it, judged the same way.

The answer is what stands beside the form. A draft that another window changed meanwhile is not overwritten: what was
typed here goes on as a second draft, and the answer says where that is.
"""

from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from nodes.casework.drafts import DraftState
from nodes.casework.subjects import marks_of
from nodes.casework.writing import Prepared, prepare, show
from nodes.desk.draft import faults_of, judged_now, known_here, nobody, save_posted
from nodes.desk.drafting import DRAFTS, open_draft
from nodes.desk.page import Page
from nodes.desk.visit import Visit
from nodes.people.roles import Permission

_TOLD: Final = 3  # of what is still missing


async def keep(visit: Visit) -> web.StreamResponse:
    """Keep what stands in the form now; answer with the verdict, the version, and when it was saved."""
    return await keep_in(visit, DRAFTS)


async def keep_in(visit: Visit, room: str) -> web.StreamResponse:
    """Do so for a draft of one of the rooms."""
    found = await open_draft(visit, room)
    if found is None or found.found.row.state is DraftState.DISCARDED:  # a window that was late brings nothing back
        return visit.missing()
    done = await save_posted(visit, found)
    if not isinstance(done, tuple):
        return done
    kept, _ = done
    row, before = kept.draft.row, prepare(found.desk, found.form, found.found.written)
    prepared = prepare(found.desk, found.form, kept.draft.written)
    same = marks_of(before.document) == marks_of(prepared.document)  # what was looked up is not looked up again
    shown = show(found.desk, found.form, kept.draft.written)
    faults = faults_of(visit, prepared.faults, shown)
    return _beside(
        visit,
        status=409 if kept.conflict is not None else 200,
        row=row,
        path=f"{room}/{row.id.hex()}",
        at=_clock(visit, row.saved_at),
        beside=None if row.beside is None else f"{room}/{row.beside.hex()}",
        judged=await judged_now(visit, prepared),
        missing=_missing(visit, prepared, [each.sentence for each in faults]),
        knowledge=None if same else await known_here(visit, found, prepared),
    )


def _beside(visit: Visit, status: int, **context: object) -> web.Response:
    """Return what the window puts beside the form. No frame, and a message that waits for a page goes on waiting."""
    html = visit.stage.renderer.render("draft_kept.html", visit.scene(), {"language": visit.language, **context})
    return web.Response(text=html, content_type="text/html", charset="utf-8", status=status)


def _missing(visit: Visit, prepared: Prepared, sentences: list[str]) -> list[str]:
    """Return what is still missing, the first of it only."""
    first = [] if prepared.to else [nobody(visit).sentence]
    return list(dict.fromkeys([*first, *sentences]))[:_TOLD]


def _clock(visit: Visit, at: int) -> str:
    """Return the time of day to the second: somebody who looks wants to see it move."""
    return f"{datetime.fromtimestamp(at + visit.desk.local().zone.offset(at), UTC):%H:%M:%S}"


PAGES: Final = (Page("POST", "/drafts/{id}/keep", Permission.RECEIVE, keep),)
