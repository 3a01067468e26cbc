"""Two nodes and a hub: a request goes out, arrives, is read, and every step leaves evidence on both sides."""

from nodes.gateway.evidences import HUB
from nodes.gateway.inbox import InState
from nodes.gateway.outbox import OutState
from nodes.gateway.reading import ReceivedMessage, SentMessage
from nodes.gateway.why import Reader, why_received, why_sent
from protocol.checkpoint import messages_origin
from protocol.cose import parse as parse_signed
from protocol.envelope import parse_manifest
from protocol.evidence import Event, parse_receipt, verify_acceptance, verify_receipt
from protocol.ids import message_id
from protocol.limits import MAX_SIGNED
from tests.simulators.node import AL, MK, RS, TestWorld, example, packaged_bundle, some_example


async def test_a_request_arrives_and_is_confirmed(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        message = await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu"]))
        await skopje.exchange(belgrade)

        found = await belgrade.gateway.reading.open(message)
        assert isinstance(found, ReceivedMessage)
        assert found.row.state is InState.ACCEPTED, found.row.decision
        assert dict(found.body)["/query"] == "vehicle"
        await belgrade.post()
        await skopje.take()

        sent = await skopje.gateway.reading.find(message)
        assert isinstance(sent, SentMessage)
        assert sent.row.state is OutState.ACCEPTED
        (who,) = sent.people
        assert who.handed_over_at is not None
        assert who.read_at is not None


async def test_the_evidence_verifies_without_the_node(world: TestWorld) -> None:
    network = world.network
    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        message = await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu"]))
        await skopje.exchange(belgrade)
        for node in (skopje, belgrade):
            found = await node.gateway.reading.evidence(message)
            assert found is not None
            manifest, proofs = found
            assert manifest is not None
            signed = parse_signed(manifest, MAX_SIGNED)
            assert message_id(signed.payload) == message
            assert parse_manifest(signed.payload).core.sender == "mk.ilecu"
            (acceptance,) = [each for each in proofs if each.issuer == HUB]
            origin = messages_origin(network.network_id)
            assert verify_acceptance(acceptance.proof, message, origin, network.hub_log.keys).index == 0
            (handover,) = [each for each in proofs if each.event == Event.CONTENT_HANDOVER]
            receipt = parse_receipt(handover.raw)
            verify_receipt(receipt, network.nodes[RS.node].identity.public, network.network_id)
            assert receipt.receipt.message == message


async def test_both_sides_can_say_where_a_message_is(world: TestWorld) -> None:
    reader = Reader("en", packaged_bundle().texts, world.clock())
    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        message = await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu"]))
        seen = []

        async def look() -> None:
            sent = await skopje.gateway.reading.find(message)
            assert isinstance(sent, SentMessage)
            seen.append(why_sent(sent.row, sent.people, reader)[0].where)

        await look()
        await skopje.submit()
        await look()
        await belgrade.take()
        await belgrade.post()
        await skopje.take()
        await look()
        assert seen == ["outbox", "hub", "recipient"]
        received = await belgrade.gateway.reading.find(message)
        assert isinstance(received, ReceivedMessage)
        assert why_received(received.row, reader)[0].who == "you"


async def test_an_answer_takes_over_what_is_known(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        asked = await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu"], language="mk"))
        await skopje.exchange(belgrade)
        answer = await belgrade.queue(some_example("MT-04", in_reply_to=asked.hex()))
        await belgrade.exchange(skopje)

        found = await skopje.gateway.reading.open(answer)
        assert isinstance(found, ReceivedMessage)
        assert found.opened is not None
        core = found.opened.core
        original = await skopje.gateway.reading.find(asked)
        assert isinstance(original, SentMessage)
        assert core.conversation == original.row.conversation
        assert (core.language, core.purpose, core.in_reply_to) == ("mk", "investigate", asked)
        thread = await skopje.gateway.reading.thread(core.conversation)
        assert [len(thread.sent), len(thread.received)] == [1, 1]


async def test_one_message_to_two_nodes_opens_at_both(world: TestWorld) -> None:
    machines = (world.machine(MK), world.machine(RS), world.machine(AL))
    async with machines[0].running() as skopje, machines[1].running() as belgrade, machines[2].running() as tirana:
        message = await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu", "al.ilecu"], language="en"))
        await skopje.submit()
        for each in (belgrade, tirana):
            await each.take()
            found = await each.gateway.reading.find(message)
            assert isinstance(found, ReceivedMessage)
            assert found.row.state is InState.ACCEPTED, found.row.decision
            await each.post()
        await skopje.take()
        people = await skopje.gateway.reading.people(message)
        assert [who.handed_over_at is not None for who in people] == [True, True]


async def test_a_word_is_found_in_either_script(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        message = await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu"]))
        await skopje.exchange(belgrade)
        for words in ("Lojane", "ЛОЈАНЕ", "lojane patrola", "vr123zc", "VR 123-ŽĆ"):
            for found in (
                await belgrade.gateway.reading.received(9, words),
                await skopje.gateway.reading.sent(9, words),
            ):
                assert [row.message for row in found] == [message], words
        assert not await belgrade.gateway.reading.received(9, "Lojane Ohrid")
        assert not await belgrade.gateway.reading.received(9, "  ")
