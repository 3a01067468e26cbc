"""The loop that tells people of urgent items: one step of each alert when its time has come, durable before it is told.

A node that stops in a step takes it once more when it starts again: nobody is forgotten, and one call is repeated at
most.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection

from nodes.casework import alert_store
from nodes.casework.alert import Alert, Step, next_at, next_step
from nodes.casework.alert_book import AlertBook, settle_alarm
from nodes.casework.alert_channels import Call, Channel, Told, tell_all
from nodes.casework.alert_mail import MailChannel
from nodes.casework.alert_pager import PagerChannel
from nodes.casework.alert_post import PostChannel
from nodes.casework.alert_urgent import how_ended, is_behind, raise_new
from nodes.config import AlertSettings
from nodes.gateway.alarm_words import ALERT_CHANNEL
from nodes.gateway.alarms import clear_alarm, raise_alarm
from nodes.gateway.gateway import Gateway
from nodes.people.acting import PersonId
from nodes.people.alert_addresses import load_addresses
from nodes.people.people_book import PeopleBook
from nodes.people.refusals import NotDone
from runtime.events import Event
from runtime.log import Log

ALERTS: Final = "alerts"
"""The name of the loop."""
TEST_APART_S: Final = 60
"""Between two tests of one person: each of them may wake somebody, and telephones cost money."""
TESTED_LATELY: Final = NotDone(
    "TESTED_LATELY",
    "You tested the alerts less than a minute ago, and nothing was sent now.",
    "See whether that one arrived; after a minute you can test again.",
)
_FAR_S: Final = 3_600.0


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that is being taken, with the alert it belongs to."""

    alert: Alert
    step: Step


def _to_nobody() -> None:
    """Tell no page: no desk runs beside these alerts."""


class Alerts:
    """Tells the people of one node."""

    def __init__(self, gateway: Gateway, book: AlertBook, settings: AlertSettings, log: Log) -> None:
        self.book = book
        self.settings = settings
        self.channels = channels_of(settings)
        self.heard: Callable[[], None] = _to_nobody
        """Called when open pages have something new to show."""
        self._gateway = gateway
        self._log = log

    async def turn(self) -> float:
        """Return the seconds until the next step is due, after every step that is due was taken."""
        changed = await self._look()
        now, hands, pace = self._gateway.here.clock(), await self.book.hands(), self.book.pace
        due = []
        for each in await self.book.waiting():
            step = next_step(each, hands, pace)
            if step is not None and step.at <= now:
                due.append(Taken(each, step if each.unfinished is not None else replace(step, at=now)))
        await self._take(due)
        if changed or due:
            self.heard()
        at = next_at(await self.book.waiting(), await self.book.hands(), pace)
        return _FAR_S if at is None else float(max(0, at - self._gateway.here.clock()))

    async def test(self, persons: Sequence[PersonId], by: str) -> tuple[Told, ...] | NotDone:
        """Return how every channel did with a test alert to these persons; nothing else happens.

        ``by`` is who tests, a person or a program: within a minute of the last test of theirs nothing is sent.
        """
        now = self._gateway.here.clock()
        if not self.channels:
            return ()
        database = self._gateway.store.database
        if await database.write(lambda connection: alert_store.note_test(connection, by, now, TEST_APART_S)):
            return TESTED_LATELY
        return await self._tell(persons, Call(self.settings.test_text, self._name, test=True, at=now))

    async def _look(self) -> bool:
        """Raise what is new and end what found somebody; tell whether anything changed."""
        database, now = self._gateway.store.database, self._gateway.here.clock()
        before = {each.number for each in await self.book.waiting()}
        while await database.read(is_behind):
            await database.write(raise_new)
        if not await self.book.waiting():
            return False
        return before != await database.write(lambda connection: _settle(connection, now))

    async def _take(self, due: Sequence[Taken]) -> None:
        """Take the steps that are due; those for the same persons with one call."""
        groups: dict[tuple[PersonId, ...], list[Taken]] = {}
        for each in due:
            groups.setdefault(each.step.persons, []).append(each)
        for persons, group in groups.items():
            await self._take_together(persons, group)

    async def _take_together(self, persons: Sequence[PersonId], group: Sequence[Taken]) -> None:
        database, clock = self._gateway.store.database, self._gateway.here.clock
        await database.write(lambda connection: _begin(connection, group))
        self.heard()
        told = await self._tell(persons, Call(self.settings.text, self._name, test=False, at=clock()))
        reached = not told or any(each.trouble is None for each in told)
        now = clock()
        await database.write(lambda connection: _end(connection, group, now, reached=reached))

    async def _tell(self, persons: Sequence[PersonId], call: Call) -> tuple[Told, ...]:
        store = self._gateway.store
        known = await store.database.read(lambda connection: load_addresses(connection, store.vault, persons))
        addressed = replace(call, addresses=tuple(known[each] for each in persons if each in known))
        told = await tell_all(self.channels, addressed, self.settings.channel_timeout_s)
        await store.database.write(lambda connection: _note(connection, told, call.at))
        for each in told:
            if each.error is not None:
                self._log.unexpected(each.error, ALERTS)
            if each.trouble is None:
                self._log.write(Event.ALERT_TOLD, kind=each.channel, count=len(persons))
            else:
                self._log.write(Event.ALERT_FAILED, kind=each.channel, code=each.trouble.code)
        return told

    @property
    def _name(self) -> str:
        return self.settings.name or self._gateway.here.node


def build_alerts(gateway: Gateway, people: PeopleBook, settings: AlertSettings, log: Log) -> Alerts:
    """Return the alerts of a node with the channels of its settings."""
    return Alerts(gateway, AlertBook(gateway, people, settings), settings, log)


def channels_of(settings: AlertSettings) -> tuple[Channel, ...]:
    """Return the channels that have a section in the settings, in the order in which pages show them."""
    found: list[Channel] = []
    if settings.mail is not None:
        found.append(MailChannel(settings.mail, settings.channel_timeout_s))
    if settings.pager is not None:
        found.append(PagerChannel(settings.pager.command))
    if settings.post is not None:
        found.append(PostChannel(settings.post, settings.channel_timeout_s))
    return tuple(found)


def _begin(connection: Connection, group: Sequence[Taken]) -> None:
    for each in group:
        alert_store.put_step(connection, each.alert.number, each.step)


def _settle(connection: Connection, now: int) -> set[int]:
    """End the alerts of items that found somebody; return the numbers of those that wait."""
    waiting = {each.number: how_ended(connection, each) for each in alert_store.waiting(connection)}
    for number, found in waiting.items():
        if found is not None:
            alert_store.end_alert(connection, number, *found, now)
    if any(waiting.values()):
        settle_alarm(connection, now)
    return {number for number, found in waiting.items() if found is None}


def _end(connection: Connection, group: Sequence[Taken], now: int, *, reached: bool) -> None:
    for each in group:
        alert_store.end_step(connection, each.alert.number, each.step.number, reached=reached)
    settle_alarm(connection, now)


def _note(connection: Connection, told: Sequence[Told], at: int) -> None:
    for each in told:
        alert_store.note_channel(connection, each.channel, at, None if each.trouble is None else each.trouble.code)
        if each.trouble is None:
            clear_alarm(connection, ALERT_CHANNEL, each.channel)
        else:
            raise_alarm(connection, ALERT_CHANNEL, each.channel, at)
