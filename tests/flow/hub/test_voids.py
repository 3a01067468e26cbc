"""Voids and the highest number: a number that no message bears is logged, relayed, and never used for a message."""

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from protocol.api import parse_problem
from protocol.cbor import decode
from protocol.checkpoint import messages_origin, verify_checkpoint
from protocol.errors import Code
from protocol.evidence import parse_inclusion, verify_leaf
from protocol.ids import Channel, NodeId
from protocol.leaf import LeafKind
from protocol.mailbox import ItemKind, parse_page
from protocol.voids import Void, VoidReason, parse_void, sign_void
from tests.simulators.hub_world import CSO, POLICE, Client, World
from tests.simulators.network import MK, RS, Member


@pytest.fixture
async def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    await world.found()
    return world


def void(world: World, number: int, by: Member = RS, signer: Member = RS, **changes: object) -> bytes:
    fields: dict[str, object] = {
        "sender": by.node,
        "recipient": MK.node,
        "channel": POLICE,
        "sequence": number,
        "reason": VoidReason.REFUSED,
    }
    said = Void(**(fields | changes))  # type: ignore[arg-type]  # a test's shorthand
    return sign_void(said, world.network.nodes[signer.node].identity, world.network.network_id)


async def put(client: Client, raw: bytes) -> tuple[int, bytes]:
    return await client.put(f"/v1/receipts/{parse_void(raw).id.hex()}", raw)


async def highest(client: Client, channel: Channel = POLICE, recipient: str = "mk.contact") -> int:
    status, body = await client.get(f"/v1/sequences/{channel}?recipient={recipient}")
    assert status == 200
    found = decode(body)
    assert isinstance(found, int)
    return found


async def test_a_void_is_logged_once_and_relayed_to_the_recipient(world: World) -> None:
    raw = void(world, 1)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        status, answer = await put(rs, raw)
        assert await put(rs, raw) == (200, answer)
        (item,) = parse_page((await mk.fetch(POLICE))[1]).items
        assert not parse_page((await rs.fetch(POLICE))[1]).items
    assert status == 201
    assert (item.kind, item.content) == (ItemKind.RECEIPT, raw)
    fields = decode(answer)
    assert isinstance(fields, dict)
    charter = world.network.charter
    checkpoint = verify_checkpoint(fields[3], messages_origin(charter.network_id), charter.hub_log_keys)
    leaf = verify_leaf(parse_inclusion(fields[2]), checkpoint)
    assert (leaf.kind, leaf.digest) == (LeafKind.EVIDENCE, parse_void(raw).id)


async def test_a_number_is_either_void_or_a_messages(world: World) -> None:
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        assert (await rs.submit(world.senders.seal(RS, MK, sequence=1)))[0] == 201
        assert parse_problem((await put(rs, void(world, 1)))[1]).code is Code.SENDER_EQUIVOCATION
        assert (await put(rs, void(world, 2)))[0] == 201
        late = await rs.submit(world.senders.seal(RS, MK, sequence=2))
        assert parse_problem(late[1]).code is Code.SENDER_EQUIVOCATION
        other = await put(rs, void(world, 2, reason=VoidReason.EXPIRED))
        assert parse_problem(other[1]).code is Code.SENDER_EQUIVOCATION
        assert (await rs.submit(world.senders.seal(RS, MK, sequence=3)))[0] == 201


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (lambda world: void(world, 1, by=MK, signer=MK, recipient=RS.node), Code.SENDER_MISMATCH),
        (lambda world: void(world, 1, signer=MK), Code.UNKNOWN_KEY),
        (lambda world: void(world, 1, recipient=NodeId("xx.nobody")), Code.NOT_PERMITTED),
        (lambda world: void(world, 1, channel=CSO), Code.NOT_PERMITTED),
    ],
    ids=["somebody else's", "another's signature", "to nobody", "not in the channel"],
)
async def test_a_void_out_of_place_is_refused(world: World, raw: Callable[[World], bytes], code: Code) -> None:
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        _, body = await put(rs, raw(world))
        assert parse_problem(body).code is code
        assert not parse_page((await mk.fetch(POLICE))[1]).items


async def test_a_void_under_another_name_is_refused(world: World) -> None:
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        _, body = await rs.put(f"/v1/receipts/{'00' * 32}", void(world, 1))
    assert parse_problem(body).code is Code.MALFORMED


async def test_voids_and_messages_arrive_in_the_order_of_the_log(world: World) -> None:
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        for number in range(1, 7):
            if number % 2:
                await rs.submit(world.senders.seal(RS, MK, sequence=number))
            else:
                await put(rs, void(world, number))
        items = parse_page((await mk.fetch(POLICE))[1]).items
    assert [each.kind for each in items] == [ItemKind.MESSAGE, ItemKind.RECEIPT] * 3
    assert all(one.inclusion.index < two.inclusion.index for one, two in itertools.pairwise(items))


async def test_the_highest_number_is_the_callers_own_and_survives_a_restart(world: World) -> None:
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        assert await highest(rs) == 0
        await rs.submit(world.senders.seal(RS, MK, sequence=4))
        await rs.submit(world.senders.seal(RS, MK, sequence=2))
        assert await highest(rs) == 4
        await put(rs, void(world, 9))
        assert await highest(rs) == 9
        assert await highest(rs, recipient="al.contact") == 0
        assert await highest(rs, Channel("system")) == 0
        assert await highest(mk, recipient="rs.contact") == 0
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        assert await highest(rs) == 9


@pytest.mark.parametrize(
    "path", ["police", "police?recipient=", "police?recipient=a.b&recipient=a.c", "x?recipient=a.b"]
)
async def test_a_question_that_names_no_pair_is_malformed(world: World, path: str) -> None:
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        status, body = await rs.get(f"/v1/sequences/{path}")
    assert (status, parse_problem(body).code) == (400, Code.MALFORMED)
