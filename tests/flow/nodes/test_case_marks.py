"""After a start only cases that are new or due are looked at, also when the node was killed in the middle of it."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import Connection, update

from nodes.case_event_tables import case_file
from nodes.casework import case_changes, case_sync
from nodes.casework.case_list import PROGRAM, CaseFilter, Order, Paging
from nodes.casework.case_sync import CaseSync
from tests.simulators.casework import Side, asking, replying
from tests.simulators.node import MK, RS, TestWorld


class Watched(CaseSync):
    """Remembers at which cases it looked; with ``dies_after`` the machine stops after so many."""

    looked: list[int]
    dies_after: int | None = None

    def look(self, connection: Connection, number: int, *given: Any) -> Any:
        if len(self.looked) == self.dies_after:
            raise RuntimeError("killed")
        self.looked.append(number)
        return super().look(connection, number, *given)


def started(side: Side, dies_after: int | None = None) -> Watched:
    """Return what keeps the cases after a start: it remembers nothing."""
    found = Watched(side.node.gateway)
    found.looked, found.dies_after = [], dies_after
    return found


async def dues(side: Side) -> Sequence[int | None]:
    page = await side.book.list(PROGRAM, CaseFilter(), Paging(order=Order.DUE))
    return [each.due_at for each in page.lines]


async def test_a_start_looks_at_what_is_new_and_loses_no_clock(
    world: TestWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case_sync, "_AT_ONCE", 1)
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        sent = [await skopje.queue(asking()) for _ in range(3)]
        await skopje.exchange(belgrade)
        side, forget = Side(belgrade), update(case_file).values(seen=None)
        await side.sync.catch_up()
        await side.sync.catch_up()
        clocks = await dues(side)
        assert len(clocks) == 3
        again = started(side)
        await again.catch_up()
        assert again.looked == [], "nothing is new"

        await belgrade.gateway.store.database.write(lambda connection: connection.execute(forget))
        killed = started(side, dies_after=1)
        with pytest.raises(RuntimeError, match="killed"):
            await killed.catch_up()
        rest = started(side)
        await rest.catch_up()
        assert len(killed.looked) == 1
        assert len(rest.looked) == 2, "what was looked at before the kill is not looked at again"
        assert not set(killed.looked) & set(rest.looked)
        assert await dues(side) == clocks

        line = await side.book.line(PROGRAM, (await side.lines())[0].id)
        assert line is not None
        answered = next(each for each in sent if line.message == each)
        await belgrade.queue(replying("MT-03/vehicle-sr-Cyrl", answered))
        news = started(side)
        await news.catch_up()
        assert set(news.looked) == {line.number}, "and what came since is"
    async with world.machine(RS).running() as belgrade:
        side = Side(belgrade)
        due = [each for each in await dues(side) if each is not None]
        assert len(due) >= 2, "the clocks of the others run on"
        anew = started(side)
        await anew.catch_up()
        assert anew.looked == []


async def test_a_review_that_fell_due_while_the_node_was_down_is_found(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        await skopje.queue(asking())
        await skopje.exchange(belgrade)
        side = Side(belgrade)
        number = (await side.line()).number

        def close(connection: Connection) -> None:
            values = {"state": "closed", "stand": "resting", "review_at": world.clock() - 1}
            connection.execute(update(case_file).where(case_file.c.number == number).values(values))

        await belgrade.gateway.store.database.write(close)
        anew = started(side)
        await anew.catch_up()
        assert anew.looked == [number]


def test_marks_differ_with_what_is_seen_and_not_with_its_order() -> None:
    rows = [(1, "accepted", False, None), (b"m", 1, 0, 0)]
    mark = case_changes._mark(rows)
    assert mark == case_changes._mark(rows[::-1])
    assert mark != case_changes._mark([(1, "accepted", False, None), (b"m", 1, 1, 0)])
