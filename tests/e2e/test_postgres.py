"""The same hub on PostgreSQL: founded, killed, started again, and nothing lost."""

from typing import Any

import pytest

from tests.e2e.conftest import Open
from tests.flow.runtime.conftest import server as server  # noqa: PLC0414 - a fixture

pytestmark = pytest.mark.postgres


def test_a_hub_on_postgresql_carries_mail_over_a_kill(open_network: Open, server: Any) -> None:
    server.psql("CREATE DATABASE hub;")
    url = server.get_uri(database="hub").replace("postgresql://", "postgresql+asyncpg://")
    network = open_network("skopje", "belgrade", database=url)
    skopje, belgrade = network["skopje"], network["belgrade"]
    first = skopje.send(network.request("MT-01.vehicle-mk"))
    belgrade.arrived(first)
    network.kill("hub")
    second = skopje.send(network.request("MT-01.vehicle-mk"))
    network.start_hub()
    belgrade.arrived(second)
    rows = belgrade.get("/messages?box=inbox").done()["messages"]
    assert sorted(row["id"] for row in rows) == sorted([first, second])
    assert not (network.folder / "hub" / "hub.db").exists()
