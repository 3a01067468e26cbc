"""docs/restart.md: a hub with a damaged log goes on from a backup; nothing is lost and nothing is shown twice."""

import json
import re
import shutil
import sqlite3
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

from egnatia.demo.desk import CommandFailed
from tests.docs.console import steps_of
from tests.e2e.conftest import Open
from tests.e2e.load import Load
from tests.e2e.network import Network, wait_until

SEED = 20260902
PAGE = Path(__file__).parents[2] / "docs" / "restart.md"


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


class Page:
    """docs/restart.md in the hands of its operator: each command once, in the order of the page."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._left = [each for each in steps_of(PAGE) if each.line.startswith("egnatia ")]
        self.words: dict[str, str] = {}

    def type(self, start: str, *more: str) -> str:
        """Type the page's next command, which begins so; return what it prints, which the page must show."""
        step = self._left.pop(0)
        assert step.line.startswith(f"egnatia {start}"), f"the page says {step.line}"
        line = " ".join([self.words.get(word, word) for word in step.line.split()[1:]] + list(more))
        try:
            printed, refused = self._network.type(line), False
        except CommandFailed as failed:
            printed, refused = str(failed), True
        assert refused is step.refused, printed
        assert step.fits(printed), f"{step.line}\n{printed}"
        return printed

    def done(self) -> None:
        """Check that only the start of the hub is left, which the network does itself."""
        assert [step.line for step in self._left] == ["egnatia hub run --config hub/hub.toml"]


def tell(printed: str, name: str) -> str:
    """Return a fact that a command printed."""
    found = re.search(rf"^\s*{name}: (\S+)", printed, re.MULTILINE)
    assert found is not None, printed
    return found[1]


def change_an_entry(network: Network) -> None:
    """Be the person with access to the disk: one byte of the newest entry of the message log."""
    with closing(sqlite3.connect(network.folder / "hub" / "hub.db")) as database:
        place = "log = 'messages' AND seq = (SELECT max(seq) FROM entry WHERE log = 'messages')"
        (raw,) = database.execute(f"SELECT body FROM entry WHERE {place}").fetchone()  # noqa: S608 - our own words
        changed = bytes([*raw[:-1], raw[-1] ^ 1])
        database.execute(f"UPDATE entry SET body = ? WHERE {place}", (changed,))  # noqa: S608
        database.commit()


def put_away(network: Network) -> None:
    """Do what the page's two other lines do."""
    aside = network.folder / "examined-later"
    aside.mkdir()
    for path in (network.folder / "hub").glob("hub.db*"):
        shutil.move(path, aside)


def test_an_older_backup_ends_with_nothing_lost_and_nothing_shown_twice(
    open_network: Open, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    network = open_network("skopje", "belgrade")
    page = Page(network)
    load = Load(network, tmp_path, SEED)
    load.add("skopje", network.request("MT-01.vehicle-mk"))
    load.add("belgrade", network.request("MT-01.vehicle-mk", to=["mk.ilecu"]))
    with load.running():
        wait_until(lambda: load.acked() >= 10, "mail before the backup")
        page.type("hub backup")
        aim = load.acked() + 10
        wait_until(lambda: load.acked() >= aim, "mail after the backup")
    wait_until(lambda: accepted(network), "the hub to log everything")
    network.kill("hub")
    witnessed = max(network[alias].status()["log"]["size"] for alias in ("skopje", "belgrade"))
    change_an_entry(network)
    page.type("hub check")
    put_away(network)
    restored = page.type("hub restore")
    page.words |= {"KEPT": tell(restored, "messages"), "ROOT": tell(restored, "root")}
    kept = int(page.words["KEPT"])
    assert kept < witnessed

    network.start_hub_unready()
    assert readiness(network) == (503, "RESTART_NEEDED")
    waiting = send_one(load, network)
    wait_until(lambda: bool(network["skopje"].status()["troubles"]), "the node to notice")
    assert (network["skopje"].row("outbox", waiting) or {})["accepted_at"] is None
    assert "hub: takes no messages for now." in network.type("--as skopje status")
    network.stop("hub")

    sizes = [int(tell(page.type(f"--as {alias} status"), "log")) for alias in ("skopje", "belgrade")]
    assert max(sizes) == witnessed
    page.words["LOST"] = str(max(sizes))
    page.type("--as skopje directory")
    page.type("keys restart")
    for _ in range(2):
        page.type("keys sign", "--yes")
    recovered = page.type("hub recover")
    assert [tell(recovered, name) for name in ("epoch", "kept", "next")] == ["2", str(kept), str(witnessed)]
    page.done()
    network.start_hub()
    assert readiness(network) == (200, None)
    network["belgrade"].arrived(waiting)
    wait_until(lambda: accepted(network), "the nodes to offer again what was lost")
    lost = [each for alias in ("skopje", "belgrade") for each in evidence_lost(network, alias)]
    assert lost, "the loss must have hit something, or this test shows nothing"

    totals = load.drained()
    with capsys.disabled():
        figures = f"log kept {kept} of {witnessed}"
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
