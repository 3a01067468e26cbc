"""Keeps cases in step with the boxes: every message belongs to a case, and what messages say stands in its entries.

Looking twice changes nothing. What an earlier release stored gets its cases the first time this runs.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from nodes.casework import case_changes
from nodes.casework.case_changes import Seen
from nodes.casework.case_entries import case_of, entries_of, messages_of, put_entry, put_message, put_people
from nodes.casework.case_group import group_of, only_through_glass
from nodes.casework.case_lines import Line, NewCase, Standing, find_line, move_start, put_case, put_line
from nodes.casework.case_signals import Learned, Thread, signals_of
from nodes.casework.case_signals import Standing as MessageStanding
from nodes.casework.case_threads import (
    IN,
    OUT,
    TAKEN_RECEIVED,
    TAKEN_SENT,
    Found,
    Threads,
    find_message,
    received_after,
    sent_after,
)
from nodes.casework.case_view import Entry, View, fold_case, follow, name_of
from nodes.casework.clock_cases import Case
from nodes.casework.clocks import Clocks
from nodes.casework.machine import Signal
from nodes.casework.machine_parts import ADD, LIMIT
from nodes.casework.machines import machine_for, starts_anew
from nodes.casework.results import lanes
from nodes.casework.said import Said
from nodes.gateway.deeds import ITSELF, Act, Operation
from nodes.gateway.gateway import Gateway
from nodes.gateway.journal import acting_as
from nodes.gateway.replica_store import find_fact, put_fact
from protocol.ids import MessageId, Reference

CASES: Final = "cases"
"""The name of the loop."""
_PAUSE_S: Final = 20.0
_AT_ONCE: Final = 25  # messages or cases of one transaction
_LONGEST_S: Final = 1.0
_LOOKED_AT: Final = 500  # cases of one read
_ERASURE_S: Final = 3_600
_ID: Final = 16
_CONSENT: Final = "MT-11"
_DEED: Final = f"case-{LIMIT}"
_DEEPEST: Final = 50  # messages that answer each other and are all new


@dataclass(frozen=True, slots=True)
class Now:
    """A case at this moment: its line before it was looked at, the fold of all entries, its clocks, its thread."""

    number: int
    view: View
    clocks: tuple[Case, ...]
    thread: Thread | None
    standing: Standing


class CaseSync:
    """Keeps the cases of one node."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._threads = Threads(gateway.here, gateway.store)
        self._clocks = Clocks(gateway.here, gateway.store, gateway.network.replica)
        self._seen: dict[int, Seen] | None = None  # nothing yet: the first look asks what is kept with the cases
        self._erasures_at = 0

    async def turn(self) -> float:
        """Return when every message here belongs to a case and every case says what its messages say."""
        await self.catch_up()
        return _PAUSE_S

    async def catch_up(self) -> int:
        """Return how many cases were looked at anew."""
        touched = await self.take_new()
        database, now = self._gateway.store.database, self._gateway.here.clock()
        seen, changed = await self._changed()
        changed += await database.read(lambda connection: case_changes.due_now(connection, now))
        if now - self._erasures_at >= _ERASURE_S:
            changed += await database.read(case_changes.erased_now)
            self._erasures_at = now
        todo, clock = list(dict.fromkeys(changed)), asyncio.get_running_loop().time
        for begin in range(0, len(todo), _AT_ONCE):
            part, start = todo[begin : begin + _AT_ONCE], clock()
            await database.write(lambda connection, part=part: self._look(connection, part))  # type: ignore[misc]
            if self._seen is not None:
                self._seen |= {number: seen[number] for number in part if number in seen}
            if begin + _AT_ONCE < len(todo):  # after a start these may be thousands: whoever opens a page goes first
                await asyncio.sleep(min(_LONGEST_S, clock() - start))
        self._seen = seen
        return touched + len(todo)

    async def _changed(self) -> tuple[dict[int, Seen], list[int]]:
        """Return what is to be seen of all cases that go on, and which of them moved since they were last looked at.

        After a start that is what their marks say. Reads are short however many cases there are.
        """
        database, found, moved = self._gateway.store.database, dict[int, Seen](), list[int]()
        live, before = await database.read(case_changes.live_now), self._seen
        for begin in range(0, len(live), _LOOKED_AT):
            part = live[begin : begin + _LOOKED_AT]
            if before is None:
                seen, anew = await database.read(lambda connection, part=part: case_changes.begin_now(connection, part))  # type: ignore[misc]
            else:
                seen = await database.read(lambda connection, part=part: case_changes.seen_now(connection, part))  # type: ignore[misc]
                anew = [number for number, each in seen.items() if before.get(number) != each]
            found |= seen
            moved += anew
        return found, moved

    async def take_new(self) -> int:
        """Return how many messages got their place in a case; evidence about older ones is not looked at."""
        taken = await self._take(TAKEN_RECEIVED, received_after) + await self._take(TAKEN_SENT, sent_after)
        database = self._gateway.store.database
        if unheard := await database.read(case_changes.unheard):
            await database.write(lambda connection: self._look(connection, unheard))
        return taken

    def look(self, connection: Connection, number: int, said: Said | None = None) -> Now | None:
        """Return a case with everything entered that its messages say; runs in the writer's transaction.

        The caller writes down who looked; ``said`` is what the node opened for several cases of one look.
        """
        line = find_line(connection, number)
        if line is None:
            return None
        messages = messages_of(connection, number)
        said = Said(self._gateway.store) if said is None else said
        thread = None if line.message is None else self._threads.load(connection, line.message, messages, said)
        clocks = self._clocks_of(connection, messages, said)
        view = fold_case(line.machine, entries_of(connection, number))
        for each in self._learned(line, view, thread, clocks):
            view = self._enter(connection, number, view, each)
        view = self._closed(connection, line, view)
        standing = self._standing(connection, line, thread, clocks)
        put_line(connection, number, view, standing)
        return Now(number, view, clocks, thread, standing)

    def settle(self, connection: Connection, now: Now, view: View) -> None:
        """Store what an act changed: the line and who takes part; a broken glass makes nobody one of the group."""
        put_people(connection, now.number, view.people - only_through_glass(connection, now.number, view))
        put_line(connection, now.number, view, now.standing)

    def place(self, connection: Connection, message: MessageId) -> int | None:
        """Return the case of a message, which is opened if there is none; None for what belongs to no case."""
        known = case_of(connection, message)
        if known is not None:
            return known
        waiting: list[Found] = []
        at: MessageId | None = message
        while at is not None and len(waiting) < _DEEPEST and case_of(connection, at) is None:
            found = find_message(connection, at)
            if found is None:
                break
            waiting.append(found)
            at = found.replaces or found.in_reply_to
        number = None
        for found in reversed(waiting):
            number = self._place(connection, found)
        return number

    def _place(self, connection: Connection, found: Found) -> int:
        box = OUT if found.mine else IN
        replaced = None if found.replaces is None else case_of(connection, found.replaces)
        if replaced is not None and found.replaces is not None:
            line = find_line(connection, replaced)
            if line is not None and line.message == found.replaces:
                move_start(connection, replaced, found.message)
            put_message(connection, replaced, found.message, box)
            return replaced
        parent = None if found.in_reply_to is None else case_of(connection, found.in_reply_to)
        answered = None if found.in_reply_to is None else find_message(connection, found.in_reply_to)
        if parent is not None and not starts_anew(found.family, None if answered is None else answered.family):
            put_message(connection, parent, found.message, box)
            return parent
        number = self._open(connection, found, parent)
        if parent is not None:
            self._tell_parent(connection, parent, found)
        return number

    def _open(self, connection: Connection, found: Found, parent: int | None) -> int:
        above = None if parent is None else find_line(connection, parent)
        new = NewCase(
            id=Reference(self._gateway.here.entropy(_ID)),
            machine=machine_for(found.family, mine=found.mine),
            mine=found.mine,
            channel=found.channel,
            type=found.type,
            message=found.message,
            parent=None if above is None else above.id,
            partners=found.partners,
            reference=found.reference,
            urgent=found.urgent,
            at=found.at,
        )
        number = put_case(connection, new)
        put_message(connection, number, found.message, OUT if found.mine else IN)
        return number

    def _tell_parent(self, connection: Connection, parent: int, found: Found) -> None:
        """Enter into a case that a question of its own came out of it."""
        line = find_line(connection, parent)
        if line is None:
            return
        view = fold_case(line.machine, entries_of(connection, parent))
        asks = found.family == _CONSENT and found.mine
        signal = Signal.CONSENT_ASKED if asks else Signal.WROTE
        self._enter(connection, parent, view, Learned(signal, found.at, found.message, found.core.sender))
        self._look(connection, [parent])

    async def _take(self, name: str, after: Callable[[Connection, int, int], Sequence[tuple[int, MessageId]]]) -> int:
        """Return how many messages behind a mark were given a case; the mark moves in the same transaction."""
        taken = 0

        def work(connection: Connection) -> int:
            rows = after(connection, find_fact(connection, name) or 0, _AT_ONCE)
            touched = [self.place(connection, message) for _, message in rows]
            self._look(connection, [each for each in dict.fromkeys(touched) if each is not None])
            if rows:
                put_fact(connection, name, rows[-1][0])
            return len(rows)

        database = self._gateway.store.database
        last = await database.read(lambda connection: find_fact(connection, name) or 0)
        if not await database.read(lambda connection: after(connection, last, 1)):
            return 0
        while count := await database.write(work):
            taken += count
        return taken

    def _look(self, connection: Connection, numbers: Sequence[int]) -> None:
        """Look at cases and keep what was to be seen of them: a node that starts anew looks at the others only."""
        said = Said(self._gateway.store)
        for each in numbers:
            self.look(connection, each, said)
        case_changes.put_marks(connection, numbers)
        said.note(connection)

    def _enter(self, connection: Connection, number: int, view: View, learned: Learned) -> View:
        entry = Entry(
            number=view.last + 1,
            at=learned.at,
            noted_at=self._gateway.here.clock(),
            name=name_of(view, learned.signal),
            signal=learned.signal,
            message=learned.message,
            node=learned.node,
        )
        put_entry(connection, number, entry)
        return follow(view, entry)

    def _closed(self, connection: Connection, line: Line, view: View) -> View:
        """Close a case on which nobody here acted yet to the group of the closed one that it came out of."""
        closing = view.machine.transition(LIMIT)
        if view.limited or view.people or closing is None or view.state not in closing.before:
            return view
        group = group_of(connection, self._gateway.store.vault, line)
        if group is None:
            return view
        now = self._gateway.here.clock()
        for name, to in ((LIMIT, None), *((ADD, each) for each in sorted(group))):
            entry = Entry(number=view.last + 1, at=now, noted_at=now, name=name, to=to)
            put_entry(connection, line.number, entry)
            view = follow(view, entry)
        put_people(connection, line.number, group)
        with acting_as(ITSELF):
            objects = () if line.message is None else (line.message,)
            self._gateway.store.journal.note(
                connection, Act(operation=Operation.ALTERATION, deed=_DEED, objects=objects)
            )
        return view

    def _learned(self, line: Line, view: View, thread: Thread | None, clocks: Sequence[Case]) -> list[Learned]:
        """Return what is known now and was not entered."""
        if thread is None:
            return []
        now, start = self._gateway.here.clock(), thread.start
        found = list(signals_of(thread))
        if line.family == _CONSENT and any(each.clock.overdue(now) and not each.clock.closed_at for each in clocks):
            found.append(Learned(Signal.NO_ANSWER, min(each.clock.due(now) for each in clocks), start.message))
        entered = {(each.entry.signal, each.entry.message, each.entry.node) for each in view.steps}
        fresh = [each for each in found if (each.signal, each.message, each.node) not in entered]
        # These two wait until the case has come to rest, so they are known by its state and not by an entry.
        if view.review_at is not None and view.review_at <= now:
            fresh += _heard(view, Learned(Signal.REVIEW_DUE, view.review_at, start.message))
        if all(each.erased for each in (start, *thread.rest)):
            fresh += _heard(view, Learned(Signal.ERASED, now, start.message))
        return fresh

    def _clocks_of(self, connection: Connection, messages: Sequence[MessageId], said: Said) -> tuple[Case, ...]:
        found = self._clocks.fold(connection, list(messages), said)
        return tuple(each for cases in found.values() for each in cases)

    def _standing(self, connection: Connection, line: Line, thread: Thread | None, clocks: Sequence[Case]) -> Standing:
        now, me = self._gateway.here.clock(), self._gateway.here.node
        running = [each for each in clocks if each.clock.closed_at is None]
        going = [each for each in running if not each.clock.suspended(now)]
        written = () if thread is None else (thread.start, *thread.rest)
        message = line.message
        return Standing(
            due_at=min((each.clock.due(now) for each in going if each.owed_by == me), default=None),
            awaited_at=min((each.clock.due(now) for each in going if each.owed_by != me), default=None),
            rests=len(going) < len(running),
            lane=None if message is None else lanes(connection, [message]).get(message),
            held=any(each.standing is MessageStanding.HELD for each in written),
        )


def _heard(view: View, learned: Learned) -> list[Learned]:
    return [] if view.machine.heard(view.state, learned.signal) is None else [learned]
