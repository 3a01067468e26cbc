"""A database in a temporary folder, and what its hooks were told."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, LargeBinary, MetaData, String, Table

from runtime.database import Database
from runtime.database_settings import DatabaseSettings, Hooks

METADATA = MetaData()
NOTE = Table(
    "note",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", String, unique=True, nullable=False),
    Column("filling", LargeBinary),
)


@dataclass
class Told:
    commits: list[int] = field(default_factory=list)
    fatal: list[str] = field(default_factory=list)

    def hooks(self) -> Hooks:
        return Hooks(on_fatal=self.fatal.append, on_commit=lambda items, _: self.commits.append(items))


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def note() -> Table:
    return NOTE


@pytest.fixture
def settings(tmp_path: Path) -> DatabaseSettings:
    return DatabaseSettings(url=f"sqlite:///{tmp_path}/state.db", reserve_bytes=0, probe_interval_s=0.02)


@pytest.fixture
def stored(settings: DatabaseSettings) -> DatabaseSettings:
    """The settings of a database that has its table."""
    database = Database(settings)
    database.open()
    make_table(database)
    database.close()
    return settings


@pytest.fixture
def db(stored: DatabaseSettings, told: Told) -> Iterator[Database]:
    database = Database(stored, told.hooks())
    database.open()
    yield database
    database.close()


def make_table(database: Database) -> None:
    import asyncio

    asyncio.run(database.write(METADATA.create_all))
