"""What an administrator with the database in hand can change unnoticed: nothing (attacks 33, 78, 79)."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from hub.items import NewNote
from protocol.api import parse_problem
from protocol.errors import Code
from protocol.leaf import LeafKind
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
