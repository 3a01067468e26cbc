"""What the log costs an accept: one run of the accept path in this process, timed as a whole and in its parts.

Everything from the bytes of an envelope to its acceptance evidence, without HTTP and TLS, which would only make the
share smaller. Times are CPU of this process; the parts are those of the thread that does them.
"""

import asyncio
import contextlib
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from bench.report import Line
from hub.logs import LedgerLog
from hub.submissions import submit
from protocol.envelope import Envelope
from protocol.evidence import Event, Receipt, sign_receipt
from protocol.ids import DIGEST_SIZE
from protocol.leaf import Leaf, LeafKind, encode_leaf
from tests.simulators.hub_world import World
from tests.simulators.network import MK, RS

MESSAGES: Final = 2_000
_AT_ONCE: Final = 64
_APPEND: Final = ("stage", "publish", "refresh")
_PROVE: Final = ("_sign", "include")
_MOST: Final = 0.1
_LOG_TABLES: Final = ("entry", "tile", "log_head", "checkpoint")


def log_append() -> list[Line]:
    """Measure and return the figures."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(Path(folder)))


async def _measure(folder: Path) -> list[Line]:
    world = World(folder)
    await world.found()
    envelopes = [world.senders.seal(RS, MK) for _ in range(MESSAGES + _AT_ONCE)]
    spent: Counter[str] = Counter()
    async with world.running() as hub:
        desk = hub.parts.services.desk
        await _accept(desk, envelopes[:_AT_ONCE])
        before = _bytes_in(folder)
        with _timed(spent):
            start = time.process_time()
            await _accept(desk, envelopes[_AT_ONCE:])
            whole = time.process_time() - start
        await hub.parts.message_log.seal()
    after = _bytes_in(folder)
    append, prove = (sum(spent[name] for name in names) for names in (_APPEND, _PROVE))
    grown = {name: (after[name] - before[name]) / MESSAGES for name in after}
    logs = sum(grown[name] for name in _LOG_TABLES)
    rest = sum(grown.values()) - logs
    share = append / whole
    return [
        Line("log append, share of the accept path", f"{share:.1%}", f"at most {_MOST:.0%}", share <= _MOST),
        Line("checkpoints and proofs, share of the accept path", f"{prove / whole:.1%}"),
        Line("storage of both logs a message", f"{logs:,.0f} bytes"),
        Line("storage of header, wraps and content a message", f"{rest:,.0f} bytes"),
        Line("storage of one hand-over evidence, with its leaf", f"{_evidence(world, envelopes[0]):,} bytes"),
    ]


async def _accept(desk: Any, envelopes: list[Envelope]) -> None:  # noqa: ANN401 - the hub's desk
    for first in range(0, len(envelopes), _AT_ONCE):
        some = envelopes[first : first + _AT_ONCE]
        answers = await asyncio.gather(*(submit(desk, each.encode(), each.id, RS.node) for each in some))
        assert len(answers) == len(some)


def _evidence(world: World, envelope: Envelope) -> int:
    """Return the bytes that a recipient's evidence adds: the signed object, its leaf and the leaf's hash in a tile."""
    receipt = Receipt(event=Event.CONTENT_HANDOVER, message=envelope.id, recipient=MK.node, at=world.clock())
    raw = sign_receipt(receipt, world.network.nodes[MK.node].identity, world.network.network_id)
    directory = world.network.directory
    leaf = encode_leaf(Leaf(LeafKind.EVIDENCE, bytes(32), world.clock(), directory.size, directory.root))
    return len(raw) + len(leaf) + DIGEST_SIZE


@contextlib.contextmanager
def _timed(spent: Counter[str]) -> Iterator[None]:
    """Add up the CPU time of the log's own work while the block runs."""
    plain = {name: getattr(LedgerLog, name) for name in (*_APPEND, *_PROVE)}
    for name, function in plain.items():
        setattr(LedgerLog, name, _watched(function, name, spent))
    try:
        yield
    finally:
        for name, function in plain.items():
            setattr(LedgerLog, name, function)


def _watched(function: Callable[..., Any], name: str, spent: Counter[str]) -> Callable[..., Any]:
    def timed(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - stands for any method
        start = time.thread_time()
        found = function(*given, **named)
        spent[name] += time.thread_time() - start  # type: ignore[assignment]  # a counter of seconds
        return found

    async def timed_async(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - stands for any method
        start = time.thread_time()
        found = await function(*given, **named)
        spent[name] += time.thread_time() - start  # type: ignore[assignment]  # a counter of seconds
        return found

    return timed_async if asyncio.iscoroutinefunction(function) else timed


def _bytes_in(folder: Path) -> dict[str, int]:
    """Return the bytes of content of each table; indexes and free space of pages aside."""
    with closing(sqlite3.connect(f"file:{folder / 'hub.db'}?mode=ro", uri=True)) as raw:
        names = [name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: _size(raw, name) for name in names if not name.startswith(("sqlite_", "alembic"))}


def _size(raw: sqlite3.Connection, table: str) -> int:
    columns = [row[1] for row in raw.execute(f"PRAGMA table_info({table})")]
    total = " + ".join(f"coalesce(length(CAST({each} AS BLOB)), 0)" for each in columns)
    return int(raw.execute(f"SELECT coalesce(sum({total}), 0) FROM {table}").fetchone()[0])  # noqa: S608 - own names


if __name__ == "__main__":
    for each in log_append():
        print(f"{each.what}: {each.found} {each.target}")
