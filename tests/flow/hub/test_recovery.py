"""A hub on yesterday's backup: it notices, signs nothing, and goes on only when the registrars say so."""

import asyncio
import shutil
from pathlib import Path

import pytest

from hub.app import Hub
from hub.items import NewNote
from hub.marker import Promised, read_mark, write_mark
from hub.setup import back_up_hub, look_over, recover_hub, restore_hub
from protocol.api import parse_problem
from protocol.cbor import decode
from protocol.checkpoint import Checkpoint, messages_origin, verify_checkpoint
from protocol.envelope import Envelope
from protocol.errors import Code
from protocol.evidence import verify_acceptance
from protocol.ids import PolicyDigest, StatementId
from protocol.leaf import LeafKind, parse_leaf
from protocol.mailbox import ItemKind, parse_page
from protocol.statement_network import Log, Restart
from protocol.statements import parse_entry
from runtime.operator import OperatorError
from tests.simulators.hub_world import POLICE, Client, World
from tests.simulators.network import MK, RS, log_signer_of
from tests.simulators.refusal import refused
from tests.simulators.witnessing import change_charter


@pytest.fixture
async def world(tmp_path: Path) -> World:
    (tmp_path / "hub").mkdir()
    world = World(tmp_path / "hub")
    await world.found()
    return world


async def send(client: Client, world: World, count: int) -> list[Envelope]:
    envelopes = [world.senders.seal(RS, MK) for _ in range(count)]
    for each in envelopes:
        assert (await client.submit(each))[0] == 201
    return envelopes


def latest(world: World, hub: Hub) -> Checkpoint:
    charter = world.network.charter
    found = hub.parts.message_log.latest
    assert found is not None
    return verify_checkpoint(found.raw, messages_origin(charter.network_id), charter.hub_log_keys)


async def lose_a_day(world: World) -> tuple[Checkpoint, Checkpoint, list[Envelope]]:
    """Back up after 3 messages, lose 4 more; return both heads and what was lost."""
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        await send(rs, world, 3)
        kept = latest(world, hub)
        await asyncio.to_thread(back_up_hub, world.config(), world.folder / "backup.db", world.clock())
        lost = await send(rs, world, 4)
        promised = latest(world, hub)
    return kept, promised, lost


def remove_database(world: World) -> None:
    for path in world.folder.glob("hub.db*"):
        path.unlink()


def restart_entry(world: World, kept: Checkpoint, promised: int) -> bytes:
    body = Restart(log=Log.MESSAGES, issued_at=world.clock(), size=kept.size, root=kept.root, lost_size=promised)
    return world.network.signed(body, *world.network.quorum)


async def test_a_restored_hub_signs_nothing_and_says_so(world: World) -> None:
    await lose_a_day(world)
    remove_database(world)
    await asyncio.to_thread(restore_hub, world.config(), world.folder / "backup.db", world.clock())
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        answers = [
            await rs.submit(world.senders.seal(RS, MK)),
            await rs.fetch(POLICE),
            await rs.get("/v1/logs/messages/checkpoint"),
        ]
        time = await rs.get("/v1/time")
        with refused(Code.RESTART_NEEDED):
            await hub.parts.services.desk.intake.take(NewNote(LeafKind.ANCHOR, bytes(32)), 0)
    assert {parse_problem(body).code for _, body in answers} == {Code.RESTART_NEEDED}
    assert time[0] == 200


@pytest.mark.parametrize("how", ["plain copy of a backup", "older database, mark intact"])
async def test_attack_080_an_older_database_put_in_place_by_hand_is_noticed(world: World, how: str) -> None:
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        await send(rs, world, 2)
        if how.startswith("plain"):
            await asyncio.to_thread(back_up_hub, world.config(), world.folder / "copy.db", world.clock())
    if not how.startswith("plain"):
        shutil.copyfile(world.folder / "hub.db", world.folder / "copy.db")
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        await send(rs, world, 2)
    if how.startswith("plain"):
        (world.folder / "promised").unlink()
    remove_database(world)
    shutil.copyfile(world.folder / "copy.db", world.folder / "hub.db")
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        _, body = await rs.submit(world.senders.seal(RS, MK))
    assert parse_problem(body).code is Code.RESTART_NEEDED


async def test_after_the_restart_statement_the_log_goes_on_above_what_was_promised(world: World) -> None:
    kept, promised, lost = await lose_a_day(world)
    remove_database(world)
    await asyncio.to_thread(restore_hub, world.config(), world.folder / "backup.db", world.clock())
    entry = restart_entry(world, kept, promised.size)
    recovered = await asyncio.to_thread(recover_hub, world.config(), (), entry, world.clock())
    assert (recovered.epoch, recovered.kept_size, recovered.next_size) == (2, kept.size, promised.size)
    charter = world.network.charter
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        answers = [await rs.submit(each) for each in lost]
        proved = [
            verify_acceptance(body, each.id, messages_origin(charter.network_id), charter.hub_log_keys)
            for each, (_, body) in zip(lost, answers, strict=True)
        ]
        page = parse_page((await mk.fetch(POLICE))[1])
        leaves = [parse_leaf(raw) for raw in decode((await rs.get("/v1/logs/messages/entries?start=0&end=99"))[1])]  # type: ignore[union-attr]
        restarts = hub.parts.services.desk.roster.current.directory.restarts()
    statement = StatementId(parse_entry(entry).id)
    assert [each.index for each in proved] == [7, 8, 9, 10]
    assert [(leaf.kind, leaf.digest) for leaf in leaves[3:7]] == [(LeafKind.RESTART, statement)] * 4
    assert [(item.number, item.kind) for item in page.items] == [
        *((number, ItemKind.MESSAGE) for number in (1, 2, 3)),
        (7, ItemKind.GONE),
        *((number, ItemKind.MESSAGE) for number in (8, 9, 10, 11)),
    ]
    assert [(each.size, each.lost_size) for each in restarts] == [(3, 7)]


async def test_lost_directory_entries_come_back_from_any_node(world: World) -> None:
    kept, promised, _ = await lose_a_day(world)
    mark = read_mark(world.folder)
    world.clock.advance(60)
    world.network.activate(PolicyDigest(b"q" * 32))
    write_mark(world.folder, Promised(len(world.network.entries), mark.messages))
    remove_database(world)
    await asyncio.to_thread(restore_hub, world.config(), world.folder / "backup.db", world.clock())
    entry = restart_entry(world, kept, promised.size)
    with refused(Code.STATEMENT_ORDER):
        await asyncio.to_thread(recover_hub, world.config(), (), entry, world.clock())
    entries = world.network.entries
    recovered = await asyncio.to_thread(recover_hub, world.config(), entries, entry, world.clock())
    assert recovered.directory_size == len(entries) + 1
    async with world.running() as hub:
        snapshot = hub.parts.services.desk.roster.current
        assert snapshot.directory.root_at(len(entries)) == world.network.directory.root


@pytest.mark.parametrize("wrong", ["size", "root", "less than promised", "one registrar"])
async def test_a_restart_that_does_not_fit_is_refused(world: World, wrong: str) -> None:
    kept, promised, _ = await lose_a_day(world)
    remove_database(world)
    await asyncio.to_thread(restore_hub, world.config(), world.folder / "backup.db", world.clock())
    fields = {"size": kept.size, "root": kept.root, "lost_size": promised.size}
    fields |= {"size": {"size": 2}, "root": {"root": bytes(32)}, "less than promised": {"lost_size": 4}}.get(wrong, {})
    body = Restart(log=Log.MESSAGES, issued_at=world.clock(), **fields)  # type: ignore[arg-type]
    signers = world.network.registrars[:1] if wrong == "one registrar" else world.network.quorum
    entry = world.network.signed(body, *signers)
    with refused(Code.STATEMENT_ORDER):
        await asyncio.to_thread(recover_hub, world.config(), (), entry, world.clock())
    sizes = await asyncio.to_thread(look_over, world.config(), world.clock())
    assert (sizes.messages, sizes.restored) == (3, True)


async def test_nothing_is_recovered_where_nothing_was_lost(world: World) -> None:
    kept, promised, _ = await lose_a_day(world)
    with pytest.raises(OperatorError, match="NOT_RESTORED"):
        await asyncio.to_thread(recover_hub, world.config(), (), restart_entry(world, kept, promised.size), 0)


async def test_a_restore_never_overwrites(world: World) -> None:
    await lose_a_day(world)
    with pytest.raises(OperatorError, match="DATABASE_EXISTS"):
        await asyncio.to_thread(restore_hub, world.config(), world.folder / "backup.db", world.clock())


async def test_a_damaged_backup_is_refused(world: World) -> None:
    await lose_a_day(world)
    remove_database(world)
    backup = world.folder / "backup.db"
    raw = bytearray(backup.read_bytes())
    raw[4096 * 3 : 4096 * 4] = bytes(4096)
    backup.write_bytes(raw)
    with pytest.raises(OperatorError, match="CORRUPT_STATE"):
        await asyncio.to_thread(restore_hub, world.config(), backup, world.clock())


async def test_a_charter_with_new_log_keys_may_come_with_the_restart(world: World) -> None:
    kept, promised, _ = await lose_a_day(world)
    remove_database(world)
    await asyncio.to_thread(restore_hub, world.config(), world.folder / "backup.db", world.clock())
    fresh = log_signer_of("hub, new keys")
    change_charter(world.network, hub_log_keys=fresh.keys)
    entries, restart = tuple(world.network.entries), restart_entry(world, kept, promised.size)
    await asyncio.to_thread(recover_hub, world.config(), entries, restart, world.clock())
    world.network.hub_log = fresh
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        world.network.directory = hub.parts.services.desk.roster.current.directory
        note = (await rs.get("/v1/logs/messages/checkpoint"))[1]
        await send(rs, world, 1)
    origin = messages_origin(world.network.network_id)
    assert verify_checkpoint(note, origin, fresh.keys).size == promised.size
