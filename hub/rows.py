"""Precompiled statements: SQLAlchemy writes the SQL once per dialect, the driver gets plain rows of values.

The hot path inserts a handful of rows a message and asks whether a handful exists. Compiling is cached here, so that a
batch costs one driver call per table and no expression building.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final, TypeVar

from sqlalchemy import Column, ColumnElement, Connection, Table, and_, bindparam, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import ClauseElement

Row = tuple[Any, ...]
T = TypeVar("T")
_CHUNK: Final = 256  # a power of two, so that padded lists come in nine lengths; SQLite nests to 1 000
# Both dialects spell upserts alike, but SQLAlchemy gives them no common type.
_INSERTS: Final[dict[str, Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def insert_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows whose values stand in the order of the table's columns."""
    if rows:
        connection.exec_driver_sql(_insert(table, connection.dialect), list(rows))


def upsert_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows, or replace all but the key where the key exists."""
    if rows:
        connection.exec_driver_sql(_upsert(table, connection.dialect), list(rows))


def find_rows(
    connection: Connection, wanted: tuple[Column[Any], ...], keys: tuple[Column[Any], ...], values: Sequence[Row]
) -> Iterator[Any]:
    """Yield the ``wanted`` columns of the rows whose ``keys`` are among ``values``."""
    for part in chunks(values):
        width = 1 << (len(part) - 1).bit_length()
        padded = [*part, *[part[-1]] * (width - len(part))]
        text = _find(wanted, keys, width, connection.dialect)
        yield from connection.exec_driver_sql(text, tuple(value for row in padded for value in row))


def chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Yield slices short enough for one IN list of either database."""
    for at in range(0, len(items), _CHUNK):
        yield items[at : at + _CHUNK]


@lru_cache(maxsize=64)
def _insert(table: Table, dialect: Dialect) -> str:
    return _text(_INSERTS[dialect.name](table).values({c.name: None for c in table.columns}), table, dialect)


@lru_cache(maxsize=64)
def _upsert(table: Table, dialect: Dialect) -> str:
    keys = [column.name for column in table.primary_key]
    insert = _INSERTS[dialect.name](table).values({c.name: None for c in table.columns})
    fresh = {c.name: insert.excluded[c.name] for c in table.columns if c.name not in keys}
    return _text(insert.on_conflict_do_update(index_elements=keys, set_=fresh), table, dialect)


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
