"""What an auditor asks of the hub: checkpoints, entries, records within its mandate, counts; none verified here."""

from typing import Final, Protocol

from protocol.audit import RecordPage, Refusals, parse_page, parse_refusals
from protocol.cbor import decode
from protocol.errors import Code, Fault
from protocol.limits import MAX_CHECKPOINT, MAX_OBJECT
from protocol.shapes import as_bytes, as_list
from runtime.http_client import Ask, HttpClient

_PAGE: Final = 4 * MAX_OBJECT  # bytes of 256 directory entries
_MARGIN_S: Final = 15  # how much longer than its own wait a long poll may take


class Reads(Protocol):
    """Where a copy is filled from."""

    async def checkpoint(self, log: str) -> bytes:
        """Return the newest checkpoint."""
        ...

    async def witnessed(self, log: str) -> bytes | None:
        """Return the newest witnessed checkpoint; None where there is none."""
        ...

    async def entries(self, log: str, start: int, end: int) -> list[bytes]:
        """Return entries from ``start`` on, at least one and none beyond ``end``."""
        ...

    async def records(self, start: int, end: int) -> RecordPage | None:
        """Return records of the leaves [start, end); None for who has no mandate."""
        ...

    async def refusals(self, since: int, until: int, skip: int = 0) -> Refusals | None:
        """Return counts of days but the first ``skip``, perhaps not all; None for who has no mandate."""
        ...

    async def wait(self, size: int, seconds: int) -> bool:
        """Return once the message log is larger than ``size``, or after so long; False for who may not wait."""
        ...


class HubReads:
    """Asks one hub with the certificate of the connection."""

    def __init__(self, client: HttpClient) -> None:
        self._client = client

    async def checkpoint(self, log: str) -> bytes:
        """Return the newest checkpoint."""
        return await self._get(f"/v1/logs/{log}/checkpoint", MAX_CHECKPOINT)

    async def witnessed(self, log: str) -> bytes | None:
        """Return the newest witnessed checkpoint; None where there is none."""
        return await self._optional(f"/v1/logs/{log}/witnessed", Code.NOT_FOUND)

    async def entries(self, log: str, start: int, end: int) -> list[bytes]:
        """Return entries from ``start`` on; NOT_FOUND where the hub keeps back what its checkpoint promises."""
        raw = await self._get(f"/v1/logs/{log}/entries?start={start}&end={end}", _PAGE)
        found = [as_bytes(each, "entry") for each in as_list(decode(raw, _PAGE), "entries")]
        if not found:
            raise Fault(Code.NOT_FOUND, "an entry that the checkpoint promises")
        return found

    async def records(self, start: int, end: int) -> RecordPage | None:
        """Return records of the leaves [start, end); None for who has no mandate."""
        raw = await self._optional(f"/v1/audit/records?start={start}&end={end}", Code.NOT_PERMITTED)
        return None if raw is None else parse_page(raw)

    async def refusals(self, since: int, until: int, skip: int = 0) -> Refusals | None:
        """Return counts of days but the first ``skip``, perhaps not all; None for who has no mandate."""
        path = f"/v1/audit/refusals?since={since}&until={until}" + (f"&skip={skip}" if skip else "")
        raw = await self._optional(path, Code.NOT_PERMITTED)
        return None if raw is None else parse_refusals(raw)

    async def wait(self, size: int, seconds: int) -> bool:
        """Return once the message log is larger than ``size``, or after so long; False for who has no mandate."""
        path = f"/v1/audit/records?start={size}&end={size}&wait={seconds}"
        return await self._optional(path, Code.NOT_PERMITTED, seconds + _MARGIN_S) is not None

    async def _optional(self, path: str, absent: Code, total_s: float | None = None) -> bytes | None:
        try:
            return await self._get(path, MAX_OBJECT, total_s)
        except Fault as fault:
            if fault.code is absent:
                return None
            raise

    async def _get(self, path: str, limit: int, total_s: float | None = None) -> bytes:
        answer = await self._client.call(Ask("GET", path, limit=limit, total_s=total_s))
        if answer.problem is not None:
            raise Fault(answer.problem.code)
        return answer.body
