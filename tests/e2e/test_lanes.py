"""Three requests at a real contact point land in three lanes, soon after their receipt and before anybody read them."""

import json
from typing import Any

import pytest

from tests.e2e.conftest import Open
from tests.e2e.network import Network

SOON_S = 10  # WF-3


@pytest.fixture(scope="module")
def network(open_network: Open) -> Network:
    return open_network("skopje", "belgrade", "sarajevo")


def asked(network: Network, plate: str, owner: str, **changes: object) -> dict[str, Any]:
    request = network.request("MT-01.vehicle-mk", to=["rs.ilecu"], language="en")
    document = request["document"] | changes
    van = document["subjects"]["vehicles"][0]
    van |= {"plate": plate, "evaluation": van["evaluation"] | {"owner": owner}}
    return {**request, "document": document}


def screened(network: Network, message: str) -> tuple[str, list[str]]:
    """Return lane and text ids of a request at Belgrade, once it has them and before it is read."""
    belgrade = network["belgrade"]
    row = belgrade.wait_row("inbox", message, lambda found: found["lane"] is not None)
    assert row["read_at"] is None
    why = belgrade.get(f"/messages/{message}/why?language=sr-Latn").done()["steps"]
    found = belgrade.show(message)["screening"]
    assert found["lane"] == row["lane"]
    assert found["screened_at"] - row["received_at"] <= SOON_S
    assert {each["id"] for each in found["reasons"]} <= {step["rule"] for step in why}
    assert all(each["article"] and each["remedy"] for each in found["reasons"])
    return row["lane"], [each["text"] for each in found["reasons"]]


def test_three_requests_land_in_three_lanes(network: Network) -> None:
    skopje, belgrade, sarajevo = network["skopje"], network["belgrade"], network["sarajevo"]
    green = skopje.send(asked(network, "NI 101-ЂШ", "mk.ilecu"))
    assert screened(network, green) == ("green", ["screening.template-query"])

    path = network.folder / "vans.json"
    path.write_text(json.dumps([{"kind": "vehicle", "value": "ПА 202-ЧЖ"}]), encoding="utf-8")
    network.type("--as belgrade holdings import vans --file vans.json --days 30")
    amber = skopje.send(asked(network, "PA-202-ČŽ", "mk.ilecu"))
    assert screened(network, amber) == ("amber", ["screening.listed"])

    red = sarajevo.send(asked(network, "НИ 101-ĐŠ", "ba.ilecu"))
    assert screened(network, red) == ("red", ["screening.third-party", "screening.own-holding"])
    shown = belgrade.show(red)["screening"]
    assert (shown["about"], shown["decided"]) == ([green], False)
    assert belgrade.row("inbox", red)["state"] == "accepted"  # type: ignore[index]  # it arrived above


def test_the_list_is_gone_when_it_is_removed(network: Network) -> None:
    assert "erased" in network.type("--as belgrade holdings remove vans")
    again = network["skopje"].send(asked(network, "PA-202-CZ", "mk.ilecu"))
    assert screened(network, again) == ("amber", ["screening.duplicate"])
