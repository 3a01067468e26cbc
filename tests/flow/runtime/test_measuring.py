"""The numbers follow what really happens."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from runtime.database import Database
from runtime.database_settings import DatabaseSettings, Hooks
from runtime.http_client import Ask
from runtime.measuring import counted, follow, measured
from runtime.metrics import Metrics
from tests.flow.runtime.serving import QUICK, Service, client, serving


@pytest.fixture
def metrics() -> Metrics:
    return Metrics("hub")


@pytest.fixture
async def service(metrics: Metrics) -> AsyncIterator[Service]:
    async with serving(replace(QUICK, keepalive_s=5), first=measured(metrics, iter(range(100)).__next__)) as running:
        yield running


async def test_requests_are_counted_by_route_and_class_of_status(service: Service, metrics: Metrics) -> None:
    async with client(service) as hub:
        for path in ("/v1/things/1", "/v1/things/2"):
            await hub.call(Ask("PUT", path, b"x"))
        await hub.call(Ask("GET", "/v1/fail"))
        await hub.call(Ask("GET", "/elsewhere/canary"))
    text = metrics.exposition().decode()
    assert 'hub_requests_total{route="v1_things_id",status="2xx"} 2.0' in text
    assert 'hub_requests_total{route="v1_fail",status="5xx"} 1.0' in text
    assert 'hub_requests_total{route="unmatched",status="4xx"} 1.0' in text
    assert 'hub_request_seconds_sum{route="v1_things_id"} 2.0' in text
    assert "canary" not in text


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
