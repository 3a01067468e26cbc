"""The hub as a node sees it: one method per verb of ``protocol.api``. Tests put a simulator with a real log there."""

from typing import Protocol

from protocol.ids import Channel, MessageId, NodeId
from runtime.http_client import Sink, Stream


class HubClient(Protocol):
    """Each method returns the answer's bytes, unverified, or raises ``Retry``, ``HubRefused`` or ``GiveUp``."""

    async def submit(self, message: MessageId, envelope: bytes) -> bytes:
        """Return the acceptance evidence."""
        ...

    async def reserve(self, message: MessageId, envelope: bytes) -> bytes | None:
        """Offer a message with attachments: return None once their upload is expected, or the acceptance evidence."""
        ...

    async def upload(self, message: MessageId) -> bytes:
        """Return what the hub holds of a reserved message's attachments, and until when it keeps it."""
        ...

    async def put_part_list(self, message: MessageId, name: str, raw: bytes) -> None:
        """Tell the hashes of an attachment's parts."""
        ...

    async def put_part(self, message: MessageId, name: str, index: int, data: Stream) -> None:
        """Upload one part."""
        ...

    async def commit(self, message: MessageId) -> bytes:
        """Return the acceptance evidence of a message whose attachments are all there."""
        ...

    async def part_list(self, message: MessageId, name: str) -> bytes:
        """Return the list of an attachment's parts."""
        ...

    async def part(self, message: MessageId, name: str, index: int, sink: Sink) -> None:
        """Give one part of an attachment to ``sink`` piece by piece; it is whole when this returns."""
        ...

    async def fetch(self, channel: Channel, after: int, wait_s: int, seen: bytes | None = None) -> bytes:
        """Return the page of mailbox items after the cursor, waiting up to ``wait_s`` seconds for the first one.

        No bytes where there is none and the head is still the one of which ``seen`` is the SHA-256.
        """
        ...

    async def put_receipt(self, receipt: bytes, raw: bytes) -> bytes:
        """Return inclusion and checkpoint of a signed receipt or void."""
        ...

    async def put_receipts(self, raw: bytes) -> bytes:
        """Return which of several signed receipts and voids are logged, with their inclusions and one checkpoint."""
        ...

    async def put_token(self, token: bytes, raw: bytes) -> bytes:
        """Return inclusion and checkpoint of a consent or approval token."""
        ...

    async def put_anchor(self, anchor: bytes, raw: bytes) -> bytes:
        """Return inclusion and checkpoint of an anchor of this node's own log."""
        ...

    async def anchors(self, after: int) -> bytes:
        """Return the array of this node's signed anchors that cover more than ``after`` entries, ascending."""
        ...

    async def highest(self, channel: Channel, recipient: NodeId) -> bytes:
        """Return this node's highest logged sequence number towards a recipient, as an encoded integer."""
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

    async def offer(self, log: str, after: int, wait_s: int) -> bytes:
        """Return the checkpoint that witnesses are asked to cosign; wait up to ``wait_s`` seconds for one above."""
        ...

    async def cosign(self, log: str, size: int, raw: bytes) -> None:
        """Bring a witness's lines under an offered checkpoint."""
        ...

    async def witnessed(self, log: str, after: int | None) -> bytes:
        """Return the smallest witnessed checkpoint above ``after``, or the newest one."""
        ...

    async def blob(self, digest: bytes) -> bytes:
        """Return the bytes with this SHA-256."""
        ...

    async def time(self) -> bytes:
        """Return the hub's clock, seconds UTC, as an encoded integer."""
        ...
