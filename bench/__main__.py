"""``python -m bench``: one run, everything in it measured on this machine, ratios of figures taken side by side."""

import argparse
import os
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.attachments import attachments
from bench.crypto import crypto
from bench.desk import desk_lines, measure_desk, page_table
from bench.log_append import log_append
from bench.logs import logs
from bench.message import message
from bench.place import Place, lay_out
from bench.policy import policy
from bench.report import DESK, Line, keep, render
from bench.sealing import seal_load
from bench.services import FEW, IN_FLIGHT, Memory, cpu_of, hub_of, load, memory_of, node_of
from protocol import domains
from protocol.cose import verify
from protocol.envelope import Envelope, parse_envelope

ROUNDS: Final = 5
_BUDGET_S: Final = 150  # for rounds; a machine too busy for all of them measures fewer
MESSAGES: Final = 1_500  # of each of three senders
_CEILING_RUNS: Final = 600
_LEAST_RATIO: Final = 0.4
_WORST_P99_S: Final = 0.1
_MOST_MEMORY: Final = 150


@dataclass(frozen=True, slots=True)
class Round:
    """One load against a fresh hub, with the ceiling measured right before and after it."""

    ceiling: float
    load: dict[str, float]
    hub_cpu: float
    memory: Memory

    @property
    def ratio(self) -> float:
        """What is left of the ceiling."""
        return self.load["rate"] / self.ceiling


def ceiling(place: Place, sample: list[Envelope]) -> float:
    """Return how many of the load's own messages one core parses and verifies a second, doing nothing else.

    Wall time, like the accepts it is compared with: what other work takes from one it takes from the other.
    """
    nodes, network = place.network.nodes, place.network.network_id
    ready = [(each.encode(), nodes[each.manifest.core.sender].identity.public) for each in sample]
    for raw, public in ready:
        verify(parse_envelope(raw).signed, public, domains.MESSAGE, network)
    start = time.perf_counter()
    for number in range(_CEILING_RUNS):
        raw, public = ready[number % len(ready)]
        verify(parse_envelope(raw).signed, public, domains.MESSAGE, network)
    return _CEILING_RUNS / (time.perf_counter() - start)


def one_round(place: Place, sample: list[Envelope]) -> Round:
    place.begin_again()
    with hub_of(place) as pid:
        before, own = ceiling(place, sample), cpu_of(pid)
        figures = load(place)
        own = cpu_of(pid) - own
        after, memory = ceiling(place, sample), memory_of(pid)
    return Round((before + after) / 2, figures, own / figures["accepted"], memory)


def few_in_flight(place: Place) -> dict[str, float]:
    """Return the figures of a load that leaves the hub room: how long one answer takes when few are asked for."""
    place.begin_again()
    with hub_of(place):
        return load(place, FEW)


def node_memory(place: Place) -> tuple[Memory, float]:
    """Return a node's memory beside a running hub, and the seconds from its start to its readiness."""
    place.begin_again()
    with hub_of(place):
        start = time.perf_counter()
        with node_of(place) as pid:
            return memory_of(pid), time.perf_counter() - start


def measure(folder: Path, rounds: int) -> list[Line]:
    print("founding a network and sealing a load ...", flush=True)
    place = lay_out(folder)
    _, sample, _ = seal_load(place, MESSAGES)
    single = crypto(1)
    taken: list[Round] = []
    end = time.monotonic() + _BUDGET_S
    for number in range(rounds):
        if taken and time.monotonic() > end:
            print("the time is up: fewer rounds than asked for", flush=True)
            break
        taken.append(one_round(place, sample))
        print(f"round {number + 1}: {taken[-1].load['rate']:.0f}/s, ratio {taken[-1].ratio:.2f}", flush=True)
    few = few_in_flight(place)
    node, ready = node_memory(place)

    def middle(of: Callable[[Round], float]) -> float:
        return statistics.median(of(each) for each in taken)

    ratio, p99 = middle(lambda each: each.ratio), middle(lambda each: each.load["p99"])
    hub = max((each.memory for each in taken), key=lambda each: each.resident)
    return [
        *(Line(f"{name}, one core", f"{1 / each.median:.0f}/s") for name, each in single.items()),
        Line("ceiling: parse and both signatures, one core", f"{middle(lambda each: each.ceiling):.0f}/s"),
        Line(f"hub accepts, durable, {IN_FLIGHT} in flight", f"{middle(lambda each: each.load['rate']):.0f}/s"),
        Line("hub CPU for one accept", f"{middle(lambda each: each.hub_cpu) * 1e3:.2f} ms"),
        Line("accepts / ceiling", f"{ratio:.2f}", f">= {_LEAST_RATIO}", ratio >= _LEAST_RATIO),
        Line("request to acceptance, p50", f"{middle(lambda each: each.load['p50']) * 1e3:.0f} ms"),
        Line("request to acceptance, p99", f"{p99 * 1e3:.0f} ms", "< 100 ms", p99 < _WORST_P99_S),
        Line(f"request to acceptance, {FEW} in flight, p50", f"{few['p50'] * 1e3:.0f} ms"),
        Line(f"request to acceptance, {FEW} in flight, p99", f"{few['p99'] * 1e3:.0f} ms"),
        _memory("hub after the load", hub),
        _memory("node after its start", node),
        Line("node, start to ready", f"{ready:.1f} s"),
        *message(),
        *policy(),
        *attachments(),
        *logs(),
        *log_append(),
    ]


def _memory(what: str, held: Memory) -> Line:
    found = f"{held.resident:.0f} MB (peak {held.peak:.0f} MB)"
    return Line(f"memory of the {what}", found, f"<= {_MOST_MEMORY} MB", held.resident <= _MOST_MEMORY)


def main() -> None:
    words = argparse.ArgumentParser(prog="bench", description=__doc__)
    words.add_argument("part", nargs="?", choices=("all", "desk", "core"), default="all", help="what is measured")
    words.add_argument("--rounds", type=int, default=ROUNDS, help="loads, each against a fresh hub")
    words.add_argument("--dry", action="store_true", help="print only, leave docs/performance.md as it is")
    given = words.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # so that hub and node end with the run
    if given.part != "desk":
        _core(given.rounds, dry=given.dry)
    if given.part != "core":
        _desk(dry=given.dry)


def _core(rounds: int, *, dry: bool) -> None:
    busy = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        lines = measure(Path(folder), rounds)
    figures = render(lines, busy)
    print()
    print(figures)
    for each in lines:
        if each.what == "accepts / ceiling":
            print(f"{each.what} = {each.found}")
    if not dry:
        keep(figures)


def _desk(*, dry: bool) -> None:
    busy = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        found = measure_desk(Path(folder))
    figures = f"{render(desk_lines(found), busy)}\n{page_table(found)}"
    print()
    print(figures)
    if not dry:
        keep(figures, DESK)


if __name__ == "__main__":
    main()
