"""Keeps the accounts of a contact point: append-only events, names and reasons encrypted, folded when they are read."""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import Connection

from nodes.gateway.gateway import Gateway
from nodes.people import refusals
from nodes.people.account_store import free_sign_in, last_number, load_events
from nodes.people.acting import Acting, PersonId
from nodes.people.alert_addresses import drop_address
from nodes.people.changes import Change, may_keep, needs_second, refuse_change, refuse_confirmation
from nodes.people.factor_store import erase_factors, factors_of
from nodes.people.person import Details, Kind, PersonEvent, PersonRecord, Proposal, fold_people
from nodes.people.refusals import NotDone
from nodes.people.roles import permissions
from nodes.people.security import enter_event
from nodes.people.session_store import end_links, end_sessions
from protocol.ids import Reference

People = Mapping[PersonId, PersonRecord]


class PeopleBook:
    """The accounts of one node. ``by`` is None for the operator at the node's console."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._seen: tuple[int, People] = (0, {})

    async def is_empty(self) -> bool:
        """Tell whether nobody has joined yet: then nothing but the first link may be reachable."""
        return is_new(await self.all())

    async def all(self) -> People:
        """Return every account that ever was, by id; ``record.events`` is its history."""

        def load(connection: Connection) -> tuple[int, People]:
            return last_number(connection), self.folded(connection)

        # Events are never changed, so what was folded from committed ones stays right until there is a later one.
        self._seen = await self._gateway.store.database.read(load)
        return self._seen[1]

    async def find(self, person: PersonId) -> PersonRecord | None:
        """Return one account."""
        return (await self.all()).get(person)

    async def acting(self, person: PersonId) -> Acting | None:
        """Return somebody with the roles of this moment; None when the person may not act now."""
        record = await self.find(person)
        return None if record is None else record.acting(self._gateway.here.clock())

    async def signing_reference(self, person: PersonId) -> Reference | None:
        """Return the personal signing key with which this person approves; None when none is bound or it is gone."""
        record = await self.find(person)
        return None if record is None else self._key(record.reference)

    async def change(self, change: Change, by: PersonId | None) -> PersonRecord | NotDone:
        """Return the account once the change is stored.

        What needs a second person is stored as a proposal and not done: it stands in ``record.waiting(now)``. When a
        right of the person ends with the change, all sessions of the person end in the same transaction.
        """
        now = self._gateway.here.clock()

        def work(connection: Connection) -> PersonRecord | NotDone:
            people = self.folded(connection)
            refused = refuse_change(people, change, by, now) or self._refuse_key(change)
            if refused is not None:
                return refused
            event = PersonEvent(
                number=0, person=change.person, kind=change.kind, at=now, by=by, why=change.why, details=change.details
            )
            if needs_second(people, change):
                asked = replace(change.details, act=change.kind)
                enter_event(connection, self._gateway.store, replace(event, kind=Kind.PROPOSED, details=asked))
            else:
                self._do(connection, people[change.person], event)
            return self.folded(connection)[change.person]

        return await self._gateway.store.database.write(work)

    async def confirm(self, person: PersonId, proposal: int, by: PersonId | None) -> PersonRecord | NotDone:
        """Return the account once what another one asked for is done."""
        now = self._gateway.here.clock()

        def work(connection: Connection) -> PersonRecord | NotDone:
            people = self.folded(connection)
            asked = _proposal(people, person, proposal)
            refused = refuse_confirmation(people, asked, by, now)
            if refused is not None or asked is None:
                return refused or refusals.NO_PROPOSAL
            details = replace(asked.details, act=None, about=asked.number)
            change = Change(person, asked.kind, asked.why, details)
            refused = refuse_change(people, change, by, now)
            if refused is not None:
                return refused
            event = PersonEvent(number=0, person=person, kind=asked.kind, at=now, by=by, why=asked.why, details=details)
            self._do(connection, people[person], event)
            return self.folded(connection)[person]

        return await self._gateway.store.database.write(work)

    async def drop(self, person: PersonId, proposal: int, by: PersonId | None) -> PersonRecord | NotDone:
        """Return the account once what was asked for is given up; who asked for it may do so too."""
        now = self._gateway.here.clock()

        def work(connection: Connection) -> PersonRecord | NotDone:
            people = self.folded(connection)
            if not may_keep(people, by, now):
                return refusals.NOT_YOURS
            if _proposal(people, person, proposal) is None:
                return refusals.NO_PROPOSAL
            details = Details(about=proposal)
            event = PersonEvent(number=0, person=person, kind=Kind.DROPPED, at=now, by=by, details=details)
            enter_event(connection, self._gateway.store, event)
            return self.folded(connection)[person]

        return await self._gateway.store.database.write(work)

    def folded(self, connection: Connection) -> People:
        """Return every account inside a transaction of somebody else."""
        number, people = self._seen
        if last_number(connection) == number:
            return people
        return fold_people(load_events(connection, self._gateway.store.vault))

    def _do(self, connection: Connection, before: PersonRecord, event: PersonEvent) -> None:
        enter_event(connection, self._gateway.store, event)
        if event.kind in (Kind.ENDED, Kind.RESET):
            erase_factors(connection, factors_of(connection, event.person))
            end_links(connection, event.person)
        if event.kind is Kind.ENDED:
            free_sign_in(connection, event.person)
            drop_address(connection, event.person)
        after = self.folded(connection)[event.person]
        lost = permissions(before.roles) - permissions(after.roles)
        if lost or not after.is_in_force(event.at):
            end_sessions(connection, event.person, event.at)

    def _refuse_key(self, change: Change) -> NotDone | None:
        named = change.details.reference if change.kind is Kind.BOUND else ""
        return refusals.UNKNOWN_KEY if named and self._key(named) is None else None

    def _key(self, reference: str) -> Reference | None:
        return next((each for each in self._gateway.people if each.hex() == reference), None)


def is_new(people: People) -> bool:
    """Tell whether nobody has joined yet."""
    return not any(event.kind is Kind.JOINED for each in people.values() for event in each.events)


def _proposal(people: People, person: PersonId, number: int) -> Proposal | None:
    record = people.get(person)
    return None if record is None else next((each for each in record.proposals if each.number == number), None)
