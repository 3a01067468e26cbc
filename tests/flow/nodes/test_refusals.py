"""What the hub or a rule refuses: cured where it can be, shown with its reason where it cannot."""

import pytest

from nodes.config import GatewaySettings
from nodes.gateway.alarms import alarms
from nodes.gateway.outbox import OutState
from nodes.gateway.reading import SentMessage
from nodes.gateway.send import Queued, Stopped, WouldGo
from nodes.gateway.status import why_closed
from nodes.gateway.watch import Health
from nodes.gateway.why import Reader, why_sent
from protocol.charter import DAY
from protocol.decision import Decision, Finding, Verdict
from protocol.envelope import parse_envelope
from protocol.errors import Code
from protocol.ids import MessageId
from tests.simulators.forge import seal_raw
from tests.simulators.hub import PACKAGED_DIGEST
from tests.simulators.node import AL, MK, POLICE, RS, TestGateway, TestWorld, example, packaged_bundle

REQUEST = example("MT-01/vehicle-mk", to=["rs.ilecu"])


async def load(node: TestGateway, message: MessageId) -> SentMessage:
    found = await node.gateway.reading.find(message)
    assert isinstance(found, SentMessage)
    return found


async def test_a_message_without_a_valid_key_is_sealed_again_as_a_new_one(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje:
        first = await skopje.queue(REQUEST)
        world.hub.refuse_next(Code.NO_VALID_KEY)
        await skopje.submit()
        replaced = (await load(skopje, first)).row
        assert replaced.state is OutState.REPLACED
        assert replaced.replaced_by is not None
        await skopje.submit()
        second = (await load(skopje, replaced.replaced_by)).row
        assert second.state is OutState.ACCEPTED
        assert second.replaces == first
        (core,) = [parse_envelope(raw).manifest.core for raw in world.hub.envelopes.values()]
        assert core.to[0].sequence == 2  # the refused number is burnt, never used for other bytes
        assert [row.message for row in await skopje.gateway.reading.sent(9)] == [second.message]


async def test_sealing_again_ends_some_time(world: TestWorld) -> None:
    machine = world.machine(MK, settings=GatewaySettings(seal_again_limit=2))
    async with machine.running() as skopje:
        await skopje.queue(REQUEST)
        world.hub.refuse_next(*[Code.POLICY_UNKNOWN] * 3)
        for _ in range(3):
            await skopje.submit()
        (row,) = await skopje.gateway.reading.sent(9)
        assert (row.state, row.code) == (OutState.REFUSED, Code.POLICY_UNKNOWN)
        assert len(world.hub.calls.of("submit")) == 3


async def test_a_node_restored_from_a_backup_goes_on_above_what_the_hub_has_logged(world: TestWorld) -> None:
    machine = world.machine(MK)
    for number in (1, 2, 7):  # sent after the backup was made
        world.hub.accept(MK.node, seal_raw(world, number).encode())
    async with machine.running() as skopje:
        message = await skopje.queue(REQUEST)
        world.hub.refuse_next(Code.SENDER_EQUIVOCATION)
        await skopje.submit()
        assert world.hub.calls.of("sequence") == ["rs.ilecu"]
        await skopje.submit()
        assert world.hub.numbers(MK.node, RS.node, POLICE) == {1, 2, 7, 8}
        await skopje.queue(REQUEST)
        await skopje.submit()
        assert max(world.hub.numbers(MK.node, RS.node, POLICE)) == 9
        assert (await load(skopje, message)).row.state is OutState.REPLACED


async def test_a_hub_that_claims_an_absurd_number_is_not_believed(world: TestWorld) -> None:
    world.hub.accept(MK.node, seal_raw(world, 1 << 40).encode())
    async with world.machine(MK).running() as skopje:
        message = await skopje.queue(REQUEST)
        world.hub.refuse_next(Code.SENDER_EQUIVOCATION)
        await skopje.submit()
        row = (await load(skopje, message)).row
        assert (row.state, row.code) == (OutState.READY, Code.MALFORMED)


async def test_messages_to_one_recipient_are_offered_in_the_order_they_were_sealed(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje:
        for _ in range(6):
            await skopje.queue(REQUEST)
        await skopje.submit()
        cores = [parse_envelope(raw).manifest.core for raw in world.hub.envelopes.values()]
        assert [core.to[0].sequence for core in cores] == [1, 2, 3, 4, 5, 6]


async def test_a_final_refusal_names_rule_article_and_remedy(world: TestWorld) -> None:
    finding = Finding("police.purpose", "D977 1(1)", "purpose-police", Verdict.DENY, None, (("purpose", "x"),))
    world.hub.refusal_decision = Decision(Verdict.DENY, PACKAGED_DIGEST, (finding,))
    async with world.machine(MK).running() as skopje:
        message = await skopje.queue(REQUEST)
        world.hub.refuse_next(Code.POLICY_DENIED)
        await skopje.submit()
        found = await load(skopje, message)
        assert (found.row.state, found.row.code) == (OutState.REFUSED, Code.POLICY_DENIED)
        (step,) = why_sent(found.row, found.people, Reader("en", packaged_bundle().texts, world.clock()))
        assert step.rule == "police.purpose"
        assert step.article
        assert step.remedy


async def test_one_refused_message_does_not_hold_back_the_others(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje:
        for _ in range(4):
            await skopje.queue(REQUEST)
        world.hub.refuse_next(Code.POLICY_DENIED)
        await skopje.submit()
        states = sorted(row.state.value for row in await skopje.gateway.reading.sent(9))
        assert states == ["accepted"] * 3 + ["refused"]


async def test_a_hub_that_is_down_costs_nothing_but_time(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje:
        message = await skopje.queue(REQUEST)
        world.hub.down = True
        for _ in range(5):
            await skopje.submit()
            world.clock.advance(1_000)
        row = (await load(skopje, message)).row
        assert (row.state, row.attempts) == (OutState.READY, 5)
        world.hub.down = False
        await skopje.submit()
        assert (await load(skopje, message)).row.state is OutState.ACCEPTED


async def test_a_message_whose_life_ends_in_the_outbox_is_not_sent(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje:
        message = await skopje.queue(REQUEST | {"life_days": 1})
        world.clock.advance(2 * 86_400)
        await skopje.submit()
        assert (await load(skopje, message)).row.state is OutState.EXPIRED
        assert world.hub.stored == 0


async def test_a_false_proof_of_acceptance_is_an_alarm_and_no_acceptance(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje:
        first = await skopje.queue(REQUEST)
        await skopje.submit()
        second = await skopje.queue(REQUEST)
        world.hub.answer_garbage(world.hub.logged(first))
        await skopje.submit()
        assert (await load(skopje, second)).row.state is OutState.READY
        found = await skopje.gateway.store.database.read(alarms)
        assert [each.code for each in found if each.subject == "hub"] == ["BAD_EVIDENCE"]
        world.hub.answer_garbage(None)
        world.clock.advance(600)
        await skopje.submit()
        assert (await load(skopje, second)).row.state is OutState.ACCEPTED


async def test_a_rule_refuses_one_recipient_and_nothing_leaves(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje:
        result = await skopje.send(REQUEST | {"to": ["rs.ilecu", "al.ilecu"], "language": "mk"})
        assert isinstance(result, Stopped)
        assert result.refused.recipients == (AL.node,)
        assert [who.node for who in result.allowed] == [RS.node]
        await skopje.submit()
        assert world.hub.stored == 0


async def test_sending_to_the_rest_is_the_callers_decision(world: TestWorld) -> None:
    request = REQUEST | {"to": ["rs.ilecu", "al.ilecu"], "language": "mk"}
    async with world.machine(MK).running() as skopje:
        result = await skopje.send(request, only_allowed=True)
        assert isinstance(result, Queued)
        assert result.left_out == (AL.node,)
        assert [who.node for who in await skopje.gateway.reading.people(result.message)] == [RS.node]


async def test_a_dry_run_stores_nothing(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje:
        result = await skopje.send(REQUEST, dry_run=True)
        assert isinstance(result, WouldGo)
        assert result.draft.channel == "police"
        assert not await skopje.gateway.reading.sent(9)


async def test_the_same_request_twice_is_one_message(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje:
        once = await skopje.queue(REQUEST, request=(b"k" * 32, b"d" * 32))
        again = await skopje.queue(REQUEST, request=(b"k" * 32, b"d" * 32))
        other = await skopje.send(REQUEST, request=(b"k" * 32, b"e" * 32))
        assert once == again
        assert type(other).__name__ == "Conflict"
        assert len(await skopje.gateway.reading.sent(9)) == 1


@pytest.mark.parametrize("code", [Code.LOG_FORK, Code.RESTART_NEEDED])
async def test_a_message_waits_for_a_hub_that_may_not_sign(world: TestWorld, code: Code) -> None:
    async with world.machine(MK).running() as skopje:
        message = await skopje.queue(REQUEST)
        world.hub.closed = code
        for attempts in (1, 2):
            await skopje.submit()
            row = (await load(skopje, message)).row
            assert (row.state, row.code, row.attempts) == (OutState.READY, code, attempts)
            world.clock.advance(DAY)
        (step,) = why_sent(row, (), Reader("en", None, world.clock()))
        assert (step.where, step.who, step.code) == ("outbox", "nobody", code)
        assert await why_closed(skopje.gateway.store, Health()) is code
        world.hub.closed = None
        await skopje.submit()
        assert (await load(skopje, message)).row.state is OutState.ACCEPTED
        assert await why_closed(skopje.gateway.store, Health()) is None
        assert await why_closed(skopje.gateway.store, Health(troubles={"sync": code})) is code
