"""New signing keys and a new TLS key under traffic: nothing is lost or refused for good, crashes are made good."""

import pytest

from keys.private_keys import Secrets
from nodes.gateway.outbox import OutState
from nodes.gateway.trouble import HubRefused, Retry
from protocol.api import Problem
from protocol.cose import ed25519_kid, verify
from protocol.domains import MESSAGE
from protocol.envelope import parse_envelope
from protocol.errors import Code, Fault
from protocol.evidence import parse_receipt, verify_receipt
from protocol.tokens import parse_token, verify_token
from tests.simulators.hub import HubSimulator
from tests.simulators.network import TestNetwork, tls_key_of
from tests.simulators.node import MK, RS, TestGateway, TestMachine, TestWorld, example

ASK = example("MT-01/vehicle-mk", to=["rs.ilecu"])
ANSWER = example("MT-01/vehicle-mk", to=["mk.ilecu"])


@pytest.fixture(autouse=True)
def strict_hub(world: TestWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub that holds every signature against the directory of the moment, as the real one does."""
    accept, receipt, token = HubSimulator.accept, HubSimulator.log_receipt, HubSimulator.log_token
    network = world.network

    def identity(node):
        found = network.directory.signing_identity(node)
        assert found is not None
        return found

    def judged(work):
        try:
            work()
        except Fault as fault:
            raise HubRefused(Problem(fault.code, network.clock())) from fault

    def accept_(self, node, raw):
        judged(lambda: verify(parse_envelope(raw).signed, identity(node), MESSAGE, network.network_id))
        return accept(self, node, raw)

    def receipt_(self, raw):
        found = parse_receipt(raw)
        judged(lambda: verify_receipt(found, identity(found.receipt.recipient), network.network_id))
        return receipt(self, raw)

    def token_(self, raw):
        found = parse_token(raw)
        judged(lambda: verify_token(found, identity(found.token.holder), network.network_id))
        return token(self, raw)

    monkeypatch.setattr(HubSimulator, "accept", accept_)
    monkeypatch.setattr(HubSimulator, "log_receipt", receipt_)
    monkeypatch.setattr(HubSimulator, "log_token", token_)


def named(network: TestNetwork, machine: TestMachine) -> bytes:
    found = network.directory.signing_identity(machine.node)
    assert found is not None
    return ed25519_kid(found.ed25519)


def kept(machine: TestMachine) -> Secrets:
    return machine.keystore().secrets


async def held(side: TestGateway, message: bytes) -> bool:
    from nodes.gateway import inbox

    row = await side.gateway.store.database.read(lambda connection: inbox.find(connection, message))
    return row is not None and row.state is not inbox.InState.UNOPENABLE


async def state(side: TestGateway, message: bytes) -> OutState:
    from nodes.gateway import outbox

    row = await side.gateway.store.database.read(lambda connection: outbox.find(connection, message))
    assert row is not None
    return row.state


async def test_new_signing_keys_are_in_force_and_the_old_ones_gone(world: TestWorld) -> None:
    machine = world.machine(MK)
    async with machine.running() as skopje:
        old = kept(machine).identity
        before = named(world.network, machine)
        await skopje.gateway.succession.change_identity()
        assert named(world.network, machine) != before
        assert kept(machine).identity != old
        assert kept(machine).next_identity is None
        assert ed25519_kid(skopje.gateway.here.signer.public.ed25519) == named(world.network, machine)


async def test_messages_and_receipts_signed_before_the_change_arrive_after_it(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        asked = await belgrade.queue(ANSWER)
        await belgrade.submit()
        assert await skopje.take() == 1  # a receipt, signed with the old keys, waits to be posted
        waiting = [await skopje.queue(ASK) for _ in range(3)]  # and so do these
        await skopje.gateway.succession.change_identity()
        await skopje.submit()
        await skopje.submit()
        await skopje.post()
        await skopje.post()
        assert [await state(skopje, each) for each in waiting] == [OutState.ACCEPTED] * 3
        assert set(world.hub.calls.of("submit")[-3:]) == {each.hex() for each in waiting}, "the same ids, signed again"
        while await belgrade.take():
            await belgrade.post()
        listed = await belgrade.gateway.store.database.read(_confirmed(asked))
        assert listed
        for each in waiting:
            assert await held(belgrade, each)


async def test_a_change_that_a_neighbour_has_not_heard_of_costs_nothing(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        await skopje.gateway.succession.change_identity()
        message = await skopje.queue(ASK)
        await skopje.submit()
        assert await belgrade.take() == 1  # synchronises by itself: the leaf is ahead of its directory
        assert await held(belgrade, message)


async def test_a_key_that_is_not_ours_is_refused_for_good(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje:
        message = await skopje.queue(ASK)
        world.hub.refuse_next(Code.UNKNOWN_KEY)
        await skopje.submit()
        assert await state(skopje, message) is OutState.REFUSED


async def test_a_refusal_in_the_middle_of_a_change_is_not_the_last_word(world: TestWorld) -> None:
    """The hub judges by a directory whose checkpoint it has not signed yet: the node cannot see the change so soon."""
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        await belgrade.queue(ANSWER)
        await belgrade.submit()
        await skopje.take()
        message = await skopje.queue(ASK)
        world.hub.directory_limit = len(world.network.entries)
        checkpoint = world.hub.directory_checkpoint()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(world.hub, "directory_checkpoint", lambda: checkpoint)
            await skopje.gateway.succession.change_identity()
            await skopje.submit()
            await skopje.post()
        world.hub.directory_limit = None
        assert kept(world.machine(MK)).next_identity is not None, "not known here yet"
        assert await state(skopje, message) is OutState.READY
        await skopje.gateway.network.sync.run()
        for _ in range(2):
            world.clock.advance(600)
            await skopje.submit()
            await skopje.post()
        assert await state(skopje, message) is OutState.ACCEPTED
        await skopje.gateway.succession.settle()
        assert kept(world.machine(MK)).next_identity is None


async def test_without_the_hub_nothing_is_given_up(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje:
        message = await skopje.queue(ASK)
        world.hub.refuse_next(Code.UNKNOWN_KEY)
        skopje.gateway.network.sync.run = _unreachable  # type: ignore[method-assign]
        await skopje.submit()
        assert await state(skopje, message) is OutState.READY


async def _unreachable() -> None:
    raise Retry(Code.NOT_READY)


@pytest.mark.parametrize("lost", ["answer", "hub"])
async def test_a_change_cut_short_is_finished_after_a_restart(world: TestWorld, lost: str) -> None:
    machine = world.machine(MK)
    async with machine.running() as skopje:
        world.hub.down = lost == "hub"
        world.hub.replies_to_lose = int(lost == "answer")
        with pytest.raises(Retry):
            await skopje.gateway.succession.change_identity()
    coming = kept(machine).next_identity
    assert coming is not None
    world.hub.down = False
    async with machine.running() as skopje:
        await skopje.gateway.succession.settle()
        assert (kept(machine).identity, kept(machine).next_identity) == (coming, None)
        message = await skopje.queue(ASK)
        await skopje.submit()
        assert await state(skopje, message) is OutState.ACCEPTED


async def test_a_tls_key_overlaps_until_its_certificate_is_used(world: TestWorld) -> None:
    machine = world.machine(MK)
    folder = machine.folder
    async with machine.running() as skopje:
        skopje.gateway.succession._rings.keystore.save(_with_tls(kept(machine)))
        party = await skopje.gateway.succession.change_tls()
        again = await skopje.gateway.succession.change_tls()
        old, new = tls_key_of(MK.name).pin, party.tls_pin
        assert again.tls_pin == new
        assert set(world.network.directory.tls_pins(MK.node)) == {old, new}
        assert world.network.directory.node_by_tls_pin(new or b"") == MK.node
        await skopje.gateway.succession.settle()
        assert len(world.network.directory.tls_pins(MK.node)) == 2, "both serve until the certificate is there"
    assert folder.exists()
    keystore = machine.keystore()
    coming = keystore.secrets.next_tls
    assert coming is not None
    from dataclasses import replace

    keystore.save(replace(keystore.secrets, tls=coming, next_tls=None))  # what a start with the certificate does
    async with machine.running() as skopje:
        await skopje.gateway.succession.settle()
        assert world.network.directory.tls_pins(MK.node) == (new,)
        assert world.network.directory.node_by_tls_pin(old) is None


def _with_tls(secrets: Secrets) -> Secrets:
    from dataclasses import replace

    return replace(secrets, tls=tls_key_of(MK.name))


async def test_a_node_that_is_not_enrolled_changes_nothing(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje:
        _revoke(world.network)
        await skopje.gateway.network.sync.run()
        for change in (skopje.gateway.succession.change_identity, skopje.gateway.succession.change_tls):
            with pytest.raises(Fault, match="NOT_PERMITTED"):
                await change()
        await skopje.gateway.succession.settle()


def _revoke(network: TestNetwork) -> None:
    from protocol.statement_network import Reason, Revocation, Target

    body = Revocation(node=MK.node, issued_at=network.clock(), target=Target.NODE, ids=(), reason=Reason.LEFT)
    network.append(body, *network.quorum)


async def test_a_file_changed_by_a_command_is_taken_over(world: TestWorld) -> None:
    machine = world.machine(MK)
    async with machine.running() as skopje:
        await skopje.gateway.rotation.renew_epoch()
        elsewhere = machine.keystore()
        from dataclasses import replace

        elsewhere.save(replace(elsewhere.secrets, next_tls=tls_key_of("another")))
        await skopje.gateway.rotation.renew_epoch()
        assert kept(machine).next_tls == tls_key_of("another"), "the service does not undo what a command saved"


def _confirmed(message: bytes):
    from nodes.gateway import outbox

    return lambda connection: [each for each in outbox.addressees(connection, message) if each.handed_over_at]
