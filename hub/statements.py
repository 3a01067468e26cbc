"""The directory log: statements that change who is who, each checked against the directory it would extend.

Statements go one after the other through their own batcher. After a commit the roster gets a new snapshot at once, so
that the next message, and every open poll, is judged under the new directory.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, select

from hub.blobs import OPERATOR, blob_reader
from hub.items import Logged
from hub.log_store import read_entry_at
from hub.logs import LedgerLog
from hub.policy_store import load_policy
from hub.quota import DAY, STATEMENTS, DayCounts
from hub.roster import Roster, Snapshot, grown
from hub.rows import insert_rows
from hub.schema import STATEMENT
from keys.admission import check_issue_time
from keys.directory import check_entry
from policies.model import PolicySet
from protocol.api import DIRECTORY_LOG
from protocol.errors import Code, Fault, Malformed
from protocol.ids import NodeId, StatementId
from protocol.ports import Clock
from protocol.statement_network import PolicyChange, Restart
from protocol.statements import parse_entry
from runtime.database import Database


@dataclass(frozen=True, slots=True)
class NewStatement:
    """A directory entry that was checked once; ``policy`` is the bundle it would put in force."""

    raw: bytes
    id: StatementId
    node: NodeId
    policy: PolicySet | None = None


class Statements:
    """Takes statements. One per directory log."""

    def __init__(self, database: Database, log: LedgerLog, roster: Roster, per_day: int, clock: Clock) -> None:
        self._database = database
        self._log = log
        self._roster = roster
        self._limits = {STATEMENTS: per_day}
        self._clock = clock
        self._next: Snapshot | None = None
        self._batcher = database.batcher(self._run, self._publish)
        self.wait_for: Callable[[object], Awaitable[None]] | None = None  # raises while the directory may not change
        self.on_change: list[Callable[[], None]] = []
        self.on_publish: list[Callable[[Snapshot], None]] = []  # in the writer's thread, before anything is signed

    async def take(self, raw: bytes, named: StatementId, node: NodeId) -> Logged:
        """Return after the statement is committed and in the roster; a repeat returns where it stands.

        Raises the codes of ``keys.directory.Directory.extend``, and STATEMENT_ORDER for a policy whose files are not
        here yet and for a restart, which belongs to recovery.
        """
        entry = parse_entry(raw)
        if entry.id != named:
            raise Malformed("the path names another statement")
        known = await self._database.read(lambda connection: _known(connection, raw))
        if known is not None:
            return known
        if isinstance(entry.body, Restart):
            raise Fault(Code.STATEMENT_ORDER, "a restart is given to: egnatia hub recover")
        check_issue_time(entry.body, self._clock())
        if self.wait_for is not None:
            await self.wait_for(entry.body)
        await asyncio.to_thread(check_entry, self._roster.current.directory, raw)
        policy = None
        if isinstance(entry.body, PolicyChange):
            digest = entry.body.digest
            policy = await self._database.read(lambda connection: load_policy(blob_reader(connection), digest))
        logged = await self._batcher.submit(NewStatement(raw, entry.id, node, policy), len(raw))
        for changed in self.on_change:
            changed()
        return logged

    def _run(self, connection: Connection, items: list[NewStatement]) -> Sequence[Logged | Exception]:
        head = self._log.refresh(connection)
        now = max(self._clock(), head.time)
        snapshot = self._roster.current
        if snapshot.directory.size != self._log.size:
            raise Fault(Code.BUSY, "another replica knows a newer directory")
        counts = DayCounts(connection, now // DAY, self._limits)
        accepted: list[bytes] = []
        results: list[Logged | Exception] = []
        for item in items:
            try:
                snapshot, logged = self._enter(connection, snapshot, item, (counts, now))
            except Fault as fault:
                results.append(fault)
                continue
            accepted += [item.raw] if logged.fresh else []
            results.append(logged)
        if accepted:
            counts.write()
            self._log.stage(connection, accepted, now, snapshot.directory.size)
        self._next = snapshot
        return results

    def _enter(
        self, connection: Connection, snapshot: Snapshot, item: NewStatement, context: tuple[DayCounts, int]
    ) -> tuple[Snapshot, Logged]:
        counts, now = context
        known = _known(connection, item.raw)
        if known is not None:
            return snapshot, known
        refused = None if item.node == OPERATOR else counts.check(item.node, {STATEMENTS: 1})
        if refused is not None:
            raise refused
        index = snapshot.directory.size
        after = grown(snapshot, (item.raw,), now)
        if item.policy is not None:
            after = replace(after, policies={**after.policies, item.policy.digest: item.policy})
        insert_rows(connection, STATEMENT, [(index, item.id, hashlib.sha256(item.raw).digest(), now)])
        return after, Logged(index, item.raw, fresh=True)

    def _publish(self, _results: list[Logged]) -> None:
        self._log.publish()
        snapshot, self._next = self._next, None
        if snapshot is not None:
            self._roster.swap(snapshot)
            for published in self.on_publish:
                published(snapshot)
        self._log.announce()


def _known(connection: Connection, raw: bytes) -> Logged | None:
    digest = hashlib.sha256(raw).digest()
    index = connection.execute(select(STATEMENT.c.seq).where(STATEMENT.c.digest == digest)).scalar_one_or_none()
    if index is None:
        return None
    stored = read_entry_at(connection, DIRECTORY_LOG, [index])
    return Logged(index, stored.get(index, raw), fresh=False)
