"""kill -9 of hub and node under load: what was acknowledged arrives, once; what was refused never does.

This tests recovery and repetition. A kill leaves the page cache alive: durability is tested by the power cut in
tests/torture, and neither replaces the other.
"""

import random
from pathlib import Path

import pytest

from tests.e2e.conftest import Open
from tests.e2e.load import Killer, Load, run_killers

SEED = 20260901
KILLS = 10


def test_ten_kills_of_hub_and_node_under_load_lose_and_repeat_nothing(
    open_network: Open, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    network = open_network("skopje", "belgrade")
    load = Load(network, tmp_path, SEED)
    load.add("skopje", network.request("MT-01.vehicle-mk"))
    load.add("skopje", network.request("MT-01.vehicle-mk"))
    load.add("belgrade", network.request("MT-01.vehicle-mk", to=["mk.ilecu"]))
    with load.running():
        run_killers(*(Killer(network, who, KILLS, random.Random(f"{SEED} {who}"), load) for who in ("hub", "belgrade")))
    totals = load.drained()
    with capsys.disabled():
        print(f"\nkill -9: hub {KILLS}, node {KILLS}, seed {SEED}: {totals.line()}")  # noqa: T201 - the figures
    assert not totals.faults()
    assert totals.acked > KILLS
