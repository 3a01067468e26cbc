"""Sessions of people who signed in: kept by the node, so that a right which ends, ends them at once.

The browser holds a random token of 256 bits; the database holds its digest only.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from nodes.gateway.gateway import Gateway
from nodes.people.acting import Acting, PersonId
from nodes.people.factors import Way
from nodes.people.people_book import PeopleBook
from nodes.people.security import SIGN_IN, SIGN_OUT, note_session
from nodes.people.session_store import (
    StoredSession,
    digest_of,
    end_session,
    end_sessions,
    find_session,
    new_token,
    put_session,
    sessions_of,
    touch_session,
)

_NOTED_S: Final = 60  # a use is noted once a minute: a page of many parts is one write


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """After how many seconds without a request, and after how many in all, a session ends."""

    idle_s: int = 900
    whole_s: int = 36_000


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A live session: who acts in it with the roles of this moment, and until when it lasts at the longest."""

    acting: Acting
    session: bytes
    way: Way
    started_at: int
    idle_until: int
    ends_at: int


class Sessions:
    """Begins, finds and ends sessions."""

    def __init__(self, gateway: Gateway, people: PeopleBook, limits: SessionLimits) -> None:
        self._gateway = gateway
        self._people = people
        self._limits = limits

    async def begin(self, person: PersonId, way: Way, former: str | None = None) -> str:
        """Return the token of a new session, once it is stored; ``former``, the token the browser had, ends with it.

        Call it only with what ``SignIn`` or ``Invitations.accept`` returned. The token is never stored and cannot be
        shown again. A browser's token from before the sign-in is never taken over (session fixation).
        """
        now, token = self._gateway.here.clock(), new_token(self._gateway.here.entropy)

        def work(connection: Connection) -> None:
            if former is not None:
                self._end(connection, digest_of(former), now)
            put_session(connection, digest_of(token), person, way, now)
            note_session(connection, self._gateway.store, SIGN_IN, person)

        await self._gateway.store.database.write(work)
        return token

    async def find(self, token: str) -> SignedIn | None:
        """Return the live session of a token, and note that it is used; None for every other token.

        The person is looked up anew each time: whoever was deactivated, or whose time is over, has no session.
        """
        digest, now, database = digest_of(token), self._gateway.here.clock(), self._gateway.store.database
        people = await self._people.all()
        stored = await database.read(lambda connection: find_session(connection, digest))
        record = None if stored is None else people.get(stored.person)
        acting = None if record is None else record.acting(now)
        if stored is None:
            return None
        if acting is None or not self._is_live(stored, now):
            await self.end(token)
            return None
        if now - stored.seen_at >= _NOTED_S:
            await database.write(lambda connection: touch_session(connection, digest, now))
        return self._signed_in(stored, acting, now)

    async def end(self, token: str) -> None:
        """Return when no session has this token (sign-out)."""
        digest, now = digest_of(token), self._gateway.here.clock()
        await self._gateway.store.database.write(lambda connection: self._end(connection, digest, now))

    async def end_all(self, person: PersonId, but: bytes | None = None) -> int:
        """Return how many sessions of a person were ended; the one with the digest ``but`` lives on."""
        now = self._gateway.here.clock()
        return await self._gateway.store.database.write(lambda connection: end_sessions(connection, person, now, but))

    async def of(self, person: PersonId) -> tuple[SignedIn, ...]:
        """Return the live sessions of a person, the latest first."""
        now, acting = self._gateway.here.clock(), await self._people.acting(person)
        if acting is None:
            return ()
        stored = await self._gateway.store.database.read(lambda connection: sessions_of(connection, person))
        return tuple(self._signed_in(each, acting, each.seen_at) for each in stored if self._is_live(each, now))

    def _end(self, connection: Connection, digest: bytes, now: int) -> None:
        person = end_session(connection, digest, now)
        if person is not None:
            note_session(connection, self._gateway.store, SIGN_OUT, person)

    def _is_live(self, stored: StoredSession, now: int) -> bool:
        limits = self._limits
        return now < min(stored.seen_at + limits.idle_s, stored.started_at + limits.whole_s)

    def _signed_in(self, stored: StoredSession, acting: Acting, seen_at: int) -> SignedIn:
        ends_at = stored.started_at + self._limits.whole_s
        idle_until = min(seen_at + self._limits.idle_s, ends_at)
        return SignedIn(acting, stored.digest, stored.way, stored.started_at, idle_until, ends_at)
