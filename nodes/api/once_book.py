"""Answers under the keys of their requests: what was answered once is answered again, and an act is not repeated.

A request is written down before it is carried out, its answer afterwards. If the node stops in between, the request
stands there without an answer: whether it was carried out is then not known here.
"""

import hashlib
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update

from nodes.gateway.stores import Store
from nodes.gateway.vault import erase_item
from nodes.token_tables import api_answer
from protocol.ports import Clock

ANSWERS: Final = "answers"
"""The name of the loop that erases them."""
KEPT_S: Final = 86_400
"""How long an answer is given again."""
TIDY_S: Final = 6 * 3_600.0
"""Between two erasures of answers that are not given any more."""
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer that was given before."""

    status: int
    body: bytes


class Earlier(Enum):
    """What came before under a key, where it is no answer."""

    NOTHING = auto()  # the request is written down now, and is to be carried out
    OTHER = auto()  # another request had this key
    UNDER_WAY = auto()  # the same request is being carried out
    INTERRUPTED = auto()  # the node stopped, or failed, while it carried it out


class OnceBook:
    """The answers of one node's API, and which requests with a key are being carried out."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._under_way: set[bytes] = set()

    async def begin(self, key: bytes, digest: bytes) -> Kept | Earlier:
        """Return what came before under ``key``; after ``NOTHING`` the request is written down as begun."""
        if key in self._under_way:
            return Earlier.UNDER_WAY
        self._under_way.add(key)  # from here on, so that two of them cannot both find nothing
        found: Kept | Earlier = Earlier.UNDER_WAY
        try:
            found = await self._store.database.write(lambda connection: self._begin(connection, key, digest))
        finally:
            if found not in (Earlier.NOTHING, Earlier.INTERRUPTED):
                self._under_way.discard(key)
        return found

    def _begin(self, connection: Connection, key: bytes, digest: bytes) -> Kept | Earlier:
        row = connection.execute(select(api_answer).where(api_answer.c.key == key)).one_or_none()
        if row is not None and row.begun_at <= self._clock() - KEPT_S:
            _erase(connection, key, row.item)
            row = None
        if row is None:
            values = {"key": key, "digest": digest, "begun_at": self._clock()}
            connection.execute(insert(api_answer).values(values))
            return Earlier.NOTHING
        if row.digest != digest:
            return Earlier.OTHER
        body = self._store.vault.get(connection, row.item)
        return Earlier.INTERRUPTED if row.status is None or body is None else Kept(row.status, body)

    async def keep(self, key: bytes, answer: Kept) -> None:
        """Store the answer to a request that was begun."""

        def store(connection: Connection) -> None:
            item = self._store.vault.put(connection, answer.body)
            values = {"status": answer.status, "item": item}
            connection.execute(update(api_answer).where(api_answer.c.key == key).values(values))

        await self._store.database.write(store)

    async def forget(self, key: bytes) -> None:
        """Free the key of a request that was refused: nothing was done."""
        await self._store.database.write(lambda connection: _erase(connection, key, None))

    def leave(self, key: bytes) -> None:
        """Note that a request is not being carried out any more, however it ended."""
        self._under_way.discard(key)

    async def tidy(self) -> float:
        """Return the seconds until the next look, after everything was erased that is not given again."""
        until = self._clock() - KEPT_S

        def erase(connection: Connection) -> None:
            old = select(api_answer.c.key, api_answer.c.item).where(api_answer.c.begun_at <= until).limit(_AT_ONCE)
            for key, item in connection.execute(old).all():
                _erase(connection, key, item)

        await self._store.database.write(erase)
        return TIDY_S


def key_of(token: str, route: str, key: str) -> bytes:
    """Return what is stored of a key: it is bound to the token and the route it was used with."""
    return hashlib.sha256(f"{token}\0{route}\0{key}".encode("utf-8", "surrogateescape")).digest()


def _erase(connection: Connection, key: bytes, item: bytes | None) -> None:
    connection.execute(delete(api_answer).where(api_answer.c.key == key))
    if item is not None:
        erase_item(connection, item)
