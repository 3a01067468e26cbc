"""The ways of a person to sign in, as the person keeps them: list, add, remove."""

from typing import Final

from sqlalchemy import Connection

from nodes.gateway.gateway import Gateway
from nodes.people import refusals
from nodes.people.acting import PersonId
from nodes.people.enrolment import Candidate, Enrolment
from nodes.people.factor_store import (
    At,
    erase_factors,
    factors_of,
    passkeys_known,
    put_factor,
    refuse_factor,
    shown_factors,
)
from nodes.people.factors import Factor, FactorShown, NewSecret, Site, Way
from nodes.people.passphrases import WORK, Work
from nodes.people.people_book import PeopleBook
from nodes.people.person import Kind, PersonEvent, PersonRecord
from nodes.people.refusals import NotDone
from nodes.people.security import enter_event
from nodes.people.session_store import end_sessions
from nodes.people.sessions import SignedIn

FACTOR_ID = 16
FRESH_S: Final = 600
"""How long after a sign-in its session may change the ways to sign in: a desk left open is no proof of who is there."""


class OwnFactors:
    """The ways to sign in of somebody who is signed in now."""

    def __init__(self, gateway: Gateway, people: PeopleBook, site: Site, work: Work = WORK) -> None:
        self._gateway = gateway
        self._people = people
        self._enrolment = Enrolment(gateway, site, work)

    async def of(self, person: PersonId) -> tuple[FactorShown, ...]:
        """Return the ways to sign in of a person, the oldest first."""
        store = self._gateway.store
        return await store.database.read(lambda connection: shown_factors(connection, store.vault, person))

    async def new_secret(self, live: SignedIn) -> NewSecret:
        """Return the secret for one-time codes that ``add`` will expect in the same session.

        The same secret comes again when the form comes back with an error.
        """
        record = await self._record(live.acting.person)
        return self._enrolment.new_secret(_occasion(record, live), record.sign_in)

    async def passkey_options(self, person: PersonId) -> str:
        """Return the options for ``navigator.credentials.create`` as JSON, good for five minutes and one use."""
        record, store = await self._record(person), self._gateway.store
        known = await store.database.read(lambda connection: passkeys_known(connection, store.vault, person))
        return self._enrolment.passkey_options(_candidate(record), known)

    def refuse_stale(self, live: SignedIn) -> NotDone | None:
        """Return why a session may not change the ways to sign in any more; None in its first ten minutes."""
        return refusals.SIGN_IN_AGAIN if self._gateway.here.clock() >= live.started_at + FRESH_S else None

    async def add(self, live: SignedIn, factor: Factor) -> NotDone | None:
        """Return None once the way to sign in is checked and stored; a new passphrase takes the place of an old one.

        Refuses what is wrong with the factor, and a session that did not begin just now. A new passphrase ends all
        other sessions of the person.
        """
        if (stale := self.refuse_stale(live)) is not None:
            return stale
        person, here = live.acting.person, self._gateway.here
        record = await self._record(person)
        checked = await self._enrolment.check(_candidate(record), factor, _occasion(record, live))
        if isinstance(checked, NotDone):
            return checked
        new, at = checked, At(here.entropy(FACTOR_ID), here.clock())

        def work(connection: Connection) -> NotDone | None:
            refused = refuse_factor(connection, new, at.now)
            if refused is not None:
                return refused
            put_factor(connection, self._gateway.store.vault, person, new, at)
            self._note(connection, person, Kind.WAY_ADDED)
            if new.way is Way.PASSPHRASE:
                end_sessions(connection, person, at.now, live.session)
            return None

        return await self._gateway.store.database.write(work)

    async def remove(self, live: SignedIn, factor: bytes) -> NotDone | None:
        """Return None once one way to sign in has ended, and every other session of the person with it.

        The last way stays; a session that did not begin just now is refused.
        """
        if (stale := self.refuse_stale(live)) is not None:
            return stale
        person = live.acting.person

        def work(connection: Connection) -> NotDone | None:
            there = factors_of(connection, person)
            if factor not in there:
                return refusals.NO_WAY
            if len(there) == 1:
                return refusals.LAST_FACTOR
            erase_factors(connection, (factor,))
            self._note(connection, person, Kind.WAY_REMOVED)
            end_sessions(connection, person, self._gateway.here.clock(), live.session)
            return None

        return await self._gateway.store.database.write(work)

    async def _record(self, person: PersonId) -> PersonRecord:
        record = await self._people.find(person)
        if record is None:
            raise LookupError("nobody is signed in under this id")
        return record

    def _note(self, connection: Connection, person: PersonId, kind: Kind) -> None:
        event = PersonEvent(number=0, person=person, kind=kind, at=self._gateway.here.clock(), by=person)
        enter_event(connection, self._gateway.store, event)


def _candidate(record: PersonRecord) -> Candidate:
    return Candidate(record.id, record.name, record.sign_in)


def _occasion(record: PersonRecord, live: SignedIn) -> str:
    """Return the session with the number of ways added so far: after one is stored, a new secret is offered."""
    added = sum(each.kind is Kind.WAY_ADDED for each in record.events)
    return f"{record.id}:{added}:{live.session.hex()}"
