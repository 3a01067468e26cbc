"""Precompiled statements: SQLAlchemy writes the SQL once per dialect, the driver gets plain rows of values.

The hot path inserts a handful of rows a message and asks whether a handful exists. Compiling is cached here, so that a
batch costs one driver call per table and no expression building. With SQLite these calls go to the driver itself:
SQLAlchemy would build an execution context and a result for each, which costs more than the statement.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final, TypeVar

from sqlalchemy import Column, ColumnElement, Connection, Table, and_, bindparam, or_, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import ClauseElement

Row = tuple[Any, ...]
T = TypeVar("T")
_CHUNK: Final = 256  # a power of two, so that padded lists come in nine lengths; SQLite nests to 1 000


def insert_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows whose values stand in the order of the table's columns."""
    if rows:
        _store(connection, _insert(table, connection.dialect), rows)


def upsert_rows(connection: Connection, table: Table, rows: Sequence[Row], changed: tuple[str, ...] = ()) -> None:
    """Insert rows, or replace all but the key where the key exists; only the columns ``changed`` if some are named."""
    if rows:
        _store(connection, _upsert(table, connection.dialect, changed), rows)


def find_rows(
    connection: Connection, wanted: tuple[Column[Any], ...], keys: tuple[Column[Any], ...], values: Sequence[Row]
) -> Iterator[Any]:
    """Yield the ``wanted`` columns of the rows whose ``keys`` are among ``values``."""
    for part in chunks(values):
        width = 1 << (len(part) - 1).bit_length()
        padded = [*part, *[part[-1]] * (width - len(part))]
        text = _find(wanted, keys, width, connection.dialect)
        bound = tuple(value for row in padded for value in row)
        driver = _driver(connection)
        yield from connection.exec_driver_sql(text, bound) if driver is None else driver.execute(text, bound).fetchall()


def first_row(connection: Connection, text: str, bound: Row) -> Row | None:
    """Return the first row of a precompiled query, its columns in their order; None without one."""
    driver = _driver(connection)
    found = connection.exec_driver_sql(text, bound) if driver is None else driver.execute(text, bound)
    rows = found.fetchall()
    return tuple(rows[0]) if rows else None


def chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Yield slices short enough for one IN list of either database."""
    for at in range(0, len(items), _CHUNK):
        yield items[at : at + _CHUNK]


def _store(connection: Connection, text: str, rows: Sequence[Row]) -> None:
    driver = _driver(connection)
    if driver is None:
        connection.exec_driver_sql(text, list(rows))
    else:
        driver.executemany(text, rows)


def _driver(connection: Connection) -> sqlite3.Connection | None:
    found: object = connection.connection.dbapi_connection
    return found if isinstance(found, sqlite3.Connection) else None


@lru_cache(maxsize=64)
def _insert(table: Table, dialect: Dialect) -> str:
    return _text(_insert_into(table, dialect), table, dialect)


@lru_cache(maxsize=64)
def _upsert(table: Table, dialect: Dialect, changed: tuple[str, ...] = ()) -> str:
    keys = [column.name for column in table.primary_key]
    insert = _insert_into(table, dialect)
    names = changed or tuple(c.name for c in table.columns if c.name not in keys)
    fresh = {name: insert.excluded[name] for name in names}
    return _text(insert.on_conflict_do_update(index_elements=keys, set_=fresh), table, dialect)


def _insert_into(table: Table, dialect: Dialect) -> Any:  # noqa: ANN401 - dialects spell it alike without a common type
    if dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - an SQLite hub does without its 2 MB

        insert: Any = postgresql.insert(table)
    else:
        insert = sqlite.insert(table)
    return insert.values({column.name: None for column in table.columns})


@lru_cache(maxsize=256)
def _find(wanted: tuple[Column[Any], ...], keys: tuple[Column[Any], ...], width: int, dialect: Dialect) -> str:
    rows = [[bindparam(f"p{at}_{column.name}", type_=column.type) for column in keys] for at in range(width)]
    matches: ColumnElement[bool]
    if len(keys) == 1:
        matches = keys[0].in_([row[0] for row in rows])
    else:
        # SQLite answers (a, b) IN (VALUES ...) by reading its whole index; each alternative below is one search.
        pairs = [[column == value for column, value in zip(keys, row, strict=True)] for row in rows]
        matches = or_(*(and_(*pair) for pair in pairs))
    return str(select(*wanted).where(matches).compile(dialect=dialect))


def _text(statement: ClauseElement, table: Table, dialect: Dialect) -> str:
    compiled = statement.compile(dialect=dialect)
    names = [column.name for column in table.columns]
    if list(compiled.positiontup or ()) != names:  # type: ignore[attr-defined]  # of the SQL compiler
        raise RuntimeError(f"{table.name}: columns and parameters differ in order")
    return str(compiled)
