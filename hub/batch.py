"""What one transaction adds to the message log, gathered in memory and written at its end."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from hub.logs import LedgerLog
from hub.mailbox_store import Counter, read_counters, write_items
from hub.quota import DAY, DayCounts
from hub.roster import Snapshot
from hub.rows import Row
from hub.wakeups import Place
from protocol.errors import Code, Fault
from protocol.ids import DIGEST_SIZE
from protocol.leaf import Leaf, LeafKind, encode_leaf
from protocol.mailbox import ItemKind

_BLANK: Final = bytes(DIGEST_SIZE)


@dataclass(frozen=True, slots=True)
class Ground:
    """What a batch stands on: the hub's time, the directory it decides under, and the daily limits."""

    now: int
    snapshot: Snapshot
    limits: Mapping[str, int]


class Batch:
    """Gathers leaves, mailbox items and counts of one transaction; nothing is true before its commit."""

    def __init__(self, connection: Connection, log: LedgerLog, ground: Ground) -> None:
        head = log.refresh(connection)
        if ground.snapshot.directory.size < head.directory_size:
            raise Fault(Code.BUSY, "another replica knows a newer directory")
        self.connection = connection
        self.now = max(ground.now, head.time)
        self.snapshot = ground.snapshot
        self.counts = DayCounts(connection, self.now // DAY, ground.limits)
        self.on_commit: list[Callable[[], None]] = []
        self._log = log
        self._entries: list[bytes] = []
        self._frames: dict[LeafKind, tuple[bytes, bytes]] = {}
        self._fresh: dict[bytes, tuple[int, bytes]] = {}
        self._counters: dict[Place, Counter] = {}
        self._mail: list[Row] = []

    def append(self, kind: LeafKind, digest: bytes) -> tuple[int, bytes]:
        """Give the next leaf to a digest; return its index and its entry."""
        before, after = self._frame(kind)
        entry = before + digest + after
        self._entries.append(entry)
        index = self._log.size + len(self._entries) - 1
        self._fresh[digest] = (index, entry)
        return index, entry

    def _frame(self, kind: LeafKind) -> tuple[bytes, bytes]:
        # The leaves of one batch and kind differ in their digest only; encoding each anew took a tenth of the batch.
        frame = self._frames.get(kind)
        if frame is None:
            directory = self.snapshot.directory
            entry = encode_leaf(Leaf(kind, _BLANK, self.now, directory.size, directory.root))
            before, _, after = entry.partition(_BLANK)
            frame = self._frames[kind] = (before, after)
        return frame

    def recall(self, digest: bytes) -> tuple[int, bytes] | None:
        """Return the leaf this batch gave to a digest; its entry is not stored yet."""
        return self._fresh.get(digest)

    def open_mailboxes(self, places: Collection[Place]) -> None:
        """Read the counters of these mailboxes in one go."""
        fresh = {place for place in places if place not in self._counters}
        if fresh:
            self._counters.update(read_counters(self.connection, fresh))

    def post(self, place: Place, kind: ItemKind, leaf: int) -> int:
        """Put an item into an opened mailbox; return its number there."""
        counter = self._counters[place]
        number = counter.count + 1
        self._counters[place] = Counter(number, counter.served)
        node, channel = place
        self._mail.append((node, channel, number, int(kind), leaf))
        return number

    def served(self, place: Place) -> int:
        """Return the highest number ever handed out of an opened mailbox."""
        return self._counters[place].served

    def write(self) -> None:
        """Write everything gathered."""
        if not self._entries:
            return
        touched = {(row[0], row[1]) for row in self._mail}
        counters = {place: counter for place, counter in self._counters.items() if place in touched}
        write_items(self.connection, self._mail, counters)
        self.counts.write()
        self._log.stage(self.connection, self._entries, self.now, self.snapshot.directory.size)
