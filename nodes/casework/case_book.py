"""What people do with cases: find them, look at one, act on it. Every act is checked where it is stored."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, select

from nodes.case_event_tables import case_file
from nodes.casework.case_acts import Act, Denied, Moved, Offer, Situation, decide, offers
from nodes.casework.case_entries import entries_of, put_entry
from nodes.casework.case_group import is_seen_through_glass
from nodes.casework.case_lines import Line, find_line, lines_of
from nodes.casework.case_list import CaseFilter, CasePage, Paging, Scope, list_cases, scope_of, visible
from nodes.casework.case_signals import Written
from nodes.casework.case_subjects import Subject, subjects_of
from nodes.casework.case_sync import CaseSync, Now
from nodes.casework.case_view import Entry, View, fold_case, follow
from nodes.casework.clock_cases import Case
from nodes.casework.machine_parts import ERASE
from nodes.casework.retention_cases import erase_case, is_held
from nodes.gateway.deeds import Act as Deed
from nodes.gateway.deeds import Operation
from nodes.gateway.erasing import Erasing
from nodes.gateway.gateway import Gateway
from nodes.gateway.search import put_tags
from nodes.people.acting import Acting
from protocol.ids import Reference

Opened = Callable[[Acting], Awaitable[frozenset[bytes]]]
"""Tells which cases of others a person may see now because of a broken glass."""
_MOST: Final = 100  # cases that one bulk act touches
_ID: Final = 16  # bytes


async def none_opened(acting: Acting) -> frozenset[bytes]:  # noqa: ARG001 - the shape of ``Opened``
    """Return no case."""
    return frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """A case as one person sees it now: what it is, what may be done, and why the rest may not."""

    line: Line
    view: View
    clocks: tuple[Case, ...]
    messages: tuple[Written, ...]
    situation: Situation
    offers: tuple[Offer, ...]
    subject: Subject
    words: Mapping[int, str] = field(default_factory=dict)  # what people wrote, by the numbers of the entries
    related: tuple[Line, ...] = ()


class CaseBook:
    """The cases of one node."""

    def __init__(self, gateway: Gateway, sync: CaseSync, opened: Opened = none_opened) -> None:
        self._gateway = gateway
        self._sync = sync
        self._opened = opened
        self._erasing = Erasing(gateway.here, gateway.store)

    async def fresh(self) -> None:
        """Return when everything that came or left by now belongs to a case."""
        await self._sync.take_new()

    async def scope(self, acting: Acting) -> Scope:
        """Return which cases a person may know of now."""
        return scope_of(acting, await self._opened(acting))

    async def list(self, scope: Scope, wanted: CaseFilter, paging: Paging) -> CasePage:
        """Return one page of the cases in a scope."""
        key = self._gateway.store.search
        return await self._gateway.store.database.read(lambda c: list_cases(c, key, scope, wanted, paging))

    async def subjects(self, lines: Sequence[Line]) -> Mapping[int, Subject]:
        """Return what the cases are about, for a list that a person looks at; this is written down as a reading."""
        store = self._gateway.store
        found = await store.database.read(lambda connection: subjects_of(connection, store, lines))
        shown = tuple(each.id for each in lines if found[each.number].text)
        if shown:
            deed = Deed(operation=Operation.CONSULTATION, deed="list", objects=shown, count=len(shown))
            await store.database.write(lambda connection: store.journal.note(connection, deed))
        return found

    async def line(self, scope: Scope, case: bytes) -> Line | None:
        """Return the line of a case; None for one that is not here, or not for this person."""
        return await self._gateway.store.database.read(lambda connection: _in_scope(connection, scope, case))

    async def read(self, scope: Scope, case: bytes) -> tuple[Line, View] | None:
        """Return a case as its entries make it, for a program; nothing is entered, and no words are opened."""

        def load(connection: Connection) -> tuple[Line, View] | None:
            line = _in_scope(connection, scope, case)
            return None if line is None else (line, fold_case(line.machine, entries_of(connection, line.number)))

        return await self._gateway.store.database.read(load)

    async def show(self, acting: Acting, case: bytes) -> CaseFile | None:
        """Return a case as it stands now; None for one that is not here, or not for this person."""
        scope = await self.scope(acting)

        def work(connection: Connection) -> CaseFile | None:
            line = _in_scope(connection, scope, case)
            now = None if line is None else self._sync.look(connection, line.number)
            found = None if now is None else self._file(connection, acting, scope, now)
            if found is not None:
                self._gateway.store.journal.note(connection, _shown(case))
            return found

        return await self._gateway.store.database.write(work)

    async def act(self, acting: Acting, case: bytes, act: Act) -> CaseFile | Denied | Moved | None:
        """Return the case once the act is stored.

        Or why it is not done; or, where the case moved since the person looked, what happened meanwhile; or None for a
        case that is not here, or not for this person.
        """
        scope = await self.scope(acting)

        def work(connection: Connection) -> CaseFile | Denied | Moved | None:
            line = _in_scope(connection, scope, case)
            now = None if line is None else self._sync.look(connection, line.number)
            if now is None:
                return None
            decided = decide(now.view, act, acting, self._situation(connection, acting, now))
            if isinstance(decided, Denied | Moved):
                return decided
            self._store(connection, acting, now, act)
            if act.name == ERASE:
                erase_case(connection, self._erasing, (now.number, case), self._gateway.here.clock())
            after = self._sync.look(connection, now.number)
            return None if after is None else self._file(connection, acting, scope, after)

        return await self._gateway.store.database.write(work)

    async def act_on_many(
        self, acting: Acting, cases: Sequence[tuple[bytes, int]], act: Act
    ) -> Sequence[tuple[bytes, CaseFile | Denied | Moved | None]]:
        """Return what came of one act on each of several cases, each with the number of the entry that was seen."""
        found = []
        for case, seen in cases[:_MOST]:
            done = await self.act(acting, case, Act(name=act.name, seen=seen, reason=act.reason, to=act.to))
            found.append((case, done))
        return found

    def _store(self, connection: Connection, acting: Acting, now: Now, act: Act) -> None:
        at, store = self._gateway.here.clock(), self._gateway.store
        words, reason = act.reason.strip(), None
        if words:
            reason = store.vault.put(connection, words.encode())
            put_tags(connection, reason, store.search.tags_of([words]))
        entry = Entry(
            number=now.view.last + 1,
            at=at,
            noted_at=at,
            name=act.name,
            who=acting.person,
            to=act.to,
            reason=reason,
        )
        put_entry(connection, now.number, entry)
        self._sync.settle(connection, now, follow(now.view, entry))
        objects = () if now.thread is None else (now.thread.start.message,)
        deed = Deed(operation=Operation.ALTERATION, deed=f"case-{act.name}", objects=objects)
        store.journal.note(connection, deed)

    def _file(self, connection: Connection, acting: Acting, scope: Scope, now: Now) -> CaseFile | None:
        line = find_line(connection, now.number)
        if line is None:
            return None
        store = self._gateway.store
        situation = self._situation(connection, acting, now)
        return CaseFile(
            line=line,
            view=now.view,
            clocks=now.clocks,
            messages=() if now.thread is None else (now.thread.start, *now.thread.rest),
            situation=situation,
            offers=offers(now.view, acting, situation),
            subject=subjects_of(connection, store, [line])[line.number],
            words=self._words(connection, now.view),
            related=self._related(connection, scope, line),
        )

    def _words(self, connection: Connection, view: View) -> Mapping[int, str]:
        found = {}
        for each in view.steps:
            content = self._gateway.store.vault.get(connection, each.entry.reason)
            if content is not None:
                found[each.entry.number] = content.decode()
        return found

    def _related(self, connection: Connection, scope: Scope, line: Line) -> tuple[Line, ...]:
        """Return the case that this one came out of, and those that came out of it, as far as the person may know."""
        row = connection.execute(select(case_file.c.parent).where(case_file.c.number == line.number)).one()
        near = case_file.c.parent == line.id
        around = near if row.parent is None else near | (case_file.c.id == row.parent)
        query = select(case_file).where(around, visible(scope))
        return tuple(lines_of(connection, connection.execute(query.order_by(case_file.c.number)).all()))

    def _situation(self, connection: Connection, acting: Acting, now: Now) -> Situation:
        at, me = self._gateway.here.clock(), self._gateway.here.node
        running = [each for each in now.clocks if each.clock.closed_at is None]
        return Situation(
            lane=now.standing.lane,
            owed=any(each.owed_by == me for each in running),
            held=is_held(connection, now.number, at),
            waiting=any(each.owed_by != me and not each.clock.overdue(at) for each in running),
            glass=is_seen_through_glass(connection, now.number, acting, at),
        )


def _shown(case: bytes) -> Deed:
    return Deed(operation=Operation.CONSULTATION, deed="show-case", objects=(case,))


def _in_scope(connection: Connection, scope: Scope, case: bytes) -> Line | None:
    query = select(case_file).where(case_file.c.id == case, visible(scope))
    row = connection.execute(query).one_or_none()
    return None if row is None else lines_of(connection, [row])[0]


def case_id(text: str) -> Reference | None:
    """Return the id of a case as pages and programs write it; None for a text that is none."""
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        return None
    return Reference(raw) if len(raw) == _ID and text == raw.hex() else None
