"""Has the files of messages and drafts looked at by a scanner, in the background: nothing waits for it.

A scanner that does not answer, or answers what cannot be read, leaves the file as failed, and it is asked again later;
silence is never taken for clean. The scanner gets the content and its length, no name and no word of the message.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Final, Protocol

from sqlalchemy import Connection

from nodes.gateway import attachments
from nodes.gateway.alarm_words import SCAN_FAILED
from nodes.gateway.alarms import clear_alarm, raise_alarm
from nodes.gateway.backoff import delay_s
from nodes.gateway.file_crypto import StoredFile
from nodes.gateway.file_secrets import parse_secret
from nodes.gateway.gateway import Gateway
from nodes.gateway.scan_results import SCAN, FileScan, ScanState, Unscanned, due_files, forget_gone, put_scan
from protocol.errors import Code, Fault
from runtime.log import Log

_AT_ONCE: Final = 8
_PAUSE_S: Final = 10.0
_BASE_S, _CAP_S = 30, 3_600  # between two tries of one file
_ALARM_AFTER: Final = 3  # tries


class ScanFailed(Exception):
    """The scanner gave no answer that can be trusted. The words are for the node's own log: no content, no name."""


class Engine(Protocol):
    """A scanner that looks at one file at a time."""

    @property
    def largest(self) -> int:
        """Bytes of the largest file that it is given."""
        ...

    async def scan(self, pieces: AsyncIterator[bytes], size: int) -> str | None:
        """Return what it calls its finding, None where it found nothing. ``ScanFailed`` for anything else."""
        ...


class Scanning:
    """The loop of one node."""

    def __init__(self, gateway: Gateway, engine: Engine, log: Log) -> None:
        self._gateway = gateway
        self._engine = engine
        self._log = log

    async def turn(self) -> float:
        """Return the seconds until the next look, after everything that is due now was shown to the scanner."""
        database = self._gateway.store.database
        seen: set[str] = set()
        while True:
            now = self._gateway.here.clock()
            due = await database.read(lambda connection, now=now: due_files(connection, now, _AT_ONCE))  # type: ignore[misc]
            fresh = [each for each in due if each.file not in seen]
            if not fresh:
                break
            for each in fresh:
                seen.add(each.file)
                await self._look(each)
        await database.write(lambda connection: forget_gone(connection, attachments.kept_files(connection)))
        return _PAUSE_S

    async def _look(self, each: Unscanned) -> None:
        clock = self._gateway.here.clock
        if each.length > self._engine.largest:  # no fault of the scanner: said of the file, and no alarm
            await self._keep(each, FileScan(ScanState.FAILED, "", clock()), _CAP_S)
            return
        try:
            threat = await self._ask(each)
        except (ScanFailed, Fault) as err:
            self._log.unexpected(err, SCAN)
            attempts = each.attempts + 1
            wait = delay_s(attempts, _BASE_S, _CAP_S, self._gateway.here.entropy)
            await self._keep(each, FileScan(ScanState.FAILED, "", clock(), attempts), wait)
            return
        state = ScanState.CLEAN if threat is None else ScanState.INFECTED
        await self._keep(each, FileScan(state, threat or "", clock()), 0)

    async def _ask(self, each: Unscanned) -> str | None:
        stored = await self._gateway.store.database.read(lambda connection: self._stored(connection, each))
        if stored is None:
            raise Fault(Code.ATT_MISSING, "gone meanwhile")
        size = stored.secret.size
        pieces: AsyncGenerator[bytes, None] = self._gateway.saving.read(stored, 0, size)
        async with aclosing(pieces):
            return await self._engine.scan(pieces, size)

    def _stored(self, connection: Connection, each: Unscanned) -> StoredFile | None:
        raw = self._gateway.store.vault.get(connection, each.item)
        return None if raw is None else StoredFile(each.file, each.length, parse_secret(raw))

    async def _keep(self, each: Unscanned, found: FileScan, wait: int) -> None:
        def keep(connection: Connection) -> None:
            put_scan(connection, each.file, found, found.at + wait)
            if found.state is not ScanState.FAILED:
                clear_alarm(connection, SCAN_FAILED, SCAN)
            elif found.attempts >= _ALARM_AFTER:
                raise_alarm(connection, SCAN_FAILED, SCAN, found.at)

        await self._gateway.store.database.write(keep)
