"""What auditors read of messages, each within its mandate: signed headers, evidence and counts, never content.

What lies outside a mandate is left out of pages and answers NOT_FOUND when it is asked for, as if it did not exist.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

from sqlalchemy import Connection

from hub.audit_store import Reader, counted, fitting, records_between, records_of
from hub.logs import LedgerLog
from hub.roster import Roster
from protocol.audit import Record, RecordPage, Refusals, encode_found, encode_page, encode_refusals
from protocol.errors import Code, Fault, Malformed
from protocol.ids import MessageId, NodeId
from protocol.limits import MAX_LOG_ENTRIES, MAX_OBJECT
from protocol.mandate import Mandate
from protocol.ports import Clock
from protocol.records import Kind
from runtime.database import Database
from runtime.lifecycle import Lifecycle

_ROOM = MAX_OBJECT - (1 << 12)  # bytes of records in one answer
_FRAME = 16  # bytes around a record, at most
_POLLS = 2  # an auditor has one copy, and perhaps a second look
MAX_DAYS = 31
T = TypeVar("T")


class AuditReads:
    """Answers auditors. Every question is judged by the directory of its moment."""

    def __init__(self, database: Database, log: LedgerLog, roster: Roster, lifecycle: Lifecycle, clock: Clock) -> None:
        self._database = database
        self._log = log
        self._roster = roster
        self._lifecycle = lifecycle
        self._clock = clock
        self._wakes: dict[asyncio.Event, NodeId] = {}
        log.on_sealed.append(self._wake)

    async def records(self, caller: NodeId, start: int, end: int, wait_s: float = 0) -> bytes:
        """Return what stands behind the leaves [start, end), as far as a checkpoint promises them, at most 256.

        Waits at most so long until a checkpoint promises leaf ``start``. NOT_PERMITTED without a mandate, RATE_LIMITED
        for a caller that waits in too many places.
        """
        if start > end:
            raise Malformed("range")
        self._mandate(caller)
        await self._await(caller, start, wait_s)
        promised = 0 if self._log.latest is None else self._log.latest.size
        last = max(start, min(end, promised, start + MAX_LOG_ENTRIES))
        found = await self._ask(caller, lambda connection, reader: records_between(connection, reader, start, last))
        fitting = _within(found, _ROOM)
        after = last if len(fitting) == len(found) else found[len(fitting)].leaf
        return encode_page(RecordPage(after, tuple(fitting)))

    async def _await(self, caller: NodeId, start: int, wait_s: float) -> None:
        if wait_s <= 0 or (self._log.latest is not None and self._log.latest.size > start):
            return
        if list(self._wakes.values()).count(caller) >= _POLLS:
            raise Fault(Code.RATE_LIMITED, "open polls")
        wake = asyncio.Event()
        self._wakes[wake] = caller
        try:
            await self._lifecycle.rest(wake, wait_s)
        finally:
            del self._wakes[wake]

    def _wake(self, _size: int) -> None:
        for wake in self._wakes:
            wake.set()

    async def message(self, caller: NodeId, message: MessageId) -> bytes:
        """Return the signed header of a message and the evidence about it; NOT_FOUND, also outside the mandate."""
        found = await self._ask(caller, lambda connection, reader: records_of(connection, reader, message))
        if not found:
            raise Fault(Code.NOT_FOUND, "message")
        return encode_found(_within(found, _ROOM))

    async def refusals(self, caller: NodeId, since: int, until: int, skip: int = 0) -> bytes:
        """Return what was refused on the days [since, until), at most 31 of them; counts are the hub's word.

        Leaves out the first ``skip`` counts of day ``since``; what one answer cannot hold begins at its ``next``.
        """
        if not since <= until <= since + MAX_DAYS:
            raise Malformed("days")

        def load(connection: Connection, reader: Reader) -> Refusals:
            days = ((day, counted(connection, reader, day)) for day in range(since, until))
            return fitting(days, skip, _ROOM)

        return encode_refusals(await self._ask(caller, load))

    async def _ask(self, caller: NodeId, load: Callable[[Connection, Reader], T]) -> T:
        reader = Reader(self._roster.current.directory, self._mandate(caller))
        return await self._database.read(lambda connection: load(connection, reader))

    def _mandate(self, caller: NodeId) -> Mandate:
        """Return what a node may see now. An auditor's mandate ends with its suspension and with its enrolment."""
        now = self._clock()
        found = self._roster.current.directory.participant(caller, now)
        if found is None or found.kind is not Kind.AUDITOR or found.mandate is None:
            raise Fault(Code.NOT_PERMITTED, "no mandate")
        if found.suspended or found.revoked:
            raise Fault(Code.NODE_SUSPENDED)
        if found.valid_until is not None and found.valid_until <= now:
            raise Fault(Code.NOT_PERMITTED, "the enrolment has ended")
        return found.mandate


def _within(records: Sequence[Record], limit: int) -> Sequence[Record]:
    size = 0
    for at, each in enumerate(records):
        size += len(each.raw) + _FRAME
        if size > limit:
            return records[:at]
    return records
