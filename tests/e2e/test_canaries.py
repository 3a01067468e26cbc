"""Nothing of what people wrote is left where it must not be: 200 unique strings, every place they could leak to."""

import gzip
import io
import subprocess
import sys
import urllib.parse
import urllib.request
from itertools import count
from pathlib import Path

import pytest

from egnatia.demo.client import Json
from egnatia.demo.desk import PASSPHRASE
from egnatia.demo.documents import with_field
from nodes.commands.client import ApiClient
from tests.e2e.big_file import place_of, wait_here
from tests.e2e.conftest import Open
from tests.e2e.network import Network, wait_until
from tests.e2e.scanner import canary, in_bytes, in_folder, in_memory

PLANTED = 200
NODES = ("skopje", "belgrade", "lotse", "nada")
_VEHICLE = ("facts", "specification", "availability", "necessity", "questions/0", "contact/unit")
_IN_VEHICLE = ("make", "model", "colour")
_REFERRAL = ("x_wishes", "x_risk/note", "x_alias", "x_lawyer/name", "key_contact/name")
_IDENTITY = ("prs_FirstName", "prs_SecondName", "x_name_as_in_document", "x_name_latin")


class Planter:
    """Hands out planted strings, and counts them."""

    def __init__(self) -> None:
        self._numbers = count()
        self.planted: list[str] = []

    def __call__(self) -> str:
        self.planted.append(canary(next(self._numbers)))
        return self.planted[-1]

    def vehicle(self, network: Network, **changes: object) -> Json:
        request = network.request("MT-01.vehicle-mk", **changes)
        for path in (*_VEHICLE, *(f"subjects/vehicles/0/{name}" for name in _IN_VEHICLE)):
            request = set_in(request, path, f"{self()} and nothing else")
        return request

    def referral(self, network: Network, **changes: object) -> Json:
        request = network.request("MT-V1.adult-sr-Latn", **changes)
        for path in _REFERRAL:
            request = set_in(request, path, self())
        return request | {"identity": request["identity"] | {name: self() for name in _IDENTITY}}


def set_in(request: Json, path: str, value: str) -> Json:
    *way, last = path.split("/")
    if last.isdigit():
        return with_field(request, "/".join(way), [value])
    return with_field(request, path, value)


@pytest.fixture(scope="module")
def network(open_network: Open) -> Network:
    return open_network(*NODES)


@pytest.fixture(scope="module")
def planted(network: Network) -> list[str]:
    """Send, answer, refuse, search and read with planted strings everywhere; return all of them."""
    plant = Planter()
    skopje, belgrade = network["skopje"], network["belgrade"]
    for _ in range(12):
        message = skopje.send(plant.vehicle(network))
        belgrade.arrived(message)
        belgrade.get(f"/messages?q={plant.planted[-9]}").done()
        belgrade.get(f"/messages?q={urllib.parse.quote(plant())}").done()
    refused = skopje.post("/messages", plant.vehicle(network, purpose="proceedings"))
    assert refused.status == 409
    _refer(network, plant)
    _attach(network, plant)
    while len(plant.planted) < PLANTED:
        belgrade.get(f"/messages/{plant()}")
    return plant.planted


def _refer(network: Network, plant: Planter) -> None:
    lotse, nada = network["lotse"], network["nada"]
    enquiry = lotse.send(network.request("MT-E1.woman-de"))
    nada.arrived(enquiry)
    offer = nada.send(network.request("MT-E2.yes-sr-Latn", in_reply_to=enquiry))
    lotse.arrived(offer)
    record = network.request("MT-V6.record-sr-Latn")["document"]
    sheet = lotse.post("/consents/sheet", {"document": record, "language": "en"}).done()["sheet"]
    heard = {"sheet": sheet, "language": "rom", "witness": "T-31"}
    consent = lotse.post("/consents", {"document": record, "read_back": heard}).done()
    record = consent["document"]
    references = [each["reference"] for each in consent["references"] if each["recipient"] == "nada.rs"]
    wait_until(lambda: _logged(network, references), "the consent's token")
    told = network.request("MT-V6.record-sr-Latn", in_reply_to=offer, consents=references) | {"document": record}
    nada.arrived(lotse.send(told))
    sent = lotse.send(plant.referral(network, in_reply_to=offer, consents=references))
    assert nada.arrived(sent)["identity"]["prs_SecondName"] in plant.planted


def _attach(network: Network, plant: Planter) -> None:
    """Send a file whose content and name are planted, and read it at the other end."""
    skopje, belgrade = (place_of(network, network[alias]) for alias in ("skopje", "belgrade"))
    content = plant().encode() * 3
    taken = ApiClient(skopje).upload("/attachments", {"name": f"{plant()}.txt"}, [content], len(content))
    request = network.request("MT-01.vehicle-mk", attachments=[{"id": taken["id"], "category": "CA"}])
    message = network["skopje"].send(request)
    wait_here(network["belgrade"], message)
    saved = io.BytesIO()
    ApiClient(belgrade).download(f"/messages/{message}/attachments/att-00", {}, saved, lambda _done, _total: None)
    assert saved.getvalue() == content


def _logged(network: Network, references: list[str]) -> bool:
    rows = network["lotse"].get("/consents").done()["consents"]
    states = {each["reference"]: each["token"] for row in rows for each in row["references"]}
    return all(states.get(each) == "logged" for each in references)


def test_what_was_planted_was_really_there(network: Network, planted: list[str]) -> None:
    assert len(set(planted)) == PLANTED
    found = network["belgrade"].get(f"/messages?q={planted[0]}").done()["messages"]
    shown = network["belgrade"].show(found[0]["id"])
    assert shown["document"]["facts"].startswith(planted[0])


def test_nothing_in_the_hubs_files_and_logs(network: Network, planted: list[str]) -> None:
    assert planted
    assert in_folder(network.folder / "hub", PASSPHRASE) == {}
    assert in_bytes((network.folder / "hub.log").read_bytes(), PASSPHRASE) == set()


def test_nothing_in_the_hubs_metrics(network: Network, planted: list[str]) -> None:
    assert planted
    with urllib.request.urlopen(f"http://127.0.0.1:{network.stage.admin_port}/metrics", timeout=10) as answer:
        metrics = answer.read()
    assert b"egnatia" in metrics or b"hub" in metrics
    assert in_bytes(metrics, PASSPHRASE) == set()


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read through /proc")
def test_nothing_in_the_hubs_memory(network: Network, planted: list[str]) -> None:
    assert planted
    assert in_memory(network.pid("hub")) == set()


@pytest.mark.parametrize("alias", NODES)
def test_nothing_on_a_nodes_disk_in_its_index_and_logs(network: Network, planted: list[str], alias: str) -> None:
    assert planted
    assert in_folder(network.folder / alias, PASSPHRASE) == {}
    assert in_bytes((network.folder / f"{alias}.log").read_bytes(), PASSPHRASE) == set()


@pytest.mark.parametrize("form", ["utf-8", "utf-16-le", "hex", "base64", "gzip", "upper case"])
def test_control_the_scanner_finds_a_string_planted_in_a_file(tmp_path: Path, form: str) -> None:
    import base64

    text = f"xy{canary(7)}z"
    forms = {
        "hex": text.encode().hex().encode(),
        "base64": base64.b64encode(text.encode()),
        "gzip": gzip.compress(text.encode()),
        "upper case": text.upper().encode(),
    }
    (tmp_path / "state.db-wal").write_bytes(b"..." + (forms[form] if form in forms else text.encode(form)))
    if form == "gzip":
        (tmp_path / "state.db-wal").write_bytes(forms[form])
    assert list(in_folder(tmp_path)) == ["state.db-wal"]


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read through /proc")
@pytest.mark.parametrize("holds", [True, False])
def test_control_the_scanner_finds_a_string_in_the_memory_of_a_process(*, holds: bool) -> None:
    # The string is made in the other process, so that it stands in its memory only, not in its arguments.
    text = "'zq' + 'kanari' + str(1000)" if holds else "'nothing'"
    code = f"import sys; kept = {text}; print(len(kept), flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        found = in_memory(process.pid)
        process.communicate()
    assert bool(found) is holds
