"""A node makes bundles of what it can prove: under witnesses where there are any, from its own store without a hub."""

import contextlib
from pathlib import Path

from sqlalchemy import update

from keys.evidence_check import Lack, Verdict, verify_bundle
from nodes.gateway.alarms import alarms
from nodes.gateway.disclosing import Proposal, Wanted
from nodes.gateway.evidence_export import Lacking, MadeBundle, ProofWish
from nodes.gateway.witness_rules import DIRECTORY_AGAIN
from nodes.schema import outbox
from protocol.api import DIRECTORY_LOG
from protocol.errors import Code
from protocol.evidence import Event, Receipt, sign_receipt
from protocol.evidence_bundle import parse_evidence_bundle
from protocol.ids import MessageId
from protocol.statement_network import Reason, Revocation, Target
from tests.simulators.journal import Remembering
from tests.simulators.node import MK, RS, TestGateway, TestWorld, example
from tests.simulators.refusal import refused
from tests.simulators.witness_stand import witnessing
from tests.simulators.witnessing import change_log_keys, change_witnesses, let_cosign


async def exchanged(skopje: TestGateway, belgrade: TestGateway) -> MessageId:
    message = await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu"]))
    await skopje.exchange(belgrade)
    await belgrade.gateway.reading.open(message)
    await belgrade.post()
    await skopje.take()
    return message


async def made(node: TestGateway, *messages: MessageId, **wish: object) -> MadeBundle:
    found = await node.gateway.evidence.make(ProofWish(messages, **wish))  # type: ignore[arg-type]  # a shorthand
    assert isinstance(found, MadeBundle)
    return found


async def test_both_sides_make_the_same_proof_and_it_says_whether_it_is_witnessed(world: TestWorld) -> None:
    journal = Remembering()
    machine = world.machine(MK, journal=journal)
    async with machine.running() as skopje, world.machine(RS).running() as belgrade:
        message = await exchanged(skopje, belgrade)
        waiting = await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu"]))
        assert await skopje.gateway.evidence.make(ProofWish((waiting,))) is Lacking.NOT_LOGGED
        assert await skopje.gateway.evidence.make(ProofWish((MessageId(bytes(32)),))) is Lacking.UNKNOWN
        before = await made(skopje, message)
        assert before.proved.verdict is Verdict.NOT_WITNESSED
        await let_cosign(world.hub)
        mine, theirs = await made(skopje, message, waiting), await made(belgrade, message)
    assert mine.left_out == (waiting,)
    for each in (mine, theirs):
        proved = verify_bundle(parse_evidence_bundle(each.raw), world.network.charter_digest)
        assert proved.verdict is Verdict.VERIFIED
        (told,) = proved.messages
        assert (told.id, told.sender.node) == (message, MK.node)
        assert [event.event for event in told.recipients[0].events] == [
            Event.CONTENT_HANDOVER,
            Event.CONTENT_ACCESS_TRACKING,
        ]
        assert not told.sealed
    assert mine.file.bundle.messages == theirs.file.bundle.messages
    saved = [act for _, act in journal.noted if act.deed == "save-proof"]
    assert [act.digest for act in saved] == [before.file.fingerprint, mine.file.fingerprint]


async def test_without_the_hub_the_stored_proofs_go_in(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        message = await exchanged(skopje, belgrade)
        world.hub.down = True
        found = await made(skopje, message)
    assert found.proved.verdict is Verdict.NOT_WITNESSED
    assert len(found.file.bundle.checkpoints) == 3
    assert len(found.proved.messages[0].recipients[0].events) == 2


async def test_ciphertext_and_rows_come_along_where_they_are_chosen(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        message = await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu"]))
        envelope = await skopje.gateway.store.database.read(
            lambda connection: connection.execute(outbox.select()).one().envelope
        )
        await skopje.exchange(belgrade)
        found = await belgrade.gateway.disclosing.make(Wanted(message=message, recipient=MK.node, patterns=("/*",)))
        assert isinstance(found, Proposal), found
        shown = await made(belgrade, message, shown=(found.raw,))
        again = update(outbox).where(outbox.c.message == message).values(envelope=envelope)
        await skopje.gateway.store.database.write(lambda connection: connection.execute(again))
        sealed = await made(skopje, message, sealed=True)
        other = await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu"]))
        with refused(Code.DISCLOSURE):
            await belgrade.gateway.evidence.make(ProofWish((other,), shown=(found.raw,)))
    ((part, rows),) = shown.proved.messages[0].rows
    assert part == "body"
    assert rows
    assert sealed.proved.messages[0].sealed


async def test_a_damaged_store_gives_no_bundle(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        message = await exchanged(skopje, belgrade)
        raw = (await skopje.gateway.reading.evidence(message) or (b"", ()))[0] or b""
        spoiled = update(outbox).values(signed=raw[:-1] + bytes([raw[-1] ^ 1]))
        await skopje.gateway.store.database.write(lambda connection: connection.execute(spoiled))
        with refused(Code.BAD_SIGNATURE):
            await skopje.gateway.evidence.make(ProofWish((message,)))


async def test_the_directory_goes_in_as_witnesses_saw_it_before_a_key_ended(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        message = await exchanged(skopje, belgrade)
        await let_cosign(world.hub)
        world.clock.advance(3_600)
        body = Revocation(node=MK.node, issued_at=world.clock(), target=Target.NODE, ids=(), reason=Reason.COMPROMISED)
        size = world.network.directory.size
        world.network.append(body, *world.network.quorum)
        await let_cosign(world.hub, "directory")
        await belgrade.gateway.network.sync.run()
        found = await made(belgrade, message)
    assert belgrade.gateway.network.replica.directory.size == size + 1
    assert found.proved.verdict is Verdict.VERIFIED
    assert len(found.file.bundle.directory) == size


async def test_what_a_recipient_takes_back_is_an_alarm_and_no_evidence(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        message = await exchanged(skopje, belgrade)
        signer = world.network.nodes[RS.node].identity
        back = Receipt(event=Event.CONTENT_HANDOVER, message=message, recipient=RS.node, at=world.clock() + 1)
        world.hub.log_receipt(sign_receipt(back, signer, world.network.network_id))
        await skopje.take()
        found = await skopje.gateway.store.database.read(alarms)
        proved = (await made(skopje, message)).proved
    assert [each.code for each in found if each.subject == f"receipt of {RS.node}"] == [Code.BAD_EVIDENCE.value]
    assert len(proved.messages[0].recipients[0].events) == 2


async def test_messages_of_before_are_proved_after_the_hubs_log_keys_changed(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        message = await exchanged(skopje, belgrade)
        await let_cosign(world.hub, "messages")
        await change_log_keys(world.network, skopje.gateway.network.sync, belgrade.gateway.network.sync)
        await let_cosign(world.hub, "directory")
        early = await made(skopje, message)
        later = await exchanged(skopje, belgrade)
        await let_cosign(world.hub)
        both = await made(skopje, message, later)
    assert early.proved.verdict is Verdict.VERIFIED
    assert both.proved.verdict is Verdict.VERIFIED
    assert len(both.file.bundle.checkpoints) == 2  # one under the keys of before, one under those of now


async def test_messages_of_before_are_proved_under_later_witnesses(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        message = await exchanged(skopje, belgrade)
        await let_cosign(world.hub)
        change_witnesses(world.network)
        await let_cosign(world.hub, "directory")
        await skopje.gateway.network.sync.run()
        waiting = await made(skopje, message)
        await exchanged(skopje, belgrade)
        await let_cosign(world.hub)
        found = await made(skopje, message)
    assert waiting.proved.verdict is Verdict.NOT_WITNESSED
    assert found.proved.verdict is Verdict.VERIFIED


async def test_a_proof_waits_for_the_directory_ten_minutes_and_no_day(world: TestWorld, tmp_path: Path) -> None:
    async with contextlib.AsyncExitStack() as stack:
        skopje, belgrade = [await stack.enter_async_context(world.machine(each).running()) for each in (MK, RS)]
        stands = []
        for name in world.network.witnesses:
            (tmp_path / name).mkdir()
            stands.append(await stack.enter_async_context(witnessing(tmp_path / name, world.hub, name)))
        for each in stands:
            assert (await each.turn(DIRECTORY_LOG)).cosigned
        world.clock.advance(1)
        message = await exchanged(skopje, belgrade)
        for each in stands:
            assert (await each.turn()).cosigned
            world.clock.advance(2)  # they look one after the other
        early = await made(skopje, message)
        world.clock.advance(DIRECTORY_AGAIN)
        for each in stands:
            assert (await each.turn(DIRECTORY_LOG)).cosigned
        later = await made(skopje, message)
    assert (early.proved.verdict, early.proved.lacks) == (Verdict.NOT_WITNESSED, (Lack.SINCE,))
    assert later.proved.verdict is Verdict.VERIFIED
