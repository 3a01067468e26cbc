"""Cookies of the desk: one name per origin, never readable by scripts, never sent from another site."""

import hashlib
from dataclasses import dataclass
from typing import Final

from aiohttp import web

_DIGITS: Final = 8
_MOST: Final = 4_000


@dataclass(frozen=True, slots=True)
class Cookie:
    """One cookie. Two desks on one machine differ by port only, which cookies do not see; so the name tells them apart.

    ``__Host-`` makes browsers insist on Secure, Path=/ and no Domain. Browsers take such a cookie from
    ``http://localhost`` too.
    """

    name: str

    @classmethod
    def of(cls, purpose: str, origin: str) -> "Cookie":
        """Return the cookie of an origin for a purpose."""
        return cls(f"__Host-{purpose}-{hashlib.sha256(origin.encode()).hexdigest()[:_DIGITS]}")

    def read(self, request: web.Request) -> str:
        """Return the value; empty when there is none or more than one."""
        found = [
            value
            for header in request.headers.getall("Cookie", [])
            for name, _, value in (each.strip().partition("=") for each in header.split(";"))
            if name == self.name
        ]
        return found[0] if len(found) == 1 and len(found[0]) <= _MOST else ""

    def put(self, response: web.StreamResponse, value: str, life_s: int | None = None) -> None:
        """Set the cookie until the browser closes, or for ``life_s`` seconds."""
        response.set_cookie(self.name, value, max_age=life_s, path="/", secure=True, httponly=True, samesite="Strict")

    def drop(self, response: web.StreamResponse) -> None:
        """Take the cookie away."""
        response.set_cookie(self.name, "", max_age=0, path="/", secure=True, httponly=True, samesite="Strict")


@dataclass(frozen=True, slots=True)
class Cookies:
    """The cookies of a desk."""

    session: Cookie
    visitor: Cookie  # before sign-in, so that its form has a token too
    language: Cookie
    said: Cookie

    @classmethod
    def of(cls, origin: str) -> "Cookies":
        """Return the cookies of an origin."""
        return cls(*(Cookie.of(name, origin) for name in ("desk", "visitor", "language", "said")))
