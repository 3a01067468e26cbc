"""A scanner behind ICAP (RFC 3507): the file goes as the body of a made-up answer in RESPMOD, with ``Allow: 204``.

204 says that nothing has to be changed: clean. 200 with a header that names a finding, or with another answer in the
file's place whose status refuses it, says infected. Whatever else comes is no answer that can be trusted.
"""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Final

from nodes.gateway.scan_line import Line, Place, open_line, sent, trusted
from nodes.gateway.scan_results import plain_threat
from nodes.gateway.scanning import ScanFailed

_END: Final = b"\r\n\r\n"
_STATUS: Final = re.compile(rb"(?:ICAP|HTTP)/1\.[01] ([0-9]{3})(?: [^\r\n]*)?")
_THREAT: Final = re.compile(r"(?:^|;)\s*Threat=([^;]*)", re.IGNORECASE)
_HEADER_AT: Final = re.compile(r"(?:^|,)\s*res-hdr=([0-9]{1,6})\s*(?:,|$)")
_CLEAN, _CHANGED = 204, 200
_REFUSING: Final = frozenset({403, 406, 451})  # statuses of the answer that a scanner puts in the file's place
_ASKED: Final = b"GET /file HTTP/1.1\r\nHost: file.invalid\r\n\r\n"
_MOST_HEADERS: Final = 100


@dataclass(frozen=True, slots=True)
class Icap:
    """One ICAP service."""

    place: Place
    service: str
    largest: int

    async def scan(self, pieces: AsyncIterator[bytes], size: int) -> str | None:
        """Return what the service calls its finding, None where it would let the file pass unchanged."""
        async with open_line(self.place) as line:
            whole = await sent(self._send(line, pieces, size))
            status, headers = _parse(await line.until(_END))
            if status == _CLEAN:
                return trusted(None, whole=whole)
            if status != _CHANGED:
                raise ScanFailed(f"ICAP {status}")
            return _named(headers) or await _refused(line, headers)

    async def _send(self, line: Line, pieces: AsyncIterator[bytes], size: int) -> None:
        await line.send(self._head(size))
        async for piece in pieces:
            await line.send(b"%x\r\n%b\r\n" % (len(piece), piece) if piece else b"")
        await line.send(b"0\r\n\r\n")

    def _head(self, size: int) -> bytes:
        host = f"[{self.place.host}]" if ":" in self.place.host else self.place.host
        answer = f"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: {size}\r\n\r\n".encode()
        lines = (
            f"RESPMOD icap://{host}:{self.place.port}/{self.service} ICAP/1.0",
            f"Host: {host}",
            "Allow: 204",
            "Connection: close",
            f"Encapsulated: req-hdr=0, res-hdr={len(_ASKED)}, res-body={len(_ASKED) + len(answer)}",
        )
        return "\r\n".join(lines).encode() + _END + _ASKED + answer


def _parse(raw: bytes) -> tuple[int, Mapping[str, str]]:
    """Return status and headers of an answer; a header that comes twice keeps its first value."""
    first, *lines = raw.removesuffix(_END).split(b"\r\n")
    match = _STATUS.fullmatch(first)
    if match is None or len(lines) > _MOST_HEADERS:
        raise ScanFailed("no ICAP answer")
    found: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon:
            raise ScanFailed("no ICAP answer")
        found.setdefault(name.strip().lower(), value.strip())
    return int(match[1]), found


def _named(headers: Mapping[str, str]) -> str | None:
    """Return the finding that a header names, as the usual services write it."""
    listed = _THREAT.search(headers.get("x-infection-found", ""))
    if listed is not None:
        return plain_threat(listed[1])
    for name in ("x-infection-found", "x-virus-id", "x-violations-found"):
        if name in headers:
            return plain_threat(headers[name])
    return None


async def _refused(line: Line, headers: Mapping[str, str]) -> str:
    """Return ``unnamed`` where an answer that refuses stands in the file's place; anything else is no verdict."""
    if _HEADER_AT.search(headers.get("encapsulated", "")) is None:
        raise ScanFailed("ICAP 200 without an answer in it")
    status, _ = _parse(await line.until(_END))
    if status not in _REFUSING:
        raise ScanFailed(f"the file was changed and not refused: {status}")
    return plain_threat("")
