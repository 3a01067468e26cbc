"""The hub over HTTPS: each verb one request, each failure one of the three troubles."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from nodes.gateway.trouble import SEAL_AGAIN, GiveUp, HubRefused, HubTrouble, Retry
from protocol.api import CONTENT_TYPE, Problem
from protocol.errors import Code, Fault
from protocol.ids import Channel, MessageId, NodeId
from protocol.limits import MAX_CHECKPOINT, MAX_ENVELOPE, MAX_OBJECT, MAX_PART_LIST, UPLOAD_PART
from protocol.meanings import MEANINGS
from runtime.http_client import Answer, Ask, HttpClient, Sink, Stream

_POLL_MARGIN_S: Final = 15  # how much longer than its own wait a long poll may take
_BATCH: Final = 4 * MAX_OBJECT  # bytes of the largest answer: a page of large messages or 256 directory entries
_HEADERS: Final = {"Content-Type": CONTENT_TYPE}
_RAW: Final = {"Content-Type": "application/octet-stream"}
_RESERVED: Final = 202
_PART_S: Final = 1_800.0
_WRONG_HUB: Final = frozenset({Code.TLS_PEER_UNKNOWN, Code.WRONG_AUDIENCE})


@dataclass(frozen=True, slots=True)
class Transfers:
    """Connections of their own for parts of attachments, so that no other call waits for one; seconds for a part."""

    client: HttpClient
    part_s: float


class HttpHub:
    """Speaks to one hub. The answers' bytes are returned as they came; their readers verify them."""

    def __init__(self, client: HttpClient, transfers: Transfers | None = None) -> None:
        self._client = client
        self._transfers = transfers or Transfers(client, _PART_S)

    async def submit(self, message: MessageId, envelope: bytes) -> bytes:
        """Return the acceptance evidence."""
        return await self._put("envelopes", message, envelope, MAX_ENVELOPE)

    async def reserve(self, message: MessageId, envelope: bytes) -> bytes | None:
        """Return None once the upload of attachments is expected, or the acceptance evidence."""
        path = f"/v1/envelopes/{message.hex()}"
        answer = await self._call(Ask("PUT", path, envelope, _HEADERS, MAX_ENVELOPE))
        return None if answer.status == _RESERVED else answer.body

    async def upload(self, message: MessageId) -> bytes:
        """Return what the hub holds of a reserved message's attachments."""
        return await self._get(f"/v1/uploads/{message.hex()}", MAX_OBJECT)

    async def put_part_list(self, message: MessageId, name: str, raw: bytes) -> None:
        """Tell the hashes of an attachment's parts."""
        await self._ask(Ask("PUT", f"/v1/uploads/{message.hex()}/{name}", raw, _HEADERS))

    async def put_part(self, message: MessageId, name: str, index: int, data: Stream) -> None:
        """Upload one part."""
        path = f"/v1/uploads/{message.hex()}/{name}/{index}"
        transfers = self._transfers
        await self._ask(Ask("PUT", path, None, _RAW, total_s=transfers.part_s, stream=data), transfers.client)

    async def commit(self, message: MessageId) -> bytes:
        """Return the acceptance evidence of a message whose attachments are all there."""
        return await self._ask(Ask("POST", f"/v1/uploads/{message.hex()}/commit", None, limit=MAX_ENVELOPE))

    async def part_list(self, message: MessageId, name: str) -> bytes:
        """Return the list of an attachment's parts."""
        return await self._get(f"/v1/messages/{message.hex()}/parts/{name}", MAX_PART_LIST)

    async def part(self, message: MessageId, name: str, index: int, sink: Sink) -> None:
        """Give one part of an attachment to ``sink`` piece by piece."""
        path = f"/v1/messages/{message.hex()}/parts/{name}/{index}"
        transfers = self._transfers
        ask = Ask("GET", path, limit=UPLOAD_PART, total_s=transfers.part_s, sink=sink)
        await self._ask(ask, transfers.client)

    async def fetch(self, channel: Channel, after: int, wait_s: int, seen: bytes | None = None) -> bytes:
        """Return the page of mailbox items after the cursor; nothing where there is none under the head ``seen``."""
        known = "" if seen is None else f"&seen={seen.hex()}"
        path = f"/v1/mailboxes/{quote(channel, safe='')}?after={after}&wait={wait_s}{known}"
        return await self._ask(Ask("GET", path, limit=_BATCH, total_s=wait_s + _POLL_MARGIN_S))

    async def put_receipt(self, receipt: bytes, raw: bytes) -> bytes:
        """Return inclusion and checkpoint of a signed receipt or void."""
        return await self._put("receipts", receipt, raw, MAX_ENVELOPE)

    async def put_receipts(self, raw: bytes) -> bytes:
        """Return which of several signed receipts and voids are logged."""
        return await self._ask(Ask("POST", "/v1/receipts", raw, _HEADERS, MAX_ENVELOPE))

    async def put_token(self, token: bytes, raw: bytes) -> bytes:
        """Return inclusion and checkpoint of a token."""
        return await self._put("tokens", token, raw, MAX_ENVELOPE)

    async def put_anchor(self, anchor: bytes, raw: bytes) -> bytes:
        """Return inclusion and checkpoint of an anchor."""
        return await self._put("anchors", anchor, raw, MAX_ENVELOPE)

    async def anchors(self, after: int) -> bytes:
        """Return the array of this node's signed anchors that cover more than ``after`` entries."""
        return await self._get(f"/v1/anchors?after={after}", MAX_OBJECT)

    async def highest(self, channel: Channel, recipient: NodeId) -> bytes:
        """Return this node's highest logged sequence number towards a recipient, as an encoded integer."""
        path = f"/v1/sequences/{quote(channel, safe='')}?recipient={quote(recipient, safe='')}"
        return await self._get(path, MAX_CHECKPOINT)

    async def put_statement(self, statement: bytes, raw: bytes) -> bytes:
        """Return inclusion and checkpoint of a directory entry."""
        return await self._put("statements", statement, raw, MAX_ENVELOPE)

    async def checkpoint(self, log: str) -> bytes:
        """Return a log's newest checkpoint."""
        return await self._get(f"/v1/logs/{log}/checkpoint", MAX_CHECKPOINT)

    async def entries(self, log: str, start: int, end: int) -> bytes:
        """Return the array of entries [start, end)."""
        return await self._get(f"/v1/logs/{log}/entries?start={start}&end={end}", _BATCH)

    async def inclusion(self, log: str, index: int, size: int) -> bytes:
        """Return the array of hashes of an inclusion proof."""
        return await self._get(f"/v1/logs/{log}/inclusion?index={index}&size={size}", MAX_CHECKPOINT)

    async def consistency(self, log: str, first: int, second: int) -> bytes:
        """Return the array of hashes of a consistency proof."""
        return await self._get(f"/v1/logs/{log}/consistency?first={first}&second={second}", MAX_CHECKPOINT)

    async def offer(self, log: str, after: int, wait_s: int) -> bytes:
        """Return the checkpoint that witnesses are asked to cosign."""
        path = f"/v1/logs/{log}/offer?after={after}&wait={wait_s}"
        return await self._ask(Ask("GET", path, limit=MAX_CHECKPOINT, total_s=wait_s + _POLL_MARGIN_S))

    async def cosign(self, log: str, size: int, raw: bytes) -> None:
        """Bring a witness's lines under an offered checkpoint."""
        await self._ask(Ask("PUT", f"/v1/logs/{log}/cosignatures/{size}", raw, _HEADERS))

    async def witnessed(self, log: str, after: int | None) -> bytes:
        """Return the smallest witnessed checkpoint above ``after``, or the newest one."""
        above = "" if after is None else f"?after={after}"
        return await self._get(f"/v1/logs/{log}/witnessed{above}", MAX_CHECKPOINT)

    async def blob(self, digest: bytes) -> bytes:
        """Return the bytes with this SHA-256."""
        return await self._get(f"/v1/blobs/{digest.hex()}", MAX_OBJECT)

    async def time(self) -> bytes:
        """Return the hub's clock as an encoded integer."""
        return await self._get("/v1/time", MAX_CHECKPOINT)

    async def _put(self, kind: str, identifier: bytes, body: bytes, limit: int) -> bytes:
        return await self._ask(Ask("PUT", f"/v1/{kind}/{identifier.hex()}", body, _HEADERS, limit))

    async def _get(self, path: str, limit: int) -> bytes:
        return await self._ask(Ask("GET", path, limit=limit))

    async def _ask(self, ask: Ask, client: HttpClient | None = None) -> bytes:
        return (await self._call(ask, client)).body

    async def _call(self, ask: Ask, client: HttpClient | None = None) -> Answer:
        try:
            answer = await (client or self._client).call(ask)
        except Fault as fault:
            raise trouble_of(fault) from fault
        if answer.problem is not None:
            raise refusal_of(answer.problem)
        return answer


def trouble_of(fault: Fault) -> HubTrouble:
    """Return what a failed call means: no whole answer may come later, an answer that is none of ours may not."""
    if fault.code is Code.NOT_READY:
        return Retry(fault.code, fault.detail)
    return GiveUp(fault.code, fault.detail)


def refusal_of(problem: Problem) -> HubTrouble:
    """Return what the hub's refusal means, by the one table of codes.

    Some codes say that this is the wrong connection rather than the wrong message. Those of ``SEAL_AGAIN`` are
    refusals: the same bytes could only pass by chance, while a newly sealed message will.
    """
    if problem.code in _WRONG_HUB:
        return GiveUp(problem.code)
    if problem.code is Code.NOT_YET_VALID or (MEANINGS[problem.code].retry and problem.code not in SEAL_AGAIN):
        return Retry(problem.code, after_s=problem.retry_after)
    return HubRefused(problem)
