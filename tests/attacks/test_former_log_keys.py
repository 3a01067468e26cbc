"""Log keys that a later charter replaced are no keys any more, whoever holds them; nor are those of a forged one."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from egnatia.audit.bring import bring, fold_of
from egnatia.audit.copy_store import Copy
from keys.directory import Directory
from nodes.gateway import directory_head
from nodes.gateway.alarms import alarms
from nodes.gateway.directory_head import find_head
from protocol.cbor import encode
from protocol.checkpoint import Checkpoint, directory_origin, sign_checkpoint
from protocol.errors import Code
from protocol.ids import MessageId
from tests.simulators.audit_reads import DoorReads
from tests.simulators.network import TestNetwork, identity_of, log_signer_of
from tests.simulators.node import MK, POLICE, RS, TestGateway, TestWorld, example
from tests.simulators.party import NOW, CountingEntropy
from tests.simulators.refusal import refused
from tests.simulators.witness_stand import log_leaf, witnessing
from tests.simulators.witnessing import change_charter, change_log_keys

REQUEST = example("MT-01/vehicle-mk", to=["rs.ilecu"])
FRESH = log_signer_of("hub, new keys")


@pytest.fixture
def world(tmp_path: Path) -> TestWorld:
    return TestWorld(tmp_path)


async def codes(node: TestGateway) -> set[str]:
    return {each.code for each in await node.gateway.store.database.read(alarms)} - {Code.QUORUM.value}


async def test_a_directory_that_goes_on_after_the_change_is_refused_under_former_keys(world: TestWorld) -> None:
    """Whether the node knows the change or learns of it from these very entries: nothing of them is stored."""
    former = world.network.hub_log
    async with world.machine(RS).running() as awake, world.machine(MK).running() as asleep:
        size = world.network.directory.size
        await change_log_keys(world.network, awake.gateway.network.sync)
        world.network.agree(RS.node, MK.node, POLICE, purposes=("prevent",))
        world.network.hub_log = former
        for node in (awake, asleep):
            known = node.gateway.network.replica.directory.size
            with refused(Code.MISSING_SIGNATURE):
                await node.gateway.network.sync.run()
            assert node.gateway.network.replica.directory.size == known
            assert await codes(node) == {"MISSING_SIGNATURE"}
        assert asleep.gateway.network.replica.directory.size == size
        world.network.hub_log = FRESH
        for node in (awake, asleep):
            await node.gateway.network.sync.run()
            assert node.gateway.network.replica.directory.root == world.network.directory.root
            assert await codes(node) == set()


async def test_a_smaller_directory_is_a_rollback_whichever_keys_of_the_hub_signed_it(world: TestWorld) -> None:
    former = world.network.hub_log
    async with world.machine(RS).running() as node:
        await change_log_keys(world.network, node.gateway.network.sync)
        world.hub.directory_limit = world.network.directory.size - 1
        for signer, code in ((former, Code.ROLLBACK), (FRESH, Code.ROLLBACK), (log_signer_of("a stranger"), None)):
            world.network.hub_log = signer
            with refused(code or Code.MISSING_SIGNATURE):
                await node.gateway.network.sync.run()


async def test_keys_that_came_back_are_keys_again(world: TestWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    former = world.network.hub_log
    monkeypatch.setattr("nodes.gateway.sync.MAX_LOG_ENTRIES", 1)
    async with world.machine(RS).running() as node:
        change_charter(world.network, hub_log_keys=FRESH.keys)
        change_charter(world.network, hub_log_keys=former.keys)
        world.network.agree(RS.node, MK.node, POLICE, purposes=("prevent",))
        await node.gateway.network.sync.run()
        assert node.gateway.network.replica.directory.root == world.network.directory.root


async def test_new_messages_under_former_keys_are_neither_taken_nor_acknowledged(
    world: TestWorld, tmp_path: Path
) -> None:
    former = world.network.hub_log
    async with (
        world.machine(MK).running() as skopje,
        world.machine(RS).running() as belgrade,
        witnessing(tmp_path, world.hub) as stand,
    ):
        log_leaf(world.hub, b"1" * 32)
        assert (await stand.turn()).cosigned
        syncs = [skopje.gateway.network.sync, belgrade.gateway.network.sync, stand.witness.stand.sync]
        await change_log_keys(world.network, *syncs)
        world.network.hub_log = former
        message = await skopje.queue(REQUEST)
        await skopje.submit()
        with refused(Code.MISSING_SIGNATURE):
            await belgrade.take()
        with refused(Code.MISSING_SIGNATURE):
            await stand.turn()
        assert await stand.size() == 1
        assert [row.state.value for row in await skopje.gateway.reading.sent(9)] == ["ready"]
        assert await belgrade.gateway.reading.received(9) == []
        assert await codes(skopje) == await codes(belgrade) == {"MISSING_SIGNATURE"}

        world.network.hub_log = FRESH  # a larger head stands: a leaf of after the change is proved by no older one
        await belgrade.take()
        world.network.hub_log = former
        older = world.hub.logged(message)
        world.network.hub_log = FRESH
        world.clock.advance(3_600)
        world.hub.logged = lambda digest: older  # type: ignore[method-assign]  # noqa: ARG005 - as it is
        await skopje.submit()
        assert [row.state.value for row in await skopje.gateway.reading.sent(9)] == ["ready"]


async def test_a_witness_that_learns_of_the_change_from_the_leaves_cosigns_nothing(
    world: TestWorld, tmp_path: Path
) -> None:
    former = world.network.hub_log
    async with witnessing(tmp_path, world.hub) as stand:
        await stand.witness.stand.sync.follow()
        await change_log_keys(world.network)
        log_leaf(world.hub, b"1" * 32)
        honest = world.hub.directory_checkpoint
        world.network.hub_log = former
        world.hub.directory_checkpoint = lambda: signed_with(world, honest)  # type: ignore[method-assign]
        with refused(Code.MISSING_SIGNATURE):
            await stand.turn()
        assert await stand.size() == 0


def signed_with(world: TestWorld, checkpoint: object) -> bytes:
    former, world.network.hub_log = world.network.hub_log, FRESH
    note: bytes = checkpoint()  # type: ignore[operator]
    world.network.hub_log = former
    return note


async def test_an_auditors_copy_keeps_nothing_that_former_keys_signed(world: TestWorld, tmp_path: Path) -> None:
    former, reads = world.network.hub_log, DoorReads(world.hub)
    copy = Copy.open(tmp_path / "copy", pin=world.network.charter_digest)
    await bring(copy, reads, NOW)
    size = copy.size("directory")
    await change_log_keys(world.network)
    world.network.agree(RS.node, MK.node, POLICE, purposes=("prevent",))
    world.network.hub_log = former
    with refused(Code.MISSING_SIGNATURE):
        await bring(copy, reads, NOW)
    assert copy.size("directory") == size
    world.network.hub_log = FRESH
    await bring(copy, reads, NOW)
    assert fold_of(copy).root == world.network.directory.root
    world.network.hub_log = former
    log_leaf(world.hub, b"1" * 32)
    note = world.hub.directory_checkpoint
    world.hub.directory_checkpoint = lambda: signed_with(world, note)  # type: ignore[method-assign]
    with refused(Code.MISSING_SIGNATURE):
        await bring(copy, reads, NOW)
    assert copy.size("messages") == 0
    copy.close()


@pytest.mark.parametrize(
    ("signer", "code"),
    [
        ("a stranger", Code.UNKNOWN_KEY),
        ("hub", Code.NOT_PERMITTED),
        ("registrar 0", Code.MISSING_SIGNATURE),  # it waits for another one, and names nobody's keys until then
    ],
)
async def test_a_forged_charter_puts_no_keys_in_force(signer: str, code: Code) -> None:
    network = TestNetwork.founded(lambda: NOW, CountingEntropy())
    directory = network.directory
    body = replace(directory.charter, version=2, previous=directory.charter_id(), hub_log_keys=FRESH.keys)
    who = network.registrars[0] if signer == "registrar 0" else identity_of(signer)

    async def pages(start: int, end: int) -> Sequence[bytes]:
        assert (start, end) == (1, 2)
        return [network.signed(body, who)]

    with refused(code):
        await find_head(note_of(directory, 2), directory, pages)


def note_of(directory: Directory, size: int) -> bytes:
    return sign_checkpoint(FRESH, Checkpoint(directory_origin(directory.network_id), size, b"r" * 32), NOW)


async def test_an_absurd_size_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's note makes a node fetch without an end: too far ahead it asks for nothing."""
    directory = TestNetwork.founded(lambda: NOW, CountingEntropy()).directory
    asked: list[tuple[int, int]] = []

    async def pages(start: int, end: int) -> Sequence[bytes]:
        asked.append((start, end))
        await asyncio.sleep(0)
        return [encode(b"no statement")]

    with refused(Code.MISSING_SIGNATURE):
        await find_head(note_of(directory, (1 << 63) - 1), directory, pages)
    assert asked == []
    monkeypatch.setattr(directory_head, "MOST_AHEAD", 3)
    with refused(Code.MISSING_SIGNATURE):
        await find_head(note_of(directory, 5), directory, pages)
    with refused(Code.MALFORMED):
        await find_head(note_of(directory, 4), directory, pages)
    assert asked == [(1, 4)]


async def test_attack_017_an_acknowledged_message_cannot_be_unsaid_by_a_change_of_keys(world: TestWorld) -> None:
    """A hub with new keys is held to what its former ones signed."""
    async with world.machine(MK).running() as skopje:
        message: MessageId = await skopje.queue(REQUEST)
        await skopje.submit()
        await change_log_keys(world.network, skopje.gateway.network.sync)
        world.hub.messages = type(world.hub.messages)()
        log_leaf(world.hub, b"2" * 32)
        with refused(Code.SPLIT_VIEW):
            await skopje.take()
        assert message in {row.message for row in await skopje.gateway.reading.sent(9)}
