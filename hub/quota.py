"""How much a node may use: a bucket a minute before any work, and stored counts a day in the transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from msgspec import Meta
from sqlalchemy import Connection

from hub.rows import find_rows, upsert_rows
from hub.schema import QUOTA
from protocol.errors import Code, Fault
from protocol.ids import NodeId
from protocol.ports import Clock

DAY: Final = 86_400
_MINUTE: Final = 60
MESSAGES: Final = "messages"
BYTES: Final = "bytes"
ATTACHED: Final = "attachment-bytes"
RECEIPTS: Final = "receipts"
TOKENS: Final = "tokens"
ANCHORS: Final = "anchors"
STATEMENTS: Final = "statements"
BLOBS: Final = "blob-bytes"

Use = tuple[NodeId, str]
"""Who used what."""


@dataclass(frozen=True, slots=True)
class QuotaSettings:
    """How much each node may use. Days are days UTC."""

    requests_per_minute: Annotated[int, Meta(ge=1, description="requests of one node a minute")] = 6_000
    messages_per_day: Annotated[int, Meta(ge=1, description="messages of one node a day")] = 100_000
    message_bytes_per_day: Annotated[int, Meta(ge=1, description="bytes of messages of one node a day")] = 4 << 30
    attachment_bytes_per_day: Annotated[int, Meta(ge=1, description="bytes of attachments of one node a day")] = (
        256 << 30
    )
    receipts_per_day: Annotated[int, Meta(ge=1, description="receipts of one node a day")] = 400_000
    tokens_per_day: Annotated[int, Meta(ge=1, description="consent and approval tokens of one node a day")] = 2_000
    anchors_per_day: Annotated[int, Meta(ge=1, description="anchors of one node's own log a day")] = 300
    statements_per_day: Annotated[int, Meta(ge=1, description="directory statements of one node a day")] = 100
    blob_bytes_per_day: Annotated[int, Meta(ge=1, description="bytes of policy blobs of one node a day")] = 32 << 20

    def daily(self) -> Mapping[str, int]:
        """Return the limit a day by what is counted."""
        return {
            MESSAGES: self.messages_per_day,
            BYTES: self.message_bytes_per_day,
            ATTACHED: self.attachment_bytes_per_day,
            RECEIPTS: self.receipts_per_day,
            TOKENS: self.tokens_per_day,
            ANCHORS: self.anchors_per_day,
            STATEMENTS: self.statements_per_day,
            BLOBS: self.blob_bytes_per_day,
        }


class RateLimit:
    """A bucket of requests for each node that fills evenly; lives in one event loop."""

    def __init__(self, per_minute: int, clock: Clock) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._buckets: dict[NodeId, tuple[float, int]] = {}

    def take(self, node: NodeId, count: int = 1) -> None:
        """Count requests, or what one request holds of them; RATE_LIMITED when the bucket has not so many left.

        More than a minute's requests take what a full bucket has left beside the request that holds them.
        """
        count, now = min(count, max(1, self._per_minute - 1)), self._clock()
        left, at = self._buckets.get(node, (float(self._per_minute), now))
        left = min(float(self._per_minute), left + (now - at) * self._per_minute / _MINUTE)
        if left < count:
            raise Fault(Code.RATE_LIMITED)
        self._buckets[node] = (left - count, now)


class DayCounts:
    """Counts of one day within one transaction: read once, raised in memory, written at the end."""

    def __init__(self, connection: Connection, day: int, limits: Mapping[str, int]) -> None:
        self._connection = connection
        self._day = day
        self._limits = limits
        self._used: dict[Use, int] = {}
        self._raised: set[Use] = set()

    def check(self, node: NodeId, uses: Mapping[str, int]) -> Fault | None:
        """Return QUOTA when these uses would go over a limit; otherwise count them."""
        for what, amount in uses.items():
            if self._read((node, what)) + amount > self._limits[what]:
                return Fault(Code.QUOTA, what)
        for what, amount in uses.items():
            self._used[node, what] += amount
            self._raised.add((node, what))
        return None

    def write(self) -> None:
        """Store what was raised."""
        rows = [(self._day, node, what, self._used[node, what]) for node, what in sorted(self._raised)]
        upsert_rows(self._connection, QUOTA, rows)

    def preload(self, nodes: set[NodeId]) -> None:
        """Read the counts of these nodes in one query."""
        wanted = (QUOTA.c.node, QUOTA.c.what, QUOTA.c.used)
        keys = [(self._day, node) for node in sorted(nodes)]
        for node, what, used in find_rows(self._connection, wanted, (QUOTA.c.day, QUOTA.c.node), keys):
            self._used.setdefault((NodeId(node), what), used)
        for node in nodes:
            for what in self._limits:
                self._used.setdefault((node, what), 0)

    def _read(self, use: Use) -> int:
        if use not in self._used:
            self.preload({use[0]})
        return self._used[use]
