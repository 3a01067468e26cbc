"""The headers of every answer: nothing from elsewhere runs, frames, caches or learns of a page."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from aiohttp import web

_POLICY: Final = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "require-trusted-types-for 'script'",
)
CSP: Final = "; ".join(_POLICY)
POLICY: Final = "Content-Security-Policy"
SANDBOX: Final = "default-src 'none'; sandbox"
"""The policy of a file that is shown: it loads nothing, runs nothing and has no origin."""
_EVERYWHERE: Final[Mapping[str, str]] = {
    POLICY: CSP,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}
_HSTS: Final = "max-age=63072000"
CACHE: Final = "Cache-Control"
IMMUTABLE: Final = "public, max-age=31536000, immutable"


def headers_of(*, tls: bool) -> dict[str, str]:
    """Return the headers that stand on every answer."""
    return dict(_EVERYWHERE) | ({"Strict-Transport-Security": _HSTS} if tls else {})


def put_headers(*, tls: bool) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Return the step that gives every answer its headers just before it leaves, whoever made it."""
    fixed = headers_of(tls=tls)

    async def put(request: web.Request, response: web.StreamResponse) -> None:  # noqa: ARG001 - aiohttp's signature
        alone = response.headers.get(POLICY) == SANDBOX
        response.headers.update(fixed | {POLICY: SANDBOX} if alone else fixed)
        if response.headers.get(CACHE) != IMMUTABLE:
            response.headers[CACHE] = "no-store"

    return put
