"""Data that release 0.1 left on its disks: today's programs open it, read every message and verify the log.

The clock stands where it stood then: keys, certificates and messages are meant to end, and this test is not about that.
"""

import asyncio
import io
import json
import os
import re
import tarfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from egnatia.demo.client import Node as Caller
from egnatia.demo.desk import PASSPHRASE
from egnatia.demo.ports import free_ports
from egnatia.demo.stage import TOKEN, read_token
from hub.config import HubConfig
from hub.setup import look_over
from keys.exchange_files import parse_directory
from keys.keystore import load_keystore
from nodes.app import Node, Surroundings
from nodes.config import NodeConfig
from runtime.database_settings import Hooks
from runtime.settings import load

RELEASE = Path(__file__).parents[1] / "fixtures" / "release-0.1"


@pytest.fixture
def facts() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RELEASE / "facts.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Unpack a copy and let its settings name the copy's place."""
    with tarfile.open(RELEASE / "data.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    for settings in (tmp_path / "hub" / "hub.toml", tmp_path / "belgrade" / "node.toml"):
        text = settings.read_text(encoding="utf-8")
        settings.write_text(text.replace("/PLACE", str(tmp_path)), encoding="utf-8")
    for secret in tmp_path.glob("*.keystore"):
        secret.chmod(0o600)
    return tmp_path


def test_the_fixture_is_small_and_of_a_training_network(data: Path) -> None:
    assert sum(path.stat().st_size for path in RELEASE.iterdir()) < 2 << 20
    assert parse_directory((data / "network.directory").read_bytes()).directory.charter.training


def test_the_hubs_logs_are_verified_from_the_first_leaf_on(data: Path, facts: dict[str, Any]) -> None:
    sizes = look_over(load(data / "hub" / "hub.toml", HubConfig), facts["at"])
    assert sizes.messages >= len(facts["received"]) + len(facts["sent"])
    assert not sizes.restored


@pytest.fixture
async def node(data: Path, facts: dict[str, Any]) -> AsyncIterator[Caller]:
    """Run the node on the copy, without its hub."""
    (port,) = free_ports(1)
    settings = data / "belgrade" / "node.toml"
    settings.write_text(re.sub(r"(?m)^port = \d+$", f"port = {port}", settings.read_text(encoding="utf-8")))
    keystore = load_keystore(data / "belgrade.keystore", PASSPHRASE, os.urandom)
    around = Surroundings(lambda: int(facts["at"]), os.urandom, Hooks(), io.StringIO())
    running = Node(load(settings, NodeConfig), keystore, around)
    await running.start()
    try:
        yield Caller("belgrade", "rs.ilecu", f"http://127.0.0.1:{port}", read_token(data / "belgrade" / TOKEN))
    finally:
        await running.stop()


async def test_every_message_is_read_with_its_evidence(node: Caller, facts: dict[str, Any]) -> None:
    for message in facts["received"]:
        shown = await asyncio.to_thread(node.show, message)
        assert shown["document"]["facts"] == facts["facts"]
    for message in facts["sent"]:
        answer = await asyncio.to_thread(node.get, f"/evidence/{message}")
        events = {each["event"] for each in answer.done()["evidence"]}
        assert {"SubmissionAcceptance", "ContentHandover"} <= events
