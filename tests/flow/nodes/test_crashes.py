"""A crash after each durable point: the same files are opened, the same hop is done again, nothing happens twice."""

import pytest

from nodes.gateway.inbox import InState
from nodes.gateway.outbox import OutState
from nodes.gateway.reading import ReceivedMessage, SentMessage
from protocol.ids import MessageId
from tests.simulators.node import MK, POLICE, RS, TestGateway, TestWorld, example

REQUEST = example("MT-01/vehicle-mk", to=["rs.ilecu"])


async def sent_state(node: TestGateway, message: MessageId) -> OutState:
    found = await node.gateway.reading.find(message)
    assert isinstance(found, SentMessage)
    return found.row.state


async def test_after_the_outbox_the_message_is_offered(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje:
        message = await skopje.queue(REQUEST)
    assert world.hub.stored == 0
    async with world.machine(MK).running() as skopje:
        await skopje.submit()
        assert await sent_state(skopje, message) is OutState.ACCEPTED
    assert list(world.hub.envelopes) == [message]


async def test_after_the_hub_the_same_message_is_offered_again_and_stored_once(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje:
        message = await skopje.queue(REQUEST)
        world.hub.lose_next_reply()
        await skopje.submit()
        assert await sent_state(skopje, message) is OutState.READY
    world.clock.advance(600)
    async with world.machine(MK).running() as skopje:
        await skopje.submit()
        assert await sent_state(skopje, message) is OutState.ACCEPTED
    assert world.hub.stored == 1
    assert world.hub.calls.of("submit") == [message.hex()] * 2


class PowerCut(Exception):
    """The machine is gone."""


async def test_before_the_inbox_commit_nothing_is_there_and_nothing_is_confirmed(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje:
        message = await skopje.queue(REQUEST)
        await skopje.submit()
    async with world.machine(RS).running() as belgrade:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("nodes.gateway.incoming.put_posting", _cut)
            with pytest.raises(PowerCut):
                await belgrade.take()
    assert world.hub.calls.of("receipt") == []
    async with world.machine(RS).running() as belgrade:
        assert await belgrade.gateway.reading.find(message) is None
        assert await belgrade.take() == 1
        found = await belgrade.gateway.reading.find(message)
        assert isinstance(found, ReceivedMessage)
        assert found.row.state is InState.ACCEPTED


def _cut(*_: object) -> None:
    raise PowerCut


async def test_after_the_inbox_the_evidence_is_still_posted(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje:
        message = await skopje.queue(REQUEST)
        await skopje.submit()
    async with world.machine(RS).running() as belgrade:
        await belgrade.take()
    async with world.machine(RS).running() as belgrade:
        assert await belgrade.take() == 0
        await belgrade.post()
    async with world.machine(MK).running() as skopje:
        await skopje.take()
        (who,) = await skopje.gateway.reading.people(message)
        assert who.handed_over_at == world.clock()


async def test_after_a_lost_answer_the_same_evidence_is_posted_again(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        message = await skopje.queue(REQUEST)
        await skopje.submit()
        await belgrade.take()
        world.hub.lose_next_reply()
        await belgrade.post()
        world.clock.advance(600)
        await belgrade.post()
        posted = world.hub.calls.of("receipt")
        assert len(posted) == 2
        assert len(set(posted)) == 1
        assert await skopje.take() == 1
        assert [each.node for each in await skopje.gateway.reading.people(message)] == ["rs.ilecu"]


async def test_the_directory_is_folded_again_from_the_files(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade:
        size = belgrade.gateway.network.replica.directory.size
        assert size == world.network.directory.size
    world.hub.down = True
    async with world.machine(RS).running(synced=False) as belgrade:
        assert belgrade.gateway.network.replica.directory.size == size
        assert belgrade.gateway.network.replica.directory.root == world.network.directory.root


async def test_a_second_process_on_the_same_state_is_refused(world: TestWorld) -> None:
    from runtime.operator import OperatorError

    async with world.machine(RS).running():
        with pytest.raises(OperatorError):
            async with world.machine(RS).running():
                pass


async def test_a_repeated_item_is_shown_once_and_confirmed_with_the_same_evidence(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        await skopje.queue(REQUEST)
        await skopje.exchange(belgrade)
        world.hub.repeat((RS.node, POLICE))
        assert await belgrade.take() == 1
        await belgrade.post()
        assert len(await belgrade.gateway.reading.received(9)) == 1
        assert len(set(world.hub.calls.of("receipt"))) == 1
        assert len(world.hub.calls.of("receipt")) == 2
