"""The crash test of tests/e2e at length: 50 kills of the hub and 50 of a node under load."""

import os
import random
from pathlib import Path

import pytest

from tests.e2e.load import Killer, Load, run_killers
from tests.e2e.network import found, run_network

pytestmark = [pytest.mark.torture, pytest.mark.timeout(3_600)]
KILLS = 50


def test_fifty_kills_of_hub_and_node_lose_and_repeat_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = int(os.environ.get("TORTURE_SEED", "1"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    founded = found(tmp_path / "founded")
    with run_network(founded, tmp_path / "run", "skopje", "belgrade") as network:
        load = Load(network, tmp_path, seed)
        load.add("skopje", network.request("MT-01.vehicle-mk"))
        load.add("belgrade", network.request("MT-01.vehicle-mk", to=["mk.ilecu"]))
        with load.running():
            chances = {who: random.Random(f"{seed} {who}") for who in ("hub", "belgrade")}
            run_killers(*(Killer(network, who, KILLS, chance, load) for who, chance in chances.items()))
        totals = load.drained()
    with capsys.disabled():
        print(f"\nkill -9: hub {KILLS}, node {KILLS}, seed {seed}: {totals.line()}")  # noqa: T201 - the figures
    assert not totals.faults()
