"""The way of an attachment into the hub: its list, its parts one by one, and the commit that logs its message.

Only the sender that holds the reservation gets here; to everybody else, and once it has lapsed, there is none
(NOT_FOUND). A part is verified against the list, and the list against the signed root, before anything is kept.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from sqlalchemy import Connection

from hub.part_store import PartKey, PartStore
from hub.submissions import Answer, Desk, find_logged, log_reserved, prove
from hub.transfers import Transfers
from hub.upload_store import (
    Kept,
    read_attachment,
    read_attachments,
    read_reserved,
    read_until,
    read_upload,
    write_held,
    write_list,
)
from protocol.errors import Code, Fault
from protocol.ids import MessageId, NodeId
from protocol.parts import PartCheck, PartList, parse_part_list, verify_part_list
from protocol.uploads import UploadState


@dataclass(frozen=True, slots=True)
class Target:
    """An attachment of a message that ``caller`` reserved."""

    message: MessageId
    name: str
    caller: NodeId


@dataclass(frozen=True, slots=True)
class Uploads:
    """Takes lists and parts, and commits."""

    desk: Desk
    store: PartStore
    transfers: Transfers

    async def state(self, message: MessageId, caller: NodeId) -> UploadState:
        """Return how far an upload has come."""

        def read(connection: Connection) -> UploadState:
            return read_upload(connection, message, self._until(connection, message, caller))

        return await self.desk.database.read(read)

    async def take_list(self, target: Target, raw: bytes) -> None:
        """Return after the attachment's list is stored; MALFORMED, TOO_MANY_PARTS, ATT_LENGTH or ATT_HASH."""
        kept = await self.desk.database.read(lambda connection: self._find(connection, target))
        parts = await self.desk.crew.run(lambda body: _verified(body, kept), raw)
        if kept.list is not None:
            return

        def write(connection: Connection) -> None:
            self._find(connection, target)
            write_list(connection, target.message, parts)

        await self.desk.database.write(write, len(raw))

    async def take_part(self, target: Target, index: int, pieces: AsyncIterator[bytes]) -> None:
        """Return after part ``index`` is verified, durable and noted; a repeat changes nothing.

        ATT_LENGTH, ATT_HASH, ATT_MISSING before the list is there, DISK_FULL, BUSY, RATE_LIMITED; then nothing of the
        part is kept.
        """
        kept = await self.desk.database.read(lambda connection: self._find(connection, target))
        if not index < kept.held.count:
            raise Fault(Code.NOT_FOUND, "part")
        if kept.list is None:
            raise Fault(Code.ATT_MISSING, "list")
        with self.transfers.slot(target.caller):
            await self.store.put(PartKey(kept.place, target.name, index), pieces, PartCheck(kept.list, index))
        if not await self.desk.database.write(lambda connection: _note(connection, target, index, kept.place)):
            await self.store.remove(kept.place)  # it lapsed meanwhile
            raise Fault(Code.NOT_FOUND, "lapsed")

    async def commit(self, message: MessageId, caller: NodeId) -> Answer:
        """Return the acceptance evidence: the message is logged now, or was before.

        It is admitted again at the current directory, policy and tokens. ATT_MISSING while parts are missing,
        NOT_FOUND without a reservation.
        """
        logged = await find_logged(self.desk, message, caller)
        if logged is not None:
            return await prove(self.desk, message, logged)

        def read(connection: Connection) -> bytes:
            self._until(connection, message, caller)
            if not all(each.complete for each in read_attachments(connection, message)):
                raise Fault(Code.ATT_MISSING)
            return read_reserved(connection, message) or b""

        raw = await self.desk.database.read(read)
        return await log_reserved(self.desk, raw, message, caller)

    def _until(self, connection: Connection, message: MessageId, caller: NodeId) -> int:
        until = read_until(connection, message, caller)
        if until is None or until <= self.desk.clock():
            raise Fault(Code.NOT_FOUND, "reservation")
        return until

    def _find(self, connection: Connection, target: Target) -> Kept:
        self._until(connection, target.message, target.caller)
        kept = read_attachment(connection, target.message, target.name)
        if kept is None:
            raise Fault(Code.NOT_FOUND, "attachment")
        return kept


def _verified(raw: bytes, kept: Kept) -> PartList:
    parts = parse_part_list(raw)
    verify_part_list(parts, kept.part)
    return parts


def _note(connection: Connection, target: Target, index: int, place: bytes) -> bool:
    """Note that a part is held; False when the attachment is not there any more, or elsewhere by now."""
    kept = read_attachment(connection, target.message, target.name, lock=True)
    if kept is None or kept.place != place:
        return False
    if not kept.held.has(index):
        write_held(connection, target.message, kept.held.with_part(index))
    return True
