"""Attacks 16, 17 and 22 at a mailbox: a page that no honest hub serves is refused as a whole, and stays an alarm."""

from pathlib import Path

import pytest

from nodes.gateway.alarms import alarms
from nodes.gateway.trouble import HubTrouble
from protocol.errors import Code
from tests.simulators.forge import seal_raw
from tests.simulators.node import MK, POLICE, RS, TestGateway, TestWorld
from tests.simulators.refusal import refused

PLACE = (RS.node, POLICE)


@pytest.fixture
def world(tmp_path: Path) -> TestWorld:
    world = TestWorld(tmp_path)
    world.hub.accept(MK.node, seal_raw(world, 1).encode())
    return world


async def alarmed(node: TestGateway) -> set[tuple[str, str]]:
    """Return the alarms about mailboxes."""
    found = await node.gateway.store.database.read(alarms)
    return {(each.code, each.subject) for each in found if each.subject.startswith("mailbox")}


async def works(world: TestWorld, node: TestGateway, sequence: int) -> bool:
    """Tell whether the next message is taken."""
    envelope = seal_raw(world, sequence)
    world.hub.accept(MK.node, envelope.encode())
    await node.take()
    return envelope.id in {row.message for row in await node.gateway.reading.received(9)}


async def test_attack_016_a_mailbox_that_shrinks_stays_an_alarm(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade:
        await belgrade.take()
        assert not await alarmed(belgrade)
        world.hub.count_as(PLACE, 0)
        with refused(Code.ROLLBACK):
            await belgrade.take()
        assert await alarmed(belgrade) == {("ROLLBACK", "mailbox police")}
        world.hub.count_as(PLACE, 2)
        assert await works(world, belgrade, 2)
        assert await alarmed(belgrade) == {("ROLLBACK", "mailbox police")}


async def test_attack_017_an_answer_that_is_no_page_is_an_alarm_and_a_hub_that_is_down_is_none(
    world: TestWorld,
) -> None:
    async with world.machine(RS).running() as belgrade:
        world.hub.down = True
        with pytest.raises(HubTrouble):
            await belgrade.take()
        assert not await alarmed(belgrade)
        world.hub.down = False
        world.hub.answer_garbage(b"\xff")
        with refused(Code.MALFORMED):
            await belgrade.take()
        assert await alarmed(belgrade) == {("MALFORMED", "mailbox police")}
        world.hub.answer_garbage(None)
        assert await works(world, belgrade, 2)


async def test_attack_022_a_hub_that_says_nothing_is_new_has_to_sign_it_again(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade:
        await belgrade.take()
        await belgrade.take()
        world.hub.say_nothing_new = True
        world.hub.accept(MK.node, seal_raw(world, 2).encode())
        world.hub.count_as(PLACE, 2)
        world.hub.drop_last(PLACE)
        await belgrade.take()
        assert not await alarmed(belgrade)
        world.clock.advance(900)
        world.hub.for_ever = True
        with refused(Code.MALFORMED):
            await belgrade.take()
        assert await alarmed(belgrade) == {("MALFORMED", "mailbox police")}
        world.hub.for_ever = False
        await belgrade.take()
        assert ("SEQUENCE_GAP", "mailbox police") in await alarmed(belgrade)
