"""What is kept of refusals: counts by day, node and code, and both sides of an equivocation. Never content."""

from collections import Counter
from typing import Final

from sqlalchemy import Connection, func, select

from hub.quota import DAY
from hub.rows import upsert_rows
from hub.schema import DECIDED, EQUIVOCATION, REFUSAL
from protocol.decision import Decision
from protocol.envelope import Envelope
from protocol.errors import Code
from protocol.ids import Channel, NodeId
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
        self._rules: Counter[tuple[int, str, str, str, str, str]] = Counter()

    def count(self, code: Code, node: NodeId | None) -> None:
        """Count one refusal."""
        self._counts[self._clock() // DAY, node or STRANGER, str(code)] += 1

    def count_rules(self, decision: Decision, sender: NodeId, channel: Channel) -> None:
        """Count each rule that refused a message, once a message; which message it was is not kept."""
        day = self._clock() // DAY
        said = {(each.rule, each.article, str(each.verdict)) for each in decision.findings}
        self._rules.update((day, sender, channel, *each) for each in said)

    async def store(self) -> None:
        """Add what was counted to the stored counts; called from time to time and at the end."""
        counts, self._counts = self._counts, Counter()
        rules, self._rules = self._rules, Counter()
        if counts or rules:
            await self._database.write(lambda connection: _add(connection, counts, rules))

    async def keep_equivocation(self, envelope: Envelope) -> None:
        """Keep the signed manifest of a second message under a used number: with the first one it is the proof."""
        sender, now = envelope.manifest.core.sender, self._clock()

        def keep(connection: Connection) -> None:
            kept = select(func.count()).select_from(EQUIVOCATION).where(EQUIVOCATION.c.sender == sender)
            if connection.execute(kept).scalar_one() < _KEPT_PER_SENDER:
                upsert_rows(connection, EQUIVOCATION, [(envelope.id, sender, envelope.signed.raw, now)])

        await self._database.write(keep)


def _add(
    connection: Connection,
    codes: Counter[tuple[int, str, str]],
    rules: Counter[tuple[int, str, str, str, str, str]],
) -> None:
    for table, counts in ((REFUSAL, codes), (DECIDED, rules)):
        for key, amount in sorted(counts.items()):
            where = (column == value for column, value in zip(table.primary_key, key, strict=True))
            before = connection.execute(select(table.c.count).where(*where)).scalar_one_or_none() or 0
            upsert_rows(connection, table, [(*key, before + amount)])
