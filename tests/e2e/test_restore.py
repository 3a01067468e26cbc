"""A hub lost its disk and goes on from an older backup: in the end nothing is lost and nothing is shown twice."""

import json
import shutil
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from egnatia.demo.processes import wait_until
from tests.e2e.conftest import Open
from tests.e2e.load import Load
from tests.e2e.network import Network

SEED = 20260902


def readiness(network: Network) -> tuple[int, str | None]:
    """Return status and reason of the hub's readiness."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{network.stage.admin_port}/ready", timeout=10) as answer:
            return answer.status, json.load(answer)["reason"]
    except urllib.error.HTTPError as no:
        with no:
            return no.code, json.load(no)["reason"]


def accepted(network: Network) -> bool:
    """Return whether everything that two nodes wrote or signed is logged at the hub."""
    states = [network[alias].status() for alias in ("skopje", "belgrade")]
    return all(not state["outbox"].get("ready") and not state["statements"].get("ready") for state in states)


def lose_the_disk(network: Network) -> None:
    network.kill("hub")
    aside = network.folder / "examined-later"
    aside.mkdir()
    for path in (network.folder / "hub").glob("hub.db*"):
        shutil.move(path, aside)


def declare_restart(network: Network, kept: dict[str, str], witnessed: int) -> dict[str, int]:
    """Have two registrars sign where the log goes on, and give it to the hub."""
    network.type(
        f"keys restart messages --directory network.directory --out restart.statement --size {kept['messages']} "
        f"--root {kept['root']} --lost-size {witnessed}"
    )
    for registrar in ("interior-rs", "interior-mk"):
        network.type(f"keys sign restart.statement --store {registrar}.keystore --yes")
    line = f"hub recover --config {network.hub_config} --restart restart.statement --directory network.directory --json"
    found: dict[str, int] = json.loads(network.type(line))
    return found


def test_an_older_backup_ends_with_nothing_lost_and_nothing_shown_twice(
    open_network: Open, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    network = open_network("skopje", "belgrade")
    load = Load(network, tmp_path, SEED)
    load.add("skopje", network.request("MT-01.vehicle-mk"))
    load.add("belgrade", network.request("MT-01.vehicle-mk", to=["mk.ilecu"]))
    with load.running():
        wait_until(lambda: load.acked() >= 10, "mail before the backup")
        network.type(f"hub backup backup.db --config {network.hub_config}")
        aim = load.acked() + 10
        wait_until(lambda: load.acked() >= aim, "mail after the backup")
    wait_until(lambda: accepted(network), "the hub to log everything", 60)
    witnessed = max(network[alias].status()["log"]["size"] for alias in ("skopje", "belgrade"))
    lose_the_disk(network)
    kept = json.loads(network.type(f"hub restore backup.db --config {network.hub_config} --json"))
    assert kept["messages"] < witnessed

    network.start_hub_unready()
    assert readiness(network) == (503, "RESTART_NEEDED")
    waiting = send_one(load, network)
    wait_until(lambda: bool(network["skopje"].status()["troubles"]), "the node to notice")
    assert (network["skopje"].row("outbox", waiting) or {})["accepted_at"] is None
    network.stop("hub")

    recovered = declare_restart(network, kept, witnessed)
    assert (recovered["epoch"], recovered["kept"], recovered["next"]) == (2, kept["messages"], witnessed)
    network.start_hub()
    assert readiness(network) == (200, None)
    network["belgrade"].arrived(waiting)
    wait_until(lambda: accepted(network), "the nodes to offer again what was lost", 60)
    lost = [each for alias in ("skopje", "belgrade") for each in evidence_lost(network, alias)]
    assert lost, "the loss must have hit something, or this test shows nothing"

    totals = load.drained()
    with capsys.disabled():
        figures = f"log kept {kept['messages']} of {witnessed}"
        print(f"\nrestore: {figures}, offered again {len(lost)}: {totals.line()}")  # noqa: T201 - the figures
    assert not totals.faults()
    for alias in ("skopje", "belgrade"):
        status = network[alias].status()
        assert status["log"]["size"] > witnessed
        assert {"SPLIT_VIEW", "ROLLBACK", "BAD_CONSISTENCY"}.isdisjoint(each["code"] for each in status["alarms"])


def send_one(load: Load, network: Network) -> str:
    """Send a message of the load by hand and return its id."""
    request = network.request("MT-01.vehicle-mk")
    request["document"]["facts"] = "Reference by-hand."
    load.clients[0].journal.note("attempt", "by-hand")
    message = network["skopje"].send(request)
    load.clients[0].journal.note("ack", "by-hand")
    return message


def evidence_lost(network: Network, alias: str) -> list[str]:
    """Return the messages whose acceptance the hub lost and gave again."""
    rows = network[alias].get("/messages?box=outbox&limit=500").done()["messages"]
    return [
        row["id"]
        for row in rows
        if any(each["leaf_lost"] for each in network[alias].get(f"/evidence/{row['id']}").done()["evidence"])
    ]
