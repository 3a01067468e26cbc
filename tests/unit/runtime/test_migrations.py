import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table

from runtime.database import Database
from runtime.database_settings import DatabaseSettings, database_path
from runtime.lockfile import LockFile
from runtime.migrations import Upgrade, differences, upgrade
from runtime.operator import OperatorError

FIRST = """
import sqlalchemy as sa
from alembic import op
revision, down_revision = "0001", None
def upgrade():
    op.create_table("owner", sa.Column("id", sa.Integer, primary_key=True))
    op.create_table(
        "thing",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("owner", sa.Integer, sa.ForeignKey("owner.id"), nullable=False),
        sa.Column("name", sa.String(20)),
    )
    op.execute("INSERT INTO owner VALUES (1)")
    op.execute("INSERT INTO thing VALUES (1, 1, 'first')")
"""
SECOND = """
import sqlalchemy as sa
from alembic import op
revision, down_revision = "0002", "0001"
def upgrade():
    with op.batch_alter_table("owner") as batch:
        batch.add_column(sa.Column("label", sa.String(20), nullable=False, server_default="none"))
    with op.batch_alter_table("thing") as batch:
        batch.alter_column("name", new_column_name="title")
    {more}
"""


def steps(folder: Path, *sources: str) -> Path:
    versions = folder / "migrations" / "versions"
    versions.mkdir(parents=True, exist_ok=True)
    for number, source in enumerate(sources, 1):
        (versions / f"{number:04}_step.py").write_text(source)
    return folder / "migrations"


def rows(settings: DatabaseSettings, query: str) -> list[Any]:
    with closing(sqlite3.connect(database_path(settings) or "")) as raw:
        return raw.execute(query).fetchall()


def test_an_empty_database_comes_to_the_head_and_stays_there(settings: DatabaseSettings, tmp_path: Path) -> None:
    folder = steps(tmp_path, FIRST, SECOND.format(more=""))
    assert upgrade(settings, folder) == Upgrade(None, "0002")
    assert upgrade(settings, folder) == Upgrade("0002", "0002")
    assert rows(settings, "SELECT id, owner, title FROM thing") == [(1, 1, "first")]
    database = Database(settings)
    database.open()
    asyncio.run(database.probe())
    database.close()


def test_data_is_kept_and_copied_before_it_is_touched(settings: DatabaseSettings, tmp_path: Path) -> None:
    upgrade(settings, steps(tmp_path, FIRST))
    done = upgrade(settings, steps(tmp_path, FIRST, SECOND.format(more="")))
    path = database_path(settings)
    assert path is not None
    assert done == Upgrade("0001", "0002", path.with_name("state.db.before-0001"))
    assert rows(settings, "SELECT title, label FROM thing JOIN owner ON owner = owner.id") == [("first", "none")]
    old = DatabaseSettings(url=f"sqlite:///{done.backup}")
    assert rows(old, "SELECT name FROM thing") == [("first",)]


@pytest.mark.parametrize(
    "more",
    ["raise ValueError('step')", "op.execute('no sql at all')", "op.execute('INSERT INTO thing VALUES (2, 99, NULL)')"],
)
def test_a_step_that_fails_leaves_everything_as_it_was(settings: DatabaseSettings, tmp_path: Path, more: str) -> None:
    upgrade(settings, steps(tmp_path, FIRST))
    before = rows(settings, "SELECT sql FROM sqlite_master ORDER BY name")
    broken = steps(tmp_path, FIRST, SECOND.format(more=more))
    for _ in range(2):
        with pytest.raises(Exception, match=r"step|syntax|thing"):
            upgrade(settings, broken)
        assert rows(settings, "SELECT sql FROM sqlite_master ORDER BY name") == before
        assert rows(settings, "SELECT * FROM thing") == [(1, 1, "first")]
    assert upgrade(settings, steps(tmp_path, FIRST, SECOND.format(more=""))).after == "0002"


def test_a_newer_database_is_refused_untouched(settings: DatabaseSettings, tmp_path: Path) -> None:
    upgrade(settings, steps(tmp_path / "new", FIRST, SECOND.format(more="")))
    with pytest.raises(OperatorError) as caught:
        upgrade(settings, steps(tmp_path / "old", FIRST))
    assert caught.value.code == "DATABASE_NEWER"
    assert "0002" in caught.value.what
    assert rows(settings, "SELECT version_num FROM alembic_version") == [("0002",)]


def test_a_database_in_use_is_refused(settings: DatabaseSettings, tmp_path: Path) -> None:
    path = database_path(settings)
    assert path is not None
    lock = LockFile(path.with_name("state.db.lock"))
    lock.acquire()
    with pytest.raises(OperatorError) as caught:
        upgrade(settings, steps(tmp_path, FIRST))
    lock.release()
    assert caught.value.code == "DATABASE_IN_USE"
    assert not path.exists()


def test_a_target_between_can_be_named(settings: DatabaseSettings, tmp_path: Path) -> None:
    folder = steps(tmp_path, FIRST, SECOND.format(more=""))
    assert upgrade(settings, folder, target="0001") == Upgrade(None, "0001")
    assert upgrade(settings, folder).before == "0001"


def test_differences_between_steps_and_tables_are_seen(settings: DatabaseSettings, tmp_path: Path) -> None:
    upgrade(settings, steps(tmp_path, FIRST))
    metadata = MetaData()
    Table("owner", metadata, Column("id", Integer, primary_key=True))
    thing = Table("thing", metadata, Column("id", Integer, primary_key=True), Column("name", String(20)))
    assert [entry[0] for entry in differences(settings, metadata)] == ["remove_fk", "remove_column"]
    thing.append_column(Column("extra", Integer))
    assert "add_column" in {entry[0] for entry in differences(settings, metadata)}
