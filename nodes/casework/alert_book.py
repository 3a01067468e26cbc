"""The alerts of a contact point: which wait, who is told next, and who takes one."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from nodes.casework import alert_store
from nodes.casework.alert import MINUTE, Alert, End, Hands, Pace
from nodes.casework.alert_store import ChannelState
from nodes.config import AlertSettings
from nodes.gateway.alarm_words import ALERT_UNANSWERED
from nodes.gateway.alarms import clear_alarm, raise_alarm
from nodes.gateway.gateway import Gateway
from nodes.people.acting import Acting, PersonId
from nodes.people.people_book import PeopleBook
from nodes.people.refusals import NotDone
from nodes.people.roles import Permission
from nodes.people.roster_book import RosterBook

NO_ALERT = NotDone("NO_ALERT", "There is no such alert.", "See the page Today.")
NOT_TO_TAKE = NotDone(
    "NOT_PERMITTED", "Only somebody who may receive takes an urgent item.", "Ask whoever is on duty, or a supervisor."
)
_SUBJECT = "duty"
_ENDED = 20


class AlertBook:
    """The alerts of one node."""

    def __init__(self, gateway: Gateway, people: PeopleBook, settings: AlertSettings) -> None:
        self._gateway = gateway
        self._people = people
        self._settings = settings

    @property
    def pace(self) -> Pace:
        """How fast the next one is told."""
        return Pace(self._settings.escalate_minutes * MINUTE, self._settings.life_minutes * MINUTE)

    async def waiting(self) -> Sequence[Alert]:
        """Return the alerts that nobody has taken, the oldest first."""
        return await self._gateway.store.database.read(alert_store.waiting)

    async def ended(self) -> Sequence[Alert]:
        """Return the alerts that ended, the latest first."""
        return await self._gateway.store.database.read(lambda connection: alert_store.ended(connection, _ENDED))

    async def channels(self) -> Mapping[str, ChannelState]:
        """Return how the channels did when they were last tried."""
        return await self._gateway.store.database.read(alert_store.channels)

    async def take(self, number: int, by: Acting) -> Alert | NotDone:
        """Return the alert once nobody is told of it any more; one that somebody else took before is returned as it is.

        ``by`` needs RECEIVE.
        """
        if not by.may(Permission.RECEIVE):
            return NOT_TO_TAKE
        now = self._gateway.here.clock()

        def work(connection: Connection) -> Alert | NotDone:
            alert_store.end_alert(connection, number, End.TAKEN, by.person, now)
            settle_alarm(connection, now)
            return alert_store.find_alert(connection, number) or NO_ALERT

        return await self._gateway.store.database.write(work)

    async def hands(self) -> Hands:
        """Return whom there is to tell now: nobody who is away, and nobody who may not receive."""
        now = self._gateway.here.clock()
        people = await self._people.all()
        roster = await RosterBook(self._gateway, self._people).roster()

        def there(permission: Permission) -> tuple[PersonId, ...]:
            return tuple(sorted(person for person, each in people.items() if each.may(permission, now)))

        receiving = there(Permission.RECEIVE)
        present = tuple(each for each in receiving if not roster.is_away(each, now))
        releasing = there(Permission.RELEASE)
        return Hands(
            line=tuple(each for each in roster.line(now) if each in receiving),
            supervisors=tuple(each for each in releasing if not roster.is_away(each, now)),
            everybody=present or receiving,
        )


def settle_alarm(connection: Connection, now: int) -> None:
    """Let the node's alarms say whether an item waits that the roster did not take."""
    if any(each.is_loud for each in alert_store.waiting(connection)):
        raise_alarm(connection, ALERT_UNANSWERED, _SUBJECT, now)
    else:
        clear_alarm(connection, ALERT_UNANSWERED, _SUBJECT)
