"""Content-addressed blobs: policies, schemas and code lists under the SHA-256 of their bytes."""

import hashlib
from collections.abc import Callable, Sequence

from sqlalchemy import Connection, select

from hub.quota import BLOBS, DAY, DayCounts
from hub.rows import insert_rows
from hub.schema import BLOB
from protocol.errors import Code, Fault
from protocol.ids import NodeId
from protocol.ports import Clock
from runtime.database import Database

OPERATOR = NodeId("operator")
"""Stands for the person at the loopback listener; no node can have an empty family, so the name is never enrolled."""

ReadBlob = Callable[[bytes], bytes]


def blob_reader(connection: Connection) -> ReadBlob:
    """Return a reader of stored blobs; NOT_FOUND for one that is not stored, BODY_HASH for one that was changed."""

    def read(digest: bytes) -> bytes:
        data = connection.execute(select(BLOB.c.data).where(BLOB.c.digest == digest)).scalar_one_or_none()
        if data is None:
            raise Fault(Code.NOT_FOUND, "blob")
        if hashlib.sha256(data).digest() != digest:
            raise Fault(Code.BODY_HASH, "stored blob")
        return bytes(data)

    return read


class Blobs:
    """Stores and serves blobs."""

    def __init__(self, database: Database, clock: Clock, publishers: Sequence[str], bytes_per_day: int) -> None:
        self._database = database
        self._clock = clock
        self._publishers = frozenset(publishers)
        self._limits = {BLOBS: bytes_per_day}

    async def read(self, digest: bytes) -> bytes:
        """Return the bytes of a blob; NOT_FOUND otherwise."""
        return await self._database.read(lambda connection: blob_reader(connection)(digest))

    async def store(self, digest: bytes, data: bytes, node: NodeId) -> bool:
        """Keep a blob; return whether it is new. NOT_PERMITTED for others than publishers, BODY_HASH, QUOTA."""
        if node != OPERATOR and node not in self._publishers:
            raise Fault(Code.NOT_PERMITTED, "publisher")
        if hashlib.sha256(data).digest() != digest:
            raise Fault(Code.BODY_HASH)
        now = self._clock()

        def write(connection: Connection) -> bool:
            if connection.execute(select(BLOB.c.digest).where(BLOB.c.digest == digest)).one_or_none() is not None:
                return False
            counts = DayCounts(connection, now // DAY, self._limits)
            refused = None if node == OPERATOR else counts.check(node, {BLOBS: len(data)})
            if refused is not None:
                raise refused
            insert_rows(connection, BLOB, [(digest, data, node, now)])
            counts.write()
            return True

        return await self._database.write(write, len(data))
