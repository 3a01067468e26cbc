"""What a database does when the disk is full or lies."""

import asyncio
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Table, insert

from protocol.errors import Code, Fault
from runtime.database import Batcher, Database
from runtime.database_settings import DatabaseSettings, database_path
from runtime.operator import OperatorError

PAGE = 4096


def limit_pages(count: int | None) -> Any:
    """Let SQLite believe that the disk ends there; without a count it has room again."""

    def work(connection: Connection) -> None:
        used = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={1 << 30 if count is None else used + count}").fetchall()

    return work


def big(note: Table, name: str) -> Any:
    return lambda c: c.execute(insert(note), {"name": name, "filling": bytes(20 * PAGE)}).rowcount


async def test_a_full_disk_fails_the_commit_and_is_left_by_itself(db: Database, note: Table, told: Any) -> None:
    batcher: Batcher[str, int] = db.batcher(
        lambda c, items: [c.execute(insert(note), {"name": item}).rowcount for item in items]
    )
    await db.write(limit_pages(2))
    with pytest.raises(Fault) as full:
        await db.write(big(note, "a"))
    await db.write(lambda _: None)
    assert full.value.code is Code.DISK_FULL
    assert not db.accepting
    with pytest.raises(Fault) as refused:
        await batcher.submit("b")
    assert refused.value.code is Code.DISK_FULL
    with pytest.raises(Fault):  # it reached the writer, which has no room for it; what makes room may be smaller
        await batcher.submit("c" * PAGE * 4, always=True)

    await db.write(limit_pages(None))
    await db.probe()  # the writer looked for space before it took this
    assert db.accepting
    assert await batcher.submit("b") == 1
    assert told.fatal == []


async def test_everyone_in_a_commit_that_found_no_space_is_told(db: Database, note: Table) -> None:
    await db.write(limit_pages(2))
    results = await asyncio.gather(
        *(db.write(work) for work in (big(note, "a"), lambda _: 1, big(note, "b"))), return_exceptions=True
    )
    codes = [result.code for result in results if isinstance(result, Fault)]
    assert set(codes) == {Code.DISK_FULL}
    assert await db.read(lambda c: c.execute(note.select()).all()) == []


async def test_what_frees_space_is_taken_while_the_disk_is_full(db: Database, note: Table) -> None:
    await db.write(big(note, "a"))
    await db.write(limit_pages(2))
    with pytest.raises(Fault):
        await db.write(lambda c: c.execute(insert(note), [{"name": str(i), "filling": bytes(PAGE)} for i in range(50)]))
    shrinking: Batcher[str, int] = db.batcher(
        lambda c, items: [c.execute(note.delete()).rowcount for _ in items], growing=False
    )
    assert await shrinking.submit("everything") == 1


async def test_new_items_are_refused_below_the_reserve(stored: DatabaseSettings, note: Table) -> None:
    db = Database(replace(stored, reserve_bytes=1 << 60))
    db.open()
    assert not db.accepting
    assert db.free_bytes() > 0
    db.close()


def spoil(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[PAGE:] = b"\xee" * (len(raw) - PAGE)
    path.write_bytes(raw)


async def test_a_damaged_file_ends_the_service_and_is_examined_before_the_next_start(
    stored: DatabaseSettings, note: Table, told: Any
) -> None:
    path = database_path(stored)
    assert path is not None
    spoil(path)
    db = Database(stored, told.hooks())
    db.open()
    with pytest.raises(Fault) as caught:
        await db.write(lambda c: c.execute(insert(note), {"name": "a"}))
    assert caught.value.code is Code.NOT_READY
    assert len(told.fatal) == 1
    assert db.fatal == told.fatal[0]
    assert not db.accepting
    with pytest.raises(Fault) as later:
        await db.write(lambda _: None)
    assert later.value.code is Code.NOT_READY
    db.close()

    with pytest.raises(OperatorError) as refused:
        Database(stored).open()
    assert refused.value.code == "CORRUPT_STATE"
    assert str(path) in refused.value.what


async def test_damage_found_by_a_read_ends_the_service(stored: DatabaseSettings, note: Table, told: Any) -> None:
    path = database_path(stored)
    assert path is not None
    spoil(path)
    db = Database(stored, told.hooks())
    db.open()
    with pytest.raises(Fault) as caught:
        await db.read(lambda c: c.execute(note.select()).all())
    assert caught.value.code is Code.NOT_READY
    assert len(told.fatal) == 1
    db.close()


def test_a_file_that_is_no_database_is_named(settings: DatabaseSettings) -> None:
    path = database_path(settings)
    assert path is not None
    path.write_bytes(b"something else " * 1000)
    with pytest.raises(OperatorError) as caught:
        Database(settings).open()
    assert caught.value.code == "CORRUPT_STATE"
    assert path.read_bytes().startswith(b"something else")


@pytest.mark.parametrize("note", ["open", "fatal", "something else"])
def test_after_an_end_that_was_not_clean_the_structure_is_checked(stored: DatabaseSettings, note: str) -> None:
    path = database_path(stored)
    assert path is not None
    path.with_name("state.db.lock").write_text(note)
    database = Database(stored)
    database.open()
    database.close()
    assert path.with_name("state.db.lock").read_text() == ""
    spoil(path)
    path.with_name("state.db.lock").write_text(note)
    with pytest.raises(OperatorError) as caught:
        database.open()
    assert caught.value.code == "CORRUPT_STATE"


async def test_the_log_stays_bounded(stored: DatabaseSettings, note: Table) -> None:
    db = Database(replace(stored, checkpoint_pages=50))
    db.open()
    for name in range(300):
        await db.write(big(note, str(name)))
    await db.probe()
    assert 0 < db.log_bytes() < 200 * PAGE
    db.close()


async def test_a_reader_that_holds_on_does_not_stop_the_writer(stored: DatabaseSettings, note: Table) -> None:
    db = Database(replace(stored, checkpoint_pages=20, log_bytes=1 << 20))
    db.open()
    entered, leave = threading.Event(), threading.Event()

    def hold(connection: Connection) -> None:
        connection.execute(note.select()).all()
        entered.set()
        assert leave.wait(30)

    reading = asyncio.ensure_future(db.read(hold))
    assert await asyncio.to_thread(entered.wait, 30)
    for name in range(20):
        await db.write(big(note, str(name)))
    leave.set()
    await reading
    grown = db.log_bytes()
    for name in range(20, 60):
        await db.write(big(note, str(name)))
    await db.probe()
    assert grown > 1 << 20
    assert db.log_bytes() <= max(grown, 2 << 20)
    db.close()
