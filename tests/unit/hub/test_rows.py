"""Precompiled statements say what their tables say."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, create_engine, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hub.rows import _find, _insert, _upsert, chunks, find_rows, first_row, insert_rows, upsert_rows
from hub.schema import MAILBOX_HEAD, MESSAGE, METADATA, QUOTA, WRAP


@pytest.fixture
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        METADATA.create_all(connection)
        yield connection
    engine.dispose()


@pytest.mark.parametrize("dialect", [sqlite.dialect(), postgresql.asyncpg.dialect()])
@pytest.mark.parametrize("table", METADATA.sorted_tables, ids=lambda table: table.name)
def test_every_table_compiles_in_column_order(dialect, table) -> None:
    names = ", ".join(column.name for column in table.columns)
    assert f"({names})" in _insert(table, dialect).replace('"', "")
    keys = [column for column in table.columns if not column.primary_key]
    assert ("DO UPDATE" in _upsert(table, dialect)) is bool(keys)


def test_an_upsert_replaces_all_but_the_key(connection: Connection) -> None:
    upsert_rows(connection, QUOTA, [(1, "a", "x", 5)])
    upsert_rows(connection, QUOTA, [(1, "a", "x", 6), (1, "b", "x", 7)])
    assert [tuple(row) for row in connection.execute(select(QUOTA))] == [(1, "a", "x", 6), (1, "b", "x", 7)]


def test_an_upsert_may_leave_columns_as_they_are(connection: Connection) -> None:
    """What a mailbox served is noted beside the log's own writing, perhaps by another replica."""
    upsert_rows(connection, MAILBOX_HEAD, [("a", "police", 1, 0)], ("count",))
    connection.execute(update(MAILBOX_HEAD).values(served=1))
    upsert_rows(connection, MAILBOX_HEAD, [("a", "police", 2, 0)], ("count",))
    assert [tuple(row) for row in connection.execute(select(MAILBOX_HEAD))] == [("a", "police", 2, 1)]


def test_the_first_row_of_a_query_is_found_or_none(connection: Connection) -> None:
    insert_rows(connection, QUOTA, [(1, "a", "x", 5), (1, "b", "x", 7)])
    query = "SELECT node, used FROM quota WHERE day = ? ORDER BY used DESC"
    assert first_row(connection, query, (1,)) == ("b", 7)
    assert first_row(connection, query, (2,)) is None


def test_rows_are_found_by_several_columns_in_any_number(connection: Connection) -> None:
    insert_rows(connection, QUOTA, [(1, f"n{at}", "x", at) for at in range(700)])
    keys = (QUOTA.c.node, QUOTA.c.what)
    wanted = [(f"n{at}", "x") for at in range(0, 1_400, 2)] + [("n1", "y")]
    found = {used for (used,) in find_rows(connection, (QUOTA.c.used,), keys, wanted)}
    assert found == set(range(0, 700, 2))
    assert list(find_rows(connection, (QUOTA.c.used,), keys, [])) == []


def test_a_list_of_one_column_is_found_too(connection: Connection) -> None:
    insert_rows(connection, QUOTA, [(1, "a", "x", 1), (1, "b", "x", 2)])
    assert [used for (used,) in find_rows(connection, (QUOTA.c.used,), (QUOTA.c.node,), [("b",)])] == [2]


def test_padded_lists_come_in_few_lengths() -> None:
    widths = {1 << (count - 1).bit_length() for count in range(1, 257)}
    assert len(widths) == 9
    assert [len(part) for part in chunks(range(600))] == [256, 256, 88]


def test_nothing_is_nothing(connection: Connection) -> None:
    insert_rows(connection, WRAP, [])
    upsert_rows(connection, WRAP, [])
    assert connection.execute(select(WRAP)).all() == []


@pytest.mark.parametrize(
    "keys",
    [
        (MESSAGE.c.id,),
        (MESSAGE.c.random, MESSAGE.c.sender),
        (WRAP.c.sender, WRAP.c.node, WRAP.c.channel, WRAP.c.sequence),
        (MAILBOX_HEAD.c.node, MAILBOX_HEAD.c.channel),
    ],
    ids=lambda keys: f"{keys[0].table.name}.{keys[0].name}",
)
@pytest.mark.parametrize("width", [1, 4, 256])
def test_no_lookup_of_the_hot_path_reads_a_whole_table(connection: Connection, keys, width: int) -> None:
    text = _find(keys, keys, width, connection.dialect)
    values = tuple("x" for _ in range(width * len(keys)))
    plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)]
    assert any("SEARCH" in step for step in plan)
    assert not [step for step in plan if step.startswith("SCAN")]
