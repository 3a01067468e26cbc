"""Anchors at the hub: logged once, only by their node, never falling behind, and given back to whoever signed them."""

from pathlib import Path

import pytest

from hub.quota import QuotaSettings
from protocol.anchor import Anchor, AnchorKind, parse_anchor, sign_anchor
from protocol.api import parse_problem
from protocol.cbor import decode
from protocol.checkpoint import messages_origin, verify_checkpoint
from protocol.errors import Code
from protocol.evidence import parse_inclusion, verify_leaf
from protocol.leaf import LeafKind
from tests.simulators.hub_world import Client, World
from tests.simulators.network import MK, RS, Member


@pytest.fixture
async def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    await world.found()
    return world


def anchor(world: World, count: int, fill: int = 0, by: Member = RS, signer: Member = RS) -> bytes:
    said = Anchor(AnchorKind.PROCESSING_LOG, by.node, count, bytes([fill]) * 32)
    return sign_anchor(said, world.network.nodes[signer.node].identity, world.network.network_id)


async def put(client: Client, raw: bytes) -> tuple[int, bytes]:
    return await client.put(f"/v1/anchors/{parse_anchor(raw).id.hex()}", raw)


async def code(client: Client, raw: bytes) -> Code:
    return parse_problem((await put(client, raw))[1]).code


async def listed(client: Client, after: int) -> list[int]:
    status, body = await client.get(f"/v1/anchors?after={after}")
    assert status == 200
    return [parse_anchor(raw).anchor.count for raw in decode(body)]  # type: ignore[union-attr, arg-type]


async def test_an_anchor_is_logged_once_and_the_counts_of_a_node_only_grow(world: World) -> None:
    first = anchor(world, 10)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        status, answer = await put(rs, first)
        assert (status, await put(rs, first)) == (201, (200, answer))
        fields = decode(answer)
        directory = world.network.directory
        checkpoint = verify_checkpoint(
            fields[3],
            messages_origin(directory.network_id),
            directory.charter.hub_log_keys,  # type: ignore[index, arg-type, call-overload]
        )
        leaf = verify_leaf(parse_inclusion(fields[2]), checkpoint)  # type: ignore[index, call-overload]
        assert (leaf.kind, leaf.digest) == (LeafKind.ANCHOR, parse_anchor(first).id)
        assert await code(rs, anchor(world, 10, 1)) is Code.ANCHOR_ORDER
        assert await code(rs, anchor(world, 9)) is Code.ANCHOR_ORDER
        assert (await put(rs, anchor(world, 12)))[0] == 201
        assert (await put(mk, anchor(world, 1, 0, MK, MK)))[0] == 201
        assert (await listed(rs, 0), await listed(rs, 10), await listed(mk, 0)) == ([10, 12], [12], [1])
        assert await code(rs, anchor(world, 20, 0, MK, MK)) is Code.SENDER_MISMATCH
        assert await code(rs, anchor(world, 20, 0, RS, MK)) is Code.UNKNOWN_KEY
        status, body = await rs.put(f"/v1/anchors/{'0' * 64}", anchor(world, 20))
        assert (status, parse_problem(body).code) == (400, Code.MALFORMED)


async def test_a_node_anchors_so_often_a_day_and_no_more(world: World) -> None:
    async with world.running(quotas=QuotaSettings(anchors_per_day=2)) as hub, world.client(hub, "rs.contact") as rs:
        assert [(await put(rs, anchor(world, count)))[0] for count in (1, 2)] == [201, 201]
        assert await code(rs, anchor(world, 3)) is Code.QUOTA
        assert await listed(rs, 0) == [1, 2]
