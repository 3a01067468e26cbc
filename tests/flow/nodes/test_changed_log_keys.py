"""The hub signs its logs with other keys: whoever slept through the charter that says so goes on by itself.

What was logged before stays proved; nothing is acknowledged and no alarm raised on the way.
"""

from pathlib import Path

import pytest

from egnatia.audit.bring import bring, fold_of
from egnatia.audit.copy_store import Copy
from egnatia.audit.sampling import Sample
from egnatia.audit.verify_logs import verify_copy
from keys.evidence_check import Verdict
from nodes.casework.seal_check import check_seal
from nodes.gateway.alarms import alarms
from nodes.gateway.evidence_export import MadeBundle, ProofWish
from nodes.gateway.evidences import proofs
from nodes.gateway.outbox import OutState
from nodes.gateway.trouble import Retry
from protocol.errors import Code
from protocol.ids import MessageId
from tests.simulators.audit_reads import DoorReads
from tests.simulators.hub import Door
from tests.simulators.network import identity_of, log_signer_of
from tests.simulators.node import MK, POLICE, RS, TestGateway, TestWorld, example
from tests.simulators.witness_stand import witnessing
from tests.simulators.witnessing import change_charter, change_log_keys, let_cosign

REQUEST = example("MT-01/vehicle-mk", to=["rs.ilecu"])


async def exchanged(skopje: TestGateway, belgrade: TestGateway) -> MessageId:
    message = await skopje.queue(REQUEST)
    await skopje.exchange(belgrade)
    return message


async def alarmed(*nodes: TestGateway) -> set[str]:
    """Return what was alarmed about, but for witnesses, who sleep in most of these tests."""
    found = [each for node in nodes for each in await node.gateway.store.database.read(alarms)]
    return {each.code for each in found} - {Code.QUORUM.value}


async def holds(node: TestGateway, message: MessageId) -> bool:
    found = await node.gateway.reading.evidence(message)
    assert found is not None
    checked = check_seal(message, found[0], found[1], node.gateway.network.replica.directory)
    return checked.holds and checked.logged


async def verdict(node: TestGateway, *messages: MessageId) -> Verdict:
    found = await node.gateway.evidence.make(ProofWish(messages))
    assert isinstance(found, MadeBundle)
    return found.proved.verdict


async def test_everything_goes_on_for_those_who_slept_through_the_change(world: TestWorld, tmp_path: Path) -> None:
    hub, network = world.hub, world.network
    async with (
        world.machine(MK).running() as skopje,
        world.machine(RS).running() as belgrade,
        witnessing(tmp_path, hub) as stand,
    ):
        copy = Copy.open(tmp_path / "copy", pin=network.charter_digest)
        first = await exchanged(skopje, belgrade)
        waiting = await skopje.queue(REQUEST)
        await skopje.submit()
        await let_cosign(hub)
        assert [(await stand.turn(log)).cosigned for log in ("directory", "messages")] == [True, True]
        await bring(copy, DoorReads(hub), world.clock())
        await change_log_keys(network)  # while everybody sleeps, and the directory goes on after it
        network.agree(RS.node, MK.node, POLICE, purposes=("prevent",))
        world.clock.advance(60)

        assert await belgrade.take() == 1  # under keys that it has not heard of
        assert belgrade.gateway.network.replica.directory.root == network.directory.root
        later = await skopje.queue(REQUEST)
        await skopje.submit()  # so is the answer to this
        await skopje.exchange(belgrade)
        assert {row.state for row in await skopje.gateway.reading.sent(9)} == {OutState.ACCEPTED}
        assert [await holds(belgrade, each) for each in (first, waiting, later)] == [True] * 3
        assert await alarmed(skopje, belgrade) == set()

        turns = [await stand.turn(log) for log in ("messages", "directory")]
        assert [(each.cosigned, each.found) for each in turns] == [(True, ())] * 2
        await let_cosign(hub)
        assert await verdict(skopje, first) is Verdict.VERIFIED
        assert await verdict(belgrade, first, waiting, later) is Verdict.VERIFIED
        brought = await bring(copy, DoorReads(hub), world.clock())
        assert brought.messages > 0
        assert fold_of(copy).root == network.directory.root
        report = verify_copy(copy, Sample(None, ""), lambda *_: None)
        assert report.findings == []
        assert report.checkpoints > 4
        copy.close()


async def test_what_former_keys_signed_of_a_message_is_taken_once_a_larger_head_stands(world: TestWorld) -> None:
    """The hub answers a repeat with the checkpoint of that time; its sender knows the new keys by then."""
    async with world.machine(MK).running() as skopje:
        message = await skopje.queue(REQUEST)
        world.hub.lose_next_reply()
        await skopje.submit()
        answered = world.hub.logged(message)
        await change_log_keys(world.network, skopje.gateway.network.sync)
        world.hub.logged = lambda digest: answered  # type: ignore[method-assign]  # noqa: ARG005 - as it is
        world.clock.advance(3_600)
        await skopje.submit()
        kept = await skopje.gateway.store.database.read(lambda connection: proofs(connection, message))
        assert [each.proof for each in kept] == [answered]
        assert await alarmed(skopje) == set()


async def test_a_hub_that_changed_its_identity_too_is_known_after_a_look_at_the_directory(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        await skopje.queue(REQUEST)
        await skopje.submit()
        fresh, signer = identity_of("another hub"), log_signer_of("hub, new keys")
        change_charter(world.network, fresh, hub_identity=fresh.public)
        world.network.hub = fresh
        assert await belgrade.take() == 1
        both = identity_of("a third hub")
        change_charter(world.network, both, hub_identity=both.public, hub_log_keys=signer.keys)
        world.network.hub, world.network.hub_log = both, signer
        await skopje.queue(REQUEST)
        await skopje.submit()
        assert await belgrade.take() == 1
        assert await alarmed(skopje, belgrade) == set()


async def test_while_the_hub_is_away_nothing_is_acknowledged(world: TestWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        await exchanged(skopje, belgrade)
        await skopje.queue(REQUEST)
        await skopje.submit()
        await change_log_keys(world.network)
        with monkeypatch.context() as patch:
            patch.setattr(type(belgrade.gateway.network.hub), "checkpoint", away)
            with pytest.raises(Retry):
                await belgrade.take()
        assert len(await belgrade.gateway.reading.received(9)) == 1
        assert await alarmed(belgrade) == set()
        assert await belgrade.take() == 1


async def away(_door: Door, _log: str) -> bytes:
    raise Retry(Code.NOT_READY)
