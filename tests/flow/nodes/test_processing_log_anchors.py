"""The processing log is anchored in the network's log: whoever writes it anew, or puts back an older one, is found."""

import shutil
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from nodes.casework.processing_log import Verified, beginning, link
from nodes.casework.processing_log_anchoring import OLDER, Anchoring
from nodes.casework.processing_log_book import YEAR_S, ProcessingJournal
from nodes.casework.processing_log_entry import encode_entry, make_entry
from nodes.config import LogSettings
from nodes.gateway.alarms import alarms
from nodes.gateway.deeds import ITSELF, Act, Operation
from protocol.anchor import parse_anchor
from protocol.cbor import decode
from protocol.errors import Code
from protocol.leaf import LeafKind, parse_leaf
from tests.flow.nodes.test_processing_log import CHECK, book_of, note
from tests.simulators.node import RS, TestGateway, TestMachine, TestWorld

DAY = 86_400
SHOW = Act(operation=Operation.CONSULTATION, deed="show", objects=(bytes(32),))
OTHER = Act(operation=Operation.CONSULTATION, deed="show", objects=(b"x" * 32,))


@pytest.fixture
def machine(tmp_path: Path) -> TestMachine:
    world = TestWorld(tmp_path)
    return world.machine(RS, journal=ProcessingJournal(RS.node, world.clock))


@pytest.fixture
async def node(machine: TestMachine) -> AsyncIterator[TestGateway]:
    async with machine.running() as running:
        yield running


def anchoring(node: TestGateway, **settings: int) -> Anchoring:
    return Anchoring(node.gateway, book_of(node), LogSettings(**settings))


async def anchor(node: TestGateway) -> int:
    """Anchor the log as it stands, and return up to which entry the network's log has it."""
    await anchoring(node, anchor_entries=1).anchor()
    await node.gateway.poster.drain()
    standing = await book_of(node).standing()
    assert standing.anchored is not None
    return standing.anchored.count


async def test_an_anchor_is_made_when_its_time_or_enough_entries_have_come(node: TestGateway) -> None:
    clock, tender = node.machine.network.clock, anchoring(node, anchor_entries=3)
    assert not await tender.turn()
    await note(node, SHOW)
    assert await tender.turn()
    assert not await tender.turn()
    assert (await book_of(node).standing()).waiting == 1
    await node.gateway.poster.drain()
    clock.advance(DAY)
    assert not await tender.turn()
    await note(node, SHOW)
    assert await tender.turn()
    await note(node, SHOW, SHOW)
    assert not await tender.turn()
    await note(node, SHOW)
    assert await tender.turn()
    await node.gateway.poster.drain()
    standing = await book_of(node).standing()
    assert standing.anchored is not None
    assert (standing.anchored.count, standing.waiting, standing.head.number) == (5, None, 5)
    assert [each.count for each in (await book_of(node).anchors()).covered] == [1, 2, 5]


async def test_the_hub_learns_the_count_and_nothing_of_the_head(node: TestGateway) -> None:
    await note(node, SHOW, SHOW)
    assert await anchor(node) == 2
    hub, head = node.machine.hub, (await book_of(node).standing()).head
    (raw,) = decode(await node.gateway.network.hub.anchors(0))  # type: ignore[misc]
    found = parse_anchor(raw)  # type: ignore[arg-type]
    leaf = parse_leaf(hub.messages.entries[hub.leaves[found.id]])
    assert (leaf.kind, leaf.digest, found.anchor.count) == (LeafKind.ANCHOR, found.id, 2)
    assert head.hash not in (raw, found.anchor.commitment)
    assert book_of(node).salts(2) != book_of(node).salts(3)


async def test_a_log_written_anew_holds_together_and_is_found_by_its_anchors(machine: TestMachine) -> None:
    async with machine.running() as node:
        for _ in range(3):
            await note(node, SHOW, SHOW)
            await anchor(node)
    with sqlite3.connect(machine.folder / "state.db") as database:
        head = beginning(RS.node)
        for number in range(1, 7):
            act = OTHER if number == 4 else SHOW
            body = encode_entry(make_entry(number, machine.network.clock(), RS.node, ITSELF, act))
            head = link(head, body)
            database.execute("UPDATE processing_log SET body=?, hash=? WHERE number=?", (body, head.hash, number))
        database.execute("UPDATE processing_log_object SET object = ? WHERE number = 4", (b"x" * 32,))
    database.close()
    async with machine.running() as node:
        book = book_of(node)
        assert isinstance(await book.verify(CHECK), Verified)
        found = await book.anchors()
        assert [each.count for each in found.covered] == [2]
        assert [(each.after and each.after.count, each.upto.count) for each in found.wrong] == [(2, 6)]


async def test_an_older_copy_put_back_is_found_and_later_anchors_count_again(machine: TestMachine) -> None:
    async with machine.running() as node:
        await note(node, SHOW, SHOW)
        await anchor(node)
    copy = machine.folder.parent / "copy.db"
    shutil.copyfile(machine.folder / "state.db", copy)
    async with machine.running() as node:
        await note(node, SHOW, SHOW)
        await anchor(node)
    shutil.copyfile(copy, machine.folder / "state.db")
    async with machine.running() as node:
        await note(node, OTHER)
        assert (await book_of(node).anchors()).wrong == ()  # the copy alone knows of nothing
        assert await anchoring(node).turn() is False
        found = await book_of(node).anchors()
        assert [(each.after and each.after.count, each.upto.count) for each in found.wrong] == [(2, 4)]
        raised = await node.gateway.store.database.read(alarms)
        assert (Code.ANCHOR_ORDER.value, OLDER) in [(each.code, each.subject) for each in raised]
        await note(node, SHOW, SHOW, SHOW)
        assert await anchor(node) == 6
        found = await book_of(node).anchors()
        assert [each.count for each in found.covered] == [2, 6]
        assert [(each.after and each.after.count, each.upto.count) for each in found.wrong] == [(2, 4)]


async def test_nothing_goes_that_no_anchor_covers(node: TestGateway) -> None:
    clock, book = node.machine.network.clock, book_of(node)
    await note(node, SHOW, SHOW)
    await anchor(node)
    await note(node, SHOW)
    clock.advance(3 * YEAR_S + 1)
    assert await book.trim(3) == 2
    found = await book.verify(CHECK)
    assert isinstance(found, Verified)
    assert (found.start.number, [each.count for each in (await book.anchors()).covered]) == (2, [2])
    assert await book.trim(3) == 0


async def test_a_hub_that_is_away_or_older_is_asked_again(node: TestGateway) -> None:
    node.machine.hub.down = True
    await note(node, SHOW)
    tender = anchoring(node)
    assert await tender.turn()
    node.machine.hub.down = False
    assert not await tender.turn()
    await node.gateway.poster.drain()
    assert ("anchors", "0") in node.machine.hub.calls.made
    assert (await book_of(node).anchors()).last is not None
