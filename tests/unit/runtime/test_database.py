import asyncio
import sqlite3
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Table, func, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from protocol.errors import Code, Fault
from runtime.database import Database
from runtime.database_settings import DatabaseSettings, Hooks, database_url
from runtime.operator import OperatorError


class Crash(BaseException):
    """The process ends here."""


class Held:
    """A work that occupies the writer until it is let go."""

    def __init__(self, database: Database) -> None:
        self._entered, self._leave = threading.Event(), threading.Event()
        self._task = asyncio.ensure_future(database.write(self._work))

    def _work(self, _: Connection) -> None:
        self._entered.set()
        assert self._leave.wait(30)

    async def __aenter__(self) -> None:
        assert await asyncio.to_thread(self._entered.wait, 30)

    async def __aexit__(self, *_: object) -> None:
        self._leave.set()
        await self._task


def adding(note: Table, name: str) -> Any:
    return lambda connection: connection.execute(insert(note), {"name": name}).rowcount


async def names(database: Database, note: Table) -> list[str]:
    return await database.read(lambda c: list(c.execute(select(note.c.name).order_by(note.c.id)).scalars()))


async def queued(database: Database, *works: Any) -> list[asyncio.Task[Any]]:
    tasks = [asyncio.ensure_future(database.write(work)) for work in works]
    await asyncio.sleep(0)
    return tasks


async def test_waiting_writes_share_one_commit(db: Database, note: Table, told: Any) -> None:
    async with Held(db):
        tasks = await queued(db, *(adding(note, f"n{i}") for i in range(20)))
        assert db.queue_depth() == 20
    assert await asyncio.gather(*tasks) == [1] * 20
    assert told.commits == [1, 20]
    assert await names(db, note) == [f"n{i}" for i in range(20)]


async def test_a_commit_holds_no_more_than_the_settings_allow(stored: DatabaseSettings, note: Table, told: Any) -> None:
    db = Database(replace(stored, batch_items=3, batch_bytes=100), told.hooks())
    db.open()
    async with Held(db):
        tasks = await queued(db, *(adding(note, f"n{i}") for i in range(4)))
        tasks += [asyncio.ensure_future(db.write(adding(note, f"w{i}"), weight=60)) for i in range(2)]
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    db.close()
    assert told.commits == [1, 3, 2, 1]


async def test_a_work_that_raises_is_rolled_back_alone(db: Database, note: Table, told: Any) -> None:
    def twice(connection: Connection) -> None:
        connection.execute(insert(note), {"name": "left behind"})
        connection.execute(insert(note), {"name": "a"})

    async with Held(db):
        tasks = await queued(db, adding(note, "a"), twice, adding(note, "b"))
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(result) for result in results] == [int, IntegrityError, int]
    assert told.commits == [1, 3]
    assert await names(db, note) == ["a", "b"]


async def test_a_work_alone_in_its_commit_is_rolled_back(db: Database, note: Table) -> None:
    def half(connection: Connection) -> None:
        connection.execute(insert(note), {"name": "half"})
        raise Fault(Code.QUOTA, "over")

    with pytest.raises(Fault) as caught:
        await db.write(half)
    assert caught.value.code is Code.QUOTA
    assert await names(db, note) == []


async def test_stop_iteration_reaches_the_caller_as_an_error(db: Database) -> None:
    with pytest.raises(RuntimeError):
        await db.write(lambda _: next(iter(())))


async def test_nothing_is_answered_before_the_commit(stored: DatabaseSettings, note: Table, told: Any) -> None:
    def crash() -> None:
        if armed:
            raise Crash

    armed: list[int] = []
    db = Database(stored, replace(told.hooks(), before_commit=crash))
    db.open()
    await db.write(adding(note, "kept"))
    armed.append(1)
    async with asyncio.timeout(30):
        results = await asyncio.gather(*(db.write(adding(note, f"n{i}")) for i in range(3)), return_exceptions=True)
    assert [result.code for result in results if isinstance(result, Fault)] == [Code.NOT_READY] * 3
    assert len(told.fatal) == 1
    db.close()
    again = Database(stored)
    again.open()
    assert await names(again, note) == ["kept"]
    again.close()


async def test_an_answer_comes_after_the_row_is_visible_to_others(stored: DatabaseSettings, note: Table) -> None:
    seen: list[object] = []

    def look() -> None:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as other:
            seen.append(other.execute("SELECT name FROM note").fetchall())
        other.close()
        seen.append(task.done())

    path = database_url(stored).database
    db = Database(stored, Hooks(after_commit=look))
    db.open()
    task = asyncio.ensure_future(db.write(adding(note, "a")))
    await task
    db.close()
    assert seen == [[("a",)], False]


async def test_a_crash_after_the_commit_answers_nobody_and_keeps_the_row(
    stored: DatabaseSettings, note: Table, told: Any
) -> None:
    def crash() -> None:
        raise Crash

    db = Database(stored, replace(told.hooks(), after_commit=crash))
    db.open()
    with pytest.raises(Fault) as caught:
        await db.write(adding(note, "a"))
    db.close()
    assert caught.value.code is Code.NOT_READY
    assert told.fatal
    again = Database(stored)
    again.open()
    assert await names(again, note) == ["a"]
    again.close()


async def test_a_cancelled_caller_does_not_stop_what_is_queued(db: Database, note: Table) -> None:
    async with Held(db):
        (task,) = await queued(db, adding(note, "a"))
        task.cancel()
    await db.probe()
    assert task.cancelled()
    assert await names(db, note) == ["a"]


async def test_a_full_queue_refuses(stored: DatabaseSettings, note: Table) -> None:
    db = Database(replace(stored, queue_items=2, queue_bytes=100))
    db.open()
    async with Held(db):
        tasks = await queued(db, adding(note, "a"))
        with pytest.raises(Fault) as heavy:
            await db.write(adding(note, "b"), weight=101)
        tasks += await queued(db, adding(note, "c"))
        with pytest.raises(Fault) as third:
            await db.write(adding(note, "d"))
    await asyncio.gather(*tasks)
    db.close()
    assert (heavy.value.code, third.value.code) == (Code.BUSY, Code.BUSY)


async def test_lack_of_memory_fails_the_whole_commit(db: Database, note: Table) -> None:
    def hungry(connection: Connection) -> None:
        raise MemoryError

    async with Held(db):
        tasks = await queued(db, adding(note, "a"), hungry, adding(note, "b"))
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [getattr(result, "code", None) for result in results] == [Code.BUSY] * 3
    assert await names(db, note) == []
    assert await db.write(adding(note, "c")) == 1


async def test_two_event_loops_share_a_commit(db: Database, note: Table, told: Any) -> None:
    async with Held(db):
        (mine,) = await queued(db, adding(note, "a"))
        theirs = asyncio.ensure_future(asyncio.to_thread(lambda: asyncio.run(db.write(adding(note, "b")))))
        async with asyncio.timeout(30):
            while db.queue_depth() < 2:  # noqa: ASYNC110 - the other loop has no event of ours
                await asyncio.sleep(0)
    assert await mine == await theirs == 1
    assert told.commits == [1, 2]


async def test_closing_answers_everyone_and_then_refuses(stored: DatabaseSettings, note: Table) -> None:
    db = Database(stored)
    db.open()
    tasks = await queued(db, *(adding(note, f"n{i}") for i in range(5)))
    await asyncio.to_thread(db.close)
    assert await asyncio.gather(*tasks) == [1] * 5
    for refused in (db.write(adding(note, "late")), db.read(lambda _: None)):
        with pytest.raises(Fault) as caught:
            await refused
        assert caught.value.code is Code.NOT_READY


async def test_a_second_database_on_the_same_file_is_refused(db: Database, stored: DatabaseSettings) -> None:
    other = Database(stored)
    with pytest.raises(OperatorError) as caught:
        other.open()
    assert caught.value.code == "DATABASE_IN_USE"
    await db.probe()


async def test_the_settings_durability_needs_are_in_force(db: Database) -> None:
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "busy_timeout": 5000,
        "foreign_keys": 1,
        "trusted_schema": 0,
        "cell_size_check": 1,
        "wal_autocheckpoint": 0,
        "journal_size_limit": 64 << 20,
        "auto_vacuum": 2,
        "secure_delete": 2,
    }
    found = await db.write(lambda c: {name: c.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted})
    assert found == wanted


def test_a_setting_that_does_not_take_stops_the_start(
    settings: DatabaseSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("runtime.sqlite").sqlite._WRITER_PRAGMAS, "synchronous", 7)
    db = Database(settings)
    with pytest.raises(OperatorError) as caught:
        db.open()
    assert caught.value.code == "WEAK_DATABASE"
    monkeypatch.undo()
    db.open()  # the lock was given back
    db.close()


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///:memory:", "sqlite:///a.db?mode=ro", "mysql://x/y", "no url", "postgresql://x/y"]
)
def test_other_databases_are_refused_without_repeating_the_url(url: str) -> None:
    with pytest.raises(OperatorError) as caught:
        Database(DatabaseSettings(url=url))
    assert caught.value.code == "DATABASE_URL"
    assert url not in str(caught.value)


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(OperatorError) as caught:
        Database(DatabaseSettings(url=f"sqlite:///{tmp_path}/none/state.db")).open()
    assert caught.value.code == "MISSING_FILE"
    assert "none" in caught.value.what


async def test_the_files_belong_to_the_account_alone(db: Database, stored: DatabaseSettings, note: Table) -> None:
    await db.write(adding(note, "a"))
    folder = Path(database_url(stored).database or "").parent
    assert {path.name: path.stat().st_mode & 0o077 for path in folder.iterdir()} == {
        "state.db": 0,
        "state.db-wal": 0,
        "state.db-shm": 0,
        "state.db.lock": 0,
    }


async def test_reads_see_what_was_answered_and_cannot_write(db: Database, note: Table) -> None:
    await db.write(adding(note, "a"))
    assert await names(db, note) == ["a"]
    with pytest.raises(OperationalError):
        await db.read(adding(note, "b"))
    assert await names(db, note) == ["a"]


async def test_a_read_sees_one_state(db: Database, note: Table) -> None:
    first, proceed = threading.Event(), threading.Event()

    def twice(connection: Connection) -> tuple[int, int]:
        count = select(func.count()).select_from(note)
        before = connection.execute(count).scalar_one()
        first.set()
        assert proceed.wait(30)
        return before, connection.execute(count).scalar_one()

    reading = asyncio.ensure_future(db.read(twice))
    assert await asyncio.to_thread(first.wait, 30)
    await db.write(adding(note, "a"))
    proceed.set()
    assert await reading == (0, 0)


async def test_a_long_read_is_cut(stored: DatabaseSettings) -> None:
    db = Database(replace(stored, read_deadline_s=0.05))
    db.open()
    endless = text("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n")
    with pytest.raises(Fault) as caught:
        await db.read(lambda c: c.execute(endless).scalar())
    assert caught.value.code is Code.BUSY
    assert await db.read(lambda c: c.execute(text("SELECT 1")).scalar()) == 1
    db.close()


async def test_too_many_waiting_reads_are_refused(stored: DatabaseSettings) -> None:
    db = Database(replace(stored, readers=1, waiting_reads=1))
    db.open()
    leave = threading.Event()
    held = asyncio.ensure_future(db.read(lambda _: leave.wait(30)))
    await asyncio.sleep(0)
    assert db.reads_waiting() == 1
    with pytest.raises(Fault) as caught:
        await db.read(lambda _: None)
    leave.set()
    await held
    assert caught.value.code is Code.BUSY
    assert db.reads_waiting() == 0
    db.close()


async def test_the_heartbeat_shows_a_stuck_writer(stored: DatabaseSettings) -> None:
    now = [100.0]
    db = Database(stored, Hooks(monotonic=lambda: now[0]))
    db.open()
    async with Held(db):
        now[0] += 7
        assert db.writer_alive() == 7
    await db.probe()
    assert db.writer_alive() == 0
    db.close()


async def test_a_probe_reaches_the_disk(stored: DatabaseSettings, note: Table) -> None:
    db = Database(stored)
    db.open()
    before = db.log_bytes()
    await db.probe()
    await db.write(adding(note, "a"))  # the size is taken after the answer, at the latest before the next commit
    assert db.log_bytes() > before
    db.close()


async def test_freed_pages_go_back_to_the_disk(db: Database, note: Table) -> None:
    await db.write(lambda c: c.execute(insert(note), [{"name": str(i), "filling": bytes(4096)} for i in range(200)]))
    await db.write(lambda c: c.execute(note.delete()))
    pages = text("PRAGMA page_count")
    before = await db.read(lambda c: c.execute(pages).scalar_one())
    await db.reclaim(100)
    assert await db.read(lambda c: c.execute(pages).scalar_one()) == before - 100
