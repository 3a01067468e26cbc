"""The gateway sends and receives where casework, API and desk are not installed at all."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

WHOLE = ("protocol", "policies", "keys", "runtime", "nodes", "tests/simulators", "tests/examples")
ABOVE = ("nodes/people", "nodes/casework", "nodes/api", "nodes/desk", "nodes/commands")
APP = "Node = Surroundings = object\n"  # the simulator of a node names them and this test runs none
SCRIPT = """
import asyncio, importlib.util, pathlib, sys
assert importlib.util.find_spec("nodes.casework") is None and importlib.util.find_spec("nodes.api") is None
from tests.simulators.node import MK, RS, TestWorld, example

async def exchange():
    world = TestWorld(pathlib.Path(sys.argv[1]))
    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        message = await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu"]))
        await skopje.exchange(belgrade)
        assert (await belgrade.gateway.reading.open(message)).row.read_at is not None

asyncio.run(exchange())
print("exchanged")
"""


def test_a_message_is_sent_and_read_without_casework(tmp_path: Path, root: Path) -> None:
    for name in WHOLE:
        shutil.copytree(root / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ABOVE:
        shutil.rmtree(tmp_path / name, ignore_errors=True)
    (tmp_path / "nodes/app.py").write_text(APP, encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "world")],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "exchanged\n", done.stderr
