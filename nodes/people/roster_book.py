"""Keeps the duty roster and the absences: append-only entries, folded when they are read."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection, insert, select

from nodes.gateway.gateway import Gateway
from nodes.people import refusals
from nodes.people.acting import PersonId
from nodes.people.people_book import People, PeopleBook
from nodes.people.refusals import NotDone
from nodes.people.roles import Permission
from nodes.people.roster import Entry, Roster, RosterEvent, Span, Turn, absence_faults, duty_faults, fold_roster
from nodes.people_tables import roster_event

_Find = Callable[[People, Roster], tuple[NotDone, ...]]


class RosterBook:
    """The roster of one contact point."""

    def __init__(self, gateway: Gateway, people: PeopleBook) -> None:
        self._gateway = gateway
        self._people = people

    async def roster(self) -> Roster:
        """Return the roster in force: ``on_duty(t)``, ``line(t)``, ``gaps(span)``, ``stands_for(person, t)``."""
        return fold_roster(await self.history())

    async def history(self) -> tuple[RosterEvent, ...]:
        """Return every entry, the oldest first."""
        return await self._gateway.store.database.read(load_entries)

    async def put_duty(self, turn: Turn, by: PersonId) -> Roster | NotDone:
        """Return the roster once a duty is entered; the number in ``turn`` does not count.

        ``by`` needs KEEP_ROSTER; person and deputy must be able to RECEIVE.
        """
        now = self._gateway.here.clock()
        asked = _Asked(turn, by, now)
        return await self._enter(_event(Entry.DUTY, turn, by, now), partial(_duty_faults, asked))

    async def duty_faults(self, turn: Turn, by: PersonId) -> tuple[NotDone, ...]:
        """Return everything that keeps a duty from being entered now, the first of it what ``put_duty`` says."""
        return await self._look(partial(_duty_faults, _Asked(turn, by, self._gateway.here.clock())))

    async def note_absence(self, turn: Turn, by: PersonId) -> Roster | NotDone:
        """Return the roster once an absence is noted, by the person or by somebody with KEEP_ROSTER."""
        now = self._gateway.here.clock()
        asked = _Asked(turn, by, now)
        return await self._enter(_event(Entry.AWAY, turn, by, now), partial(_absence_faults, asked))

    async def absence_faults(self, turn: Turn, by: PersonId) -> tuple[NotDone, ...]:
        """Return everything that keeps an absence from being noted now, the first of it what ``note_absence`` says."""
        return await self._look(partial(_absence_faults, _Asked(turn, by, self._gateway.here.clock())))

    async def cancel(self, number: int, by: PersonId) -> Roster | NotDone:
        """Return the roster once a duty is cancelled or an absence has ended early; what has passed of it stays."""
        now = self._gateway.here.clock()

        def work(connection: Connection) -> Roster | NotDone:
            people, roster = self._people.folded(connection), fold_roster(load_entries(connection))
            keeps = _may(people, by, Permission.KEEP_ROSTER, now)
            duty = next((each for each in roster.duties if each.number == number), None)
            absence = next((each for each in roster.absences if each.number == number), None)
            found = duty or absence
            if found is None or found.span.ends_at <= now:
                return refusals.NO_ENTRY
            if not keeps and (absence is None or absence.person != by):
                return refusals.NOT_YOUR_ROSTER
            _put(connection, _event(Entry.CANCELLED, found, by, now))
            return fold_roster(load_entries(connection))

        return await self._gateway.store.database.write(work)

    async def _look(self, find: _Find) -> tuple[NotDone, ...]:
        def load(connection: Connection) -> tuple[NotDone, ...]:
            return find(self._people.folded(connection), fold_roster(load_entries(connection)))

        return await self._gateway.store.database.read(load)

    async def _enter(self, event: RosterEvent, find: _Find) -> Roster | NotDone:
        def work(connection: Connection) -> Roster | NotDone:
            roster = fold_roster(load_entries(connection))
            faults = find(self._people.folded(connection), roster)
            if faults:
                return faults[0]
            _put(connection, event)
            return fold_roster(load_entries(connection))

        return await self._gateway.store.database.write(work)


def load_entries(connection: Connection) -> tuple[RosterEvent, ...]:
    """Return every entry, the oldest first."""
    rows = connection.execute(select(roster_event).order_by(roster_event.c.number)).all()
    return tuple(
        RosterEvent(
            number=row.number,
            entry=Entry(row.entry),
            at=row.at,
            by=None if row.actor is None else PersonId(row.actor),
            person=PersonId(row.person),
            deputy=None if row.deputy is None else PersonId(row.deputy),
            span=Span(row.starts_at, row.ends_at),
            about=row.about,
        )
        for row in rows
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """What somebody wants entered, and when that is."""

    turn: Turn
    by: PersonId
    now: int


def _duty_faults(asked: _Asked, people: People, roster: Roster) -> tuple[NotDone, ...]:
    turn, now = asked.turn, asked.now
    if not _may(people, asked.by, Permission.KEEP_ROSTER, now):
        return (refusals.NOT_YOUR_ROSTER,)
    found: list[NotDone] = []
    if not _may(people, turn.person, Permission.RECEIVE, now):
        found.append(refusals.NOT_ON_DUTY)
    if turn.deputy is not None and not _may(people, turn.deputy, Permission.RECEIVE, now):
        found.append(refusals.NOT_ON_DUTY.at("deputy"))
    return (*found, *duty_faults(roster, turn, now))


def _absence_faults(asked: _Asked, people: People, roster: Roster) -> tuple[NotDone, ...]:
    turn, now = asked.turn, asked.now
    if asked.by != turn.person and not _may(people, asked.by, Permission.KEEP_ROSTER, now):
        return (refusals.NOT_YOUR_ABSENCE,)
    known = (people.get(each) for each in (turn.person, turn.deputy) if each is not None)
    found: list[NotDone] = []
    work = Permission.RECEIVE if _may(people, turn.person, Permission.RECEIVE, now) else Permission.SEE_OWN
    if not all(each is not None and each.is_in_force(now) for each in known):
        found.append(refusals.UNKNOWN_PERSON.at("deputy"))
    elif turn.deputy is not None and not _may(people, turn.deputy, work, now):
        found.append(refusals.DEPUTY_CANNOT)
    return (*found, *absence_faults(roster, turn, now))


def _event(entry: Entry, turn: Turn, by: PersonId, now: int) -> RosterEvent:
    about = turn.number if entry is Entry.CANCELLED else 0
    return RosterEvent(
        number=0, entry=entry, at=now, by=by, person=turn.person, deputy=turn.deputy, span=turn.span, about=about
    )


def _put(connection: Connection, event: RosterEvent) -> None:
    values = {"entry": event.entry.value, "at": event.at, "actor": event.by, "person": event.person}
    span = {"starts_at": event.span.starts_at, "ends_at": event.span.ends_at}
    connection.execute(insert(roster_event).values(deputy=event.deputy, about=event.about, **values, **span))


def _may(people: People, person: PersonId, permission: Permission, now: int) -> bool:
    record = people.get(person)
    return record is not None and record.may(permission, now)
