"""What an administrator with the database in hand can change unnoticed: nothing (attacks 33, 78, 79)."""

import sqlite3
from contextlib import closing
from pathlib import Path

import aiohttp
import pytest

from hub.items import NewNote
from protocol.api import parse_problem
from protocol.errors import Code
from protocol.leaf import LeafKind
from runtime.operator import OperatorError
from tests.simulators.hub_world import World
from tests.simulators.network import MK, RS
from tests.simulators.refusal import refused

FOUND_AT_START = {
    "a leaf and its hash are removed": "DELETE FROM entry WHERE log = 'messages' AND seq = 5",
    "the last leaf is removed everywhere": "UPDATE log_head SET size = size - 1 WHERE log = 'messages'",
    "a recent leaf is changed": "UPDATE entry SET body = x'00' WHERE log = 'messages' AND seq = 299",
    "a tile is cut": "UPDATE tile SET data = substr(data, 1, 32) WHERE log = 'messages' AND level = 0 AND idx = 1",
    "an inner hash is changed": "UPDATE tile SET data = zeroblob(32) WHERE log = 'messages' AND level = 1",
    "a tile is no longer bytes": "UPDATE tile SET data = zeroblob(32) || substr(data, 33) "
    "WHERE log = 'messages' AND level = 0 AND idx = 0",
    "an old leaf hash is changed": "UPDATE tile SET data = CAST(zeroblob(32) || substr(data, 33) AS BLOB) "
    "WHERE log = 'messages' AND level = 0 AND idx = 0",
    "a tile is gone": "DELETE FROM tile WHERE log = 'messages' AND level = 1",
    "the head is another": "UPDATE log_head SET peaks = zeroblob(length(peaks)) WHERE log = 'messages'",
    "a checkpoint is forged": "UPDATE checkpoint SET raw = x'00' WHERE log = 'messages'",
    "a directory entry is changed": "UPDATE entry SET body = x'00' WHERE log = 'directory' AND seq = 20",
    "a statement is not in the table": "DELETE FROM statement WHERE seq = 3",
}
FOUND_BY_THE_AUDIT = {
    "an old leaf is changed": "UPDATE entry SET body = x'00' WHERE log = 'messages' AND seq = 5",
    "two old leaves change places": "UPDATE entry SET seq = CASE seq WHEN 3 THEN 1000 WHEN 4 THEN 3 END "
    "WHERE log = 'messages' AND seq IN (3, 4)",
}


@pytest.fixture
async def world(tmp_path: Path) -> World:
    """A hub with 300 leaves: one full tile and a partial one."""

    world = World(tmp_path)
    await world.found()
    async with world.running() as hub:
        for batch in range(3):
            await hub.parts.services.desk.intake.take(NewNote(LeafKind.ANCHOR, bytes([batch]) * 32, 100), 0)
        await hub.parts.message_log.seal()
    return world


def tamper(world: World, statement: str) -> None:
    with closing(sqlite3.connect(world.folder / "hub.db", isolation_level=None)) as raw:
        raw.execute(statement)


@pytest.mark.parametrize("statement", FOUND_AT_START.values(), ids=FOUND_AT_START)
async def test_attack_079_a_changed_log_is_not_served(world: World, statement: str) -> None:
    tamper(world, statement)
    with refused(Code.LOG_FORK, Code.ROOT_MISMATCH, Code.MALFORMED):
        async with world.running():
            pass


@pytest.mark.parametrize("statement", FOUND_BY_THE_AUDIT.values(), ids=FOUND_BY_THE_AUDIT)
async def test_attack_078_an_edited_row_is_found_and_closes_the_hub(world: World, statement: str) -> None:
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        await hub.parts.auditor.check()
        assert (await rs.submit(world.senders.seal(RS, MK)))[0] == 201
    tamper(world, statement)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        with refused(Code.LOG_FORK):
            await hub.parts.auditor.check()
        _, body = await rs.submit(world.senders.seal(RS, MK))
    assert parse_problem(body).code is Code.LOG_FORK


async def test_an_untouched_log_starts(world: World) -> None:
    async with world.running() as hub:
        assert hub.parts.message_log.size == 300


IN_A_MESSAGE = {
    "its signed core is another": "UPDATE message SET signed = (SELECT signed FROM message WHERE leaf = 301) "
    "WHERE leaf = 300",
    "its signed core is cut": "UPDATE message SET signed = substr(signed, 1, 100) WHERE leaf = 300",
    "its contents are another's": "UPDATE message SET contents = (SELECT contents FROM message WHERE leaf = 301) "
    "WHERE leaf = 300",
    "its contents are nothing": "UPDATE message SET contents = x'00' WHERE leaf = 300",
    "its wrap is another": "UPDATE wrap SET wrap = zeroblob(length(wrap)) WHERE leaf = 300",
    "its wrap is somebody else's": "UPDATE wrap SET idx = 7 WHERE leaf = 300",
    "its id is another": "UPDATE message SET id = zeroblob(32) WHERE leaf = 300",
    "it is gone": "DELETE FROM message WHERE leaf = 300",
}


@pytest.mark.parametrize("statement", IN_A_MESSAGE.values(), ids=IN_A_MESSAGE)
async def test_attack_078_a_message_that_is_not_the_logged_one_is_found_and_stops_no_other(
    world: World, statement: str
) -> None:
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        answers = [await rs.submit(world.senders.seal(RS, MK)) for _ in range(2)]
        assert [status for status, _ in answers] == [201, 201]
        assert await hub.parts.auditor.damaged() == ()
    tamper(world, statement)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        await hub._audit()
        assert await hub.parts.auditor.damaged() == (300,)
        assert b"hub_messages_damaged 1.0" in hub.metrics.exposition()
        assert (await rs.submit(world.senders.seal(RS, MK)))[0] == 201


async def test_a_hub_whose_policy_in_force_is_damaged_does_not_start(world: World) -> None:
    tamper(world, "UPDATE blob SET data = x'00' WHERE digest = (SELECT min(digest) FROM blob)")
    with pytest.raises(OperatorError) as refusal:
        async with world.running():
            pass
    assert refusal.value.code == "POLICY_UNREADABLE"


async def test_a_hub_without_the_files_of_its_policy_is_not_ready_until_they_are_published(world: World) -> None:
    with closing(sqlite3.connect(world.folder / "hub.db")) as raw:
        blobs = raw.execute("SELECT digest, data FROM blob").fetchall()
    tamper(world, "DELETE FROM blob")
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, aiohttp.ClientSession() as operator:
        admin = f"http://127.0.0.1:{hub.admin_port}"
        _, body = await rs.submit(world.senders.seal(RS, MK))
        assert parse_problem(body).code is Code.POLICY_UNKNOWN
        async with operator.get(f"{admin}/ready") as answer:
            assert (answer.status, (await answer.json())["reason"]) == (503, "policy-files")
        for digest, data in blobs:
            async with operator.put(f"{admin}/blobs/{digest.hex()}", data=data) as answer:
                assert answer.status == 201
        async with operator.get(f"{admin}/ready") as answer:
            assert answer.status == 200
        assert (await rs.submit(world.senders.seal(RS, MK)))[0] == 201
