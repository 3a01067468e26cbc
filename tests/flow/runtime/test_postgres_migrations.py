"""Migrations on PostgreSQL: all or nothing, and one replica at a time."""

import asyncio
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from runtime.database import Database
from runtime.database_settings import DatabaseSettings
from runtime.migrations import Upgrade, upgrade
from runtime.operator import OperatorError

pytestmark = pytest.mark.postgres

FIRST = """
from alembic import op
import sqlalchemy as sa
revision, down_revision = "0001", None
def upgrade():
    op.create_table("thing", sa.Column("id", sa.Integer, primary_key=True))
"""
SECOND = """
from alembic import op
import sqlalchemy as sa
revision, down_revision = "0002", "0001"
def upgrade():
    with op.batch_alter_table("thing") as batch:
        batch.add_column(sa.Column("name", sa.String(20)))
    {more}
"""


def steps(folder: Path, *sources: str) -> Path:
    versions = folder / "migrations" / "versions"
    versions.mkdir(parents=True, exist_ok=True)
    for number, source in enumerate(sources, 1):
        (versions / f"{number:04}_step.py").write_text(source)
    return folder / "migrations"


def test_steps_run_fail_whole_and_refuse_what_is_newer(postgres: DatabaseSettings, tmp_path: Path) -> None:
    assert upgrade(postgres, steps(tmp_path / "a", FIRST)) == Upgrade(None, "0001")
    with pytest.raises(DBAPIError):
        upgrade(postgres, steps(tmp_path / "b", FIRST, SECOND.format(more="op.execute('no sql')")))
    new = steps(tmp_path / "c", FIRST, SECOND.format(more="pass"))
    assert upgrade(postgres, new) == Upgrade("0001", "0002")
    with pytest.raises(OperatorError) as caught:
        upgrade(postgres, steps(tmp_path / "a", FIRST))
    assert caught.value.code == "DATABASE_NEWER"
    database = Database(postgres)
    database.open()
    assert asyncio.run(database.read(lambda c: c.exec_driver_sql("SELECT name FROM thing").all())) == []
    database.close()


def test_replicas_that_start_together_migrate_once(postgres: DatabaseSettings, tmp_path: Path) -> None:
    folder = steps(tmp_path, FIRST, SECOND.format(more="pass"))
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as replicas:
        done = [replicas.submit(upgrade, postgres, folder) for _ in range(4)]
    assert [replica.result().after for replica in done] == ["0002"] * 4
