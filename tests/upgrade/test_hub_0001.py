"""The hub's first schema: it is what the code says, and data of every table survives a later start."""

from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, func, insert, select

from hub.schema import METADATA
from runtime.database_settings import DatabaseSettings
from runtime.migrations import differences, migrations_of, upgrade

VALUES = {"TEXT": "text", "BLOB": b"bytes", "BIGINT": 1, "INTEGER": 1, "SMALLINT": 1}


@pytest.fixture
def settings(tmp_path: Path) -> DatabaseSettings:
    return DatabaseSettings(url=f"sqlite:///{tmp_path / 'hub.db'}")


def load(connection: Connection) -> None:
    """One row in every table."""
    for table in METADATA.sorted_tables:
        row = {column.name: VALUES[str(column.type)] for column in table.columns}
        connection.execute(insert(table).values(row))


def counts(connection: Connection) -> dict[str, int]:
    return {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in METADATA.sorted_tables
    }


def test_the_schema_is_the_codes(settings: DatabaseSettings) -> None:
    assert upgrade(settings, migrations_of("hub"), target="0001").after == "0001"
    assert differences(settings, METADATA) == []


def test_data_of_0001_is_still_there(settings: DatabaseSettings) -> None:
    upgrade(settings, migrations_of("hub"), target="0001")
    engine = create_engine(settings.url)
    with engine.begin() as connection:
        load(connection)
    upgrade(settings, migrations_of("hub"))
    with engine.connect() as connection:
        assert set(counts(connection).values()) == {1}
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
