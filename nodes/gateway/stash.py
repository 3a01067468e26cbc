"""Takes files of this machine in: encrypted as they come, in constant memory, kept for the message that names them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from nodes.gateway import attachments
from nodes.gateway.attachments import Stashed
from nodes.gateway.enclosing import Enclosed
from nodes.gateway.file_crypto import StashWriter, StoredFile
from nodes.gateway.file_secrets import parse_secret
from nodes.gateway.here import Here
from nodes.gateway.scan_results import scan_of
from nodes.gateway.stores import Store
from nodes.gateway.wishes import InputFault, WishedFile
from protocol.errors import Code, Fault
from protocol.file_names import check_name
from protocol.ids import Reference
from runtime.pieces import gathered

_PIECE: Final = 1 << 20  # bytes that go to the disk at a time
_ID: Final = 16
_HOUR: Final = 3_600


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file that was taken in: the id by which a message names it, until when it is kept, and what it is."""

    id: Reference
    expires_at: int
    stored: StoredFile


class Stash:
    """Files that wait for their message."""

    def __init__(self, here: Here, store: Store) -> None:
        self._here = here
        self._store = store
        self._settings = store.files.settings

    async def take(self, name: str, media_type: str, pieces: AsyncIterator[bytes]) -> Waiting:
        """Return when the whole file is durable and encrypted.

        NAME_REJECTED for a name that could mislead a reader, TOO_LARGE, DISK_FULL; then nothing is kept.
        """
        check_name(name)
        room = self._store.files
        file = room.new_name()
        try:
            stored = await self._write(file, name, media_type, pieces)
            return await self._put(stored)
        except BaseException:
            await asyncio.to_thread(room.drop, file)
            raise
        finally:
            room.settle(file)

    async def _write(self, file: str, name: str, media_type: str, pieces: AsyncIterator[bytes]) -> StoredFile:
        room = self._store.files
        with ExitStack() as stack:
            out = await asyncio.to_thread(stack.enter_context, room.create(file))
            writer = StashWriter(out, file, self._here.entropy)
            size = 0
            async for piece in gathered(pieces, _PIECE):
                size += len(piece)
                if size > self._settings.file_bytes:
                    raise Fault(Code.TOO_LARGE, "attachment")
                room.check_open()
                await asyncio.to_thread(room.check_space, len(piece))
                await asyncio.to_thread(writer.update, piece)
            stored = await asyncio.to_thread(writer.finish, name, media_type)
            await asyncio.to_thread(stack.close)
        return stored

    async def _put(self, stored: StoredFile) -> Waiting:
        now = self._here.clock()
        new = Waiting(Reference(self._here.entropy(_ID)), now + self._settings.stash_hours * _HOUR, stored)

        def put(connection: Connection) -> None:
            item = self._store.vault.put(connection, stored.secret.encode())
            row = Stashed(new.id, item, stored.file, stored.length, new.expires_at)
            attachments.put_stashed(connection, row, now)

        await self._store.database.write(put)
        return new

    async def find(self, wished: Sequence[WishedFile]) -> tuple[StoredFile, ...] | tuple[InputFault, ...]:
        """Return the waiting files in the order of the wish, or which are not here (any more) or hold malware."""

        def load(connection: Connection) -> tuple[StoredFile | InputFault, ...]:
            return tuple(self._load(connection, at, each) for at, each in enumerate(wished))

        found = await self._store.database.read(load)
        faults = tuple(each for each in found if isinstance(each, InputFault))
        return faults or tuple(each for each in found if isinstance(each, StoredFile))

    def _load(self, connection: Connection, at: int, wished: WishedFile) -> StoredFile | InputFault:
        row = attachments.find_stashed(connection, wished.id)
        raw = None if row is None else self._store.vault.get(connection, row.item)
        if row is None or raw is None:
            return _unknown(at)
        secret = parse_secret(raw)
        if wished.sha256 not in (None, secret.sha256.hex()):
            return _unknown(at)
        if scan_of(connection, row.file).infected:
            return InputFault(f"/attachments/{at}/id", "INFECTED", "A scanner found malware in it: leave the file out.")
        return StoredFile(row.file, row.length, secret)


def enclosed(wished: Sequence[WishedFile], parts: Sequence[str], files: Sequence[StoredFile]) -> tuple[Enclosed, ...]:
    """Return what the message takes along: each waiting file under its part."""
    return tuple(Enclosed(part, file, each.id) for each, part, file in zip(wished, parts, files, strict=True))


def _unknown(at: int) -> InputFault:
    return InputFault(f"/attachments/{at}/id", "UNKNOWN_FILE", "There is no such file here: upload it again.")
