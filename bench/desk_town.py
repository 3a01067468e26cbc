"""Two contact points and a hub as real processes: people join the desk of one, and both write to each other."""

import contextlib
import json
import sqlite3
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.many_cases import MARK
from bench.place import Place
from bench.wire_count import Counted
from egnatia.demo.client import Node
from egnatia.demo.desks import Colleague, join, settings_of
from egnatia.demo.visitor import Visitor
from nodes.people.roles import Role
from protocol.cose import parse as parse_signed
from protocol.envelope import parse_manifest
from protocol.limits import MAX_SIGNED
from tests.simulators.node import MK, RS, example

REQUESTS: Final = 60  # each way
_ANSWERED: Final = 3  # of four requests
_DAY_S: Final = 86_400
_IDLE_S: Final = 90.0  # more than one round of every loop
_PATIENCE_S: Final = 180.0
_PAUSE_S: Final = 0.2
_OK: Final = 200
_WRAP: Final = 1_290  # bytes of one recipient's key, wrapped
ROLES: Final = (
    Role.ADMINISTRATOR,
    Role.DUTY_OFFICER,
    Role.CASE_OFFICER,
    Role.SUPERVISOR,
    Role.INVESTIGATOR,
    Role.AUDITOR,
    Role.PROTECTION_OFFICER,
    Role.DIRECTORY_EDITOR,
)


@dataclass(frozen=True, slots=True)
class Traffic:
    """What a node fetched: envelopes in bytes, and what came over the wire for them, for an idle day, and upwards."""

    messages: int
    envelopes: int
    down: int
    up: int
    idle_day: int

    @property
    def ratio(self) -> float:
        """The bytes that came in a day of these messages and nothing else, beside the sum of the envelopes."""
        return self.down / self.envelopes


@dataclass(frozen=True, slots=True)
class Town:
    """The running processes as a program reaches them."""

    place: Place
    belgrade: Node
    skopje: Node

    @property
    def origin(self) -> str:
        """Where the desk is."""
        return f"http://localhost:{self.place.ports.desk}"


def open_desk(place: Place) -> None:
    """Write into the settings of the node that it serves a desk for training; it has not started yet."""
    with (place.folder / "node" / "node.toml").open("a", encoding="utf-8") as settings:
        settings.write(settings_of(place.ports.desk, {}))


def town_of(place: Place) -> Town:
    """Return the town of a place whose nodes run."""
    return Town(place, _api(place, RS.node, "node", place.ports.node), _api(place, MK.node, "mk", place.ports.other))


def _api(place: Place, node: str, folder: str, port: int) -> Node:
    token = (place.folder / folder / "api.token").read_text(encoding="ascii").strip()
    return Node(folder, node, f"http://127.0.0.1:{port}", token)


def let_in(town: Town) -> None:
    """Let one person of each role join the desk."""
    for role in ROLES:
        join(town.origin, town.belgrade, colleague(role))


def colleague(role: Role) -> Colleague:
    """Return the person of a role."""
    return Colleague(f"Person {role}", str(role).replace("-", "."), str(role))


def sign_in(town: Town, role: Role) -> Visitor:
    """Return a window in which the person of a role has signed in."""
    window = Visitor(town.origin)
    page = window.look("/training")
    window.fill(page, "/training", person=page.buttons[f"Sign in as {colleague(role).name}"])
    return window


def people_of(town: Town) -> Mapping[str, str]:
    """Return the ids of the accounts by what they sign in with."""
    return {each["sign_in"]: each["id"] for each in town.belgrade.get("/accounts").done()["accounts"]}


def _question(to: str) -> dict[str, Any]:
    asked = example("MT-01/vehicle-mk", to=[to])
    document = json.loads(json.dumps(asked["document"]))
    document["subjects"]["vehicles"][0] |= {"plate": MARK}
    return asked | {"document": document}


def _answers(to: str) -> Iterator[dict[str, Any]]:
    while True:
        yield example("MT-03/vehicle-sr-Cyrl", to=[to])
        yield example("MT-04/nothing-en", to=[to])
        yield example("MT-03/vehicle-sr-Cyrl", to=[to])


def work(town: Town) -> None:
    """Let both sides ask and answer; three of four questions are answered, some are about nothing in particular."""
    came = [town.skopje.send(_question(RS.node)) for _ in range(REQUESTS)]
    went = [town.belgrade.send(_question(MK.node)) for _ in range(REQUESTS)]
    for node, asked, to in ((town.belgrade, came, MK.node), (town.skopje, went, RS.node)):
        answers = _answers(to)
        for number, message in enumerate(asked):
            _open(node, message)
            if number % 4 < _ANSWERED:
                node.send(next(answers) | {"in_reply_to": message})
    for message in _rows(town.belgrade, "inbox"):
        _open(town.belgrade, message)


def _open(node: Node, message: str) -> None:
    """Open a message as a reader would, as soon as it is there."""
    end = time.monotonic() + _PATIENCE_S
    while node.get(f"/messages/{message}").status != _OK:
        if time.monotonic() > end:
            raise SystemExit(f"{message} did not arrive: {node.where(message)}")
        time.sleep(_PAUSE_S)


def _rows(node: Node, box: str) -> list[str]:
    return [each["id"] for each in node.get(f"/messages?box={box}&limit=200").done()["messages"]]


def settle(counted: Counted, quiet_s: float = 4.0) -> None:
    """Return when nothing has crossed the line for a while."""
    end, last, since = time.monotonic() + _PATIENCE_S, counted.now(), time.monotonic()
    while time.monotonic() - since < quiet_s:
        if time.monotonic() > end:
            raise SystemExit("the node does not come to rest")
        time.sleep(_PAUSE_S)
        if counted.now() != last:
            last, since = counted.now(), time.monotonic()


def measure_day(town: Town, counted: Counted) -> Traffic:
    """Return what the exchange of ``work`` brought to the node, and what a day without any message brings."""
    settle(counted)
    up, down = counted.now()
    work(town)
    settle(counted)
    after_up, after_down = counted.now()
    start = time.monotonic()
    time.sleep(_IDLE_S)
    idle = (counted.now()[1] - after_down) / (time.monotonic() - start) * _DAY_S
    sizes = _envelopes(town.place.folder / "node" / "state.db")
    return Traffic(len(sizes), sum(sizes), after_down - down, after_up - up, round(idle))


def _envelopes(path: Path) -> list[int]:
    """Return the bytes of every envelope that a node received: signed header, own wrap, contents."""
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as found:
        rows = found.execute("select raw from inbox").fetchall()
    manifests = [(len(raw), parse_manifest(parse_signed(raw, MAX_SIGNED).payload)) for (raw,) in rows]
    return [size + _WRAP + sum(each.length for each in found.parts if each.inline) for size, found in manifests]
