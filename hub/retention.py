"""What the hub deletes and when (protocol decision 20), in small commits between the others.

Contents and wraps go after the hand-over evidence of all recipients or after expiry, never because a cursor moved on.
Of whom they were never handed to until then, the log says so first: the record is what remains for the sender.
Attachments go with the contents, as do those of reservations that lapsed: first their rows, then their parts, so that
no row names a part that was deleted. The signed core goes years later; leaves, evidence and mailbox numbers stay. A
deleted item is served as GONE.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from sqlalchemy import Connection, delete, or_, select, update

from hub.config import RetentionSettings
from hub.intake import Intake
from hub.items import NewUnserved
from hub.message_store import State
from hub.part_store import PartStore
from hub.quota import DAY
from hub.schema import DECIDED, MESSAGE, QUOTA, REFUSAL, WRAP
from hub.unserved_store import NOTHING_DUE, find_due
from hub.upload_store import Place, drop_attachments, lapse
from protocol.errors import Fault
from protocol.ids import CHANNELS, Channel
from protocol.ports import Clock

CIVIL: Final = ("court-support", "cso", "police-cso")
Dropped = tuple[int, list[Place]]
"""How many rows a round deleted, and the places whose parts are to be removed."""
Round = Callable[[Connection], Dropped]


@dataclass(frozen=True, slots=True)
class Swept:
    """What one round deleted, and how many recipients it logged as never handed something."""

    contents: int
    cores: int
    counts: int
    reservations: int
    unserved: int


class Retention:
    """Deletes what is due, a bounded number of rows per commit."""

    def __init__(self, intake: Intake, store: PartStore, settings: RetentionSettings, clock: Clock) -> None:
        self._intake = intake
        self._database = intake.database
        self._store = store
        self._settings = settings
        self._clock = clock

    def adopt(self, settings: RetentionSettings) -> None:
        """Delete by other settings from the next round on."""
        self._settings = settings

    async def sweep(self) -> Swept:
        """Return when nothing is due any more.

        Where the log takes nothing, its fault is raised at the end: what is to be logged before it goes has stayed.
        """
        now, settings = self._clock(), self._settings
        rows = settings.batch_rows
        unserved, fault = 0, None
        try:
            unserved = await self._log_unserved(now, rows)
        except Fault as found:
            fault = found
        reservations = await self._repeat(lambda connection: lapse(connection, now, rows))
        contents = await self._repeat(lambda connection: drop_contents(connection, now, rows))
        cores = 0
        for channel in CHANNELS:
            days = settings.civil_core_days if channel in CIVIL else settings.core_days
            cores += await self._repeat(partial(drop_cores, channel=channel, before=now - days * DAY, limit=rows))
        before = now // DAY - settings.count_days
        counts = await self._database.write(lambda connection: drop_counts(connection, before))
        if fault is not None:
            raise fault
        return Swept(contents, cores, counts, reservations, unserved)

    async def _log_unserved(self, now: int, rows: int) -> int:
        """Return how many items were logged as never handed out; a bounded number of them per commit."""
        total = 0
        while True:
            due = await self._database.read(lambda connection: len(find_due(connection, now, rows)))
            if not due:
                return total
            await self._intake.take(NewUnserved(rows), 0)
            total += due

    async def _repeat(self, work: Round) -> int:
        total = 0
        while True:
            count, places = await self._database.write(work)
            total += count
            for place in places:
                # A store that does not answer ends the round; what stays has no row, and ``Leftovers`` finds it.
                await self._store.remove(place)
            if not count:
                return total


def drop_contents(connection: Connection, now: int, limit: int) -> Dropped:
    """Delete contents, wraps and attachments of messages that are handed over or expired.

    What is still to be logged of an expired one comes first: it waits.
    """
    expired = (MESSAGE.c.state == int(State.STORED)) & (MESSAGE.c.expires_at <= now) & NOTHING_DUE
    due = or_(MESSAGE.c.state == int(State.HANDED), expired)
    rows = connection.execute(select(MESSAGE.c.leaf, MESSAGE.c.id).where(due).limit(limit)).all()
    if not rows:
        return 0, []
    leaves = [row.leaf for row in rows]
    connection.execute(update(WRAP).where(WRAP.c.leaf.in_(leaves)).values(wrap=None))
    gone = update(MESSAGE).where(MESSAGE.c.leaf.in_(leaves))
    connection.execute(gone.values(contents=None, state=int(State.GONE)))
    return len(rows), drop_attachments(connection, [bytes(row.id) for row in rows])


def drop_cores(connection: Connection, channel: Channel, before: int, limit: int) -> Dropped:
    """Delete signed cores of a channel's messages received before ``before``; return how many."""
    due = (MESSAGE.c.state == int(State.GONE), MESSAGE.c.channel == channel, MESSAGE.c.received_at < before)
    leaves = connection.execute(select(MESSAGE.c.leaf).where(*due).limit(limit)).scalars().all()
    if leaves:
        erased = update(MESSAGE).where(MESSAGE.c.leaf.in_(leaves))
        connection.execute(erased.values(signed=None, state=int(State.ERASED)))
    return len(leaves), []


def drop_counts(connection: Connection, before_day: int) -> int:
    """Delete counts of use and refusals of days before ``before_day``; return how many rows."""
    tables = (QUOTA, REFUSAL, DECIDED)
    return sum(connection.execute(delete(table).where(table.c.day < before_day)).rowcount for table in tables)
