import asyncio
import threading
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import Connection, Table, insert, select
from sqlalchemy.exc import IntegrityError

from protocol.errors import Code, Fault
from runtime.database import Database

Rows = Sequence[int | Exception]


async def together(db: Database, *waits: Any) -> list[Any]:
    """Let all of them wait for the same commit."""
    entered, leave = threading.Event(), threading.Event()

    def hold(_: Connection) -> None:
        entered.set()
        assert leave.wait(30)

    held = asyncio.ensure_future(db.write(hold))
    assert await asyncio.to_thread(entered.wait, 30)
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    await asyncio.sleep(0)
    leave.set()
    await held
    return await asyncio.gather(*tasks, return_exceptions=True)


async def names(db: Database, note: Table) -> set[str]:
    return await db.read(lambda c: set(c.execute(select(note.c.name)).scalars()))


async def test_a_batch_runs_once_for_all_who_wait(db: Database, note: Table, told: Any) -> None:
    calls: list[list[str]] = []

    def run(connection: Connection, items: list[str]) -> Rows:
        calls.append(items)
        connection.execute(insert(note), [{"name": item} for item in items])
        return list(range(len(items)))

    batcher = db.batcher(run)
    assert await together(db, *(batcher.submit(f"n{i}") for i in range(64))) == list(range(64))
    assert calls == [[f"n{i}" for i in range(64)]]
    assert told.commits == [1, 64]


async def test_an_item_can_be_refused_without_hurting_the_others(db: Database, note: Table) -> None:
    def run(connection: Connection, items: list[str]) -> Rows:
        good = [item for item in items if item != "bad"]
        connection.execute(insert(note), [{"name": item} for item in good])
        return [Fault(Code.REPLAY) if item == "bad" else 1 for item in items]

    batcher = db.batcher(run)
    first, bad, last = await together(db, *(batcher.submit(name) for name in ("a", "bad", "b")))
    assert (first, last) == (1, 1)
    assert isinstance(bad, Fault)
    assert bad.code is Code.REPLAY
    assert await names(db, note) == {"a", "b"}


async def test_a_batch_that_raises_loses_its_items_and_nobody_elses(db: Database, note: Table) -> None:
    def run(connection: Connection, items: list[str]) -> Rows:
        connection.execute(insert(note), [{"name": item} for item in items])
        return [1 for _ in items]

    batcher = db.batcher(run)
    other = db.batcher(run)
    plain = db.write(lambda c: c.execute(insert(note), {"name": "plain"}).rowcount)
    results = await together(db, batcher.submit("x"), batcher.submit("x"), plain, other.submit("other"))
    assert [type(result) for result in results] == [IntegrityError, IntegrityError, int, int]
    assert await names(db, note) == {"plain", "other"}


async def test_a_batch_must_answer_everyone(db: Database, note: Table) -> None:
    def run(connection: Connection, items: list[str]) -> Rows:
        connection.execute(insert(note), {"name": items[0]})
        return []

    with pytest.raises(RuntimeError):
        await db.batcher(run).submit("a")
    assert await names(db, note) == set()


async def test_after_commit_comes_before_the_answers_and_sees_the_successes_only(db: Database) -> None:
    order: list[object] = []

    def run(connection: Connection, items: list[int]) -> Rows:
        return [Fault(Code.QUOTA) if item == 2 else item for item in items]

    batcher = db.batcher(run, after_commit=lambda results: order.append(list(results)))

    async def submit(item: int) -> None:
        try:
            order.append(await batcher.submit(item))
        except Fault as fault:
            order.append(fault.code)

    await together(db, *(submit(item) for item in (1, 2, 3)))
    assert order == [[1, 3], 1, Code.QUOTA, 3]


async def test_after_commit_is_not_called_when_nothing_was_committed(db: Database) -> None:
    called: list[object] = []

    def run(connection: Connection, items: list[int]) -> Rows:
        raise Fault(Code.QUOTA)

    with pytest.raises(Fault):
        await db.batcher(run, after_commit=called.append).submit(1)
    assert called == []


async def test_memory_that_no_longer_agrees_with_the_disk_ends_the_service(db: Database, told: Any) -> None:
    def forget(results: list[int]) -> None:
        raise KeyError("state")

    batcher = db.batcher(lambda _, items: items, after_commit=forget)
    with pytest.raises(Fault) as caught:
        await batcher.submit(1)
    assert caught.value.code is Code.NOT_READY
    assert told.fatal == ["after commit: KeyError"]
