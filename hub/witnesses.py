"""What witnesses are asked and what they bring (protocol decision 9): offers out, cosignatures in, witnessed sizes out.

Witnesses pull, so the hub offers one checkpoint to all of them for a while, and their lines meet under one size. What
they bring is verified under the key that the charter names for the caller. Nothing here is waited for by a message.
"""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Final

from msgspec import Meta
from sqlalchemy import Connection

from hub.crew import Crew
from hub.logs import LedgerLog
from hub.quota import DAY
from hub.roster import Roster
from hub.witness_lines import Brought, noted, verify_lines
from hub.witness_store import (
    Lines,
    Offer,
    drop_old,
    last_offer,
    lines_under,
    mark_witnessed,
    newest_witnessed,
    next_witnessed,
    offered,
    put_lines,
    put_offer,
    waiting_since,
)
from keys.signed_head import all_charters
from protocol.api import DIRECTORY_LOG
from protocol.charter import Charter
from protocol.cosignature import Witness, parse_lines
from protocol.errors import Code, Fault
from protocol.ids import NodeId
from protocol.ports import Clock
from protocol.statement_network import Restart, Revocation, Suspension
from protocol.statement_nodes import Recovery
from runtime.database import Database
from runtime.lifecycle import Lifecycle

_NEVER_WAITING: Final = (Charter, Recovery, Restart, Revocation, Suspension)
_POLLS: Final = 4  # open at the same time for one witness: both logs, and a second process that takes over


@dataclass(frozen=True, slots=True)
class WitnessSettings:
    """How witnesses are asked. They name themselves in the charter; nothing here adds or removes one."""

    period_s: Annotated[
        int, Meta(ge=1, le=120, description="one checkpoint is offered to all witnesses for so long")
    ] = 10
    patience_s: Annotated[
        int, Meta(ge=60, description="directory changes wait once the witnesses are silent for so long")
    ] = 3_600
    keep_days: Annotated[int, Meta(ge=1, description="then one witnessed checkpoint of each day is kept")] = 90


@dataclass(frozen=True, slots=True)
class Ground:
    """What the hub's side of witnessing stands on."""

    database: Database
    logs: tuple[LedgerLog, LedgerLog]
    roster: Roster
    crew: Crew
    lifecycle: Lifecycle
    clock: Clock
    settings: WitnessSettings


class Witnesses:
    """Asks witnesses and keeps their answers."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._logs = {log.name: log for log in ground.logs}
        self._wakes: dict[asyncio.Event, NodeId] = {}
        for log in ground.logs:
            log.on_sealed.append(self._wake)

    async def offer(self, log: str, after: int, wait_s: float, caller: NodeId) -> bytes:
        """Return the checkpoint that is offered now, with the lines it has; wait at most so long for a larger one.

        NOT_PERMITTED for who is no witness, NOT_FOUND for another log, NOT_READY before the first checkpoint,
        RATE_LIMITED when the caller holds too many questions open.
        """
        ledger = self._ledger(log)
        self._witness(caller)
        quorum = self._charter.quorum
        if list(self._wakes.values()).count(caller) >= _POLLS:
            raise Fault(Code.RATE_LIMITED, "open offers")
        end, wake = asyncio.get_running_loop().time() + wait_s, asyncio.Event()
        self._wakes[wake] = caller
        try:
            size = await self._wait(ledger, after, wake, end)
        finally:
            del self._wakes[wake]
        return await self._ground.database.read(lambda connection: noted(connection, log, size, quorum))

    async def take(self, log: str, size: int, raw: bytes, caller: NodeId) -> None:
        """Keep a witness's lines under an offered checkpoint, durably; a repeat changes nothing.

        NOT_PERMITTED, NOT_FOUND for a size that was never offered, BAD_CHECKPOINT for another form,
        BAD_COSIGNATURE for lines that are not this witness's or do not verify.
        """
        ledger, witness = self._ledger(log), self._witness(caller)
        checkpoint = await self._ground.database.read(lambda connection: offered(connection, log, size))
        if checkpoint is None:
            raise Fault(Code.NOT_FOUND, "not offered")
        charters = all_charters(self._ground.roster.current.directory)
        new = await self._ground.crew.run(
            verify_lines, Brought(checkpoint, ledger.origin, charters, witness, parse_lines(raw))
        )
        await self._ground.database.write(lambda connection: self._store(connection, log, size, new))

    async def witnessed(self, log: str, after: int | None) -> bytes:
        """Return the smallest witnessed checkpoint above ``after``, or the newest one; NOT_FOUND without one."""
        self._ledger(log)
        quorum = self._charter.quorum

        def read(connection: Connection) -> bytes | None:
            size = newest_witnessed(connection, log) if after is None else next_witnessed(connection, log, after)
            return None if size is None else noted(connection, log, size, quorum)

        found = await self._ground.database.read(read)
        if found is None:
            raise Fault(Code.NOT_FOUND, "not witnessed yet")
        return found

    async def check_directory(self, body: object) -> None:
        """Raise NOT_WITNESSED while the witnesses have been silent about the directory for longer than the patience.

        Only a network that was ever witnessed waits, and never for what takes power away or repairs the witnesses.
        """
        if isinstance(body, _NEVER_WAITING):
            return
        since = await self._ground.database.read(_silent_since)
        if since is not None and self._ground.clock() - since > self._ground.settings.patience_s:
            raise Fault(Code.NOT_WITNESSED, "the directory is not witnessed")

    def waiting(self) -> int:
        """Return how many questions are open."""
        return len(self._wakes)

    async def tidy(self) -> int:
        """Thin out what is older than the settings keep; return how many rows went."""
        before = self._ground.clock() - self._ground.settings.keep_days * DAY
        return await self._ground.database.write(lambda connection: drop_old(connection, before))

    async def _wait(self, ledger: LedgerLog, after: int, wake: asyncio.Event, end: float) -> int:
        lifecycle = self._ground.lifecycle
        while True:
            wake.clear()  # before looking
            current = await self._current(ledger)
            left = end - asyncio.get_running_loop().time()
            if current.size > after or left <= 0 or lifecycle.closing:
                return current.size
            # What is new already waits for the period alone; each further checkpoint would only cost a look.
            bell = wake if ledger.latest is None or ledger.latest.size <= current.size else asyncio.Event()
            await lifecycle.rest(bell, min(left, self._until_next(ledger, current)))

    @property
    def _charter(self) -> Charter:
        return self._ground.roster.current.directory.charter

    def _ledger(self, log: str) -> LedgerLog:
        if log not in self._logs:
            raise Fault(Code.NOT_FOUND, "log")
        return self._logs[log]

    def _witness(self, caller: NodeId) -> Witness:
        found = next((each for each in self._charter.witnesses if each.name == caller), None)
        if found is None:
            raise Fault(Code.NOT_PERMITTED, "no witness")
        return found

    async def _current(self, ledger: LedgerLog) -> Offer:
        """Return the offer in force, after making the next one where its time has come."""
        now, newest = self._ground.clock(), ledger.latest
        if newest is None:
            raise Fault(Code.NOT_READY, "no checkpoint yet")
        standing = await self._ground.database.read(lambda connection: last_offer(connection, ledger.name))
        if standing is not None and (
            newest.size <= standing.size or now < standing.at + self._ground.settings.period_s
        ):
            return standing
        following = Offer(newest.size, now)
        await self._ground.database.write(lambda connection: put_offer(connection, ledger.name, following))
        return following

    def _until_next(self, ledger: LedgerLog, current: Offer) -> float:
        """Return how many seconds it takes until there may be something new; other replicas ring no bell here."""
        period = self._ground.settings.period_s
        if ledger.latest is None or ledger.latest.size <= current.size:
            return float(period)
        return float(max(1, current.at + period - self._ground.clock()))

    def _store(self, connection: Connection, log: str, size: int, new: Lines) -> None:
        charter = self._charter
        put_lines(connection, log, size, new)
        known = {each.name for each in charter.witnesses}
        if sum(each.witness in known for each in lines_under(connection, log, size)) >= charter.quorum:
            mark_witnessed(connection, log, size, self._ground.clock())

    def _wake(self, _size: int) -> None:
        for wake in self._wakes:
            wake.set()


def _silent_since(connection: Connection) -> int | None:
    """Return since when the oldest directory entry waits to be witnessed; None where none does or none ever was."""
    newest = newest_witnessed(connection, DIRECTORY_LOG)
    return None if newest is None else waiting_since(connection, newest)
