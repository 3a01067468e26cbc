"""The running demonstration: one hub and all nodes as separate processes, and the ways to reach each of them."""

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote
from typing import Final

from egnatia.demo.cast import CAST, Actor, actor
from egnatia.demo.client import Node, Unexpected
from egnatia.demo.desk import Typist
from egnatia.demo.operator_view import OperatorView
from egnatia.demo.ports import free_ports
from egnatia.demo.processes import Processes, answers
from egnatia.demo.story import Story

TOKEN: Final = "api.token"  # noqa: S105 - a file name


@dataclass(slots=True)
class Stage:
    """Everything a chapter needs."""

    folder: Path
    story: Story
    typist: Typist
    processes: Processes
    pin: str = ""
    opening: str = ""  # id of the first request
    hub_port: int = 0
    admin_port: int = 0
    ports: dict[str, int] = field(default_factory=dict)
    nodes: dict[str, Node] = field(default_factory=dict)
    desks: dict[str, str] = field(default_factory=dict)  # alias -> origin of its pages

    @property
    def today(self) -> dt.date:
        """The day of the performance."""
        return dt.datetime.now(tz=dt.UTC).date()  # noqa: TID251 - the demonstration is a composition root

    @property
    def operator(self) -> OperatorView:
        """The hub's files."""
        return OperatorView(self.folder / "hub")

    def node(self, alias: str) -> Node:
        """Return a node by the name to type after ``--as``."""
        return self.nodes[alias]

    def build(self) -> None:
        """Write the folders of hub and nodes from the ceremony's files."""
        self.hub_port, self.admin_port = free_ports(2)
        bundle = " ".join(f"--bundle {quote(str(path))}" for path in sorted((self.folder / "bundle").iterdir()))
        hub = (
            f"hub init hub --directory network.directory --store hub.keystore --certificate hub.pem "
            f"--authority ca.pem --port {self.hub_port} --admin-port {self.admin_port} {bundle}"
        )
        self.ports = dict(zip((who.alias for who in CAST), free_ports(len(CAST)), strict=True))
        self.typist.together([[hub], *([self._join(who, self.ports[who.alias])] for who in CAST)])

    def start_hub(self) -> None:
        """Start the hub and return when it is ready."""
        self.processes.start("hub", ["hub", "run", "--config", str(self.folder / "hub" / "hub.toml")])
        self.processes.wait_for("hub", lambda: answers(f"http://127.0.0.1:{self.admin_port}/ready"))

    def launch(self, *aliases: str) -> None:
        """Start nodes without waiting for them."""
        for alias in aliases:
            self.processes.start(
                alias, ["node", "run", "--config", str(self.folder / alias / "node.toml"), "--name", alias]
            )

    def ready(self, *aliases: str) -> None:
        """Return when these nodes answer and hold the directory and the policies."""
        for alias in aliases:
            self.processes.wait_for(alias, lambda alias=alias: self._reachable(alias))  # type: ignore[misc]  # bound per name

    def _join(self, who: Actor, port: int) -> str:
        return (
            f"node join {who.alias} --node {who.node} --store {who.alias}.keystore --directory network.directory "
            f"--pin {self.pin} --certificate {who.alias}.pem --authority ca.pem "
            f"--hub https://127.0.0.1:{self.hub_port} --api-port {port}"
        )

    def _reachable(self, alias: str) -> bool:
        folder = self.folder / alias
        if not (folder / TOKEN).exists():
            return False
        node = Node(alias, actor(alias).node, f"http://127.0.0.1:{self.ports[alias]}", read_token(folder / TOKEN))
        try:
            status = node.status()
        except (OSError, Unexpected):
            return False
        self.nodes[alias] = node
        return bool(status["policy"]["here"])


def read_token(path: Path) -> str:
    """Return the bearer token that a node wrote for its owner."""
    return path.read_text(encoding="ascii").strip()
