"""One append-only log: what is committed of it, how it grows, which checkpoints promise it, and its proofs.

Order, always: append in a transaction, commit, then sign. ``stage`` runs in the writer's thread inside the transaction
and changes nothing anybody else sees; ``publish`` makes it the state after the commit. A checkpoint is signed for a
published size only, stored, and only then shown to anybody.

The writer's thread signs right after its commit and leaves the checkpoint for the next one, so that under load a batch
and the checkpoint of the batch before share one sync of the disk. Whatever that leaves open, the loop seals by itself.
"""

import asyncio
import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from hub.edge import Edge, Growth, grow, peaks_of, recent_reader
from hub.log_store import (
    HeadRow,
    StoredCheckpoint,
    covering_checkpoint,
    last_checkpoint,
    proof_reader,
    read_edge,
    read_entry_at,
    read_head,
    replace_checkpoint,
    store_checkpoint,
    write_growth,
    write_head,
)
from protocol.checkpoint import Checkpoint, CheckpointSigner, sign_checkpoint, verify_checkpoint
from protocol.errors import Code, Fault
from protocol.evidence import Inclusion
from protocol.merkle import consistency_proof, inclusion_proof
from protocol.ports import Clock
from runtime.database import Database

_GENERATION: Final = 32_768  # subtrees kept in each of two generations: about 16 000 leaves, 3 MB
_CHECKPOINTS: Final = 4_096  # recent checkpoints kept in memory, about 16 MB


@dataclass(frozen=True, slots=True)
class LogHead:
    """What is committed: the tree's edge, and time and directory size of its last leaf."""

    edge: Edge
    time: int = 0
    directory_size: int = 0


@dataclass(frozen=True, slots=True)
class Staged:
    """An append inside a transaction that is not committed yet: the index of its first entry, and what follows."""

    first: int
    head: LogHead
    growth: Growth


class LedgerLog:
    """The directory log or the message log of one event loop. ``load`` once, then append through one batcher only."""

    def __init__(self, name: str, origin: str, database: Database, signer: CheckpointSigner, clock: Clock) -> None:
        self.name: Final = name
        self.origin: Final = origin
        self.database: Final = database
        self._signer = signer
        self._clock = clock
        self._head = LogHead(Edge())
        self._staged: Staged | None = None
        self._recent: dict[tuple[int, int], bytes] = {}
        self._older: dict[tuple[int, int], bytes] = {}
        self._checkpoints: list[StoredCheckpoint] = []
        self._loop = asyncio.get_running_loop()
        self._sealing: asyncio.Future[None] | None = None
        self._ahead = 0  # the size whose checkpoint is signed and waits in the writer's queue
        self._waiters: list[tuple[int, asyncio.Future[StoredCheckpoint]]] = []
        self.on_sealed: list[Callable[[int], None]] = []
        self.closed: Code | None = None
        self._last = -1  # once closed, nothing larger is signed

    @property
    def head(self) -> LogHead:
        """The last published state."""
        return self._head

    @property
    def size(self) -> int:
        """How many leaves are committed."""
        return self._head.edge.size

    @property
    def latest(self) -> StoredCheckpoint | None:
        """The newest stored checkpoint."""
        return self._checkpoints[-1] if self._checkpoints else None

    def load(self, connection: Connection) -> None:
        """Take the stored state. Raises LOG_FORK where head and tiles disagree."""
        self._adopt(connection, read_head(connection, self.name))
        newest = last_checkpoint(connection, self.name)
        self._checkpoints = [] if newest is None else [newest]

    def close(self, code: Code, *, finish: bool) -> None:
        """Take nothing more, for this reason; ``finish`` says that what is committed by now is signed still."""
        self.closed = code
        self._last = self.size if finish else -1

    async def renew(self) -> None:
        """Return when the newest checkpoint is under the keys of this signer, also after they were changed.

        Of one size there is one checkpoint: the same tree is signed again, and the older note gives way.
        """
        newest = self.latest
        if newest is None or await asyncio.to_thread(self._is_ours, newest):
            return
        if newest.size != self.size:
            raise RuntimeError("a log is sealed before its checkpoint is renewed")
        fresh = await asyncio.to_thread(self._sign, self._head.edge)
        await self.database.write(lambda connection: replace_checkpoint(connection, self.name, fresh))
        self._checkpoints[-1] = fresh

    def _is_ours(self, stored: StoredCheckpoint) -> bool:
        try:
            verify_checkpoint(stored.raw, self.origin, self._signer.keys)
        except Fault as fault:
            if fault.code is not Code.MISSING_SIGNATURE:
                raise
            return False
        return True

    def refresh(self, connection: Connection) -> LogHead:
        """Lock the head row and return the state to build on; another replica may have moved it."""
        row = read_head(connection, self.name)
        if row.size != self.size:
            self._adopt(connection, row)
        return self._head

    def stage(self, connection: Connection, entries: Sequence[bytes], time: int, directory_size: int) -> Staged:
        """Append entries inside the running transaction; ``refresh`` came before. Nothing is visible yet."""
        if self.closed is not None:
            raise Fault(self.closed, self.name)
        head = self._head
        if time < head.time or directory_size < head.directory_size:
            raise RuntimeError("a log's time and directory size never decrease")
        growth = grow(head.edge, entries)
        write_growth(connection, self.name, head.edge.size, entries, growth.tiles)
        peaks = b"".join(growth.edge.frontier.peaks)
        write_head(connection, self.name, HeadRow(growth.edge.size, peaks, time, directory_size))
        self._staged = Staged(head.edge.size, LogHead(growth.edge, time, directory_size), growth)
        return self._staged

    def publish(self) -> None:
        """Make the staged append the state; called after its commit, in the writer's thread."""
        staged, self._staged = self._staged, None
        if staged is None:
            return
        if len(self._recent) > _GENERATION:
            self._older = self._recent
            self._recent = peaks_of(self._head.edge.frontier)
        self._recent.update(staged.growth.nodes)
        self._head = staged.head

    def announce(self) -> None:
        """Sign a checkpoint for what was just published and queue it for the next commit; in the writer's thread."""
        edge = self._head.edge
        if self._is_past(edge.size) or edge.size <= self._ahead:
            self._loop.call_soon_threadsafe(self._start)
            return
        self._ahead = edge.size
        try:
            fresh = self._sign(edge)
            stored = self.database.queue(lambda connection: store_checkpoint(connection, self.name, fresh), self._loop)
        except Exception:  # noqa: BLE001 - the loop tries once more and tells those who wait
            self._ahead = 0
            self._loop.call_soon_threadsafe(self._start)
        else:
            stored.add_done_callback(self._take_stored)

    def _take_stored(self, stored: asyncio.Future[StoredCheckpoint]) -> None:
        if stored.cancelled() or stored.exception() is not None:
            self._ahead = 0
            self._start()
        else:
            self._show(stored.result())

    async def cover(self, index: int) -> StoredCheckpoint:
        """Return the first checkpoint ever stored that covers the committed leaf at ``index``; sign one if none does.

        The same index gives the same checkpoint for ever, also after a restart. Many callers share one signature.
        """
        if self.latest is not None and self.latest.size > index:
            return await self._covering(index)
        if index >= self.size:
            raise RuntimeError("a leaf is covered after its commit")
        waiter: asyncio.Future[StoredCheckpoint] = self._loop.create_future()
        self._waiters.append((index, waiter))
        if not 0 <= index < self._ahead:
            self._start()
        return await waiter

    async def seal(self) -> None:
        """Return when a checkpoint for at least the size committed at the call is stored."""
        await self.cover(self.size - 1)

    async def include(self, index: int, entry: bytes, size: int) -> Inclusion:
        """Return the proof that ``entry`` stands at ``index`` of the tree of ``size`` leaves."""
        try:
            proof = inclusion_proof(index, size, self._lookup)
        except KeyError:
            proof = await self.database.read(
                lambda connection: inclusion_proof(index, size, proof_reader(connection, self.name))
            )
        return Inclusion(entry, index, size, proof)

    async def include_many(self, indexes: Sequence[int], size: int) -> dict[int, Inclusion]:
        """Return entries and proofs of several leaves, read in one go."""

        def read(connection: Connection) -> dict[int, Inclusion]:
            entries = read_entry_at(connection, self.name, indexes)
            get = proof_reader(connection, self.name)
            return {at: Inclusion(entry, at, size, inclusion_proof(at, size, get)) for at, entry in entries.items()}

        return await self.database.read(read)

    async def consistency(self, first: int, second: int) -> tuple[bytes, ...]:
        """Return the proof between two promised sizes; NOT_FOUND beyond the newest checkpoint or from zero."""
        self._check_promised(second)
        if not 0 < first <= second:
            raise Fault(Code.NOT_FOUND, "sizes")
        return await self.database.read(
            lambda connection: consistency_proof(first, second, proof_reader(connection, self.name))
        )

    async def inclusion(self, index: int, size: int) -> tuple[bytes, ...]:
        """Return the audit path of a leaf in a promised tree; NOT_FOUND outside it."""
        self._check_promised(size)
        if not 0 <= index < size:
            raise Fault(Code.NOT_FOUND, "index")
        return await self.database.read(
            lambda connection: inclusion_proof(index, size, proof_reader(connection, self.name))
        )

    def _check_promised(self, size: int) -> None:
        if self.latest is None or size > self.latest.size:
            raise Fault(Code.NOT_FOUND, "size")

    async def _covering(self, index: int) -> StoredCheckpoint:
        at = bisect.bisect_right(self._checkpoints, index, key=lambda each: each.size)
        if at > 0:  # an older one stands before it, so none in between was forgotten
            return self._checkpoints[at]
        found = await self.database.read(lambda connection: covering_checkpoint(connection, self.name, index))
        return found or self._checkpoints[at]

    def _start(self) -> None:
        if self._sealing is None or self._sealing.done():
            self._sealing = asyncio.ensure_future(self._seal_all())

    async def _seal_all(self) -> None:
        try:
            while self.latest is None or max(self.latest.size, self._ahead) < self.size:
                await self._seal()
        except Exception as err:  # noqa: BLE001 - whoever waits for a checkpoint gets the answer
            for waiter in self._take_waiters(self.size):
                waiter.set_exception(err)

    def _is_past(self, size: int) -> bool:
        """Tell whether a checkpoint of this size is signed no more."""
        return self.closed is not None and size > self._last

    async def _seal(self) -> None:
        edge = self._head.edge
        if self.closed is not None and self._is_past(edge.size):
            raise Fault(self.closed, self.name)
        fresh = await asyncio.to_thread(self._sign, edge)
        self._show(await self.database.write(lambda connection: store_checkpoint(connection, self.name, fresh)))

    def _show(self, stored: StoredCheckpoint) -> None:
        """Keep a stored checkpoint and answer everybody who waited for it."""
        if self.latest is None or stored.size > self.latest.size:
            if len(self._checkpoints) >= 2 * _CHECKPOINTS:
                del self._checkpoints[:_CHECKPOINTS]
            self._checkpoints.append(stored)
        for waiter in self._take_waiters(stored.size):
            waiter.set_result(stored)
        for sealed in self.on_sealed:
            sealed(stored.size)

    def _sign(self, edge: Edge) -> StoredCheckpoint:
        checkpoint = Checkpoint(self.origin, edge.size, edge.frontier.root())
        return StoredCheckpoint(edge.size, sign_checkpoint(self._signer, checkpoint, self._clock()))

    def _take_waiters(self, size: int) -> list[asyncio.Future[StoredCheckpoint]]:
        """Return who waits for a leaf below ``size``; the others go on waiting."""
        covered = [waiter for index, waiter in self._waiters if index < size]
        self._waiters = [entry for entry in self._waiters if entry[0] >= size]
        return [waiter for waiter in covered if not waiter.done()]

    def _lookup(self, level: int, index: int) -> bytes:
        node = self._recent.get((level, index))
        return recent_reader(self._older)(level, index) if node is None else node

    def _adopt(self, connection: Connection, row: HeadRow) -> None:
        edge = read_edge(connection, self.name, row.size)
        if b"".join(edge.frontier.peaks) != row.peaks:
            raise Fault(Code.LOG_FORK, f"{self.name}: head and tiles disagree")
        self._head = LogHead(edge, row.time, row.directory_size)
        self._recent = peaks_of(edge.frontier)
        self._older = {}
