"""Whether a form was sent by a page of this desk: three proofs, each enough against its own attack. Pure.

The token binds the form to the browser's own cookie, ``Sec-Fetch-Site`` is written by the browser and cannot be forged
by a page, ``Origin`` tells the same to those that know no better. Under ``Referrer-Policy: no-referrer`` browsers send
``Origin: null`` with a form of their own page; it counts only beside ``Sec-Fetch-Site: same-origin``.
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Final

FIELD: Final = "csrf"
_PURPOSE: Final = b"desk form"


def token_of(cookie: str) -> str:
    """Return the token that forms of this browser carry; empty without a cookie."""
    return hmac.new(cookie.encode(), _PURPOSE, hashlib.sha256).hexdigest() if cookie else ""


def is_ours(given: str, cookie: str) -> bool:
    """Tell whether a form's token belongs to the browser's cookie; without a cookie none does."""
    expected = token_of(cookie)
    return bool(expected) and hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())


def is_same_origin(headers: Mapping[str, str], origin: str) -> bool:
    """Tell whether the browser says that the request comes from a page of ``origin``; silence says no."""
    site, from_ = headers.get("Sec-Fetch-Site"), headers.get("Origin")
    if site is not None and site != "same-origin":
        return False
    if from_ == "null":
        return site == "same-origin"
    return from_ == origin if from_ is not None else site is not None
