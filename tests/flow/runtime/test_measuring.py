"""The numbers follow what really happens."""

import asyncio
from pathlib import Path

import pytest

from runtime.database import Database
from runtime.database_settings import DatabaseSettings, Hooks
from runtime.measuring import counted, follow
from runtime.metrics import Metrics


@pytest.fixture
def metrics() -> Metrics:
    return Metrics("hub")


def test_commits_and_the_state_of_the_database_are_shown(metrics: Metrics, tmp_path: Path) -> None:
    told: list[int] = []
    settings = DatabaseSettings(url=f"sqlite:///{tmp_path}/state.db")
    hooks = counted(Hooks(on_commit=lambda items, _: told.append(items)), metrics)
    database = Database(settings, hooks)
    database.open()
    follow(metrics, database)
    for _ in range(3):
        asyncio.run(database.probe())
    text = metrics.exposition().decode()
    database.close()
    assert told == [1, 1, 1]
    assert "hub_batch_size_count 3.0" in text
    assert "hub_commit_seconds_count 3.0" in text
    assert "hub_queue_depth 0.0" in text
    assert "hub_disk_free_bytes 0.0" not in text
    hooks.on_fatal("x")
    assert "hub_fsync_errors_total 1.0" in metrics.exposition().decode()
