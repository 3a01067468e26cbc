"""Screens on walls: signed in by a link of their own for a long time, they see numbers and remaining times only."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, insert, select, update

from nodes.alert_tables import wall_screen
from nodes.gateway.gateway import Gateway
from nodes.people.acting import PersonId
from nodes.people.session_store import digest_of, new_token
from protocol.charter import DAY


@dataclass(frozen=True, slots=True)
class Screen:
    """A screen that is signed in until ``expires_at`` once its link was ``opened``."""

    number: int
    made_at: int
    made_by: PersonId
    expires_at: int
    opened: bool = False


class ScreenBook:
    """The screens of one node; their tokens are kept as digests only."""

    def __init__(self, gateway: Gateway, days: int) -> None:
        self._gateway = gateway
        self._life_s = days * DAY

    async def make(self, by: PersonId) -> tuple[Screen, str]:
        """Return a new screen and the token of its link, which is shown this once and works once, for a day."""
        token = new_token(self._gateway.here.entropy)
        now = self._gateway.here.clock()
        values = {"digest": digest_of(token), "made_at": now, "made_by": by, "expires_at": now + self._life_s}
        stored = insert(wall_screen).values(values).returning(wall_screen.c.number)
        number = await self._gateway.store.database.write(lambda c: int(c.execute(stored).scalar_one()))
        return Screen(number, now, by, now + self._life_s), token

    async def is_link(self, token: str) -> bool:
        """Tell whether a token is that of a link nobody opened."""
        return await self._finds(_unopened(token, self._gateway.here.clock()))

    async def open(self, token: str) -> str | None:
        """Return the screen's own token, in place of that of its link, which works no more; None for a dead link."""
        own, now = new_token(self._gateway.here.entropy), self._gateway.here.clock()
        changed = update(wall_screen).where(_unopened(token, now)).values(digest=digest_of(own), opened_at=now)
        count = await self._gateway.store.database.write(lambda c: c.execute(changed).rowcount)
        return own if count else None

    async def is_signed_in(self, token: str) -> bool:
        """Tell whether a token is that of a screen nobody ended."""
        living = _living(self._gateway.here.clock())
        return await self._finds(
            and_(living, wall_screen.c.opened_at.is_not(None), wall_screen.c.digest == digest_of(token))
        )

    async def all(self) -> Sequence[Screen]:
        """Return the screens that are signed in, the oldest first."""
        query = select(wall_screen).where(_living(self._gateway.here.clock())).order_by(wall_screen.c.number)

        def load(connection: Connection) -> Sequence[Screen]:
            rows = connection.execute(query).all()
            return [
                Screen(row.number, row.made_at, PersonId(row.made_by), row.expires_at, row.opened_at is not None)
                for row in rows
            ]

        return await self._gateway.store.database.read(load)

    async def end(self, number: int) -> None:
        """Return when a screen shows nothing any more."""
        changed = update(wall_screen).where(wall_screen.c.number == number, wall_screen.c.ended_at.is_(None))
        ending = changed.values(ended_at=self._gateway.here.clock())
        await self._gateway.store.database.write(lambda c: c.execute(ending).rowcount)

    async def _finds(self, where: ColumnElement[bool]) -> bool:
        query = select(wall_screen.c.number).where(where)
        return await self._gateway.store.database.read(lambda c: c.execute(query).scalar_one_or_none()) is not None


def _unopened(token: str, now: int) -> ColumnElement[bool]:
    fresh = and_(_living(now), wall_screen.c.opened_at.is_(None), wall_screen.c.made_at > now - DAY)
    return and_(fresh, wall_screen.c.digest == digest_of(token))


def _living(now: int) -> ColumnElement[bool]:
    return and_(wall_screen.c.ended_at.is_(None), wall_screen.c.expires_at > now)
