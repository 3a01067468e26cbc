"""The logs and their witnesses: proofs from a large tree, what verifying a log costs, what one turn of a witness costs.

``python -m bench.logs`` runs this part alone. Hashes of leaves are random, because nobody looks below them; everything
above them is computed. CPU time of one thread is counted where nothing waits, wall time where a database is read.
"""

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine

from bench.report import Line, render
from hub.edge import Edge, grow
from hub.log_store import HeadRow, proof_reader, write_growth, write_head
from hub.rows import insert_rows
from hub.schema import METADATA, TILE
from nodes.gateway.witness_rules import Kept, Shown, begin_reading, finish_reading, read_leaves
from protocol.api import MESSAGE_LOG
from protocol.cbor import encode
from protocol.checkpoint import messages_origin, sign_checkpoint, verify_head
from protocol.ids import DIGEST_SIZE
from protocol.leaf import Leaf, LeafKind, encode_leaf
from protocol.limits import MAX_LOG_ENTRIES
from protocol.merkle import Frontier, consistency_proof, inclusion_proof, root_at, root_from, verify_inclusion
from protocol.tiles import WIDTH
from tests.simulators.hub import HubSimulator
from tests.simulators.log import MemoryTree
from tests.simulators.network import TestNetwork
from tests.simulators.node import TestClock
from tests.simulators.party import CountingEntropy
from tests.simulators.witness_stand import witnessing

LARGE: Final = 10_000_000
VERIFIED: Final = 200_000
_PROOFS: Final = 400
_TURNS: Final = 200
_LEAVES_A_TURN: Final = 20
_BATCH: Final = 64
_BATCHES: Final = 200
_MOST_MS: Final = 2.0
_MOST_HASHES: Final = 25
_MOST_S: Final = 300


def logs(leaves: int = LARGE) -> list[Line]:
    """Return the figures."""
    with tempfile.TemporaryDirectory(prefix="bench-logs-") as folder:
        engine = create_engine(f"sqlite:///{folder}/hub.db")
        METADATA.create_all(engine)
        try:
            proofs = _proofs(engine, leaves)
            appended = _appended(engine)
        finally:
            engine.dispose()
        turn = asyncio.run(_turns(Path(folder)))
    whole = _verified() * 1_000_000
    return [
        Line(
            f"inclusion proof at {leaves} leaves, CPU, p50",
            f"{proofs.cpu_ms:.2f} ms",
            f"<= {_MOST_MS:.0f} ms",
            proofs.cpu_ms <= _MOST_MS,
        ),
        Line("the same, wall time on this machine", f"{proofs.wall_ms:.2f} ms"),
        Line("hashes in it", str(proofs.hashes), f"<= {_MOST_HASHES}", proofs.hashes <= _MOST_HASHES),
        Line(f"log append in batches of {_BATCH}, for one leaf", f"{appended * 1e6:.0f} us"),
        Line(
            "log structure of a million leaves verified, one core",
            f"{whole:.0f} s",
            f"<= {_MOST_S} s",
            whole <= _MOST_S,
        ),
        Line(f"turn of a witness, {_LEAVES_A_TURN} leaves, CPU", f"{turn * 1e3:.1f} ms", "< 1 s", turn < 1),
    ]


@dataclass(frozen=True, slots=True)
class _Proofs:
    wall_ms: float
    cpu_ms: float
    hashes: int


def _proofs(engine: Engine, leaves: int) -> _Proofs:
    """Store a tree of this size, and take proofs of leaves all over it, each from tiles that nobody read before."""
    with engine.begin() as connection:
        _fill(connection, leaves)
    with engine.connect() as connection:
        root = root_at(leaves, proof_reader(connection, MESSAGE_LOG))
        spent, longest = [], 0
        for number in range(_PROOFS):
            index = number * (leaves // _PROOFS) + number
            start, own = time.perf_counter(), time.thread_time()
            proof = inclusion_proof(index, leaves, proof_reader(connection, MESSAGE_LOG))
            spent.append((time.perf_counter() - start, time.thread_time() - own))
            longest = max(longest, len(proof))
            leaf = proof_reader(connection, MESSAGE_LOG)(0, index)
            verify_inclusion(leaf, index, leaves, proof, root)
    wall, own = (statistics.median(each[at] for each in spent) * 1e3 for at in range(2))
    return _Proofs(wall, own, longest)


def _fill(connection: Connection, leaves: int) -> None:
    level, count = 0, leaves
    above: list[bytes] = []
    while count:
        row, above = above, []
        for index in range(-(-count // WIDTH)):
            width = min(WIDTH, count - index * WIDTH)
            data = (
                os.urandom(width * DIGEST_SIZE) if level == 0 else b"".join(row[index * WIDTH : index * WIDTH + width])
            )
            insert_rows(connection, TILE, [(MESSAGE_LOG, level, index, data)])
            if width == WIDTH:
                above.append(root_from([data[at : at + DIGEST_SIZE] for at in range(0, len(data), DIGEST_SIZE)]))
        level, count = level + 1, count // WIDTH


def _appended(engine: Engine) -> float:
    """Return the CPU seconds that the log takes of one accept when many share a batch; no commit, no signature."""
    edge, spent = Edge(), 0.0
    for batch in range(_BATCHES):
        entries = _entries(batch * _BATCH, _BATCH)
        with engine.begin() as connection:
            start = time.thread_time()
            growth = grow(edge, entries)
            write_growth(connection, "bench", edge.size, entries, growth.tiles)
            peaks = b"".join(growth.edge.frontier.peaks)
            write_head(connection, "bench", HeadRow(growth.edge.size, peaks, batch, 1))
            spent += time.thread_time() - start
        edge = growth.edge
    return spent / (_BATCHES * _BATCH)


def _verified() -> float:
    """Return the CPU seconds of verifying one leaf and its place: read, time and directory compared, hashed, rooted."""
    signer = TestNetwork.founded(TestClock(), CountingEntropy()).hub_log
    entries = _entries(0, VERIFIED)
    origin = messages_origin(bytes(16))
    kept = Kept(Frontier())
    raw = sign_checkpoint(signer, MemoryTree().checkpoint(origin), 1)
    shown = Shown(verify_head(raw, origin, signer.keys), raw, 1)
    start = time.thread_time()
    reading = begin_reading(kept, shown)
    for at in range(0, VERIFIED, MAX_LOG_ENTRIES):
        reading = read_leaves(reading, entries[at : at + MAX_LOG_ENTRIES])
    finish_reading(kept, reading, shown)
    spent = time.thread_time() - start
    return spent / VERIFIED


async def _turns(folder: Path) -> float:
    """Return the CPU seconds of one turn: log signatures, proof, leaves, two commits, a signature; not the hub's."""
    clock = TestClock()
    hub = HubSimulator(TestNetwork.founded(clock, CountingEntropy()))
    said = _Said(hub, clock)
    async with witnessing(folder, hub) as stand:
        await stand.turn()
        for name in ("offer", "consistency", "entries", "cosign"):
            setattr(stand.door, name, getattr(said, name))
        start = time.process_time()
        for _ in range(_TURNS):
            said.next()
            clock.advance(1)
            await stand.turn()
        return (time.process_time() - start) / _TURNS


class _Said:
    """What the hub says in each turn, made before the clock is started."""

    def __init__(self, hub: HubSimulator, clock: TestClock) -> None:
        tree, root = hub.messages, hub.network.directory.root
        now = clock()
        self._said: list[dict[str, Any]] = []
        for turn in range(_TURNS):
            old = len(tree.entries)
            for entry in _entries(turn * _LEAVES_A_TURN, _LEAVES_A_TURN, now, (1, root)):
                tree.append(entry)
            head = tree.checkpoint(messages_origin(hub.network.network_id))
            new = len(tree.entries)
            proof = consistency_proof(old, new, tree.get) if old else ()
            self._said.append(
                {
                    "note": sign_checkpoint(hub.network.hub_log, head, now + turn),
                    "proof": encode(list(proof)),
                    "entries": encode(list(tree.entries[old:])),
                }
            )
        hub.messages = MemoryTree()
        self._at = -1

    def next(self) -> None:
        """Say the next thing."""
        self._at += 1

    async def offer(self, log: str, after: int, wait_s: int) -> bytes:
        del log, after, wait_s
        return bytes(self._said[self._at]["note"])

    async def consistency(self, log: str, first: int, second: int) -> bytes:
        del log, first, second
        return bytes(self._said[self._at]["proof"])

    async def entries(self, log: str, start: int, end: int) -> bytes:
        del log, start, end
        return bytes(self._said[self._at]["entries"])

    async def cosign(self, log: str, size: int, raw: bytes) -> None:
        del log, size, raw


def _entries(start: int, count: int, now: int = 1, view: tuple[int, bytes] = (1, bytes(32))) -> Sequence[bytes]:
    return [
        encode_leaf(Leaf(LeafKind.MESSAGE, number.to_bytes(32, "big"), now, *view))
        for number in range(start, start + count)
    ]


def main() -> None:
    words = argparse.ArgumentParser(prog="bench.logs", description=__doc__)
    words.add_argument("--leaves", type=int, default=LARGE)
    print(render(logs(words.parse_args().leaves), os.getloadavg()[0]))


if __name__ == "__main__":
    main()
