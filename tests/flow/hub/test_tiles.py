"""Both logs as C2SP tiles: a reader written from that page alone computes the root that the checkpoint promises."""

import hashlib
from pathlib import Path

import pytest

from hub.items import NewNote
from protocol.api import parse_problem
from protocol.errors import Code
from protocol.leaf import LeafKind
from tests.oracle import tiles
from tests.oracle.log import verify_inclusion
from tests.simulators.hub_world import Client, World

LEAVES = 600  # two full tiles, and a partial one on each level


@pytest.fixture
async def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    await world.found()
    return world


async def read(client: Client, log: str, paths: list[str]) -> dict[str, bytes]:
    found = {}
    for path in paths:
        status, body = await client.get(f"/v1/logs/{log}/{path}")
        assert status == 200, path
        found[path] = body
    return found


async def code_of(client: Client, path: str) -> Code:
    return parse_problem((await client.get(path))[1]).code


async def test_a_second_reader_finds_root_inclusion_and_entries(world: World) -> None:
    async with world.running() as hub, world.client(hub, "auditor") as auditor, world.client(hub, "nada") as nada:
        note = NewNote(LeafKind.ADMINISTRATION, hashlib.sha256(b"drill").digest(), LEAVES)
        await hub.parts.services.desk.intake.take(note, 100)
        await hub.parts.message_log.seal()
        full = [f"tile/{kind}/{at:03d}" for kind in ("0", "entries") for at in (0, 1)]
        partial = ["tile/0/002.p/88", "tile/entries/002.p/88", "tile/1/000.p/2"]
        found = await read(auditor, "messages", ["checkpoint", *full, *partial])
        directory = await read(nada, "directory", ["checkpoint"])
        _, entries, _ = tiles.checkpoint(directory.__getitem__)
        folded = await read(nada, "directory", [f"tile/0/000.p/{entries}", f"tile/entries/000.p/{entries}"])
        narrower = await nada.get("/v1/logs/messages/tile/0/002.p/1")
        refused = [
            await code_of(nada, f"/v1/logs/messages/tile/{path}")
            for path in ("entries/000", "0/002", "0/002.p/89", "0/003", "2/000", "0/2", "8/000", "0/000.p/256")
        ]
        ahead = await code_of(nada, "/v1/logs/gossip/tile/0/000")
    origin, size, root = tiles.checkpoint(found.__getitem__)
    assert (origin, size) == (f"{world.network.network_id.hex()}/messages", LEAVES)
    assert tiles.root(found.__getitem__, size) == root
    bundle = [each for at in range(3) for each in tiles.entries(found.__getitem__, size, at)]
    assert len(bundle) == LEAVES
    for index in (0, 255, 256, 511, 599):
        leaf = hashlib.sha256(b"\0" + bundle[index]).digest()
        verify_inclusion(leaf, (index, size), root, tiles.inclusion(found.__getitem__, size, index))
    directory |= folded
    assert tiles.root(directory.__getitem__, entries) == tiles.checkpoint(directory.__getitem__)[2]
    assert tiles.entries(directory.__getitem__, entries, 0) == world.network.entries
    assert narrower == (200, found["tile/0/002.p/88"][:32])
    missing, odd = Code.NOT_FOUND, Code.MALFORMED
    assert refused == [Code.NOT_PERMITTED, missing, missing, missing, missing, odd, odd, odd]
    assert ahead == missing
