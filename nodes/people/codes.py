"""One-time codes of an authenticator (RFC 6238): one step of tolerance each way, no code accepted twice. Pure."""

import base64
from typing import Final

from cryptography.hazmat.primitives.constant_time import bytes_eq
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

STEP_S: Final = 30
DIGITS: Final = 6
SECRET: Final = 20  # bytes, as RFC 4226 section 4 recommends
_TOLERATED: Final = (-1, 0, 1)  # RFC 6238 section 5.2: a clock may be off, or the person slow, by one step


def accepted_step(secret: bytes, code: str, now: int, last: int) -> int | None:
    """Return the step whose code this is, if it is near enough and later than ``last``; None otherwise.

    Every step that is tolerated is computed and compared in any case, in constant time.
    """
    given = "".join(code.split()).encode("utf-8", "replace")
    totp = _totp(secret)
    current = now // STEP_S
    found = [current + each for each in _TOLERATED if bytes_eq(totp.generate((current + each) * STEP_S), given)]
    return next((step for step in found if step > last), None)


def code_at(secret: bytes, now: int) -> str:
    """Return the code that an authenticator shows at a moment."""
    return _totp(secret).generate(now).decode()


def secret_text(secret: bytes) -> str:
    """Return a secret as people type it into an authenticator: base32 without padding."""
    return base64.b32encode(secret).decode().rstrip("=")


def _totp(secret: bytes) -> TOTP:
    # SHA-1 because authenticator apps know no other; HMAC does not need collision resistance.
    return TOTP(secret, DIGITS, SHA1(), STEP_S)  # noqa: S303
