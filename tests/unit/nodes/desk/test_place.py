"""Where the desk may be reached."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nodes.config import DeskSettings
from nodes.desk.place import place_of, practises, trains
from runtime.operator import OperatorError
from tests.simulators.network import TestNetwork

FILES: dict[str, Any] = {"certificate": Path("desk.pem"), "key": Path("desk.key")}


def test_this_machine_alone_needs_no_certificate() -> None:
    found = place_of(DeskSettings())
    assert (found.origin, found.is_secure, found.tls()) == ("http://localhost:8490", False, None)
    assert place_of(DeskSettings(port=9)).origin == "http://localhost:9"


def test_a_proxy_of_this_machine_may_end_the_tls() -> None:
    found = place_of(DeskSettings(origin="https://desk.example"))
    assert (found.is_secure, found.tls()) == (True, None)


@pytest.mark.parametrize(
    "settings",
    [
        {"origin": "http://desk.example"},
        {"origin": "http://127.0.0.1:8490"},
        {"origin": "https://desk.example/"},
        {"origin": "https://desk.example/path"},
        {"origin": "desk.example"},
        {"origin": "ftp://desk.example"},
        {"origin": "https://"},
        {"host": "0.0.0.0"},  # noqa: S104 - the address is refused
        {"host": "0.0.0.0", "origin": "https://desk.example"},  # noqa: S104
        {"certificate": FILES["certificate"]},
        {"key": FILES["key"]},
        {"origin": "http://localhost:8490", **FILES},
    ],
)
def test_a_place_that_a_browser_cannot_trust_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(OperatorError):
        place_of(DeskSettings(**settings))


def test_a_certificate_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("no key")
    (tmp_path / "key").chmod(0o600)
    (tmp_path / "certificate").write_text("no certificate")
    files: dict[str, Any] = {"certificate": tmp_path / "certificate", "key": tmp_path / "key"}
    found = place_of(DeskSettings(host="0.0.0.0", origin="https://desk.example", **files))  # noqa: S104
    with pytest.raises(OperatorError):
        found.tls()


@pytest.mark.parametrize(
    ("settings", "founded_for_it", "marked", "one_click"),
    [
        ({"training": True}, True, True, True),
        ({"training": True}, False, False, False),
        ({"training": False}, True, False, False),
        ({"training": True, "origin": "https://desk.example"}, True, True, False),
        ({"training": True, "host": "0.0.0.0", "origin": "https://desk.example"} | FILES, True, True, False),  # noqa: S104
    ],
)
def test_one_click_signs_in_on_this_machine_and_in_a_network_for_training_alone(
    settings: dict[str, Any], *, founded_for_it: bool, marked: bool, one_click: bool
) -> None:
    charter = replace(TestNetwork.small(lambda: 1_790_000_000, os.urandom).charter, training=founded_for_it)
    found = DeskSettings(**settings)
    assert (trains(found, charter), practises(found, charter)) == (marked, one_click)
