"""Attacks that a recipient's node has to refuse, by their number in the catalogue. The hub lets all of them through."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from nodes.gateway.alarms import alarms
from nodes.gateway.inbox import InRow, InState
from nodes.gateway.reading import ReceivedMessage
from protocol.cbor import _Reader, encode
from protocol.core import Core, encode_core
from protocol.envelope import parse_envelope
from protocol.errors import Code
from protocol.evidence import Event, Receipt, parse_receipt, sign_receipt
from protocol.ids import MessageId, Reference
from protocol.mailbox import ItemKind
from protocol.padding import pad
from protocol.part_keys import part_aad, part_key
from protocol.statement_network import Reason, Revocation, Target
from protocol.wrap import seal_wrap
from tests.simulators.forge import SECRET, delivered, handmade, rows_of, seal_raw, signed_by
from tests.simulators.network import identity_of
from tests.simulators.node import AL, MK, POLICE, RS, TestGateway, TestWorld, example

REQUEST = example("MT-01/vehicle-mk", to=["rs.ilecu"])
PLACE = (RS.node, POLICE)
SENDER = (MK.node, POLICE)


@pytest.fixture
def world(tmp_path: Path) -> TestWorld:
    return TestWorld(tmp_path)


async def take(world: TestWorld, **changes: Any) -> list[InRow]:
    """Let the recipient take its mail; return what it stored, the oldest first."""
    async with world.machine(RS, **changes).running() as belgrade:
        while await belgrade.take():
            pass
        return [*reversed(await belgrade.gateway.reading.received(500))]


async def alarmed(node: TestGateway) -> set[tuple[str, str]]:
    found = await node.gateway.store.database.read(alarms)
    return {(each.code, each.subject) for each in found}


async def receipts(world: TestWorld) -> list[Receipt]:
    """Let the recipient post what it signed; return it."""
    async with world.machine(RS).running() as belgrade:
        await belgrade.post()
    return [parse_receipt(stored.content).receipt for stored in world.hub.boxes.get(SENDER, [])]


async def test_attack_003_a_replayed_envelope_is_shown_once(world: TestWorld) -> None:
    envelope = seal_raw(world)
    world.hub.accept(MK.node, envelope.encode())
    world.hub.repeat(PLACE)
    world.hub.inject(PLACE, delivered(envelope), envelope.id)
    assert [row.message for row in await take(world)] == [envelope.id]


async def test_attack_015_two_views_of_the_directory(world: TestWorld) -> None:
    template = seal_raw(world)
    core = replaced(template.manifest.core, directory_root=b"\x00" * 32)
    forged = signed_by(world, MK, encode_core(core), template.wraps, template.contents)
    world.hub.inject(PLACE, delivered(forged), forged.id)
    (row,) = await take(world)
    assert (row.state, row.code) == (InState.UNOPENABLE, Code.SPLIT_VIEW)


async def test_attack_022_a_dropped_message_is_noticed(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade:
        world.hub.accept(MK.node, seal_raw(world, 1).encode())
        await belgrade.take()
        world.hub.accept(MK.node, seal_raw(world, 2).encode())
        world.hub.count_as(PLACE, 2)
        world.hub.drop_last(PLACE)
        await belgrade.take()
        assert ("SEQUENCE_GAP", "mailbox police") in await alarmed(belgrade)


async def test_attack_023_reordered_messages_are_shown_as_such(world: TestWorld) -> None:
    for sequence in (1, 3):
        world.hub.accept(MK.node, seal_raw(world, sequence).encode())
    assert [(row.sequence, row.out_of_order) for row in await take(world)] == [(1, False), (3, True)]
    world.hub.accept(MK.node, seal_raw(world, 2).encode())
    late = [(row.sequence, row.out_of_order) for row in await take(world)]
    assert late == [(1, False), (3, False), (2, False)], "once nothing is missing, the numbers tell the order"


async def test_attack_027_the_wrap_of_another_recipient(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje:
        message = await skopje.queue(REQUEST | {"to": ["rs.ilecu", "al.ilecu"], "language": "en"})
        await skopje.submit()
    envelope = parse_envelope(world.hub.envelopes[message])
    mine = [who.node for who in envelope.manifest.core.to].index(RS.node)
    other = 1 - mine
    swapped = delivered(
        type(envelope)(envelope.id, envelope.manifest, envelope.signed, envelope.wraps[::-1], envelope.contents), mine
    )
    world.hub.alter(PLACE, lambda _: swapped)
    (row,) = await take(world)
    assert (row.state, row.code) == (InState.UNOPENABLE, Code.WRAP_HASH)
    assert envelope.wraps[other] != envelope.wraps[mine]


async def test_attack_028_an_added_recipient(world: TestWorld) -> None:
    template = seal_raw(world)
    core = template.manifest.core
    key = world.network.directory.recipient_key(AL.node, POLICE, world.clock())
    assert key is not None
    added = replaced(core, to=(type(core.to[0])(AL.node, key.key_id, 1, None, core.to[0].mode), *core.to))
    wraps = (template.wraps[0], template.wraps[0])
    forged = signed_by(world, RS, encode_core(added), wraps, template.contents)  # the attacker has no key of the sender
    world.hub.inject(PLACE, delivered(forged, 1), forged.id)
    (row,) = await take(world)
    assert (row.state, row.code) == (InState.UNOPENABLE, Code.UNKNOWN_KEY)


async def sent(world: TestWorld, node: TestGateway) -> MessageId:
    message = await node.queue(REQUEST)
    await node.submit()
    return message


async def confirm(world: TestWorld, message: MessageId, claimed: str, signer: str) -> tuple[bytes, bytes]:
    """Return a receipt and its id, in the name of one node and signed by another."""
    receipt = Receipt(event=Event.CONTENT_HANDOVER, message=message, recipient=type(RS.node)(claimed), at=world.clock())
    raw = sign_receipt(receipt, identity_of(signer), world.network.network_id)
    return raw, parse_receipt(raw).id


@pytest.mark.parametrize(("claimed", "signer"), [("rs.ilecu", "al.ilecu"), ("rs.ilecu", "hub")])
async def test_attack_031_and_063_a_forged_confirmation(world: TestWorld, claimed: str, signer: str) -> None:
    async with world.machine(MK).running() as skopje:
        message = await sent(world, skopje)
        raw, digest = await confirm(world, message, claimed, signer)
        world.hub.inject(SENDER, raw, digest, ItemKind.RECEIPT)
        await skopje.take()
        (who,) = await skopje.gateway.reading.people(message)
        assert who.handed_over_at is None
        assert ("UNKNOWN_KEY", "receipt in police") in await alarmed(skopje)


async def test_attack_061_a_confirmation_of_what_was_never_sent(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje:
        message = await sent(world, skopje)
        for about, claimed in ((MessageId(b"n" * 32), RS.name), (message, AL.name)):
            raw, digest = await confirm(world, about, claimed, claimed)
            world.hub.inject(SENDER, raw, digest, ItemKind.RECEIPT)
        await skopje.take()
        (who,) = await skopje.gateway.reading.people(message)
        assert who.handed_over_at is None
        assert {subject for code, subject in await alarmed(skopje) if code == "UNKNOWN_MESSAGE"} == {
            "receipt of rs.ilecu",
            "receipt of al.ilecu",
        }


async def test_attack_061_a_hand_over_is_never_taken_back(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        message = await sent(world, skopje)
        await skopje.exchange(belgrade)
        receipt = Receipt(event=Event.CONTENT_HANDOVER_FAILURE, message=message, recipient=RS.node, at=world.clock())
        raw = sign_receipt(receipt, identity_of(RS.name), world.network.network_id)
        world.hub.inject(SENDER, raw, parse_receipt(raw).id, ItemKind.RECEIPT)
        await skopje.take()
        (who,) = await skopje.gateway.reading.people(message)
        assert (who.handed_over_at is not None, who.failed_at) == (True, None)


async def test_attack_037_a_wrap_that_does_not_open(world: TestWorld) -> None:
    template = seal_raw(world)
    core_bytes = template.manifest.core_bytes
    key = world.network.directory.find_key(template.manifest.core.to[0].key_id)
    assert key is not None
    garbage = seal_wrap(bytes(64), key.public_key, key.key_id, b"another core", RS.node)
    forged = signed_by(world, MK, core_bytes, (garbage,), template.contents)
    world.hub.accept(MK.node, forged.encode())
    (row,) = await take(world)
    assert (row.state, row.code, row.message) == (InState.UNOPENABLE, Code.WRAP_DECRYPT, forged.id)
    (told,) = await receipts(world)
    assert (told.event, told.message, told.held) == (Event.CONTENT_HANDOVER_FAILURE, forged.id, False)


async def test_attack_038_fields_that_were_not_committed_to(world: TestWorld) -> None:
    forged = handmade(world, 1, rows_of((("/query", "person"),)))
    world.hub.accept(MK.node, forged.encode())
    (row,) = await take(world)
    assert (row.state, row.code) == (InState.UNOPENABLE, Code.FIELD_COMMITMENT)


@pytest.mark.parametrize(
    "bomb", [b"\x81" * 100_000 + b"\x00", b"\x9a\x00\x0f\x42\x40" + b"\x00" * 400_000, b"\x9b" + b"\xff" * 8]
)
async def test_attack_047_a_bomb_in_the_body_costs_little(
    world: TestWorld, bomb: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    forged = handmade(world, 1, pad(bomb))
    world.hub.accept(MK.node, forged.encode())
    calls = [0]
    whole = _Reader.item

    def counted(self: _Reader, depth: int) -> Any:
        calls[0] += 1
        return whole(self, depth)

    async with world.machine(RS).running() as belgrade:
        monkeypatch.setattr(_Reader, "item", counted)
        await belgrade.take()
        monkeypatch.undo()
        (row,) = await belgrade.gateway.reading.received(9)
    assert (row.state, row.code) == (InState.UNOPENABLE, Code.MALFORMED)
    assert calls[0] < 100_000


async def test_attack_049_a_sender_claimed_in_the_body(world: TestWorld) -> None:
    world.hub.accept(MK.node, seal_raw(world, body=(("/from", "al.ilecu"), ("/query", "vehicle"))).encode())
    (row,) = await take(world)
    assert row.state is InState.HELD
    assert row.sender == MK.node
    assert row.decision is not None
    assert row.decision.findings[0].parameters == (("code", "UNKNOWN_FIELD"),)


async def test_attack_052_a_message_passed_on_to_a_third_node(world: TestWorld) -> None:
    envelope = seal_raw(world)
    world.hub.inject((AL.node, POLICE), delivered(envelope), envelope.id)
    async with world.machine(AL).running() as tirana:
        await tirana.take()
        (row,) = await tirana.gateway.reading.received(9)
    assert (row.state, row.code) == (InState.UNOPENABLE, Code.NOT_A_RECIPIENT)


async def test_attack_053_the_content_key_wrapped_for_a_third_node(world: TestWorld) -> None:
    envelope = seal_raw(world)
    key = world.network.directory.recipient_key(AL.node, POLICE, world.clock())
    assert key is not None
    wrap = seal_wrap(SECRET + bytes(32), key.public_key, key.key_id, envelope.manifest.core_bytes, AL.node)
    forged = type(envelope)(envelope.id, envelope.manifest, envelope.signed, (wrap,), envelope.contents)
    world.hub.inject((AL.node, POLICE), delivered(forged), envelope.id)
    async with world.machine(AL).running() as tirana:
        await tirana.take()
        (row,) = await tirana.gateway.reading.received(9)
    assert (row.state, row.code) == (InState.UNOPENABLE, Code.WRAP_HASH)


async def test_attack_054_a_ciphertext_signed_by_somebody_else(world: TestWorld) -> None:
    template = seal_raw(world)
    core = replaced(template.manifest.core, sender=AL.node)
    forged = signed_by(world, AL, encode_core(core), template.wraps, template.contents)
    world.hub.inject(PLACE, delivered(forged), forged.id)
    (row,) = await take(world)
    assert (row.state, row.code) == (InState.UNOPENABLE, Code.WRAP_DECRYPT)


async def test_attack_055_a_forged_body_under_the_known_key(world: TestWorld) -> None:
    from protocol.floe import seal as floe_seal
    from tests.simulators.party import CountingEntropy

    envelope = handmade(world, 1, rows_of((("/query", "vehicle"),)))
    core_bytes = envelope.manifest.core_bytes
    key = part_key(SECRET, core_bytes, "body")
    body = floe_seal(key, part_aad(core_bytes, "body"), rows_of((("/query", "person"),)), CountingEntropy("forged"))
    forged = type(envelope)(envelope.id, envelope.manifest, envelope.signed, envelope.wraps, (body,))
    world.hub.inject(PLACE, delivered(forged), envelope.id)
    (row,) = await take(world)
    assert (row.state, row.code) == (InState.UNOPENABLE, Code.BODY_HASH)


async def test_attack_062_every_failure_looks_alike_from_outside(world: TestWorld) -> None:
    template = seal_raw(world, 9)
    key = world.network.directory.find_key(template.manifest.core.to[0].key_id)
    assert key is not None
    core_bytes = template.manifest.core_bytes
    garbage = seal_wrap(bytes(64), key.public_key, key.key_id, b"another core", RS.node)
    other = seal_wrap(bytes(64), key.public_key, key.key_id, core_bytes, RS.node)
    forged = (
        signed_by(world, MK, core_bytes, (garbage,), template.contents),
        signed_by(world, MK, core_bytes, (other,), template.contents),
        handmade(world, 1, b"no padding"),
        handmade(world, 2, rows_of((("/query", "person"),))),
        handmade(world, 3, pad(b"\xff")),
    )
    for each in forged:
        world.hub.accept(MK.node, each.encode())
    codes = {row.code for row in await take(world)}
    assert codes == {Code.WRAP_DECRYPT, Code.COMMITMENT, Code.PADDING, Code.FIELD_COMMITMENT, Code.MALFORMED}
    told = await receipts(world)
    assert {(each.event, each.recipient, each.at, each.held) for each in told} == {
        (Event.CONTENT_HANDOVER_FAILURE, RS.node, world.clock(), False)
    }
    assert {each.message for each in told} == {each.id for each in forged}


async def test_attack_071_a_message_to_an_erased_key(world: TestWorld) -> None:
    envelope = seal_raw(world, life=40 * 86_400)
    key_id = envelope.manifest.core.to[0].key_id
    async with world.machine(RS).running() as belgrade:
        seeds = {each.key_id: each.seed for each in belgrade.gateway.here.ring.seeds()}  # type: ignore[attr-defined]
        world.hub.accept(MK.node, envelope.encode())
        world.clock.advance(22 * 86_400)  # the week and the longest life are over
        await belgrade.gateway.rotation.tend()
        await belgrade.take()
        (row,) = await belgrade.gateway.reading.received(9)
    assert (row.state, row.code) == (InState.UNOPENABLE, Code.UNKNOWN_DECRYPTION_KEY)
    for path in world.machine(RS).folder.rglob("*"):
        if path.is_file():
            assert seeds[key_id] not in path.read_bytes(), path
    assert key_id not in {each.key_id for each in world.machine(RS).keystore().secrets.recipients}


async def test_attack_041_a_key_outside_its_week(world: TestWorld) -> None:
    envelope = seal_raw(world, life=14 * 86_400)
    world.clock.advance(8 * 86_400)
    world.hub.inject(PLACE, delivered(envelope), envelope.id)
    (row,) = await take(world)
    assert (row.state, row.code) == (InState.UNOPENABLE, Code.KEY_NOT_VALID_AT_TIME)


async def test_attack_042_a_sender_revoked_before_the_leaf(world: TestWorld) -> None:
    envelope = seal_raw(world)
    body = Revocation(node=MK.node, issued_at=world.clock(), target=Target.NODE, ids=(), reason=next(iter(Reason)))
    world.network.append(body, *world.network.quorum)
    world.hub.inject(PLACE, delivered(envelope), envelope.id)
    (row,) = await take(world)
    assert (row.state, row.code) == (InState.UNOPENABLE, Code.KEY_REVOKED)


async def test_attack_043_two_messages_under_one_number(world: TestWorld) -> None:
    one, other = seal_raw(world, 1), seal_raw(world, 1, body=(("/query", "person"),))
    for each in (one, other):
        world.hub.inject(PLACE, delivered(each), each.id)
    first, second = await take(world)
    assert (first.state, first.message) == (InState.HELD, one.id)
    assert (second.state, second.code, second.message) == (InState.UNOPENABLE, Code.SENDER_EQUIVOCATION, other.id)


async def test_attack_034_an_item_without_its_leaf(world: TestWorld) -> None:
    envelope = seal_raw(world)
    world.hub.accept(MK.node, envelope.encode())
    whole = world.hub._inclusion

    def lying(leaf: int, size: int) -> Any:
        found = whole(leaf, size)
        return type(found)(found.entry, found.index, found.size, (b"x" * 32, *found.proof))

    world.hub._inclusion = lying  # type: ignore[method-assign]
    (row,) = await take(world)
    assert (row.state, row.code, row.message) == (InState.UNOPENABLE, Code.BAD_INCLUSION, None)


async def test_attack_017_another_root_at_a_size_that_was_seen(world: TestWorld) -> None:
    from tests.simulators.log import MemoryTree
    from tests.simulators.refusal import refused

    world.hub.accept(MK.node, seal_raw(world).encode())
    async with world.machine(RS).running() as belgrade:
        await belgrade.take()
        world.hub.messages = MemoryTree([b"another leaf"])
        world.hub.boxes[PLACE] = []
        with refused(Code.SPLIT_VIEW):
            await belgrade.take()


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_v9_poison_at_the_head_and_hundreds_behind_it(world: TestWorld) -> None:
    world.hub.inject(PLACE, b"\xff poison", hashlib.sha256(b"poison").digest())
    for sequence in range(1, 301):
        world.hub.accept(MK.node, seal_raw(world, sequence).encode())
    async with world.machine(RS).running() as belgrade:
        while await belgrade.take():
            pass
        rows = await belgrade.gateway.reading.received(400)
    assert len(rows) == 301
    assert [row.state for row in rows].count(InState.UNOPENABLE) == 1
    assert rows[-1].state is InState.UNOPENABLE


def replaced(core: Core, **changes: Any) -> Core:
    from dataclasses import replace

    return replace(core, random=Reference(encode(sorted(changes))[:16].ljust(16, b"r")), **changes)


async def test_a_readable_message_survives_a_damaged_copy_of_itself(world: TestWorld) -> None:
    envelope = seal_raw(world)
    world.hub.accept(MK.node, envelope.encode())
    world.hub.inject(PLACE, delivered(envelope)[:-1], envelope.id)
    first, second = await take(world)
    assert (first.message, first.state) == (envelope.id, InState.HELD)
    assert (second.message, second.state) == (None, InState.UNOPENABLE)
    async with world.machine(RS).running() as belgrade:
        found = await belgrade.gateway.reading.find(envelope.id)
        assert isinstance(found, ReceivedMessage)
