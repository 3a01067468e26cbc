"""Receipts that wait are handed in together: after an absence one request and one checkpoint do for a day of mail."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from nodes.gateway import postings
from nodes.gateway.alarms import alarms
from nodes.gateway.evidences import find_proof
from nodes.gateway.hub_http import refusal_of
from nodes.gateway.postings import Kind, PostRow, PostState
from protocol.api import Problem
from protocol.errors import Code
from protocol.evidence import Event
from protocol.ids import MessageId
from protocol.receipt_batch import LoggedBatch, encode_logged_batch, parse_logged_batch
from tests.simulators.node import MK, RS, TestGateway, TestWorld, example

REQUEST = example("MT-01/vehicle-mk", to=["rs.ilecu"])
HANDOVER, ACCESS = int(Event.CONTENT_HANDOVER), int(Event.CONTENT_ACCESS_TRACKING)


@pytest.fixture
def world(tmp_path: Path) -> TestWorld:
    return TestWorld(tmp_path)


async def arrived(skopje: TestGateway, belgrade: TestGateway, count: int) -> list[MessageId]:
    """Let messages come to Belgrade at once, not yet confirmed."""
    sent = [await skopje.queue(REQUEST) for _ in range(count)]
    await skopje.submit()
    await belgrade.take()
    return sent


async def receipts(node: TestGateway, messages: Sequence[MessageId]) -> list[PostRow]:
    return list(await node.gateway.store.database.read(lambda found: postings.about_any(found, Kind.RECEIPT, messages)))


async def states(node: TestGateway, messages: Sequence[MessageId]) -> list[PostState]:
    return [row.state for row in await receipts(node, messages)]


async def codes(node: TestGateway) -> set[str]:
    return {each.code for each in await node.gateway.store.database.read(alarms)} - {"QUORUM"}


async def proved(node: TestGateway, message: MessageId, event: int = HANDOVER) -> bool:
    found = await node.gateway.store.database.read(lambda held: find_proof(held, message, RS.node, event))
    return found is not None and bool(found.proof)


async def test_a_day_is_confirmed_in_one_request(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        messages = await arrived(skopje, belgrade, 3)
        await belgrade.post()
        (together,) = world.hub.calls.of("receipts")
        assert (len(together.split()), world.hub.calls.of("receipt")) == (3, [])
        assert set(await states(belgrade, messages)) == {PostState.LOGGED}
        assert all([await proved(belgrade, each) for each in messages])
        await skopje.take()
        assert all([await proved(skopje, each) for each in messages]), "told to the sender"


async def test_one_that_waits_alone_is_answered_alone(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        (message,) = await arrived(skopje, belgrade, 1)
        await belgrade.post()
        assert (world.hub.calls.of("receipts"), len(world.hub.calls.of("receipt"))) == ([], 1)
        assert await proved(belgrade, message)


async def test_a_reading_never_goes_before_or_beside_its_hand_over(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        messages = await arrived(skopje, belgrade, 2)
        for each in messages:
            await belgrade.gateway.reading.open(each)
        await belgrade.post()
        kinds = world.hub.calls.made
        assert [verb for verb, _ in kinds if verb.startswith("receipt")] == ["receipts", "receipt", "receipt"]
        assert all([await proved(belgrade, each, ACCESS) for each in messages])


async def test_what_the_hub_leaves_out_is_told_why_by_itself_and_holds_up_no_other(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        messages = await arrived(skopje, belgrade, 3)
        lost = messages[1]
        del world.hub.senders[lost]  # a hub that never had it
        await belgrade.post()
        found = {row.posting.subject: (row.state, row.code) for row in await receipts(belgrade, messages)}
        assert found.pop(lost) == (PostState.REFUSED, Code.UNKNOWN_MESSAGE)
        assert set(found.values()) == {(PostState.LOGGED, None)}
        assert await codes(belgrade) == {"UNKNOWN_MESSAGE"}


async def test_a_hub_that_does_not_know_the_verb_is_handed_them_one_by_one(
    world: TestWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(_: Sequence[bytes]) -> bytes:
        raise refusal_of(Problem(Code.NOT_FOUND, world.clock()))

    monkeypatch.setattr(world.hub, "log_receipts", unknown)
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        messages = await arrived(skopje, belgrade, 3)
        await belgrade.post()
        assert set(await states(belgrade, messages)) == {PostState.LOGGED}
        assert (len(world.hub.calls.of("receipt")), await codes(belgrade)) == (3, set())


async def test_an_answer_that_got_lost_costs_nothing(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        messages = await arrived(skopje, belgrade, 3)
        world.hub.lose_next_reply()
        await belgrade.post()
        assert set(await states(belgrade, messages)) == {PostState.READY}
        assert not world.hub.calls.of("receipt"), "nobody is asked one by one while the line is down"
        world.clock.advance(3_600)
        await belgrade.post()
        assert set(await states(belgrade, messages)) == {PostState.LOGGED}
        assert await skopje.take() == 3, "logged once each"
        assert await codes(belgrade) == set()


def of_others(batch: LoggedBatch) -> LoggedBatch:
    """Say of the first digest what is true of the second."""
    (one, _), (_, other), *rest = batch.logged
    return replace(batch, logged=((one, other), *rest))


def never_handed_in(batch: LoggedBatch) -> LoggedBatch:
    return replace(batch, logged=((bytes(32), batch.logged[0][1]), *batch.logged[1:]))


def unsigned(batch: LoggedBatch) -> LoggedBatch:
    return replace(batch, checkpoint=batch.checkpoint.split(b"\n\n")[0] + b"\n\n")


@pytest.mark.parametrize(
    ("lie", "code"),
    [
        (of_others, Code.BAD_EVIDENCE),
        (never_handed_in, Code.BAD_EVIDENCE),
        (unsigned, Code.BAD_CHECKPOINT),
    ],
)
async def test_attack_022_a_hub_that_says_logged_without_proof_is_not_believed(
    world: TestWorld, lie: Callable[[LoggedBatch], LoggedBatch], code: Code
) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        messages = await arrived(skopje, belgrade, 3)
        answer = world.hub.log_receipts([row.posting.raw for row in await receipts(belgrade, messages)])
        world.hub.answer_garbage(encode_logged_batch(lie(parse_logged_batch(answer))))
        await belgrade.post()
        assert set(await states(belgrade, messages)) == {PostState.READY}
        assert not any([await proved(belgrade, each) for each in messages]), "all or nothing of an answer counts"
        assert await codes(belgrade) == {code.value}
        world.hub.answer_garbage(None)
        world.clock.advance(3_600)
        await belgrade.post()
        assert set(await states(belgrade, messages)) == {PostState.LOGGED}
