"""The replica follows the directory and the policy, refuses every way back, and is swapped without a restart."""

import hashlib

import pytest
from sqlalchemy import update

from nodes.gateway.alarms import alarms
from nodes.gateway.bundles import parse_bundle
from nodes.gateway.inbox import InState
from nodes.gateway.outbox import OutState
from nodes.gateway.reading import ReceivedMessage
from nodes.gateway.replica import Pinned, Replica
from nodes.gateway.send import Stopped
from nodes.gateway.trouble import GiveUp
from nodes.schema import directory_entry
from protocol.catalogue.bundle import bundle_manifest
from protocol.errors import Code
from protocol.statement_network import Log, Restart
from runtime.operator import OperatorError
from tests.simulators.hub import MANIFEST, PACKAGED, HubSimulator
from tests.simulators.node import MK, POLICE, RS, TestGateway, TestWorld, example
from tests.simulators.refusal import refused

REQUEST = example("MT-01/vehicle-mk", to=["rs.ilecu"])


async def codes(node: TestGateway, subject: str) -> set[str]:
    found = await node.gateway.store.database.read(alarms)
    return {each.code for each in found if each.subject == subject}


async def test_new_entries_are_folded_and_stored(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade:
        before = belgrade.gateway.network.replica.directory.size
        world.network.agree(RS.node, MK.node, POLICE, purposes=("prevent",))
        assert (await belgrade.gateway.network.sync.run()).entries == 1
    world.hub.down = True
    async with world.machine(RS).running(synced=False) as belgrade:
        assert belgrade.gateway.network.replica.directory.size == before + 1


async def test_a_long_directory_is_verified_page_by_page(world: TestWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nodes.gateway.sync.MAX_LOG_ENTRIES", 5)
    async with world.machine(RS).running() as belgrade:
        assert belgrade.gateway.network.replica.directory.root == world.network.directory.root
        assert len(world.hub.calls.of("consistency")) > 2


async def test_a_smaller_directory_is_refused_and_the_last_good_one_stays(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade:
        size = belgrade.gateway.network.replica.directory.size
        world.hub.directory_limit = size - 1
        with refused(Code.ROLLBACK):
            await belgrade.gateway.network.sync.run()
        assert belgrade.gateway.network.replica.directory.size == size
        assert await codes(belgrade, "directory") >= {"ROLLBACK"}
        world.hub.directory_limit = None
        await belgrade.gateway.network.sync.run()
        assert "ROLLBACK" not in await codes(belgrade, "directory")


async def test_another_directory_of_the_same_size_is_a_split_view(world: TestWorld, tmp_path) -> None:  # type: ignore[no-untyped-def]
    async with world.machine(RS).running() as belgrade:
        other = TestWorld(tmp_path / "other", world.clock)
        other.network.entries[-1] = other.network.entries[-1]
        other.network.agree(RS.node, MK.node, POLICE, purposes=("prevent",))
        world.network.agree(RS.node, MK.node, POLICE, purposes=("investigate", "prevent"))
        await belgrade.gateway.network.sync.run()
        other.hub.network.hub_log = world.network.hub_log
        belgrade.gateway.network.sync._hub = HubSimulator(other.network).door(RS.node)
        with refused(Code.SPLIT_VIEW):
            await belgrade.gateway.network.sync.run()
        assert await codes(belgrade, "directory") >= {"SPLIT_VIEW"}


async def test_a_damaged_entry_stops_the_node_and_is_never_read_as_empty(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade:
        await belgrade.gateway.store.database.write(
            lambda c: (
                c.execute(update(directory_entry).where(directory_entry.c.position == 3).values(body=b"?")) and None
            )
        )
    with pytest.raises(OperatorError) as caught:
        async with world.machine(RS).running(synced=False):
            pass
    assert caught.value.code == "CORRUPT_STATE"


async def test_a_missing_entry_stops_the_node(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade:
        await belgrade.gateway.store.database.write(
            lambda c: c.execute(directory_entry.delete().where(directory_entry.c.position == 3)) and None
        )
    with pytest.raises(OperatorError) as caught:
        async with world.machine(RS).running(synced=False):
            pass
    assert caught.value.code == "CORRUPT_STATE"


async def test_another_charter_than_the_pinned_one_stops_the_node(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade:
        wrong = Pinned(world.network.charter_entry, b"x" * 32)
        with pytest.raises(OperatorError) as caught:
            await Replica(wrong, belgrade.gateway.store.database, world.clock).load()
        assert caught.value.code == "CHARTER"


async def test_a_newer_directory_file_is_known_before_the_hub_answers(world: TestWorld) -> None:
    network = world.network
    async with world.machine(RS).running(synced=False) as belgrade:
        assert belgrade.gateway.network.replica.directory.size == 1
        store, further = belgrade.gateway.store.database, tuple(network.entries[1:])
        for pinned in (
            Pinned(network.charter_entry, network.charter_digest, further[1:], network.directory.root),
            Pinned(network.charter_entry, network.charter_digest, further[:-1], network.directory.root),
        ):
            with pytest.raises(OperatorError) as caught:
                await Replica(pinned, store, world.clock).load()
            assert caught.value.code == "DIRECTORY"
        pinned = Pinned(network.charter_entry, network.charter_digest, further, network.directory.root)
        for _ in range(2):  # the second time from the database
            replica = Replica(pinned, store, world.clock)
            await replica.load()
            assert replica.directory.root == network.directory.root


async def test_a_directory_is_read_only_after_it_was_loaded(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade:
        pinned = Pinned(world.network.charter_entry, world.network.charter_digest)
        replica = Replica(pinned, belgrade.gateway.store.database, world.clock)
        with pytest.raises(RuntimeError):
            _ = replica.directory
        directory = belgrade.gateway.network.replica.directory
        await replica.load()
        replica.swap_directory(directory)
        await belgrade.gateway.network.sync.run()
        smaller = type(directory).start(world.network.charter_entry, world.network.charter_digest)
        with pytest.raises(RuntimeError):
            replica.swap_directory(smaller)


def stricter() -> tuple[bytes, dict[str, bytes]]:
    """Return a bundle in which the police channel permits one purpose less."""
    files = dict(PACKAGED)
    rules = files["policies/police.yaml"]
    files["policies/police.yaml"] = rules.replace(b"[prevent, detect, investigate, public_order]", b"[prevent]")
    assert files["policies/police.yaml"] != rules
    return bundle_manifest(files), files


async def test_a_new_policy_takes_effect_without_a_restart(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        waiting = await skopje.queue(REQUEST)
        await skopje.submit()
        world.network.activate(world.hub.publish(*stricter()))
        await skopje.gateway.network.sync.run()
        assert isinstance(await skopje.send(REQUEST), Stopped)

        # What was sealed under the policy before is judged by that policy.
        await belgrade.take()
        found = await belgrade.gateway.reading.open(waiting)
        assert isinstance(found, ReceivedMessage)
        assert found.row.state is InState.ACCEPTED


async def test_a_policy_that_the_hub_does_not_hold_permits_nothing(world: TestWorld) -> None:
    manifest, _ = stricter()
    async with world.machine(MK).running() as skopje:
        await skopje.queue(REQUEST)
        world.network.activate(
            type(world.network.participant)(hashlib.sha256(manifest).digest())
            if False
            else hashlib.sha256(manifest).digest()
        )  # type: ignore[arg-type]
        await skopje.gateway.network.sync.run()
        assert await codes(skopje, "policy") == {"POLICY_UNKNOWN"}
        result = await skopje.send(REQUEST)
        assert type(result).__name__ == "Faulty"
        world.hub.publish(*stricter())
        await skopje.gateway.network.sync.run()
        assert await codes(skopje, "policy") == set()


async def test_a_blob_of_another_digest_is_not_taken(world: TestWorld) -> None:
    manifest, files = stricter()
    digest = world.hub.publish(manifest, files)
    world.hub.blobs[hashlib.sha256(files["policies/police.yaml"]).digest()] = b"channel: police\ntypes: []\n"
    world.network.activate(digest)
    async with world.machine(MK).running(synced=False) as skopje:
        with pytest.raises(GiveUp):
            await skopje.gateway.network.sync.run()
        assert skopje.gateway.network.replica.find_bundle(digest) is None


def test_a_bundle_is_what_its_digest_says() -> None:
    bundle = parse_bundle(MANIFEST, {hashlib.sha256(raw).digest(): raw for raw in PACKAGED.values()})
    assert bundle.digest == hashlib.sha256(MANIFEST).digest()
    assert "police" in bundle.policies.channels
    assert "MT-01/1" in bundle.catalogue.types


async def test_a_clock_that_is_off_is_an_alarm(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade:
        world.hub.time_offset = 600
        await belgrade.gateway.network.sync.run()
        assert belgrade.gateway.network.replica.hub_offset == 600
        assert await codes(belgrade, "clock") == {"NOT_YET_VALID"}
        world.hub.time_offset = 0
        await belgrade.gateway.network.sync.run()
        assert await codes(belgrade, "clock") == set()


async def test_an_old_checkpoint_is_an_alarm(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade:
        note = world.hub.directory_checkpoint()
        world.clock.advance(2 * 86_400)
        world.hub.directory_checkpoint = lambda: note  # type: ignore[method-assign]
        await belgrade.gateway.network.sync.run()
        assert "STALE_CHECKPOINT" in await codes(belgrade, "directory")


async def test_weekly_keys_are_published_ahead_and_erased_in_time(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade:
        first = belgrade.gateway.here.ring.seeds()  # type: ignore[attr-defined]  # the ring behind the port
        world.clock.advance(5 * 7 * 86_400)
        tended = await belgrade.gateway.rotation.tend()
        assert tended.published > 0
        assert tended.erased > 0
        directory = belgrade.gateway.network.replica.directory
        assert directory.recipient_key(RS.node, POLICE, world.clock() + 4 * 7 * 86_400) is not None
        assert (await belgrade.gateway.rotation.tend()).published == 0
        oldest = min(first, key=lambda seed: seed.not_before)
        assert oldest.key_id not in belgrade.gateway.here.ring  # type: ignore[operator]
    saved = {seed.key_id for seed in world.machine(RS).keystore().secrets.recipients}
    assert oldest.key_id not in saved


async def test_keys_saved_before_a_crash_are_published_after_it(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade:
        world.clock.advance(7 * 86_400)
        world.hub.down = True
        with pytest.raises(Exception, match="NOT_READY"):
            await belgrade.gateway.rotation.tend()
    world.hub.down = False
    held = {seed.key_id for seed in world.machine(RS).keystore().secrets.recipients}
    async with world.machine(RS).running() as belgrade:
        await belgrade.gateway.rotation.tend()
        directory = belgrade.gateway.network.replica.directory
        published = {key.key_id for key in directory.recipient_keys(RS.node, POLICE)}
        assert published <= held


async def test_content_is_erased_in_time_and_its_epoch_with_it(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        gone = await skopje.queue(REQUEST | {"erase_by": world.clock() + 3_600})
        kept = await skopje.queue(REQUEST)
        await skopje.exchange(belgrade)
        world.clock.advance(7_200)
        assert await belgrade.gateway.rotation.erase_content() == 1
        reading = belgrade.gateway.reading
        erased, stays = await reading.find(gone), await reading.find(kept)
        assert isinstance(erased, ReceivedMessage)
        assert isinstance(stays, ReceivedMessage)
        assert erased.opened is None
        assert stays.opened is not None
        assert [row.message for row in await reading.received(9, "Lojane")] == [kept]
        assert [each.number for each in belgrade.gateway.rotation._rings.epochs.epochs()] == [2]
    assert [each.number for each in world.machine(RS).keystore().secrets.epochs] == [2]


async def test_a_hub_that_lost_its_end_is_followed_after_a_signed_restart_only(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        first = await skopje.queue(REQUEST)
        await skopje.exchange(belgrade)
        kept, root = len(world.hub.messages.entries), world.hub.messages.frontier.root()
        lost = await skopje.queue(REQUEST)
        await skopje.exchange(belgrade)
        size = len(world.hub.messages.entries)

        lose_end(world, kept, lost)
        with refused(Code.SPLIT_VIEW, Code.BAD_CONSISTENCY, Code.ROLLBACK):
            await skopje.take()

        body = Restart(log=Log.MESSAGES, issued_at=world.clock(), size=kept, root=root, lost_size=size)
        world.network.append(body, *world.network.quorum)
        refill(world, size)
        for node in (skopje, belgrade):
            await node.gateway.network.sync.run()
            await node.take()
        await skopje.exchange(belgrade)
        rows = await skopje.gateway.reading.sent(9)
        assert [(row.message, row.state) for row in rows] == [(lost, OutState.ACCEPTED), (first, OutState.ACCEPTED)]
        assert len(await belgrade.gateway.reading.received(9)) == 2
        (who,) = await skopje.gateway.reading.people(lost)
        assert who.handed_over_at is not None


def lose_end(world: TestWorld, kept: int, lost: object) -> None:
    """Put the hub back to an earlier state, as a restored backup would, and let it go on."""
    from tests.simulators.log import MemoryTree

    hub = world.hub
    hub.messages = MemoryTree(hub.messages.entries[:kept])
    hub.leaves = {digest: leaf for digest, leaf in hub.leaves.items() if leaf < kept}
    hub.envelopes.pop(lost)  # type: ignore[call-overload]
    hub.boxes = {place: [item for item in box if item.leaf < kept] for place, box in hub.boxes.items()}
    refill(world, kept + 1)


def refill(world: TestWorld, size: int) -> None:
    """Fill lost positions, so that the log is never smaller than what was promised."""
    from protocol.leaf import LeafKind

    while len(world.hub.messages.entries) < size:
        world.hub._append(LeafKind.RESTART, b"r" * 32)


async def test_of_two_restarts_the_one_is_followed_that_the_log_followed(world: TestWorld) -> None:
    """The node slept through both, and the second put back an older state than the first one kept."""
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        messages = [await skopje.queue(REQUEST) for _ in range(3)]
        await skopje.submit()
        log = world.hub.messages
        roots = {size: type(log)(log.entries[:size]).frontier.root() for size in (1, 2)}
        for size, lost_size in ((2, 3), (1, 4)):
            body = Restart(log=Log.MESSAGES, issued_at=world.clock(), size=size, root=roots[size], lost_size=lost_size)
            world.network.append(body, *world.network.quorum)
        for each in messages[1:]:
            lose_end(world, 1, each)
        refill(world, 4)
        await skopje.take()
        world.clock.advance(60)
        await skopje.exchange(belgrade)
        assert {row.state for row in await skopje.gateway.reading.sent(9)} == {OutState.ACCEPTED}
        assert {row.message for row in await belgrade.gateway.reading.received(9)} == set(messages)
