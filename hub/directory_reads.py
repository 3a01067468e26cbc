"""What nodes read of the two logs, and the way of a statement from bytes to its proof."""

from hub.log_store import read_entries, tile_reader
from hub.logs import LedgerLog
from hub.roster import Roster
from hub.statements import Statements
from hub.submissions import Answer
from hub.wire_answers import entries_answer, hashes_answer, logged_answer
from hub.witness_lines import lines_of
from protocol.api import DIRECTORY_LOG, MESSAGE_LOG
from protocol.errors import Code, Fault, Malformed
from protocol.ids import DIGEST_SIZE, NodeId, StatementId
from protocol.limits import MAX_LOG_ENTRIES, MAX_OBJECT
from protocol.ports import Clock
from protocol.records import Kind
from protocol.tiles import HEIGHT, WIDTH, encode_bundle, parse_tile_path
from runtime.database import Database


class DirectoryReads:
    """Serves checkpoints, entries and proofs of both logs, and takes statements."""

    def __init__(
        self,
        database: Database,
        logs: tuple[LedgerLog, LedgerLog],
        roster: Roster,
        statements: Statements,
        clock: Clock,
    ) -> None:
        self._database = database
        self._directory, self._messages = logs
        self._roster = roster
        self._statements = statements
        self._clock = clock

    async def take(self, raw: bytes, named: StatementId, node: NodeId) -> Answer:
        """Return the proof that a statement stands in the directory log; see ``Statements.take``."""
        logged = await self._statements.take(raw, named, node)
        checkpoint = await self._directory.cover(logged.index)
        inclusion = await self._directory.include(logged.index, logged.entry, checkpoint.size)
        return Answer(logged.fresh, logged_answer(named, inclusion, checkpoint.raw))

    async def checkpoint(self, log: str) -> bytes:
        """Return the newest stored checkpoint of a log, with the cosignatures that it has by now."""
        latest = self._find(log).latest
        if latest is None:
            raise Fault(Code.NOT_READY, "no checkpoint yet")
        quorum = self._roster.current.directory.charter.quorum
        lines = await self._database.read(lambda connection: lines_of(connection, log, latest.size, quorum))
        return latest.raw + lines

    async def entries(self, log: str, start: int, end: int, caller: NodeId) -> bytes:
        """Return entries [start, end) as far as a checkpoint promises them, at most 256 and what one answer holds.

        The message log is shown to auditors and witnesses only (NOT_PERMITTED).
        """
        found = self._find(log)
        if log == MESSAGE_LOG and not self._may_audit(caller):
            raise Fault(Code.NOT_PERMITTED, "message log")
        if start > end:
            raise Malformed("range")
        promised = 0 if found.latest is None else found.latest.size
        last = min(end, promised, start + MAX_LOG_ENTRIES)
        entries = await self._database.read(lambda connection: read_entries(connection, log, start, last))
        return entries_answer(_within(entries, MAX_OBJECT - (1 << 10)))

    async def inclusion(self, log: str, index: int, size: int) -> bytes:
        """Return an audit path; NOT_FOUND outside what is promised."""
        return hashes_answer(await self._find(log).inclusion(index, size))

    async def consistency(self, log: str, first: int, second: int) -> bytes:
        """Return a consistency proof; NOT_FOUND outside what is promised."""
        return hashes_answer(await self._find(log).consistency(first, second))

    async def tile(self, log: str, path: str, caller: NodeId) -> bytes:
        """Return the tile or bundle of entries at a C2SP path below the log, cut to the width that the path names.

        NOT_FOUND for one that no checkpoint promises in that width. Bundles of the message log are shown to whom its
        entries are shown (NOT_PERMITTED); hashes alone say how much there is and nothing else.
        """
        found, tile = self._find(log), parse_tile_path(path)
        promised = 0 if found.latest is None else found.latest.size
        first, last = tile.index * WIDTH, tile.index * WIDTH + tile.width
        if last > promised >> HEIGHT * (tile.level or 0):
            raise Fault(Code.NOT_FOUND, "tile")
        if tile.level is not None:
            level, index, size = tile.level, tile.index, tile.width * DIGEST_SIZE
            return await self._database.read(lambda connection: tile_reader(connection, log)(level, index)[:size])
        if log == MESSAGE_LOG and not self._may_audit(caller):
            raise Fault(Code.NOT_PERMITTED, "message log")
        return encode_bundle(await self._database.read(lambda connection: read_entries(connection, log, first, last)))

    def _find(self, log: str) -> LedgerLog:
        if log == DIRECTORY_LOG:
            return self._directory
        if log == MESSAGE_LOG:
            return self._messages
        raise Fault(Code.NOT_FOUND, "log")

    def _may_audit(self, caller: NodeId) -> bool:
        """Tell whether a node is a witness, or an auditor whose enrolment is in force."""
        directory, now = self._roster.current.directory, self._clock()
        found = directory.participant(caller, now)
        auditor = found is not None and found.kind is Kind.AUDITOR and not found.suspended and not found.revoked
        if auditor and found is not None and found.valid_until is not None:
            auditor = now < found.valid_until
        return auditor or caller in {witness.name for witness in directory.charter.witnesses}


def _within(entries: list[bytes], limit: int) -> list[bytes]:
    size = 0
    for at, entry in enumerate(entries):
        size += len(entry) + 5
        if size > limit:
            return entries[:at]
    return entries
