"""Short texts that travel through a browser and come back as they were: sealed with a key of this process.

Used for one-time messages and for what somebody typed when the session had ended. After a restart nothing sealed
before opens any more.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from protocol.ports import Clock, Entropy

KEY_BYTES: Final = 32
_NONCE: Final = 12


@dataclass(frozen=True, slots=True, repr=False)
class Seal:
    """Seals and opens values of JSON for one purpose each."""

    key: bytes
    clock: Clock
    entropy: Entropy

    def close(self, purpose: str, value: object, life_s: int) -> str:
        """Return the value as text of URL-safe letters that opens for ``life_s`` seconds."""
        raw = json.dumps([self.clock() + life_s, value], ensure_ascii=False).encode()
        nonce = self.entropy(_NONCE)
        sealed = nonce + AESGCM(self.key).encrypt(nonce, raw, purpose.encode())
        return base64.urlsafe_b64encode(sealed).decode()

    def open(self, purpose: str, text: str) -> Any:  # noqa: ANN401 - whatever JSON holds; the caller checks
        """Return the value; None when the text is none of ours, of another purpose, or too old."""
        try:
            sealed = base64.urlsafe_b64decode(text.encode("ascii"))
            raw = AESGCM(self.key).decrypt(sealed[:_NONCE], sealed[_NONCE:], purpose.encode())
        except (binascii.Error, ValueError, InvalidTag):
            return None
        until, value = json.loads(raw)
        return value if self.clock() < until else None
