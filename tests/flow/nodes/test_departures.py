"""Ordered drafts leave once, when their time has come, also after the node stopped at the worst moment."""

import asyncio
import io
from dataclasses import replace
from typing import Any

import pytest

from nodes.casework import draft_store
from nodes.casework.departures import DEPARTURES, FIELDS_WRONG, SENT_BEFORE, Departures, order_bytes
from nodes.casework.draft_book import DraftBook, Seen
from nodes.casework.drafts import SENT_S, UNDO_S, DraftRow, DraftState, Purpose, Written, WrittenDraft
from nodes.gateway.windows import Window
from nodes.people.acting import PersonId
from protocol.errors import Code, Fault
from protocol.ids import TypeId
from runtime.log import Log
from tests.simulators.node import MK, TestGateway, TestWorld, example

ANA = PersonId("ana")
REQUEST = example("MT-01/vehicle-mk", to=["rs.ilecu"])


def departures(node: TestGateway) -> Departures:
    return Departures(node.gateway, Log(io.StringIO(), node.gateway.here.clock, b"k" * 32, coarse=False))


def book_of(node: TestGateway) -> DraftBook:
    return DraftBook(node.gateway.here, node.gateway.store)


async def ordered(node: TestGateway, request: dict[str, Any], after: int = UNDO_S) -> DraftRow:
    book = book_of(node)
    begun = await book.begin(ANA, Purpose(TypeId("MT-01/1")), Written({"/facts": ("x",)}))
    at = node.gateway.here.clock() + after
    found = await book.order(Seen(begun.row.id, ANA, 1), order_bytes(request, ANA), at)
    assert isinstance(found, DraftRow)
    return found


async def sent(node: TestGateway) -> int:
    return len((await node.gateway.reading.list_sent(Window(50))).rows)


async def state(node: TestGateway, row: DraftRow) -> WrittenDraft:
    found = await book_of(node).find(row.id, ANA)
    assert found is not None
    return found


async def test_it_leaves_after_thirty_seconds_and_not_before(world: TestWorld) -> None:
    async with world.machine(MK).running() as node:
        row = await ordered(node, REQUEST)
        loop = departures(node)
        assert await loop.turn() == UNDO_S
        world.clock.advance(UNDO_S - 1)
        assert await loop.turn() == 1
        assert await sent(node) == 0
        world.clock.advance(1)
        await loop.turn()
        assert await sent(node) == 1
        found = await state(node, row)
        assert (found.row.state, found.written) == (DraftState.SENT, Written({}))
        assert found.row.message is not None
        await loop.turn()
        assert await sent(node) == 1
        world.clock.advance(SENT_S)
        await loop.turn()
        assert await book_of(node).find(row.id, ANA) is None


async def test_taken_back_in_time_it_does_not_leave(world: TestWorld) -> None:
    async with world.machine(MK).running() as node:
        row = await ordered(node, REQUEST)
        back = await book_of(node).bring_back(Seen(row.id, ANA, row.version))
        assert isinstance(back, DraftRow)
        world.clock.advance(UNDO_S)
        await departures(node).turn()
        assert await sent(node) == 0
        assert (await state(node, row)).row.state is DraftState.WRITING
        assert await departures(node).send(row.id)
        assert await sent(node) == 0


async def test_it_leaves_after_a_restart(world: TestWorld) -> None:
    async with world.machine(MK).running() as node:
        row = await ordered(node, REQUEST)
    world.clock.advance(3_600)
    async with world.machine(MK).running() as node:
        await departures(node).turn()
        assert await sent(node) == 1
        assert (await state(node, row)).row.state is DraftState.SENT


@pytest.mark.parametrize("sealed", [False, True])
async def test_a_stop_between_claim_and_note_loses_and_doubles_nothing(world: TestWorld, *, sealed: bool) -> None:
    async with world.machine(MK).running() as node:
        row = await ordered(node, REQUEST, after=0)
        loop = departures(node)
        claimed = await node.gateway.store.database.write(lambda connection: loop._claim(connection, row.id))
        assert claimed is not None
        if sealed:
            await loop._send(*claimed)
    async with world.machine(MK).running() as node:
        await departures(node).turn()
        assert await sent(node) == 1
        assert (await state(node, row)).row.state is DraftState.SENT


async def test_what_a_rule_stops_comes_back_with_the_reason(world: TestWorld) -> None:
    async with world.machine(MK).running() as node:
        rows = {
            "POLICY_DENIED": await ordered(node, REQUEST | {"purpose": "proceedings"}, after=0),
            FIELDS_WRONG: await ordered(node, REQUEST | {"document": {}}, after=0),
        }
        unreadable = await ordered(node, {"type": "nothing"}, after=0)
        await departures(node).turn()
        assert await sent(node) == 0
        for trouble, row in rows.items():
            found = await state(node, row)
            assert (found.row.state, found.row.trouble) == (DraftState.WRITING, trouble)
            assert found.written.fields == {"/facts": ("x",)}
        assert (await state(node, unreadable)).row.trouble == FIELDS_WRONG


async def test_what_was_sent_before_is_not_sent_with_other_words(world: TestWorld) -> None:
    async with world.machine(MK).running() as node:
        row = await ordered(node, REQUEST, after=0)
        loop = departures(node)
        claimed = await node.gateway.store.database.write(lambda connection: loop._claim(connection, row.id))
        assert claimed is not None
        await loop._send(claimed[0], replace(claimed[1], order=order_bytes(REQUEST | {"language": "en"}, ANA)))
        await loop.turn()
        assert await sent(node) == 1
        assert (await state(node, row)).row.trouble == SENT_BEFORE


@pytest.mark.parametrize(("code", "waits"), [(Code.DISK_FULL, True), (Code.NO_VALID_KEY, False)])
async def test_troubles_of_this_machine_are_waited_for_and_others_told(
    world: TestWorld, code: Code, *, waits: bool
) -> None:
    async with world.machine(MK).running() as node:
        row = await ordered(node, REQUEST, after=0)
        loop = departures(node)

        async def fail(*_: object) -> None:
            raise Fault(code)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(loop, "_send", fail)
            pause = await loop.turn()
        found = (await state(node, row)).row
        if waits:
            assert (found.state, pause) == (DraftState.LEAVING, 5.0)
            await loop.turn()
            assert await sent(node) == 1
        else:
            assert (found.state, found.trouble) == (DraftState.WRITING, "NO_VALID_KEY")


async def test_one_that_nobody_foresaw_stops_no_other(world: TestWorld) -> None:
    async with world.machine(MK).running() as node:
        bad = await ordered(node, REQUEST, after=0)
        good = await ordered(node, REQUEST, after=0)
        await node.gateway.store.database.write(lambda c: draft_store.change(c, bad.id, {"item": None}))
        await departures(node).turn()
        assert (await state(node, bad)).row.trouble == FIELDS_WRONG
        assert (await state(node, good)).row.state is DraftState.SENT
        assert DEPARTURES == "departures"


async def test_a_running_node_lets_them_leave_by_itself(world: TestWorld) -> None:
    async with world.machine(MK).serving() as node:
        book = DraftBook(node.gateway.here, node.gateway.store)
        begun = await book.begin(ANA, Purpose(TypeId("MT-01/1")), Written({}))
        await book.order(Seen(begun.row.id, ANA, 1), order_bytes(REQUEST, ANA), world.clock())
        assert node._watch is not None
        node._watch.ring(DEPARTURES)
        for _ in range(2_000):
            found = await book.find(begun.row.id, ANA)
            assert found is not None
            if found.row.state is DraftState.SENT:
                break
            await asyncio.sleep(0.01)
        assert found.row.message is not None
