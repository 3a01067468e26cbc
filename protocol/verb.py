"""One verb of the hub, as both ends and the docs know it. Bytes: docs/wire.md section 8.3."""

from dataclasses import dataclass
from typing import Final

from protocol.errors import Code


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb of the hub. ``limit`` bounds the request body in bytes."""

    name: str
    method: str
    path: str
    request: str
    answer: str
    limit: int
    codes: tuple[Code, ...]


ANY: Final = (
    Code.MALFORMED,
    Code.TLS_PEER_UNKNOWN,
    Code.RATE_LIMITED,
    Code.BUSY,
    Code.NOT_READY,
    Code.CONTENT_ENCODING,
    Code.RESTART_NEEDED,
    Code.LOG_FORK,
    Code.INTERNAL,
)
"""Codes that any verb may refuse with."""
