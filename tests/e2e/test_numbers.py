"""A node's own client against a real hub: which number comes next, and which ones bear no message."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from nodes.gateway.hub_http import HttpHub
from nodes.gateway.trouble import HubRefused
from protocol.anchor import Anchor, AnchorKind, parse_anchor, sign_anchor
from protocol.cbor import decode
from protocol.errors import Code
from protocol.voids import Void, VoidReason, parse_void, sign_void
from runtime.http_client import ClientSettings, HttpClient, client_session
from tests.simulators.hub_world import POLICE, World
from tests.simulators.network import MK, RS


@asynccontextmanager
async def door(world: World) -> AsyncIterator[HttpHub]:
    """Run a hub and give one node's client of it."""
    await world.found()
    async with (
        world.running() as hub,
        client_session(ClientSettings(), world.client_tls("rs.contact")) as session,
    ):
        yield HttpHub(HttpClient(session, f"https://localhost:{hub.port}", ClientSettings()))


def void(world: World, reason: VoidReason) -> bytes:
    said = Void(sender=RS.node, recipient=MK.node, channel=POLICE, sequence=3, reason=reason)
    return sign_void(said, world.network.nodes[RS.node].identity, world.network.network_id)


async def test_a_client_asks_for_the_next_number_and_ends_one(tmp_path: Path) -> None:
    world = World(tmp_path)
    async with door(world) as hub:
        assert decode(await hub.highest(POLICE, MK.node)) == 0
        envelope = world.senders.seal(RS, MK, sequence=2)
        await hub.submit(envelope.id, envelope.encode())
        assert decode(await hub.highest(POLICE, MK.node)) == 2
        raw = void(world, VoidReason.REFUSED)
        answer = await hub.put_receipt(parse_void(raw).id, raw)
        assert await hub.put_receipt(parse_void(raw).id, raw) == answer
        assert decode(await hub.highest(POLICE, MK.node)) == 3
        other = void(world, VoidReason.EXPIRED)
        with pytest.raises(HubRefused) as caught:
            await hub.put_receipt(parse_void(other).id, other)
        assert caught.value.code is Code.SENDER_EQUIVOCATION


async def test_a_client_anchors_its_log_and_gets_its_anchors_back(tmp_path: Path) -> None:
    world = World(tmp_path)

    def anchor(count: int) -> bytes:
        said = Anchor(AnchorKind.PROCESSING_LOG, RS.node, count, bytes(32))
        return sign_anchor(said, world.network.nodes[RS.node].identity, world.network.network_id)

    async with door(world) as hub:
        assert decode(await hub.anchors(0)) == []
        raw = anchor(7)
        answer = await hub.put_anchor(parse_anchor(raw).id, raw)
        assert await hub.put_anchor(parse_anchor(raw).id, raw) == answer
        assert decode(await hub.anchors(6)) == [raw]
        with pytest.raises(HubRefused) as caught:
            await hub.put_anchor(parse_anchor(anchor(6)).id, anchor(6))
        assert caught.value.code is Code.ANCHOR_ORDER
