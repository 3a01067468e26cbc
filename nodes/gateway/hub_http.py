"""The hub over HTTPS: each verb one request, each failure one of the three troubles."""

from typing import Final
from urllib.parse import quote

from nodes.gateway.trouble import SEAL_AGAIN, GiveUp, HubRefused, HubTrouble, Retry
from protocol.api import CONTENT_TYPE, Problem
from protocol.errors import Code, Fault
from protocol.ids import Channel, MessageId
from protocol.limits import MAX_CHECKPOINT, MAX_ENVELOPE, MAX_OBJECT
from protocol.meanings import MEANINGS
from runtime.http_client import Ask, HttpClient

_POLL_MARGIN_S: Final = 15  # how much longer than its own wait a long poll may take
_BATCH: Final = 4 * MAX_OBJECT  # bytes of the largest answer: a page of large messages or 256 directory entries
_HEADERS: Final = {"Content-Type": CONTENT_TYPE}
_WRONG_HUB: Final = frozenset({Code.TLS_PEER_UNKNOWN, Code.WRONG_AUDIENCE})


class HttpHub:
    """Speaks to one hub. The answers' bytes are returned as they came; their readers verify them."""

    def __init__(self, client: HttpClient) -> None:
        self._client = client

    async def submit(self, message: MessageId, envelope: bytes) -> bytes:
        """Return the acceptance evidence."""
        return await self._put("envelopes", message, envelope, MAX_ENVELOPE)

    async def fetch(self, channel: Channel, after: int, wait_s: int) -> bytes:
        """Return the page of mailbox items after the cursor."""
        path = f"/v1/mailboxes/{quote(channel, safe='')}?after={after}&wait={wait_s}"
        return await self._ask(Ask("GET", path, limit=_BATCH, total_s=wait_s + _POLL_MARGIN_S))

    async def put_receipt(self, receipt: bytes, raw: bytes) -> bytes:
        """Return inclusion and checkpoint of a signed receipt."""
        return await self._put("receipts", receipt, raw, MAX_ENVELOPE)

    async def put_token(self, token: bytes, raw: bytes) -> bytes:
        """Return inclusion and checkpoint of a token."""
        return await self._put("tokens", token, raw, MAX_ENVELOPE)

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

    async def _ask(self, ask: Ask) -> bytes:
        try:
            answer = await self._client.call(ask)
        except Fault as fault:
            raise trouble_of(fault) from fault
        if answer.problem is not None:
            raise refusal_of(answer.problem)
        return answer.body


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
