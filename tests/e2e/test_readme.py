"""README.md, typed: the officer's, the integrator's and the operator's first steps against running nodes."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import Open
from tests.e2e.network import Network

README = Path(__file__).parents[2] / "README.md"
BLOCKS = re.findall(r"```console\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
LINES = [line[2:] for block in BLOCKS for line in block.splitlines() if line.startswith("$ egnatia ")]
SENT = re.compile(r"\b[0-9a-f]{12,64}\b")


@pytest.fixture(scope="module")
def network(open_network: Open) -> Network:
    return open_network("skopje", "belgrade")


def typed(line: str, status: int = 0) -> str:
    """Type a line as a person would, and return what it prints; it must end with this status."""
    words = [sys.executable, "-m", *shlex.split(line)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == status, f"{line}\n{done.stdout}\n{done.stderr}"
    return done.stderr if status else done.stdout


def quiet_on_a_closed_pipe(line: str) -> bool:
    """Tell whether a command says nothing when whoever reads its output has gone."""
    reading, writing = os.pipe()
    os.close(reading)
    words = [sys.executable, "-m", *shlex.split(line)]
    done = subprocess.run(words, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=120, check=False)
    os.close(writing)
    return done.stderr == ""


def test_the_officers_first_steps_work_as_they_are_printed(network: Network) -> None:
    steps = [line for line in LINES if line.startswith("egnatia --as")]
    assert [shlex.split(line)[3] for line in steps] == ["send", "inbox", "show", "reply", "why", "send"]
    send, inbox, show, reply, why, smuggle = steps
    found = SENT.search(typed(send))
    assert found is not None, "send prints the number of the message"
    message = found[0]
    rows = network["skopje"].get("/messages?box=outbox").done()["messages"]
    network["belgrade"].arrived(next(row["id"] for row in rows if row["id"].startswith(message[:8])))
    assert message[:8] in typed(inbox)
    assert "BG 123-XX" in typed(show.replace("ID", message[:8]))
    replied = SENT.search(typed(reply.replace("ID", message[:8])))
    assert replied is not None
    network["skopje"].arrived(replied[0])
    assert "rs.ilecu" in typed(why.replace("ID", message[:8]))
    assert "To act: you" not in typed(f"egnatia --as belgrade why {message[:8]}")
    refused = typed(smuggle, status=1)
    assert "Rule: " in refused, "the article of the rule"
    assert "What to do: " in refused
    assert quiet_on_a_closed_pipe("egnatia --as skopje outbox")


def test_the_integrators_first_steps_work(network: Network) -> None:
    assert "--json" in README.read_text(encoding="utf-8")
    assert "MT-01/1" in typed("egnatia --as skopje types")
    assert json.loads(typed("egnatia --as skopje types --json"))
    assert json.loads(typed("egnatia --as skopje status --json"))["node"] == network["skopje"].node


def test_the_operators_first_steps_work() -> None:
    helps = [line for line in LINES if line.endswith("--help")]
    assert len(helps) == 3
    for line in helps:
        assert "Usage:" in typed(line)
