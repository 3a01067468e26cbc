"""What arrives damaged, twice, out of order or not at all: shown for what it is, and never in the way of the rest."""

import hashlib
from collections.abc import Callable

import pytest

from nodes.config import GatewaySettings
from nodes.gateway.alarms import alarms
from nodes.gateway.holding import Outcome
from nodes.gateway.inbox import InState
from nodes.gateway.reading import ReceivedMessage
from nodes.gateway.sequences import gaps
from nodes.gateway.why import Reader, why_received
from protocol.errors import Code, Fault
from protocol.evidence import Event, parse_receipt
from tests.simulators.forge import seal_raw
from tests.simulators.node import MK, POLICE, RS, TestGateway, TestWorld, example, packaged_bundle
from tests.simulators.refusal import refused

REQUEST = example("MT-01/vehicle-mk", to=["rs.ilecu"])
PLACE = (RS.node, POLICE)


async def only(node: TestGateway) -> ReceivedMessage:
    (row,) = await node.gateway.reading.received(9)
    assert row.message is not None
    found = await node.gateway.reading.find(row.message)
    assert isinstance(found, ReceivedMessage)
    return found


async def test_a_document_of_no_type_is_held_and_released_by_a_person(world: TestWorld) -> None:
    envelope = seal_raw(world)
    world.hub.accept(MK.node, envelope.encode())
    async with world.machine(RS).running() as belgrade:
        await belgrade.take()
        found = await only(belgrade)
        assert (found.row.state, found.opened) == (InState.HELD, None)
        steps = why_received(found.row, Reader("en", packaged_bundle().texts, world.clock()))
        assert [step.who for step in steps] == ["you", "you"]
        await belgrade.post()
        (receipt,) = [parse_receipt(stored.content) for stored in world.hub.boxes[MK.node, POLICE]]
        assert (receipt.receipt.event, receipt.receipt.held) == (Event.CONTENT_HANDOVER, True)

        holding = belgrade.gateway.holding
        assert await holding.release(envelope.id, "The duty officer knows this sender.") is Outcome.DONE
        assert await holding.release(envelope.id, "again") is Outcome.NOT_HELD
        assert await holding.give_back(envelope.id, "too late") is Outcome.NOT_HELD
        found = await only(belgrade)
        assert found.row.state is InState.RELEASED
        assert found.body == (("/query", "vehicle"),)


async def test_a_held_message_is_returned_and_its_sender_is_told(world: TestWorld) -> None:
    envelope = seal_raw(world)
    world.hub.accept(MK.node, envelope.encode())
    async with world.machine(RS).running() as belgrade:
        await belgrade.take()
        holding = belgrade.gateway.holding
        assert await holding.give_back(envelope.id, "No basis.") is Outcome.DONE
        assert await holding.release(envelope.id, "no") is Outcome.NOT_HELD
        assert (await only(belgrade)).opened is None
        await belgrade.post()
        events = [parse_receipt(stored.content).receipt.event for stored in world.hub.boxes[MK.node, POLICE]]
        assert events == [Event.CONTENT_HANDOVER, Event.CONSIGNMENT_REJECTION]


async def test_a_message_that_nobody_holds_is_neither_released_nor_returned(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade:
        holding = belgrade.gateway.holding
        assert await holding.release(seal_raw(world).id, "?") is Outcome.UNKNOWN
        assert await holding.give_back(seal_raw(world).id, "?") is Outcome.UNKNOWN


async def test_a_gap_is_shown_and_holds_nothing_back(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade:
        for sequence in (1, 5, 3):
            world.hub.accept(MK.node, seal_raw(world, sequence).encode())
        await belgrade.take()
        rows = await belgrade.gateway.reading.received(9)
        assert [(row.sequence, row.out_of_order) for row in rows] == [(3, True), (5, True), (1, False)]
        found = await belgrade.gateway.store.database.read(gaps)
        assert [(gap.sender, gap.low, gap.high) for gap in found] == [(MK.node, 2, 2), (MK.node, 4, 4)]
        for sequence, ahead in ((2, [5]), (4, [])):
            world.hub.accept(MK.node, seal_raw(world, sequence).encode())
            await belgrade.take()
            rows = await belgrade.gateway.reading.received(9)
            assert [row.sequence for row in rows if row.out_of_order] == ahead, "until nothing before it is missing"


async def test_an_item_the_hub_deleted_is_known_to_have_been_there(world: TestWorld) -> None:
    envelope = seal_raw(world)
    world.hub.accept(MK.node, envelope.encode())
    world.hub.forget(PLACE)
    async with world.machine(RS).running() as belgrade:
        await belgrade.take()
        (row,) = await belgrade.gateway.reading.received(9)
        assert (row.state, row.message) == (InState.GONE, envelope.id)


async def test_a_message_past_its_life_is_not_opened(world: TestWorld) -> None:
    world.hub.accept(MK.node, seal_raw(world, life=3_600).encode())
    async with world.machine(RS).running() as belgrade:
        world.clock.advance(7_200)
        await belgrade.take()
        (row,) = await belgrade.gateway.reading.received(9)
        assert (row.state, row.code) == (InState.UNOPENABLE, Code.EXPIRED)


async def test_failures_are_told_at_a_bounded_rate(world: TestWorld) -> None:
    machine = world.machine(RS, settings=GatewaySettings(failure_receipts_per_hour=2))
    async with machine.running() as belgrade:
        for number in range(5):
            world.hub.inject(PLACE, b"garbage", hashlib.sha256(bytes([number])).digest())
        await belgrade.take()
        assert {row.state for row in await belgrade.gateway.reading.received(9)} == {InState.UNOPENABLE}
        assert len([1 for each in await belgrade.gateway.reading.received(9)]) == 5
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(world.hub, "log_receipt", lambda raw: world.hub.logged(_log(world, raw)))
            await belgrade.post()
        (together,) = world.hub.calls.of("receipts")
        assert (len(together.split()), world.hub.calls.of("receipt")) == (2, [])


def _log(world: TestWorld, raw: bytes) -> bytes:
    from protocol.leaf import LeafKind

    receipt = parse_receipt(raw)
    assert receipt.receipt.event is Event.CONTENT_HANDOVER_FAILURE
    world.hub._append(LeafKind.EVIDENCE, receipt.id)
    return receipt.id


async def test_a_page_that_is_no_page_is_refused_whole(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade:
        world.hub.answer_garbage(b"\xff\x00garbage")
        with refused(Code.MALFORMED):
            await belgrade.take()


async def test_a_page_of_another_mailbox_is_refused(world: TestWorld) -> None:
    world.hub.accept(MK.node, seal_raw(world).encode())
    async with world.machine(RS).running() as belgrade:
        world.hub.answer_garbage(world.hub.page((MK.node, POLICE), 0))
        with refused(Code.BAD_EVIDENCE):
            await belgrade.take()
        assert not await belgrade.gateway.reading.received(9)


async def test_a_mailbox_that_shrinks_is_refused(world: TestWorld) -> None:
    world.hub.accept(MK.node, seal_raw(world).encode())
    async with world.machine(RS).running() as belgrade:
        await belgrade.take()
        world.hub.count_as(PLACE, 0)
        with refused(Code.ROLLBACK):
            await belgrade.take()


async def test_a_leaf_ahead_of_the_directory_is_waited_for_and_then_taken_as_it_is(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade:
        world.hub.directory_limit = world.network.directory.size
        world.network.agree(RS.node, MK.node, POLICE, purposes=("prevent",))
        world.hub.accept(MK.node, seal_raw(world).encode())
        for _ in range(3):
            with refused(Code.STALE_DIRECTORY):
                await belgrade.take()
        world.hub.directory_limit = None
        await belgrade.take()
        assert (await only(belgrade)).row.state is InState.HELD


async def test_a_receipt_of_a_stranger_is_an_alarm(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        await skopje.queue(REQUEST)
        await skopje.exchange(belgrade)
        world.hub.alter((MK.node, POLICE), lambda _: b"not a receipt", at=0)
        async with world.machine(MK, folder=world.folder / "mk second").running() as second:
            await second.take()
            found = await second.gateway.store.database.read(alarms)
            assert {(each.code, each.subject) for each in found} >= {("MALFORMED", "receipt in police")}


async def test_a_damaged_item_at_rest_is_never_shown_in_part(world: TestWorld) -> None:
    from sqlalchemy import update

    from nodes.schema import item
    from runtime.operator import OperatorError

    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        message = await skopje.queue(REQUEST)
        await skopje.exchange(belgrade)
        await belgrade.gateway.store.database.write(
            lambda connection: connection.execute(update(item).values(content=b"x" * 64)) and None
        )
        with pytest.raises(OperatorError) as caught:
            await belgrade.gateway.reading.open(message)
        assert caught.value.code == "CORRUPT_STATE"


async def test_an_item_that_cannot_be_stored_is_given_up_and_does_not_block(world: TestWorld) -> None:
    for sequence in (1, 2):
        world.hub.accept(MK.node, seal_raw(world, sequence).encode())
    async with world.machine(RS).running() as belgrade:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("nodes.gateway.incoming.put_tags", _fail_on_first())
            for _ in range(3):
                with pytest.raises(KeyError):
                    await belgrade.take()
            await belgrade.take()
        states = [(row.state, row.code) for row in await belgrade.gateway.reading.received(9)]
        assert states == [(InState.HELD, None), (InState.UNOPENABLE, Code.INTERNAL)]


def _fail_on_first() -> Callable[..., None]:
    calls = iter(range(9))

    def put_tags(*_: object) -> None:
        if next(calls) < 4:
            raise KeyError("a mistake of ours")

    return put_tags


async def test_a_fault_is_raised_for_a_message_nobody_addressed_here(world: TestWorld) -> None:
    with pytest.raises(Fault):
        seal_raw(world, to=())
