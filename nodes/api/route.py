"""What each route of the API says about itself, beside its handler: its scope, what it takes and gives, how it repeats.

A route without a scope does not construct, so the API does not start with one. The OpenAPI document and the doors of
the API are made from the same values.
"""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from aiohttp import web

PREFIX: Final = "/api/v1"
LANGUAGE: Final = "language"
"""The one parameter that every route takes: in which language sentences are wanted."""
LANGUAGE_TAG: Final = "^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8}){0,3}$"
_METHODS: Final = ("GET", "POST")

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Scope(StrEnum):
    """What a token may be good for. Only the owner's token is good for everything."""

    READ = "read"  # look: messages, their evidence, clocks, directory, types
    SEND = "send"  # make this node say something to others: messages, files, disclosures, letters
    WORK = "work"  # work on what is here: decide, note, record, correct, withdraw
    ADMIN = "admin"  # this node's keys and lists
    OWNER = "owner"  # tokens and accounts: never granted to a further token


GRANTED: Final = frozenset(Scope) - {Scope.OWNER}
"""The scopes that a further token may have."""


@dataclass(frozen=True, slots=True)
class Param:
    """One query parameter. ``values`` are all there are; they and ``longest`` are checked for every handler."""

    name: str
    says: str
    values: tuple[str, ...] = ()
    required: bool = False
    longest: int = 1_000
    schema: Mapping[str, object] = field(default_factory=lambda: {"type": "string"})


@dataclass(frozen=True, slots=True)
class Raw:
    """A body that is no JSON, by its media type."""

    media_type: str
    says: str


def digest_of_bytes(raw: bytes) -> bytes:
    """Return what tells one body from another."""
    return hashlib.sha256(raw).digest()


@dataclass(frozen=True, slots=True)
class Once:
    """How a route answers a request with a key that came before.

    ``digest`` tells one body from another. ``certain`` says that the act itself is stored together with its key, so
    that carrying out an interrupted request again cannot do it twice.
    """

    digest: Callable[[bytes], bytes] = digest_of_bytes
    certain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One route. ``takes`` is the type of its JSON body, ``gives`` those of its answers by status."""

    method: str
    path: str  # below /api/v1
    answer: Answer
    scope: Scope
    gives: Mapping[int, object]
    takes: object = None
    query: tuple[Param, ...] = ()
    once: Once | None = None
    refuses: tuple[int, ...] = field(default=())

    def __post_init__(self) -> None:
        """Refuse a description that says too little."""
        if not isinstance(self.scope, Scope):
            raise TypeError(f"{self.method} {self.path} declares no scope")
        if self.method not in _METHODS or not self.path.startswith("/") or not self.gives:
            raise TypeError(f"{self.method} {self.path} is not described")
        if not (self.answer.__doc__ or "").strip():
            raise TypeError(f"{self.method} {self.path} has a handler without words")

    @property
    def names(self) -> frozenset[str]:
        """The query parameters it takes."""
        return frozenset({each.name for each in self.query} | {LANGUAGE})


def get(path: str, answer: Answer, gives: object, *query: Param, scope: Scope = Scope.READ) -> Route:
    """Return a route that looks and changes nothing."""
    return Route(method="GET", path=path, answer=answer, scope=scope, gives={200: gives}, query=query)


ONCE: Final = Once()
ID_PREFIX: Final = Param(
    "id",
    "Only messages whose id begins with these hex digits.",
    schema={"type": "string", "pattern": "^[0-9a-f]{1,64}$"},
)
LIMIT: Final = Param(
    "limit", "How many rows; 50 if left out.", schema={"type": "integer", "minimum": 1, "maximum": 500}
)
BEFORE: Final = Param("before", "The `next` of an earlier page.", schema={"type": "string", "pattern": "^[0-9]{1,15}$"})


def flag(name: str, says: str) -> Param:
    """Return a parameter that is 1 or 0."""
    return Param(name, says, ("0", "1"))
