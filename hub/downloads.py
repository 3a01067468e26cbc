"""The way of an attachment out of the hub: to a node in whose mailbox its message stands, and to nobody else.

A message that is unknown, another's, expired, deleted or withheld looks the same from outside: NOT_FOUND.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from hub.admission_checks import check_sender
from hub.items import Refused
from hub.part_store import PartKey, PartStore
from hub.roster import Roster
from hub.transfers import Transfers
from hub.upload_store import find_deliverable
from protocol.errors import Code, Fault
from protocol.ids import MessageId, NodeId
from protocol.parts import PartList
from protocol.ports import Clock
from runtime.database import Database


@dataclass(frozen=True, slots=True)
class Stocked:
    """An attachment that a node may fetch: where it is, and its list."""

    place: bytes
    parts: PartList


@dataclass(frozen=True, slots=True)
class Downloads:
    """Finds attachments for their recipients and reads their parts."""

    database: Database
    roster: Roster
    store: PartStore
    transfers: Transfers
    clock: Clock

    async def find(self, message: MessageId, name: str, node: NodeId) -> Stocked:
        """Return an attachment that ``node`` may fetch now, else NOT_FOUND; NODE_SUSPENDED as for a mailbox."""
        directory, now = self.roster.current.directory, self.clock()
        refused = check_sender(directory.participant(node, now))
        if refused is not None:
            raise Refused(refused, node)
        found = await self.database.read(lambda connection: find_deliverable(connection, message, name, (node, now)))
        if found is None or found[0].list is None or directory.is_key_revoked(found[1]):
            raise Fault(Code.NOT_FOUND, "attachment")
        return Stocked(found[0].place, found[0].list)

    def read(self, stocked: Stocked, index: int) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Give the bytes of a part as they are stored; the recipient verifies them. ATT_MISSING when they are lost."""
        return self.store.get(PartKey(stocked.place, stocked.parts.name, index))
