"""Challenges for passkeys that prove by themselves that this node made them, when and what for.

Nothing is stored until one is used: whoever asks for many fills nothing. A keyed hash binds each to its purpose, five
minutes end it, and ``factor_store.spend_challenge`` accepts it once.
"""

import hmac
from dataclasses import dataclass
from typing import Final

from nodes.gateway.here import Here
from nodes.gateway.search import SearchKey

LIFE_S: Final = 300
_NONCE: Final = 16
_TIME: Final = 8
_MAC: Final = 16


@dataclass(frozen=True, slots=True)
class Challenge:
    """A challenge that came back in time."""

    raw: bytes
    nonce: bytes
    until: int


@dataclass(frozen=True, slots=True)
class Challenges:
    """Makes and checks challenges. ``purpose`` names the ceremony and, where there is one, the person."""

    here: Here
    search: SearchKey

    def make(self, purpose: str) -> bytes:
        """Return a fresh challenge."""
        head = self.here.entropy(_NONCE) + self.here.clock().to_bytes(_TIME, "big")
        return head + self._mac(purpose, head)

    def check(self, purpose: str, raw: bytes) -> Challenge | None:
        """Return a challenge that was made here for this purpose not long ago; None for all others."""
        if len(raw) != _NONCE + _TIME + _MAC:
            return None
        head, mac = raw[:-_MAC], raw[-_MAC:]
        until = int.from_bytes(head[_NONCE:], "big") + LIFE_S
        if not hmac.compare_digest(mac, self._mac(purpose, head)) or self.here.clock() >= until:
            return None
        return Challenge(raw, head[:_NONCE], until)

    def _mac(self, purpose: str, head: bytes) -> bytes:
        return self.search.tag(f"people:challenge:{purpose}:{head.hex()}")
