"""Clients that send under load through a node's API, and killers that end processes at random moments."""

import http.client
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from egnatia.demo.client import Answer, Json, Node
from egnatia.demo.processes import wait_until
from tests.e2e.network import Network
from tests.e2e.total_queue import Journal, Totals, check

BROKEN: Final = (OSError, http.client.HTTPException, ValueError)  # no whole answer came
_REFUSED_EVERY: Final = 12
_PATIENCE_S: Final = 90


@dataclass
class Client:
    """Sends one message after the other at one node, each under a name of its own that stands in the sealed text."""

    name: str
    network: Network
    alias: str
    request: Json
    journal: Journal
    chance: random.Random
    stop: threading.Event

    def run(self) -> None:
        number = 0
        while not self.stop.is_set():
            number += 1
            self._send(f"{self.name}-{number:05}", refused=number % _REFUSED_EVERY == 0)

    def _send(self, name: str, *, refused: bool) -> None:
        request = self.request | {"document": self.request["document"] | {"facts": f"Reference {name}."}}
        if refused:
            request |= {"purpose": "proceedings"}  # a purpose that this channel does not have
        self.journal.note("attempt", name)
        answer = self._post(request, name)
        while answer is None and self.chance.random() < 0.5 and not self.stop.wait(self.chance.random() * 0.2):
            answer = self._post(request, name)
        if answer is None or answer.status >= 500:
            self.journal.note("unknown", name)
        else:
            self.journal.note("refuse" if answer.status >= 400 else "ack", name)

    def _post(self, request: Json, name: str) -> Answer | None:
        try:
            return self.node.post("/messages", request, name)
        except BROKEN:
            self.stop.wait(0.05)  # the node is being started again
            return None

    @property
    def node(self) -> Node:
        return self.network[self.alias]


@dataclass
class Load:
    """Several clients at once; leaving ``running`` ends them. ``check`` waits for the drain and judges."""

    network: Network
    folder: Path
    seed: int
    clients: list[Client] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def add(self, alias: str, request: Json) -> None:
        name = f"{alias}-{len(self.clients)}"
        journal = Journal(self.folder / f"{name}.journal")
        chance = random.Random(f"{self.seed} {name}")
        self.clients.append(Client(name, self.network, alias, request, journal, chance, self.stop))

    @contextmanager
    def running(self) -> Iterator[None]:
        threads = [threading.Thread(target=each.run, name=each.name) for each in self.clients]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.stop.set()
            for thread in threads:
                thread.join(_PATIENCE_S)

    def acked(self) -> int:
        return len(self.names("ack"))

    def names(self, what: str) -> set[str]:
        return {name for each in self.clients for noted, name in each.journal.read() if noted == what}

    def drained(self, *aliases: str) -> Totals:
        """Wait until all that was acknowledged was handed over at these nodes and nothing is on its way; then judge."""
        aim = self.acked()
        wait_until(lambda: self._quiet(aliases, aim), "the drain", _PATIENCE_S)
        handed = [name for alias in aliases for name in handed_over(self.network[alias])]
        return check([each.journal for each in self.clients], handed)

    def _quiet(self, aliases: tuple[str, ...], aim: int) -> bool:
        states = [self.network[alias].status() for alias in aliases]
        waiting = sum(state["outbox"].get("ready", 0) + state["postings"].get("ready", 0) for state in states)
        there = sum(state["inbox"].get("accepted", 0) for state in states)
        return waiting == 0 and there >= aim


def handed_over(node: Node) -> list[str]:
    """Return the name in each message of the node's inbox, as a reader sees it."""
    rows = node.get("/messages?box=inbox&limit=1000").done()["messages"]
    return [name_in(node.show(row["id"])) for row in rows if row["type"] == "MT-01/1"]


def name_in(shown: dict[str, Any]) -> str:
    return str(shown["document"]["facts"]).removeprefix("Reference ").removesuffix(".")


@dataclass
class Killer:
    """Kills one process with SIGKILL and starts it again, at moments that the seed chooses, while a load runs."""

    network: Network
    victim: str
    kills: int
    chance: random.Random
    load: Load
    failure: BaseException | None = None

    def run(self) -> None:
        try:
            for _ in range(self.kills):
                self._once()
        except BaseException as failure:  # noqa: BLE001 - told by ``run_killers`` in the test's own thread
            self.failure = failure

    def _once(self) -> None:
        aim = self.load.acked() + 1
        wait_until(lambda: self.load.acked() >= aim, f"load before a kill of {self.victim}", _PATIENCE_S)
        self.load.stop.wait(self.chance.random() * 0.4)
        self.network.kill(self.victim)
        if self.victim == "hub":
            self.network.start_hub()
        else:
            self.network.start(self.victim)


def run_killers(*killers: Killer) -> None:
    """Let the killers work side by side; whatever went wrong in one of them is raised here."""
    threads = [threading.Thread(target=each.run, name=f"kills-{each.victim}") for each in killers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for each in killers:
        if each.failure is not None:
            raise each.failure
