"""What a node with desk fetches: a day message by message, a day without any, a day's mail at once after an absence.

Envelopes are counted as they are on the wire for one recipient: signed manifest, own wrap, contents.
"""

import contextlib
import sqlite3
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bench.desk_town import Town
from bench.many_cases import MARK
from bench.place import Place
from bench.services import node_of
from bench.wire_count import Counted
from egnatia.demo.client import Node
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


@dataclass(frozen=True, slots=True)
class Traffic:
    """What came over the wire for so many messages, in bytes, beside the sum of their envelopes."""

    messages: int
    envelopes: int
    down: int
    up: int

    @property
    def ratio(self) -> float:
        """The bytes that came beside the sum of the envelopes."""
        return self.down / self.envelopes


@dataclass(frozen=True, slots=True)
class Days:
    """A day message by message as they come, one fetched whole after an absence, and the bytes of one without any."""

    live: Traffic
    away: Traffic
    idle: int


def measure_days(town: Town, counted: Counted) -> Days:
    """Return the three days. The node runs at no time before or after, its partner and the hub all the time."""
    with node_of(town.place):
        live, idle = _measure_live(town, counted)
        asked = [town.belgrade.send(_question(MK.node)) for _ in range(REQUESTS)]
        for each in asked:
            _await(town.skopje, each)
        settle(counted)
    start = _restarted(town, counted)
    before = _envelopes(town.place)
    _work_alone(town.skopje, asked)
    back = _restarted(town, counted)
    came = _envelopes(town.place)[len(before) :]
    away = Traffic(len(came), sum(came), back[1] - start[1], back[0] - start[0])
    return Days(live, away, idle)


def settle(counted: Counted, quiet_s: float = 4.0) -> None:
    """Return when nothing has crossed the line for a while."""
    end, last, since = time.monotonic() + _PATIENCE_S, counted.now(), time.monotonic()
    while time.monotonic() - since < quiet_s:
        if time.monotonic() > end:
            raise SystemExit("the node does not come to rest")
        time.sleep(_PAUSE_S)
        if counted.now() != last:
            last, since = counted.now(), time.monotonic()


def _measure_live(town: Town, counted: Counted) -> tuple[Traffic, int]:
    settle(counted)
    up, down = counted.now()
    _work_together(town)
    settle(counted)
    after_up, after_down = counted.now()
    start = time.monotonic()
    time.sleep(_IDLE_S)
    idle = (counted.now()[1] - after_down) / (time.monotonic() - start) * _DAY_S
    sizes = _envelopes(town.place)
    return Traffic(len(sizes), sum(sizes), after_down - down, after_up - up), round(idle)


def _restarted(town: Town, counted: Counted) -> tuple[int, int]:
    """Return what came up and down from a start of the node until it rests; the node has stopped again."""
    up, down = counted.now()
    with node_of(town.place):
        settle(counted)
        after_up, after_down = counted.now()
    return after_up - up, after_down - down


def _work_together(town: Town) -> None:
    """Let both sides ask and answer; three of four questions are answered, and everything is opened."""
    came = [town.skopje.send(_question(RS.node)) for _ in range(REQUESTS)]
    went = [town.belgrade.send(_question(MK.node)) for _ in range(REQUESTS)]
    for node, asked, to in ((town.belgrade, came, MK.node), (town.skopje, went, RS.node)):
        _answer(node, asked, to)
    for message in _rows(town.belgrade, "inbox"):
        _await(town.belgrade, message)


def _work_alone(node: Node, asked: list[str]) -> None:
    """Let a node answer and ask while the other is away, until the hub holds all of it."""
    _answer(node, asked, RS.node)
    for _ in range(REQUESTS):
        node.send(_question(RS.node))
    end = time.monotonic() + _PATIENCE_S
    while node.status()["outbox"].get("ready"):
        if time.monotonic() > end:
            raise SystemExit("not everything was handed in")
        time.sleep(_PAUSE_S)


def _answer(node: Node, asked: list[str], to: str) -> None:
    answers = _answers(to)
    for number, message in enumerate(asked):
        _await(node, message)
        if number % 4 < _ANSWERED:
            node.send(next(answers) | {"in_reply_to": message})


def _question(to: str) -> Mapping[str, Any]:
    asked = example("MT-01/vehicle-mk", to=[to])
    asked["document"]["subjects"]["vehicles"][0] |= {"plate": MARK}
    return asked


def _answers(to: str) -> Iterator[dict[str, Any]]:
    while True:
        yield example("MT-03/vehicle-sr-Cyrl", to=[to])
        yield example("MT-04/nothing-en", to=[to])
        yield example("MT-03/vehicle-sr-Cyrl", to=[to])


def _await(node: Node, message: str) -> None:
    """Open a message as a reader would, as soon as it is there."""
    end = time.monotonic() + _PATIENCE_S
    while node.get(f"/messages/{message}").status != _OK:
        if time.monotonic() > end:
            raise SystemExit(f"{message} did not arrive: {node.where(message)}")
        time.sleep(_PAUSE_S)


def _rows(node: Node, box: str) -> list[str]:
    return [each["id"] for each in node.get(f"/messages?box={box}&limit=200").done()["messages"]]


def _envelopes(place: Place) -> list[int]:
    """Return the bytes of every envelope that the node received, in the order they came."""
    path = place.folder / "node" / "state.db"
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as found:
        rows = found.execute("select raw from inbox order by id").fetchall()
    manifests = [(len(raw), parse_manifest(parse_signed(raw, MAX_SIGNED).payload)) for (raw,) in rows]
    return [size + _WRAP + sum(each.length for each in found.parts if each.inline) for size, found in manifests]
