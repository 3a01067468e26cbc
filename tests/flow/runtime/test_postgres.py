"""The same promises on PostgreSQL as on SQLite."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from protocol.errors import Code, Fault
from runtime.database import Batcher, Database, open_session
from runtime.database_settings import DatabaseSettings, Hooks
from runtime.operator import OperatorError
from runtime.sessions import Role

pytestmark = pytest.mark.postgres

METADATA = MetaData()
NOTE = Table("note", METADATA, Column("id", Integer, primary_key=True), Column("name", String, unique=True))


@pytest.fixture
def db(postgres: DatabaseSettings) -> Iterator[Database]:
    database = Database(postgres)
    database.open()
    asyncio.run(database.write(METADATA.create_all))
    yield database
    database.close()


def adding(name: str) -> Any:
    return lambda connection: connection.execute(insert(NOTE), {"name": name}).rowcount


async def names(database: Database) -> list[str]:
    return await database.read(lambda c: list(c.execute(select(NOTE.c.name).order_by(NOTE.c.id)).scalars()))


async def test_writes_share_commits_and_a_failing_one_is_rolled_back_alone(postgres: DatabaseSettings) -> None:
    commits: list[int] = []
    database = Database(postgres, Hooks(on_commit=lambda items, _: commits.append(items)))
    database.open()
    await database.write(METADATA.create_all)

    def twice(connection: Connection) -> None:
        connection.execute(insert(NOTE), {"name": "left behind"})
        connection.execute(insert(NOTE), {"name": "n0"})

    works = [adding("n0"), twice, *(adding(f"n{i}") for i in range(1, 50))]
    results = await asyncio.gather(*(database.write(work) for work in works), return_exceptions=True)
    assert [type(result) for result in results] == [int, IntegrityError, *([int] * 49)]
    assert len(commits) < len(works)
    assert await names(database) == [f"n{i}" for i in range(50)]
    database.close()


async def test_a_batch_runs_once_per_commit(db: Database) -> None:
    def run(connection: Connection, items: list[str]) -> list[int | Exception]:
        good = [item for item in items if item != "bad"]
        connection.execute(insert(NOTE), [{"name": item} for item in good])
        return [Fault(Code.QUOTA) if item == "bad" else 1 for item in items]

    batcher: Batcher[str, int] = db.batcher(run)
    results = await asyncio.gather(*(batcher.submit(name) for name in ("a", "bad", "b")), return_exceptions=True)
    assert [type(result) for result in results] == [int, Fault, int]
    assert sorted(await names(db)) == ["a", "b"]


async def test_a_read_cannot_write(db: Database) -> None:
    with pytest.raises(DBAPIError):
        await db.read(adding("a"))
    assert await names(db) == []


async def test_the_settings_durability_needs_are_in_force(db: Database) -> None:
    wanted = {
        "synchronous_commit": "on",
        "statement_timeout": "5s",
        "idle_in_transaction_session_timeout": "10s",
        "lock_timeout": "2s",
    }
    assert await db.write(lambda c: {name: c.exec_driver_sql(f"SHOW {name}").scalar() for name in wanted}) == wanted


def test_a_server_that_acknowledges_too_early_is_refused(postgres: DatabaseSettings, server: Any) -> None:
    name = postgres.url.split("?")[0].rsplit("/", 1)[1]
    server.psql(f"ALTER DATABASE {name} SET synchronous_commit = off;")
    database = Database(postgres)
    with pytest.raises(OperatorError) as caught:
        database.open()
    assert caught.value.code == "WEAK_DATABASE"


async def test_a_lost_connection_is_told_and_opened_anew(db: Database) -> None:
    async def pid(c: Any) -> int:
        found: int = await c(lambda connection: connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
        return found

    before = await pid(db.write)
    kill = text("SELECT pg_terminate_backend(:pid)")
    assert await db.read(lambda c: c.execute(kill, {"pid": before}).scalar_one())
    with pytest.raises(Fault) as caught:
        await db.write(adding("a"))
    assert caught.value.code is Code.NOT_READY
    assert await db.write(adding("b")) == 1
    assert await pid(db.write) != before
    assert db.fatal is None
    assert await names(db) == ["b"]


async def test_a_statement_that_takes_too_long_is_cut(db: Database) -> None:
    def slow(connection: Connection) -> None:
        connection.exec_driver_sql("SET LOCAL statement_timeout = '20ms'")
        connection.exec_driver_sql("SELECT pg_sleep(30)")

    with pytest.raises((Fault, DBAPIError)):
        await db.write(slow)
    assert await db.write(adding("a")) == 1


async def test_a_probe_commits(db: Database) -> None:
    await db.probe()
    assert db.accepting


def test_a_server_that_does_not_answer_stops_the_start(postgres: DatabaseSettings) -> None:
    with pytest.raises(OperatorError) as caught:
        Database(replace(postgres, url="postgresql+asyncpg://x@/x?host=/nowhere")).open()
    assert caught.value.code == "DATABASE_UNREACHABLE"


async def test_a_server_that_goes_away_means_not_ready_and_never_fatal(postgres: DatabaseSettings, server: Any) -> None:
    told: list[str] = []
    database = Database(postgres, Hooks(on_fatal=told.append))
    database.open()
    name = postgres.url.split("?")[0].rsplit("/", 1)[1]
    server.psql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false;")
    server.psql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}';")  # noqa: S608
    for _ in range(3):
        with pytest.raises(Fault) as caught:
            await database.write(lambda c: c.exec_driver_sql("SELECT 1").scalar_one())
        assert caught.value.code is Code.NOT_READY
    with pytest.raises(Fault) as reading:
        await database.read(lambda c: c.exec_driver_sql("SELECT 1").scalar_one())
    assert reading.value.code is Code.NOT_READY
    server.psql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true;")
    assert await database.write(lambda c: c.exec_driver_sql("SELECT 1").scalar_one()) == 1
    assert await database.read(lambda c: c.exec_driver_sql("SELECT 1").scalar_one()) == 1
    assert told == []
    database.close()


async def test_a_second_writer_is_refused_while_the_first_one_lives(db: Database, postgres: DatabaseSettings) -> None:
    second = Database(postgres)
    with pytest.raises(OperatorError) as refused:
        second.open()
    assert refused.value.code == "DATABASE_IN_USE"
    await db.write(adding("still mine"))
    db.close()
    second.open()
    await second.write(adding("now mine"))
    second.close()
    db.open()


async def test_a_writer_that_lost_the_database_to_another_writes_no_more(
    db: Database, postgres: DatabaseSettings
) -> None:
    await db.write(adding("before"))
    await asyncio.to_thread(end_writers, postgres)
    other = Database(postgres)
    other.open()
    # The first call finds the dead connection, the second one connects again and finds the lock taken.
    results = [await asyncio.gather(db.write(adding(f"lost {i}")), return_exceptions=True) for i in range(2)]
    assert await names(other) == ["before"]
    assert all(isinstance(result, Fault | OperatorError) for (result,) in results)
    other.close()
    await db.write(adding("after"))
    assert await names(db) == ["before", "after"]


def end_writers(settings: DatabaseSettings) -> None:
    """End every connection that holds the writer's lock, as a server that restarts does."""
    session = open_session(settings, Role.READER)
    session.call(
        lambda connection: connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        ).all()
    )
    session.close()
