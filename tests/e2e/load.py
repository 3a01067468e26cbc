"""Clients that send under load through a node's API, and killers that end processes at random moments."""

import contextlib
import http.client
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from egnatia.demo.client import Answer, Json, Node, Unexpected
from egnatia.demo.processes import DidNotStart, wait_until
from tests.e2e.network import Network
from tests.e2e.total_queue import Journal, Totals, check

BROKEN: Final = (OSError, http.client.HTTPException, ValueError, Unexpected)  # no whole answer came
_REFUSED_EVERY: Final = 12
_PATIENCE_S: Final = 120
_LISTED: Final = 500  # more than arrive between two looks
_BEHIND: Final = 100
_PAUSE_S: Final = 0.2  # a load, not a flood: the processes that start again want the processor as well


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
    behind: Callable[[], bool]
    acked: int = 0

    def run(self) -> None:
        number = 0
        while not self.stop.wait(_PAUSE_S):
            if self.behind():
                continue
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
            self.acked += answer.status < 400

    def _post(self, request: Json, name: str) -> Answer | None:
        try:
            return self.node.post("/messages", request, name)
        except BROKEN:
            self.stop.wait(0.25)  # the node is being started again
            return None

    @property
    def node(self) -> Node:
        return self.network[self.alias]


@dataclass
class Application:
    """Whoever reads at a node: takes each message that it has not taken before, and keeps the name in its text."""

    network: Network
    alias: str
    stop: threading.Event
    taken: dict[str, str] = field(default_factory=dict)

    def run(self) -> None:
        while not self.stop.wait(1.0):
            with contextlib.suppress(*BROKEN):
                self.look()

    def look(self) -> None:
        """Take what is new among the newest; a message that could not be shown whole is taken the next time."""
        node = self.network[self.alias]
        for row in node.get(f"/messages?box=inbox&limit={_LISTED}").done()["messages"]:
            if row["type"] == "MT-01/1" and row["state"] == "accepted" and row["id"] not in self.taken:
                facts = str(node.show(row["id"])["document"]["facts"])
                self.taken[row["id"]] = facts.removeprefix("Reference ").removesuffix(".")


@dataclass
class Load:
    """Several clients and readers at once; leaving ``running`` ends them. ``drained`` waits for the rest and judges."""

    network: Network
    folder: Path
    seed: int
    clients: list[Client] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)
    readers: list[Application] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.readers = [Application(self.network, alias, self.stop) for alias in self.network.stage.nodes]

    def add(self, alias: str, request: Json) -> None:
        name = f"{alias}-{len(self.clients)}"
        journal = Journal(self.folder / f"{name}.journal")
        chance = random.Random(f"{self.seed} {name}")
        self.clients.append(Client(name, self.network, alias, request, journal, chance, self.stop, self._behind))

    def _behind(self) -> bool:
        """Return whether readers have so much before them that more would only make the drain longer."""
        return self.acked() - sum(len(reader.taken) for reader in self.readers) > _BEHIND

    @contextmanager
    def running(self) -> Iterator[None]:
        threads = [threading.Thread(target=each.run) for each in (*self.clients, *self.readers)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.stop.set()
            for thread in threads:
                thread.join(_PATIENCE_S)

    def acked(self) -> int:
        return sum(each.acked for each in self.clients)

    def drained(self) -> Totals:
        """Wait until nothing is on its way any more and the readers have read; then judge.

        A busy machine takes long, but something arrives: what is not there when nothing has for two minutes is lost.
        """
        arrived = -1
        while arrived < len(self.handed()):
            arrived = len(self.handed())
            with contextlib.suppress(DidNotStart):  # the checker says what is missing
                wait_until(self._quiet, "the drain", _PATIENCE_S)
        return check([each.journal for each in self.clients], self.handed())

    def handed(self) -> list[str]:
        """Return the name in every message that a reader was given, once for each time."""
        return [name for reader in self.readers for name in reader.taken.values()]

    def _quiet(self) -> bool:
        try:
            for reader in self.readers:
                reader.look()
            states = [self.network[reader.alias].status() for reader in self.readers]
        except BROKEN:  # a node on a busy machine: it is asked again
            return False
        waiting = sum(state["outbox"].get("ready", 0) + state["statements"].get("ready", 0) for state in states)
        return waiting == 0 and len(self.handed()) >= self.acked()


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
