"""What is kept of refusals: counts by day, node and code, and both sides of an equivocation. Never content."""

from collections import Counter
from typing import Final

from sqlalchemy import Connection, func, select

from hub.quota import DAY
from hub.rows import upsert_rows
from hub.schema import EQUIVOCATION, REFUSAL
from protocol.envelope import Envelope
from protocol.errors import Code
from protocol.ids import NodeId
from protocol.ports import Clock
from runtime.database import Database

STRANGER: Final = "-"  # a caller without a node
_KEPT_PER_SENDER: Final = 100  # equivocations of one sender that are kept whole; proof needs one


class Rejections:
    """Counts in memory and stores now and then; lives in one event loop."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._counts: Counter[tuple[int, str, str]] = Counter()

    def count(self, code: Code, node: NodeId | None) -> None:
        """Count one refusal."""
        self._counts[self._clock() // DAY, node or STRANGER, str(code)] += 1

    async def store(self) -> None:
        """Add what was counted to the stored counts; called from time to time and at the end."""
        counts, self._counts = self._counts, Counter()
        if counts:
            await self._database.write(lambda connection: _add(connection, counts))

    async def keep_equivocation(self, envelope: Envelope) -> None:
        """Keep the signed manifest of a second message under a used number: with the first one it is the proof."""
        sender, now = envelope.manifest.core.sender, self._clock()

        def keep(connection: Connection) -> None:
            kept = select(func.count()).select_from(EQUIVOCATION).where(EQUIVOCATION.c.sender == sender)
            if connection.execute(kept).scalar_one() < _KEPT_PER_SENDER:
                upsert_rows(connection, EQUIVOCATION, [(envelope.id, sender, envelope.signed.raw, now)])

        await self._database.write(keep)


def _add(connection: Connection, counts: Counter[tuple[int, str, str]]) -> None:
    for (day, node, code), amount in sorted(counts.items()):
        where = (REFUSAL.c.day == day, REFUSAL.c.node == node, REFUSAL.c.code == code)
        before = connection.execute(select(REFUSAL.c.count).where(*where)).scalar_one_or_none() or 0
        upsert_rows(connection, REFUSAL, [(day, node, code, before + amount)])
