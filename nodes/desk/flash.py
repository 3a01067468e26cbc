"""A message that the next page shows once, carried by the browser under seal."""

from dataclasses import dataclass
from typing import Final

from aiohttp import web

from nodes.desk.cookies import Cookie
from nodes.desk.seal import Seal

_PURPOSE: Final = "said"
_LIFE_S: Final = 60
_LONGEST: Final = 2_700  # bytes; a cookie holds 4 KB, and a Cyrillic letter takes two


@dataclass(frozen=True, slots=True)
class Flash:
    """Puts, takes and drops the message."""

    cookie: Cookie
    seal: Seal

    def put(self, response: web.StreamResponse, sentence: str) -> None:
        """Let the next page show a sentence."""
        fitting = sentence.encode()[:_LONGEST].decode(errors="ignore")
        self.cookie.put(response, self.seal.close(_PURPOSE, fitting, _LIFE_S), _LIFE_S)

    def take(self, request: web.Request) -> str | None:
        """Return the sentence the last answer left, None without one."""
        sealed = self.cookie.read(request)
        found = self.seal.open(_PURPOSE, sealed) if sealed else None
        return found if isinstance(found, str) else None

    def drop(self, response: web.StreamResponse) -> None:
        """Show it no second time."""
        self.cookie.drop(response)
