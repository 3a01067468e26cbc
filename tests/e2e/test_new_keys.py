"""Every kind of key is replaced while mail flows, and a node that lost its keystore comes back: nothing fails.

One network, in the order of a bad year: new signing keys, a new TLS key, other registrars, the hub's next TLS key, then
a lost keystore that the registrars and the node bring back together.
"""

import json
import shutil
import ssl
from pathlib import Path

import pytest

from keys.certificates import certificate_pin, der_of
from keys.directory import Directory
from keys.exchange_files import parse_directory
from protocol.cose import identity_kid
from protocol.ids import Channel, NodeId
from tests.e2e.conftest import Open
from tests.e2e.load import Load
from tests.e2e.network import Network, wait_until

SEED = 20261122
BELGRADE = NodeId("rs.ilecu")
WITNESSES = "--witness belgrade.party --witness skopje.party --witness auditor.party --quorum 3"
CHANNELS = "--channel police:4:14 --channel rogatory:4:30 --channel cso:4:30 --channel system:4:14"


def more(load: Load, count: int = 6) -> None:
    """Wait for so many acknowledged messages from here on."""
    aim = load.acked() + count
    wait_until(lambda: load.acked() >= aim, "mail under load")


def directory(network: Network) -> Directory:
    """Return the directory as a node exports it now."""
    network.type("node directory --as skopje --out now.directory")
    return parse_directory((network.folder / "now.directory").read_bytes()).directory


def shown(network: Network, name: str) -> str:
    return str(json.loads(network.type(f"keys show {name} --json"))["identity"])


def change_identities(network: Network, load: Load) -> None:
    for alias in ("belgrade", "skopje"):
        before = shown(network, f"{alias}.keystore")
        told = json.loads(network.type(f"node new-identity --as {alias} --json"))
        assert before != told["identity"] == shown(network, f"{alias}.keystore")
        more(load)


def change_tls_key(network: Network, load: Load) -> None:
    network.type("node new-tls-key --as belgrade --out belgrade-next.party")
    network.type("keys certify belgrade-next.party --store ca.keystore --out belgrade-next.pem")
    more(load)
    shutil.copyfile(network.folder / "belgrade-next.pem", network.folder / "belgrade" / "node.pem")
    network.stop("belgrade")
    network.start("belgrade")
    wait_until(lambda: len(directory(network).tls_pins(BELGRADE)) == 1, "the old TLS key to be given up")
    more(load)


def change_registrars(network: Network, load: Load) -> None:
    """A third ministry takes the seat of the first; two of the old three and the new one sign.

    The same charter names the hub's next TLS key.
    """
    network.type("keys new-tls-key --store hub.keystore --directory now.directory --out hub-next.party")
    network.type("keys create registrar interior-ba --store interior-ba.keystore --out interior-ba.party")
    registrars = " ".join(f"--registrar {name}.party" for name in ("interior-mk", "justice-at", "interior-ba"))
    directory(network)
    network.type(
        f"keys charter --out next.statement --hub hub.party --authority ca.party {registrars} --threshold 2 "
        f"{WITNESSES} {CHANNELS} --training --directory now.directory --next-hub hub-next.party"
    )
    for name in ("interior-mk", "justice-at", "interior-ba"):
        network.type(f"keys sign next.statement --store {name}.keystore --yes")
    network.type(f"hub submit next.statement --config {network.hub_config}")
    more(load)


def change_hub_tls_key(network: Network, load: Load) -> None:
    """Every node knows the hub's next key; the hub comes back with its certificate, and mail goes on."""
    present = directory(network).charter.hub_tls_pin
    for alias in ("skopje", "belgrade"):
        wait_until(lambda alias=alias: knows_next(network, alias), "the next key of the hub to be known")
    network.type("keys certify hub-next.party --store ca.keystore --out hub-next.pem --host 127.0.0.1")
    shutil.copyfile(network.folder / "hub-next.pem", network.folder / "hub.pem")
    network.stop("hub")
    network.start_hub()
    shown = ssl.get_server_certificate(("127.0.0.1", network.stage.hub_port))
    assert certificate_pin(der_of(shown.encode())) != present
    more(load, 12)


def knows_next(network: Network, alias: str) -> bool:
    network.type(f"node directory --as {alias} --out {alias}.directory")
    found = parse_directory((network.folder / f"{alias}.directory").read_bytes()).directory
    return found.charter.hub_next_tls_pin is not None


def recover_belgrade(network: Network) -> None:
    """Belgrade's keystore is gone: new keys, k of n registrars, a new folder beside the old one."""
    port, url = network.stage.ports["belgrade"], network.hub_url
    network.type("keys create node rs.ilecu --store belgrade-again.keystore --out belgrade-again.party")
    directory(network)
    network.type("keys recover belgrade-again.party --directory now.directory --out again.statement")
    for name in ("belgrade-again", "interior-mk", "interior-ba"):
        network.type(f"keys sign again.statement --store {name}.keystore --yes")
    network.type(f"hub submit again.statement --config {network.hub_config}")
    network.type("keys certify belgrade-again.party --store ca.keystore --out belgrade-again.pem")
    wait_until(lambda: directory(network).version(BELGRADE) == 3, "the recovery to be known")
    (network.folder / "belgrade").rename(network.folder / "belgrade-lost")
    network.type(
        f"node join belgrade --node rs.ilecu --store belgrade-again.keystore --directory now.directory "
        f"--pin {network.stage.pin} --certificate belgrade-again.pem --authority ca.pem --hub {url} --api-port {port}"
    )
    network.start("belgrade")


def test_keys_of_every_kind_are_replaced_under_load_and_a_lost_keystore_is_made_good(
    open_network: Open, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    network = open_network("skopje", "belgrade")
    load = Load(network, tmp_path, SEED)
    load.add("skopje", network.request("MT-01.vehicle-mk"))
    load.add("belgrade", network.request("MT-01.vehicle-mk", to=["mk.ilecu"]))
    first = directory(network).signing_identity(BELGRADE)
    with load.running():
        more(load)
        change_identities(network, load)
        change_tls_key(network, load)
        change_registrars(network, load)
        change_hub_tls_key(network, load)
    totals = load.drained()
    with capsys.disabled():
        print(f"\nnew keys, seed {SEED}: {totals.line()}")  # noqa: T201 - the figures
    assert not totals.faults()
    for alias in ("skopje", "belgrade"):
        found = network[alias].status()
        assert not {"refused", "expired", "replaced"} & set(found["outbox"]), found
        assert "refused" not in found["statements"], found
    now = directory(network)
    assert first is not None
    assert now.identity_by_kid(identity_kid(first)) == BELGRADE
    assert now.signing_identity(BELGRADE) not in (None, first)

    former_registrar_has_no_say(network)
    network.stop("belgrade")
    withheld = network["skopje"].send(network.request("MT-01.vehicle-mk"))
    network["skopje"].wait_row("outbox", withheld, lambda row: row["state"] == "accepted")
    (network.folder / "belgrade.keystore").unlink()
    recover_belgrade(network)
    told = wait_told(network, withheld)
    assert "KEY_REVOKED" in told, told
    wait_until(lambda: has_keys(directory(network)), "the new keys of the week")
    again = network["skopje"].send(network.request("MT-01.vehicle-mk"))
    network["skopje"].wait_row("outbox", again, lambda row: row["to"][0]["handed_over_at"] is not None, 120)
    network["belgrade"].send(network.request("MT-01.vehicle-mk", to=["mk.ilecu"]))
    wait_until(lambda: confirmed(network), "the first message of the node that came back")
    kept = network["belgrade"].row("inbox", withheld)
    assert kept is None or kept["state"] == "gone", "nobody can open what was withheld"


def confirmed(network: Network) -> bool:
    """Tell whether Belgrade's message arrived: it may have been sealed again above the numbers it used before."""
    rows = network["belgrade"].get("/messages?box=outbox").done()["messages"]
    return any(row["to"][0]["handed_over_at"] is not None for row in rows)


def has_keys(directory: Directory) -> bool:
    return bool(directory.recipient_keys(BELGRADE, Channel("police")))


def wait_told(network: Network, message: str) -> str:
    """Return what the sender is told about a message, once it knows of the change."""

    def told() -> str:
        return json.dumps(network["skopje"].get(f"/messages/{message}/why").done())

    wait_until(lambda: "KEY_REVOKED" in told(), "the sender to be told")
    return told()


def former_registrar_has_no_say(network: Network) -> None:
    line = "keys suspend mk.ilecu --directory now.directory --reason compromised --out stop.statement"
    network.type(line)
    network.type("keys sign stop.statement --store interior-rs.keystore --yes")
    with pytest.raises(Exception, match="NOT_PERMITTED"):
        network.type(f"hub submit stop.statement --config {network.hub_config}")
