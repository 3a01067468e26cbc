"""A network of real processes for one module of tests: founded once by the public commands, copied for each module."""

import contextlib
import os
import re
import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Any, Final

from rich.console import Console

from egnatia.demo.cast import CAST
from egnatia.demo.ceremony import Founding
from egnatia.demo.client import Node
from egnatia.demo.desk import Typist
from egnatia.demo.documents import request
from egnatia.demo.ports import free_ports
from egnatia.demo.processes import answers
from egnatia.demo.processes import wait_until as wait
from egnatia.demo.stage import Stage
from egnatia.demo.story import Story
from tests.e2e.warm import WarmProcesses

IMPATIENT: Final = "\n[gateway]\nretry_base_s = 1\nretry_cap_s = 2\nsync_interval_s = 5\n"
"""A killed hub is back within a second or two; nodes of a test do not wait minutes for it."""
PATIENCE_S: Final = 180
NO_WITNESS: Final = "\n[witness]\non = false\n"
"""Witnesses have tests of their own and a chapter of the demonstration; here they would only take time."""

PEOPLE: Final = {
    "sarajevo": "supervisor",
    "belgrade-prosecution": "prosecutor",
    "sarajevo-prosecution": "prosecutor",
}


def wait_until(ready: Callable[[], bool], what: str, seconds: float = PATIENCE_S) -> None:
    """Return when ``ready`` says so; a machine with more to do than these tests gets the time for it."""
    wait(ready, what, seconds)


@dataclass(frozen=True, slots=True)
class Founded:
    """A folder with what the ceremony left and the folders of a hub and its nodes, and the charter's digest."""

    folder: Path
    pin: str


def found(folder: Path) -> Founded:
    """Hold the whole ceremony in ``folder`` and set up the hub and every node; nothing runs yet."""
    with _typist(folder) as typist, WarmProcesses(folder) as processes:
        founding = Founding(typist)
        founding.make_keys()
        founding.sign_charter()
        founding.enrol()
        founding.publish_keys()
        founding.bind_people(PEOPLE)
        founding.agree()
        founding.activate_policy()
        founding.certify()
        Stage(folder, typist._story, typist, processes, founding.pin).build()
        for settings in folder.glob("*/node.toml"):
            with settings.open("a") as file:
                file.write(IMPATIENT + NO_WITNESS)
        be_quick(folder / "hub" / "hub.toml")
    return Founded(folder, founding.pin)


def be_quick(settings: Path) -> None:
    """Let a hub stop at once: no balancer has to see first that it is about to."""
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("[listen]\n", "[listen]\nbalancer_wait_s = 0\n"), encoding="utf-8")


class Network:
    """One hub and the nodes that a module needs; every process ends with the context that ``run_network`` opens."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.folder = stage.folder

    @property
    def hub_url(self) -> str:
        return f"https://127.0.0.1:{self.stage.hub_port}"

    @property
    def hub_config(self) -> Path:
        return self.folder / "hub" / "hub.toml"

    def __getitem__(self, alias: str) -> Node:
        return self.stage.node(alias)

    def type(self, line: str) -> str:
        """Run a public command in the network's folder, as a person would, and return what it prints."""
        return self.stage.typist.type(line)

    def start_hub(self) -> None:
        self.stage.start_hub()

    def start_hub_unready(self) -> None:
        """Start a hub that will not accept messages; return when its process answers."""
        self.stage.processes.start("hub", ["hub", "run", "--config", str(self.hub_config)])
        self.stage.processes.wait_for("hub", lambda: answers(f"http://127.0.0.1:{self.stage.admin_port}/live"))

    def start(self, *aliases: str) -> None:
        """Start nodes and return when they are ready."""
        self.stage.launch(*aliases)
        self.stage.ready(*aliases)

    def pid(self, name: str) -> int:
        return self.stage.processes.pids()[name]

    def kill(self, name: str) -> None:
        """End a process at once, wherever it is."""
        self.stage.processes.kill(name)

    def stop(self, name: str) -> None:
        """Ask a process to stop and wait for its orderly end."""
        running = self.stage.processes._running
        process = running.pop(name)
        process.send_signal(signal.SIGTERM)
        if process.wait(30) != 0:
            raise AssertionError(f"{name} ended with {process.returncode}")

    def request(self, name: str, **changes: object) -> dict[str, Any]:
        """Return what the API takes to send a document of the demonstration's case, written today."""
        return request(name, self.stage.today, **changes)

    def logs(self) -> list[Path]:
        """Return what the processes printed, commands not included."""
        return [self.folder / f"{name}.log" for name in ("hub", *self.stage.ports)]


@contextlib.contextmanager
def run_network(founded: Founded, folder: Path, *nodes: str, database: str | None = None) -> Iterator[Network]:
    """Run a hub and ``nodes`` on a copy of what was founded; on leaving, whatever happened, no process is left.

    With ``database`` the hub keeps its state in that empty PostgreSQL database.
    """
    shutil.copytree(founded.folder, folder)
    with _typist(folder) as typist, WarmProcesses(folder) as processes:
        stage = Stage(folder, typist._story, typist, processes, founded.pin)
        _move(stage, founded.folder)
        network = Network(stage)
        if database is not None:
            _found_elsewhere(network, database)
        network.start_hub()
        network.start(*nodes)
        yield network


def _move(stage: Stage, founded: Path) -> None:
    """Give the copy its own ports, and files of its own wherever the settings name a path."""
    stage.hub_port, stage.admin_port = free_ports(2)
    stage.ports = dict(zip((who.alias for who in CAST), free_ports(len(CAST)), strict=True))
    hub = stage.folder / "hub" / "hub.toml"
    _rewrite(hub, founded, r"(?m)^port = \d+$", [f"port = {stage.hub_port}", f"port = {stage.admin_port}"])
    for alias, port in stage.ports.items():
        settings = stage.folder / alias / "node.toml"
        _rewrite(settings, founded, r"(?m)^port = \d+$", [f"port = {port}"])
        _rewrite(settings, founded, r"https://127\.0\.0\.1:\d+", [f"https://127.0.0.1:{stage.hub_port}"])


def _rewrite(settings: Path, founded: Path, pattern: str, values: list[str]) -> None:
    text = settings.read_text(encoding="utf-8").replace(f"{founded}/", f"{settings.parents[1]}/")
    left = iter(values)
    text, count = re.subn(pattern, lambda _: next(left), text)
    if count != len(values):
        raise AssertionError(f"{settings} has {count} places like {pattern}")
    settings.write_text(text, encoding="utf-8")


def _found_elsewhere(network: Network, database: str) -> None:
    stage = network.stage
    shutil.rmtree(network.folder / "hub")
    bundle = " ".join(f"--bundle {quote(str(path))}" for path in sorted((network.folder / "bundle").iterdir()))
    network.type(
        f"hub init hub --directory network.directory --store hub.keystore --certificate hub.pem --authority ca.pem "
        f"--port {stage.hub_port} --admin-port {stage.admin_port} --database {quote(database)} {bundle}"
    )


@contextlib.contextmanager
def _typist(folder: Path) -> Iterator[Typist]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "commands.txt").open("a", encoding="utf-8") as log, Path(os.devnull).open("w") as nowhere:
        story = Story(Console(file=nowhere), log)
        with Typist(folder, story) as typist:
            yield typist
