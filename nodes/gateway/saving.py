"""Gives the content of attachments to a reader: the whole file or a range, each segment verified before it leaves."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from nodes.gateway import attachments, inbox, outbox
from nodes.gateway.attachments import Attached, FileState
from nodes.gateway.enclosing import stored_file
from nodes.gateway.file_crypto import StoredFile, read_range
from nodes.gateway.inbox import READABLE
from nodes.gateway.scan_results import NOT_SCANNED, FileScan, scan_of, scans_of
from nodes.gateway.stores import Store
from protocol.errors import Code, Fault
from protocol.ids import MessageId

_KEPT = frozenset({FileState.READY, FileState.SENT, FileState.HERE})


@dataclass(frozen=True, slots=True)
class Found:
    """An attachment with its progress; ``stored`` is None while it cannot be read here.

    Where a scanner found something in it, that is so for whoever did not ask for it all the same.
    """

    row: Attached
    stored: StoredFile | None
    scan: FileScan = NOT_SCANNED


class Saving:
    """Reads attachment files."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def progress(self, message: MessageId) -> Sequence[Attached]:
        """Return the attachments of a message and how far each has come."""
        return await self._store.database.read(lambda connection: attachments.of_message(connection, message))

    async def under_way(self, limit: int) -> Sequence[Attached]:
        """Return attachments on their way, either way."""
        return await self._store.database.read(lambda connection: attachments.under_way(connection, limit))

    async def scans(self, rows: Sequence[Attached]) -> Mapping[str, FileScan]:
        """Return what a scanner found in the files, by part; whatever it did not look at is not scanned."""
        found = await self._store.database.read(lambda connection: scans_of(connection, [each.file for each in rows]))
        return {each.part.name: found.get(each.file, NOT_SCANNED) for each in rows}

    async def find(self, message: MessageId, part: str, *, infected: bool = False) -> Found | None:
        """Return an attachment of a message that a reader may see; None for anything else.

        One in which a scanner found something cannot be read, unless the caller says ``infected``.
        """

        def load(connection: Connection) -> Found | None:
            row = attachments.find_attached(connection, message, part)
            if row is None or not _may_see(connection, message):
                return None
            scan = scan_of(connection, row.file)
            here = row.state in _KEPT and (infected or not scan.infected)
            return Found(row, stored_file(self._store, connection, row) if here else None, scan)

        return await self._store.database.read(load)

    async def read(self, stored: StoredFile, start: int, end: int) -> AsyncGenerator[bytes, None]:
        """Yield the content from ``start`` to ``end`` (exclusive); what does not verify ends it with a fault.

        ATT_MISSING when the file is gone from the folder.
        """
        try:
            raw = await asyncio.to_thread(self._store.files.open, stored.file)
        except FileNotFoundError:
            raise Fault(Code.ATT_MISSING, stored.file) from None
        with raw:
            pieces = await asyncio.to_thread(read_range, raw, stored, start, end)
            while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
                yield piece


def _may_see(connection: Connection, message: MessageId) -> bool:
    row = inbox.find(connection, message)
    if row is not None:
        return row.state in READABLE
    return outbox.find(connection, message) is not None
