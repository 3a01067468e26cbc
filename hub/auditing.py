"""The check of everything stored in both logs, in small reads beside the traffic. A finding closes the hub.

Attacks 78 and 79: an edited row or a removed leaf is found at the latest here, in the logs and in the messages that
they stand for. Signatures of stored messages are theirs who fetch them, who verify each one.
"""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Final

from hub.log_store import peek_head
from hub.logs import LedgerLog
from hub.message_check import MESSAGES_AT_ONCE, damaged_messages
from hub.selfcheck import LogIdentity, check_edge, check_inner_tiles, check_leaf_tile, full_tiles
from protocol.api import MESSAGE_LOG
from protocol.errors import Code, Fault
from protocol.tiles import WIDTH
from runtime.database import Database
from runtime.metrics import Metric, Metrics

_TILES_AT_ONCE: Final = 64  # 16 000 hashes, 20 ms: far below the deadline of a read


class Auditor:
    """Reads both logs again and again."""

    def __init__(self, database: Database, logs: Sequence[tuple[LedgerLog, LogIdentity]], metrics: Metrics) -> None:
        self._database = database
        self._logs = logs
        self._metrics = metrics

    async def check(self) -> None:
        """Check every entry and tile of both logs once; a finding closes both logs with LOG_FORK and is raised."""
        try:
            for _, identity in self._logs:
                await self._check_log(identity)
        except Exception as err:
            # Whatever keeps a stored log from being read is a finding; only a busy or closing database is none.
            if not isinstance(err, Fault) or err.code not in (Code.BUSY, Code.NOT_READY):
                self._metrics.set(Metric.LOG_INTACT, 0)
                for log, _ in self._logs:
                    log.closed = Code.LOG_FORK
            raise
        self._metrics.set(Metric.LOG_INTACT, 1)

    async def _check_log(self, identity: LogIdentity) -> None:
        head = await self._database.read(lambda connection: peek_head(connection, identity.name))
        for index in range(-(-head.size // WIDTH)):
            await self._database.read(partial(check_leaf_tile, log=identity, index=index))
            await asyncio.sleep(0)
        for level, count in full_tiles(head.size):
            for first in range(0, count, _TILES_AT_ONCE):
                indexes = range(first, min(count, first + _TILES_AT_ONCE))
                await self._database.read(partial(check_inner_tiles, log=identity, level=level, indexes=indexes))
        await self._database.read(lambda connection: check_edge(connection, identity))

    async def damaged(self) -> tuple[int, ...]:
        """Return the leaves whose stored messages are not those that were logged, and count them.

        The logs are sound, so the hub goes on: recipients refuse a damaged message by themselves, and one of them never
        stops the messages behind it (invariant 11). A person must look.
        """
        head = await self._database.read(lambda connection: peek_head(connection, MESSAGE_LOG))
        found: list[int] = []
        for first in range(0, head.size, MESSAGES_AT_ONCE):
            found += await self._database.read(partial(damaged_messages, first=first))
            await asyncio.sleep(0)
        self._metrics.set(Metric.MESSAGES_DAMAGED, len(found))
        return tuple(found)
