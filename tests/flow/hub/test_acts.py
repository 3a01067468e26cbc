"""What no operator does alone: two people, one leaf, and no other way to the same end."""

import asyncio
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from hub.act_store import read_state
from hub.acts import _gather
from hub.app import Hub
from hub.cli import commands
from hub.config import RetentionSettings
from hub.log_store import read_entry_at
from keys.cli_base import Tools
from keys.exchange_files import DirectoryFile, encode_directory
from keys.keystore import create_keystore
from keys.private_keys import Role, Secrets
from protocol.api import MESSAGE_LOG, parse_problem
from protocol.cbor import decode
from protocol.cose import ed25519_kid
from protocol.errors import Code
from protocol.hub_acts import Drain, Ground, HubAct, Operators, Purge, Retention, Subject, parse_act, sign_act
from protocol.ids import MessageId, Reference
from protocol.leaf import LeafKind, parse_leaf
from protocol.mailbox import ItemKind, parse_page
from protocol.ports import IdentitySigner
from tests.flow.hub.test_operations import put
from tests.simulators.hub_desk import PASSPHRASE
from tests.simulators.hub_world import POLICE, World
from tests.simulators.network import MK, RS, identity_of, identity_seeds_of

ANNA, BORIS = sorted((identity_of(f"operator {n}") for n in range(2)), key=lambda e: ed25519_kid(e.public.ed25519))
NAMES = {identity_of(f"operator {n}"): f"operator {n}" for n in range(2)}


@pytest.fixture
async def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    await world.found()
    return world


class Table:
    """People around a hub, each with keys of their own."""

    def __init__(self, world: World, hub: Hub) -> None:
        self.world, self.hub = world, hub

    def act(self, subject: Subject, **changes: int) -> HubAct:
        now = changes.get("at", self.world.clock())
        return HubAct(subject, now, Reference(os.urandom(16)), Ground.MAINTENANCE)

    async def sign(self, act: HubAct, signer: IdentitySigner) -> object:
        raw = sign_act(act, signer, self.world.network.network_id)
        status, body = await put(self.hub, f"/acts/{parse_act(raw).id.hex()}", raw)
        return decode(body) if status < 400 else parse_problem(body).code

    async def both(self, subject: Subject, first: IdentitySigner = ANNA, second: IdentitySigner = BORIS) -> object:
        act = self.act(subject)
        await self.sign(act, first)
        return await self.sign(act, second)

    async def name_operators(self) -> object:
        one, other = self.world.network.registrars[:2]
        return await self.both(Operators((ANNA.public, BORIS.public)), one, other)


async def test_registrars_name_operators_and_only_both_of_those_drain_the_hub(world: World) -> None:
    one, other = world.network.registrars[:2]
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        table = Table(world, hub)
        before = await table.sign(table.act(Drain(on=True)), ANNA)
        assert before is Code.UNKNOWN_KEY  # nobody is named yet
        people = table.act(Operators((ANNA.public, BORIS.public)))
        assert await table.sign(people, one) == [1, 2, None]
        assert await table.sign(people, one) is Code.NOT_PERMITTED
        assert await table.sign(people, other) == [2, 2, 0]
        assert await table.sign(people, other) == [2, 2, 0]  # a repeat gets its first answer
        drain = table.act(Drain(on=True))
        assert await table.sign(drain, ANNA) == [1, 2, None]
        assert await table.sign(drain, ANNA) is Code.NOT_PERMITTED
        assert await table.sign(drain, one) is Code.UNKNOWN_KEY  # a registrar is no operator
        assert (await rs.submit(world.senders.seal(RS, MK)))[0] == 201  # nothing happened so far
        assert await table.sign(drain, BORIS) == [2, 2, 2]
        refused = parse_problem((await rs.submit(world.senders.seal(RS, MK)))[1]).code
        assert (refused, (await mk.fetch(POLICE))[0]) == (Code.NOT_READY, 200)
        entries = await hub.database.read(lambda connection: read_entry_at(connection, MESSAGE_LOG, [0, 2]))
        names = await table.sign(table.act(Operators((ANNA.public, BORIS.public))), ANNA)
    assert [parse_leaf(each).kind for each in entries.values()] == [LeafKind.ADMINISTRATION] * 2
    assert names is Code.UNKNOWN_KEY  # operators do not name operators
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        assert (await rs.submit(world.senders.seal(RS, MK)))[0] == 503  # a restart ends no drain
        assert await Table(world, hub).both(Drain(on=False)) == [2, 2, 3]
        assert (await rs.submit(world.senders.seal(RS, MK)))[0] == 201


async def test_people_who_sign_at_once_lose_no_signature_and_a_late_one_undoes_nothing(world: World) -> None:
    async with world.running() as hub:
        table = Table(world, hub)
        await table.name_operators()
        drain = table.act(Drain(on=True))
        told = await asyncio.gather(table.sign(drain, ANNA), table.sign(drain, BORIS))
        assert sorted(map(str, told)) == ["[1, 2, None]", "[2, 2, 1]"]
        late = parse_act(sign_act(drain, ANNA, world.network.network_id))
        now = world.clock()
        kept = await hub.database.write(lambda connection: _gather(connection, late, now, 3))
        assert (kept.leaf, len(kept.signatures)) == (1, 2)
        assert await hub.database.read(read_state) == hub.parts.services.acts.state


async def test_purging_takes_the_content_and_leaves_header_and_evidence(world: World) -> None:
    bad, good = (world.senders.seal(RS, MK) for _ in range(2))
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        table = Table(world, hub)
        await table.name_operators()
        first = await rs.submit(bad)
        await rs.submit(good)
        unknown = await table.both(Purge((MessageId(b"n" * 32),)))
        assert unknown is Code.UNKNOWN_MESSAGE
        assert await table.both(Purge((bad.id,))) == [2, 2, 3]
        page = parse_page((await mk.fetch(POLICE))[1])
        again = await rs.submit(bad)
        damaged = await hub.parts.auditor.damaged()
        world.clock.advance(14 * 86_400)
        assert (await hub.parts.retention.sweep()).unserved == 1, "what was purged was never handed out"
    assert [each.kind for each in page.items] == [ItemKind.GONE, ItemKind.MESSAGE]
    assert (again, damaged) == ((200, first[1]), ())


async def test_an_act_that_nobody_confirms_lapses_after_a_day(world: World) -> None:
    async with world.running() as hub:
        table = Table(world, hub)
        await table.name_operators()
        late, early = table.act(Drain(on=True)), table.act(Drain(on=True), at=world.clock() + 90_000)
        assert await table.sign(late, ANNA) == [1, 2, None]
        world.clock.advance(86_401)
        assert await table.sign(late, BORIS) is Code.EXPIRED
        assert len(decode(await hub.parts.services.acts.list())) == 1  # type: ignore[arg-type]
        assert await table.sign(early, ANNA) is Code.NOT_YET_VALID
        assert not hub.parts.services.acts.state.draining


async def test_one_person_with_the_settings_file_shortens_no_retention(world: World) -> None:
    mine = RetentionSettings(core_days=1, civil_core_days=1, count_days=1)
    async with world.running(retention=mine) as hub:
        table = Table(world, hub)
        assert hub.parts.retention._settings == mine  # no operators are named: the file is all there is
        await table.name_operators()
        assert hub.parts.retention._settings == RetentionSettings()
        await table.both(Retention(2_000, 90, 30))
        decided = replace(mine, core_days=2_000, civil_core_days=90, count_days=30)
        assert hub.parts.retention._settings == decided
    async with world.running(retention=mine) as hub:
        assert hub.parts.retention._settings == decided


async def test_what_the_operators_door_takes_needs_the_signatures_of_several_people(world: World) -> None:
    """Whoever adds a way to change something here says who must sign it."""
    signed_by_several = {"/statements/{id}", "/acts/{id}"}
    named_by_digest = {"/blobs/{digest}"}  # in force only by a statement of the registrars
    async with world.running() as hub:
        routes = hub._servers[1]._runner.app.router.routes()
        changing = {each.resource.canonical for each in routes if each.method not in ("GET", "HEAD", "*")}
    assert changing == signed_by_several | named_by_digest
    offline = {"init", "run", "check", "backup", "settings", "submit", "publish", "act"}
    by_registrars = {"restore", "recover"}  # a restored hub signs nothing before the registrars' restart
    assert set(commands.commands) == offline | by_registrars


def run(folder: Path, world: World, *words: str, who: IdentitySigner | None = None) -> tuple[int, str]:
    more = [] if who is None else ["--store", str(folder / NAMES[who]), "--directory", str(folder / "network")]  # type: ignore[index]
    tools = Tools(world.clock, os.urandom)
    line = ["act", *words, "--config", str(folder / "hub.toml"), *more]
    done = CliRunner().invoke(commands, line, input=PASSPHRASE.decode() + "\n", obj=tools, catch_exceptions=False)
    return done.exit_code, done.stdout + done.stderr


def lay_out(folder: Path, world: World, port: int) -> None:
    network = world.network
    file = DirectoryFile(network.charter_digest, tuple(network.entries), network.directory)
    (folder / "network").write_bytes(encode_directory(file))
    settings = f'data_folder = "."\nkeystore = "none"\ncharter_digest = "{"0" * 64}"\n[admin]\nport = {port}\n'
    (folder / "hub.toml").write_text(settings)
    for name in NAMES.values():
        secrets = Secrets(role=Role.OPERATOR, name=name, identity=identity_seeds_of(name))
        create_keystore(folder / name, secrets, PASSPHRASE, os.urandom)


async def test_on_the_command_line(world: World, tmp_path: Path) -> None:
    async with world.running() as hub:
        await Table(world, hub).name_operators()
        await asyncio.to_thread(lay_out, tmp_path, world, hub.admin_port)

        async def say(*words: str, who: IdentitySigner | None = None) -> tuple[int, str]:
            return await asyncio.to_thread(run, tmp_path, world, *words, who=who)

        code, said = await say("propose", "drain", "--ground", "maintenance", "--json", who=ANNA)
        assert (code, '"needed": 2' in said) == (0, True), said
        name = json.loads(said[: said.index("}") + 1])["id"]
        listed = await say("list")
        alone = await say("confirm", name[:12], "--yes", who=ANNA)
        done = await say("confirm", name[:12], "--yes", who=BORIS)
        wrong = await say("confirm", name[:12], "--yes", who=BORIS)
        empty = await say("propose", "purge", "--ground", "legal-order", who=ANNA)
        part = await say("propose", "purge", "--message", "553d6fcc", "--ground", "legal-order", who=ANNA)
        unknown = await say("propose", "purge", "--message", "00" * 32, "--ground", "legal-order", "--json", who=ANNA)
        name = json.loads(unknown[1][: unknown[1].index("}") + 1])["id"]
        strange = await say("confirm", name, "--yes", who=BORIS)
        draining = hub.parts.services.acts.state.draining
    assert listed[0] == 0
    assert "drain" in listed[1]
    assert "lapses" in listed[1]
    assert (alone[0], "SAME_PERSON" in alone[1]) == (1, True)
    assert (done[0], "Carried out" in done[1], draining) == (0, True, True), done
    assert (wrong[0], "WHICH_ACT" in wrong[1]) == (1, True)
    assert (empty[0], "NO_ACT" in empty[1]) == (1, True)
    assert (part[0], "NO_MESSAGE_ID" in part[1]) == (1, True)
    assert (strange[0], "The hub has no such message" in strange[1]) == (1, True)
