"""The hub's first schema: data of every table survives the migrations since, which end at what the code says."""

from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, func, insert, inspect, select

from hub.schema import METADATA
from runtime.database_settings import DatabaseSettings
from runtime.migrations import differences, migrations_of, upgrade

VALUES = {"TEXT": "text", "BLOB": b"bytes", "BIGINT": 1, "INTEGER": 1, "SMALLINT": 1}


@pytest.fixture
def settings(tmp_path: Path) -> DatabaseSettings:
    return DatabaseSettings(url=f"sqlite:///{tmp_path / 'hub.db'}")


def load(connection: Connection) -> None:
    """One row in every table that there is, under the columns of that time."""
    present = inspect(connection)
    names = set(present.get_table_names())
    for table in (each for each in METADATA.sorted_tables if each.name in names):
        columns = {column["name"] for column in present.get_columns(table.name)}
        row = {column.name: VALUES[str(column.type)] for column in table.columns if column.name in columns}
        connection.execute(insert(table).values(row))


def counts(connection: Connection) -> dict[str, int]:
    return {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in METADATA.sorted_tables
    }


def test_the_schema_is_the_codes(settings: DatabaseSettings) -> None:
    assert upgrade(settings, migrations_of("hub")).before is None
    assert differences(settings, METADATA) == []


def test_data_of_0001_is_still_there(settings: DatabaseSettings) -> None:
    upgrade(settings, migrations_of("hub"), target="0001")
    engine = create_engine(settings.url)
    with engine.begin() as connection:
        load(connection)
        before = set(inspect(connection).get_table_names())
    upgrade(settings, migrations_of("hub"))
    with engine.connect() as connection:
        found = counts(connection)
        assert len(before) > len(METADATA.sorted_tables) // 2
        assert found == {name: int(name in before) for name in found}
    engine.dispose()


def test_the_leaf_is_the_rows_own_address(settings: DatabaseSettings) -> None:
    """On SQLite only an INTEGER key is; with another type every insert would pay for a second index."""
    upgrade(settings, migrations_of("hub"))
    engine = create_engine(settings.url)
    with engine.connect() as connection:
        query = "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name IN ('message', 'receipt', 'token')"
        names = {row[0] for row in connection.exec_driver_sql(query)}
    engine.dispose()
    assert not {name for name in names if name.startswith("sqlite_autoindex")} - {
        f"sqlite_autoindex_{table}_{at}" for table, at in (("message", 1), ("message", 2), ("receipt", 1), ("token", 1))
    }
