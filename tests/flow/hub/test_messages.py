"""The life of a message at the hub, told through its port."""

import asyncio
import hashlib
from pathlib import Path

import pytest

from protocol.api import parse_problem
from protocol.checkpoint import messages_origin, verify_checkpoint
from protocol.decision import parse_decision
from protocol.envelope import parse_delivery
from protocol.errors import Code
from protocol.evidence import verify_acceptance, verify_leaf
from protocol.mailbox import ItemKind, parse_page, verify_head
from tests.simulators.hub_world import CSO, POLICE, World, poll_open
from tests.simulators.network import LOTSE, MK, NADA, RS

AL = "al.contact"


@pytest.fixture
async def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    await world.found()
    return world


async def test_a_message_is_accepted_once_and_proved(world: World) -> None:
    envelope = world.senders.seal(RS, MK)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        status, evidence = await rs.submit(envelope)
        again = await rs.submit(envelope)
    charter = world.network.charter
    origin = messages_origin(charter.network_id)
    acceptance = verify_acceptance(evidence, envelope.id, origin, charter.hub_log_keys)
    assert (status, acceptance.index, acceptance.leaf.time) == (201, 0, world.clock())
    assert acceptance.leaf.directory_root == world.network.directory.root
    assert again == (200, evidence)


async def test_the_recipient_gets_its_own_wrap_under_a_signed_count(world: World) -> None:
    envelope = world.senders.seal(RS, MK, _member(world, AL))
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        await rs.submit(envelope)
        status, body = await mk.fetch(POLICE)
    page = parse_page(body)
    charter = world.network.charter
    head = verify_head(page.head, charter.hub_identity, charter.network_id)
    checkpoint = verify_checkpoint(page.checkpoint, messages_origin(charter.network_id), charter.hub_log_keys)
    (item,) = page.items
    delivery = parse_delivery(item.content)
    assert (status, head.count, item.number, item.kind) == (200, 1, 1, ItemKind.MESSAGE)
    assert verify_leaf(item.inclusion, checkpoint).digest == envelope.id
    assert delivery.wrap == envelope.wraps[delivery.index]
    assert delivery.manifest.core.to[delivery.index].node == MK.node
    others = [wrap for at, wrap in enumerate(envelope.wraps) if at != delivery.index]
    assert not any(wrap in body for wrap in others)


async def test_a_mailbox_shows_only_its_own_items_after_the_cursor(world: World) -> None:
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        for _ in range(5):
            await rs.submit(world.senders.seal(RS, MK))
        numbers = [item.number for item in parse_page((await mk.fetch(POLICE, 2))[1]).items]
        nothing = parse_page((await mk.fetch(POLICE, 5))[1])
        other = parse_page((await rs.fetch(POLICE))[1])
    assert numbers == [3, 4, 5]
    assert (nothing.items, other.items) == ((), ())


async def test_sixty_five_messages_need_two_pages(world: World) -> None:
    envelopes = [world.senders.seal(RS, MK) for _ in range(65)]
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        answers = await asyncio.gather(*(rs.submit(each) for each in envelopes))
        first = parse_page((await mk.fetch(POLICE))[1])
        second = parse_page((await mk.fetch(POLICE, first.items[-1].number))[1])
    assert {status for status, _ in answers} == {201}
    got = [parse_delivery(item.content).id for item in (*first.items, *second.items)]
    assert (len(first.items), len(second.items)) == (64, 1)
    assert sorted(got) == sorted(each.id for each in envelopes)


async def test_a_poll_waits_for_the_first_item(world: World) -> None:
    envelope = world.senders.seal(RS, MK)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        poll = asyncio.create_task(mk.fetch(POLICE, wait=30))
        await poll_open(hub)
        await rs.submit(envelope)
        status, body = await poll
    assert status == 200
    assert [parse_delivery(item.content).id for item in parse_page(body).items] == [envelope.id]


async def test_a_reader_that_knows_the_head_is_told_that_nothing_is_new(world: World) -> None:
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        _, body = await mk.fetch(POLICE)
        seen = f"&seen={hashlib.sha256(parse_page(body).head).hexdigest()}"
        path = f"/v1/mailboxes/{POLICE}?after=0&wait=0"
        assert await mk.get(path + seen) == (204, b"")
        assert await mk.get(f"{path}&seen={'0' * 64}") == (200, body)
        await rs.submit(world.senders.seal(RS, MK))
        status, there = await mk.get(path + seen)
        assert (status, len(parse_page(there).items)) == (200, 1)
        after = path.replace("after=0", "after=1") + seen
        status, newer = await mk.get(after)
        assert (status, parse_page(newer).items) == (200, ()), "the head is another one since"
        world.clock.advance(601)
        known = f"&seen={hashlib.sha256(parse_page(newer).head).hexdigest()}"
        status, signed_anew = await mk.get(path.replace("after=0", "after=1") + known)
        assert (status, parse_page(signed_anew).head != parse_page(newer).head) == (200, True)


async def test_an_open_poll_ends_when_the_hub_stops(world: World) -> None:
    async with world.client_of("mk.contact") as connect:
        async with world.running() as hub:
            mk = connect(hub)
            poll = asyncio.create_task(mk.fetch(POLICE, wait=30))
            await poll_open(hub)
        status, body = await poll
    assert (status, parse_page(body).items) == (200, ())


async def test_many_at_once_share_commits_and_all_are_proved(world: World) -> None:
    envelopes = [world.senders.seal(RS, MK) for _ in range(40)] + [world.senders.seal(MK, RS) for _ in range(40)]
    charter = world.network.charter
    origin = messages_origin(charter.network_id)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        answers = await asyncio.gather(
            *((rs if each.manifest.core.sender == RS.node else mk).submit(each) for each in envelopes)
        )
        checkpoints = hub.parts.message_log.latest
    proved = [
        verify_acceptance(body, each.id, origin, charter.hub_log_keys)
        for each, (_, body) in zip(envelopes, answers, strict=True)
    ]
    assert sorted(each.index for each in proved) == list(range(80))
    assert len({each.checkpoint.size for each in proved}) < 80
    assert checkpoints is not None
    assert checkpoints.size == 80


@pytest.mark.parametrize(
    ("changes", "code", "status"),
    [
        ({"purpose": "revenge"}, Code.POLICY_DENIED, 403),
        ({"type": "MT-99/1"}, Code.POLICY_DENIED, 403),
        ({"life": 15 * 86_400}, Code.POLICY_DENIED, 403),
    ],
)
async def test_what_a_rule_forbids_is_refused_by_name(
    world: World, changes: dict[str, object], code: Code, status: int
) -> None:
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        got, body = await rs.submit(world.senders.seal(RS, MK, **changes))
    problem = parse_problem(body)
    assert (got, problem.code, problem.hub_time) == (status, code, world.clock())
    assert problem.decision is not None
    assert parse_decision(problem.decision).findings


async def test_a_refused_message_leaves_nothing_behind(world: World) -> None:
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        await rs.submit(world.senders.seal(RS, MK, purpose="revenge"))
        page = parse_page((await mk.fetch(POLICE))[1])
        assert (page.items, hub.parts.message_log.size) == ((), 0)


async def test_channels_are_apart(world: World) -> None:
    envelope = world.senders.seal(NADA, LOTSE, channel=CSO)
    async with world.running() as hub, world.client(hub, "nada") as nada, world.client(hub, "lotse") as lotse:
        assert (await nada.submit(envelope))[0] == 201
        in_cso = parse_page((await lotse.fetch(CSO))[1]).items
        elsewhere = parse_page((await lotse.fetch(POLICE))[1]).items
    assert (len(in_cso), elsewhere) == (1, ())


def _member(world: World, name: str):
    return next(each for each in world.members if each.name == name)
