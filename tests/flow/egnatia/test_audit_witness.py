"""An authority's witness without a node: it cosigns a real hub's logs from its folder, and keeps what contradicts."""

import asyncio
import os
import shlex
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from egnatia.cli import root
from hub.app import Hub
from keys.exchange_files import DirectoryFile, encode_directory
from keys.keystore import create_keystore
from keys.log_signer import LogSeeds
from keys.private_keys import Role, Secrets
from protocol.checkpoint import Checkpoint, messages_origin, sign_checkpoint
from tests.docs.console import steps_of
from tests.simulators.hub_world import World
from tests.simulators.network import MK, RS, _seed, tls_key_of

PAGE = Path(__file__).parents[3] / "docs" / "witnesses.md"
NAME = "auditor"
PASSPHRASE = "an authority's own passphrase"
SETTINGS = """\
node = "auditor"
charter = "{charter}"
keystore = "node.keystore"
network = "network.directory"

[hub]
url = "https://localhost:{port}"
authority = "authority.crt"
certificate = "auditor.crt"

[database]
url = "sqlite:///{place}/witness.db"
reserve_bytes = 0
ballast_bytes = 0
"""


@pytest.fixture
async def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    await world.found()
    return world


@pytest.fixture
async def hub(world: World) -> AsyncIterator[Hub]:
    async with world.running() as hub:
        yield hub


def folder(world: World, hub: Hub) -> Path:
    """Lay out what `node init` and `node join` make."""
    world.client_tls(NAME)  # writes the certificate
    place = world.folder / "authority"
    place.mkdir()
    for name in ("authority.crt", f"{NAME}.crt"):
        (place / name).write_bytes((world.folder / name).read_bytes())
    secrets = Secrets(
        role=Role.NODE,
        name=NAME,
        tls=tls_key_of(NAME),
        log=LogSeeds(_seed("note ed25519", NAME), _seed("note mldsa44", NAME)),
    )
    create_keystore(place / "node.keystore", secrets, PASSPHRASE.encode(), os.urandom)
    network = world.network
    file = DirectoryFile(network.charter_digest, tuple(network.entries), network.directory)
    (place / "network.directory").write_bytes(encode_directory(file))
    settings = SETTINGS.format(charter=network.charter_digest.hex(), port=hub.port, place=place)
    (place / "node.toml").write_text(settings, encoding="utf-8")
    return place


async def run(*words: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, root, ["audit", *words], input=f"{PASSPHRASE}\n")


async def test_the_page_works_and_what_contradicts_itself_is_named(
    world: World, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = folder(world, hub)
    monkeypatch.chdir(world.folder)
    async with world.client(hub, "rs.contact") as rs:
        await rs.submit(world.senders.seal(RS, MK))
    for step in steps_of(PAGE):
        result = await run(*shlex.split(step.line)[2:])
        assert result.exit_code == 0, result.output
        assert step.fits(result.stdout), f"{step.line}\n{result.output}"
    kept = world.folder / "kept"
    assert {path.name for path in kept.iterdir()} == {"directory.note", "messages.note"}
    config = ("--config", str(place / "node.toml"))
    same = ("--one", str(kept / "messages.note"), "--directory", str(place / "network.directory"))
    other = place / "other.note"
    head = Checkpoint(messages_origin(world.network.network_id), 1, b"x" * 32)
    other.write_bytes(sign_checkpoint(world.network.hub_log, head, world.clock()))
    split = await run("compare", *same, "--other", str(other))
    assert (split.exit_code, "two logs of one size" in split.output) == (2, True)
    other.write_bytes(sign_checkpoint(world.network.hub_log, replace(head, size=2), world.clock()))
    assert (await run("compare", *same, "--other", str(other))).exit_code == 3
    assert (await run("compare", *same, "--other", str(other), *config)).exit_code == 2
    strange = await run("compare", *same, "--other", str(kept / "directory.note"))
    assert strange.exit_code == 1


async def test_keys_that_the_charter_does_not_name_witness_nothing(world: World, hub: Hub) -> None:
    place = folder(world, hub)
    (place / "node.keystore").unlink()
    secrets = Secrets(role=Role.NODE, name=NAME, tls=tls_key_of(NAME), log=LogSeeds(b"a" * 32, b"b" * 32))
    create_keystore(place / "node.keystore", secrets, PASSPHRASE.encode(), os.urandom)
    refused = await run("witness", "--config", str(place / "node.toml"), "--once")
    assert refused.exit_code == 1
    assert "names no witness auditor with the keys in node.keystore" in refused.output
