"""Alerts: which urgent items wait and who was told, whether the channels work, a test, and the screens on walls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from nodes.casework.alert import Alert, End, Hands, Level, Step, next_step
from nodes.casework.alert_channels import TROUBLES, Told
from nodes.casework.alert_mail import MAIL
from nodes.casework.alert_pager import PAGER
from nodes.casework.alert_post import POST
from nodes.casework.alert_screens import Screen
from nodes.casework.alert_store import ChannelState
from nodes.casework.case_entries import case_ids_of
from nodes.casework.message_access import readable
from nodes.desk.case_rows import names_of
from nodes.desk.page import Page
from nodes.desk.texts import sentence
from nodes.desk.visit import Visit
from nodes.people.acting import PersonId
from nodes.people.refusals import NotDone
from nodes.people.roles import Permission
from protocol.ids import MessageId

ALERTS: Final = "/alerts"
TODAY: Final = "/today"
_DIGITS: Final = 9
CHANNELS: Final[Mapping[str, str]] = {
    MAIL: sentence("Mail to the person who is told"),
    PAGER: sentence("Pager program of this contact point"),
    POST: sentence("Web address of this contact point"),
}
LEVELS: Final[Mapping[Level, str]] = {
    Level.ROSTER: sentence("duty roster"),
    Level.SUPERVISORS: sentence("supervisors"),
    Level.EVERYBODY: sentence("everybody who may receive"),
    Level.HOUSE: sentence("nobody is left on the roster: pages, screens and channels of the house"),
}
ENDS: Final[Mapping[End, str]] = {
    End.TAKEN: sentence("taken"),
    End.WORKED: sentence("work on the case began"),
    End.RETURNED: sentence("given back to its sender"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An alert as a page shows it. ``path`` leads to its case, empty where this person may not know of it."""

    alert: Alert
    path: str
    next: Step | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRow:
    """A channel: its words, whether the settings have it, how it did last, and what is wrong with it."""

    words: str
    on: bool
    state: ChannelState | None = None
    trouble: NotDone | None = None


async def show(visit: Visit) -> web.StreamResponse:
    """Show the alerts and the channels."""
    return await _page(visit)


async def test(visit: Visit) -> web.StreamResponse:
    """Send a test over every channel to this person, and show what became of it; one a minute."""
    told = await visit.desk.alerts.test([visit.acting.person], visit.acting.person)
    if isinstance(told, NotDone):
        return await _page(visit, refused=told)
    return await _page(visit, told=told)


async def take(visit: Visit) -> web.StreamResponse:
    """Take an urgent item: nobody is told of it any more."""
    found = await visit.desk.alerts.book.take(number_of(visit), visit.acting)
    if isinstance(found, NotDone):
        return visit.missing()
    back = TODAY if visit.field("back") == TODAY else ALERTS
    if found.ended_by == visit.acting.person:
        return visit.back_to(back, said=visit.text("It is yours. Nobody else is told of it any more."))
    names = await names_of(visit)
    who = names.get(found.ended_by or PersonId(""), visit.text("somebody else"))
    return visit.back_to(back, said=visit.text("%(who)s took it before you.", who=who))


async def make_screen(visit: Visit) -> web.StreamResponse:
    """Make a link by which a screen on a wall signs in, and show it this once."""
    screen, token = await visit.desk.screens.make(visit.acting.person)
    return await _page(visit, link=(screen, f"{visit.desk.origin}/wall/{token}"))


async def end_screen(visit: Visit) -> web.StreamResponse:
    """Let a screen show nothing any more."""
    await visit.desk.screens.end(number_of(visit))
    return visit.back_to(f"{ALERTS}#screens", said=visit.text("The screen is signed out."))


async def rows_of(visit: Visit, alerts: Sequence[Alert], hands: Hands) -> list[Row]:
    """Return alerts as pages show them, each with whom it tells next."""
    messages = [MessageId(each.message) for each in alerts]
    acting, scope, pace = visit.acting, await visit.desk.cases.scope(visit.acting), visit.desk.alerts.book.pace
    database = visit.gateway.store.database
    known = await database.read(lambda connection: readable(connection, acting, scope, messages))
    cases = await database.read(lambda connection: case_ids_of(connection, known))
    return [
        Row(
            alert=each,
            path=f"/cases/{cases[message].hex()}" if message in cases else "",
            next=next_step(each, hands, pace),
        )
        for each, message in zip(alerts, messages, strict=True)
    ]


def number_of(visit: Visit) -> int:
    """Return the number that a form names; 0, which nothing has, for anything else."""
    text = visit.field("number")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else 0


async def calls(visit: Visit) -> bool:
    """Tell whether an item waits of which this person was told, or of which nobody is left to be told."""
    waiting = await visit.desk.alerts.book.waiting()
    houses = (step.level is Level.HOUSE for each in waiting for step in each.steps)
    return any(visit.acting.person in each.told for each in waiting) or any(houses)


async def _page(
    visit: Visit,
    told: Sequence[Told] | None = None,
    link: tuple[Screen, str] | None = None,
    refused: NotDone | None = None,
) -> web.Response:
    book, hands = visit.desk.alerts.book, await visit.desk.alerts.book.hands()
    keeps = visit.acting.may(Permission.KEEP_ROSTER)
    return visit.page(
        "alerts.html",
        status=200 if refused is None else 429,
        refused=refused,
        waiting=await rows_of(visit, await book.waiting(), hands),
        ended=await rows_of(visit, await book.ended(), hands),
        channels=_channels(visit, await book.channels()),
        told=told,
        failed=any(each.trouble is not None for each in told or ()),
        names=await names_of(visit),
        hands=hands,
        pace=book.pace,
        levels=LEVELS,
        ends=ENDS,
        screens=await visit.desk.screens.all() if keeps else (),
        link=link,
        keeps=keeps,
        takes=visit.acting.may(Permission.RECEIVE),
        now=visit.desk.now(),
    )


def _channels(visit: Visit, states: Mapping[str, ChannelState]) -> list[ChannelRow]:
    there = {each.name for each in visit.desk.alerts.channels}
    found = []
    for name, words in CHANNELS.items():
        state = states.get(name) if name in there else None
        trouble = None if state is None or state.code is None else TROUBLES.get(state.code)
        found.append(ChannelRow(words=words, on=name in there, state=state, trouble=trouble))
    return found


PAGES: Final = (
    Page("GET", ALERTS, Permission.SEE_ALERTS, show),
    Page("POST", f"{ALERTS}/test", Permission.SEE_ALERTS, test),
    Page("POST", f"{ALERTS}/take", Permission.RECEIVE, take),
    Page("POST", f"{ALERTS}/screens", Permission.KEEP_ROSTER, make_screen),
    Page("POST", f"{ALERTS}/screens/end", Permission.KEEP_ROSTER, end_screen),
)
