"""The hub as a node sees it: one method per verb of ``protocol.api``. Tests put a simulator with a real log there."""

from typing import Protocol

from protocol.ids import Channel, MessageId


class HubClient(Protocol):
    """Each method returns the answer's bytes, unverified, or raises ``Retry``, ``HubRefused`` or ``GiveUp``."""

    async def submit(self, message: MessageId, envelope: bytes) -> bytes:
        """Return the acceptance evidence."""
        ...

    async def fetch(self, channel: Channel, after: int, wait_s: int) -> bytes:
        """Return the page of mailbox items after the cursor, waiting up to ``wait_s`` seconds for the first one."""
        ...

    async def put_receipt(self, receipt: bytes, raw: bytes) -> bytes:
        """Return inclusion and checkpoint of a signed receipt."""
        ...

    async def put_token(self, token: bytes, raw: bytes) -> bytes:
        """Return inclusion and checkpoint of a consent or approval token."""
        ...

    async def put_statement(self, statement: bytes, raw: bytes) -> bytes:
        """Return inclusion and checkpoint of a directory entry in the directory log."""
        ...

    async def checkpoint(self, log: str) -> bytes:
        """Return a log's newest checkpoint."""
        ...

    async def entries(self, log: str, start: int, end: int) -> bytes:
        """Return the array of entries [start, end) of a log."""
        ...

    async def inclusion(self, log: str, index: int, size: int) -> bytes:
        """Return the array of hashes of an inclusion proof."""
        ...

    async def consistency(self, log: str, first: int, second: int) -> bytes:
        """Return the array of hashes of a consistency proof."""
        ...

    async def blob(self, digest: bytes) -> bytes:
        """Return the bytes with this SHA-256."""
        ...

    async def time(self) -> bytes:
        """Return the hub's clock, seconds UTC, as an encoded integer."""
        ...
