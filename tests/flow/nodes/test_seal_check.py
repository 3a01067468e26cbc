"""What proves a message is verified again from what is stored; whoever changed a byte of it is found out."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from nodes.casework.seal_check import HANDED_OVER, LOGGED, OPENED, SEALED, SealCheck, check_seal
from nodes.gateway.evidences import HUB, Proof
from nodes.gateway.restarts import LOST
from protocol.errors import Code
from protocol.ids import MessageId
from tests.simulators.node import MK, RS, TestGateway, TestWorld, example


async def told(node: TestGateway, message: MessageId) -> tuple[bytes, Sequence[Proof]]:
    found = await node.gateway.reading.evidence(message)
    assert found is not None
    assert found[0] is not None
    return found[0], found[1]


async def exchanged(skopje: TestGateway, belgrade: TestGateway) -> MessageId:
    message = await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu"]))
    await skopje.exchange(belgrade)
    await belgrade.gateway.reading.open(message)
    await belgrade.post()
    await skopje.take()
    return message


async def test_both_sides_verify_every_step(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        message = await exchanged(skopje, belgrade)
        for node in (skopje, belgrade):
            manifest, proofs = await told(node, message)
            found = check_seal(message, manifest, proofs, node.gateway.network.replica.directory)
            assert found.holds, found
            assert found.logged
            assert found.position == 0
            assert [each.what for each in found.checks] == [SEALED, LOGGED, HANDED_OVER, OPENED]
            assert found.checks[0].who == "mk.ilecu"


async def test_what_was_changed_does_not_hold(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        message = await exchanged(skopje, belgrade)
        manifest, proofs = await told(skopje, message)
        directory = skopje.gateway.network.replica.directory
        hub, handed, opened = proofs
        assert hub.issuer == HUB

        def check(raw: bytes | None, *given: Proof, about: MessageId = message) -> SealCheck:
            return check_seal(about, raw, given, directory)

        flipped = manifest[:-1] + bytes([manifest[-1] ^ 1])
        for bad in (None, b"", flipped, manifest[:-1]):
            assert not check(bad, hub, handed, opened).holds
        other = check(manifest, hub, handed, about=MessageId(b"o" * 32))
        assert {each.fault for each in other.checks} >= {Code.BAD_EVIDENCE}
        assert not other.logged
        for proof in (replace(hub, proof=hub.proof[:-1]), replace(hub, proof=b"")):
            assert not check(manifest, proof).holds
        assert not check(manifest, hub, replace(handed, raw=opened.raw)).holds
        assert not check(manifest, hub, replace(opened, issuer="mk.ilecu")).holds
        assert not check(manifest, hub, replace(handed, raw=b"")).holds
        assert not check(manifest, hub, replace(handed, issuer="nobody.here")).holds


@pytest.mark.parametrize("without", [True, False])
async def test_a_lost_place_is_told_and_a_message_without_one_is_still_sealed(
    world: TestWorld, *, without: bool
) -> None:
    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        message = await exchanged(skopje, belgrade)
        manifest, proofs = await told(skopje, message)
        kept = proofs[1:] if without else [replace(proofs[0], issuer=f"{LOST}{HUB}"), *proofs[1:]]
        found = check_seal(message, manifest, kept, skopje.gateway.network.replica.directory)
        assert found.holds
        assert found.logged is not without
        assert any(each.lost for each in found.checks) is not without
