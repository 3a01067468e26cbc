"""Further tokens for programs: what each is good for and until when. Of the token itself only a hash is kept."""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from aiohttp import web
from sqlalchemy import ColumnElement, Connection, Row, func, insert, select, update

from nodes.api.route import GRANTED, Scope
from nodes.gateway.deeds import Act, Operation
from nodes.gateway.here import Here
from nodes.gateway.stores import Store
from nodes.gateway.vault import Vault
from nodes.token_tables import api_token

MOST: Final = 50
"""Tokens in force at one time."""
LONGEST_DAYS: Final = 366
LONGEST_LABEL: Final = 80
_SIZE: Final = 32  # random bytes
_DAY: Final = 86_400
_WINDOW: Final = 500  # tokens that are listed


@dataclass(frozen=True, slots=True)
class Grant:
    """What whoever asks may do. ``name`` stands in the processing log; ``number`` is None for the owner's token."""

    name: str
    scopes: frozenset[Scope]
    number: int | None = None


GRANT: Final = web.RequestKey("grant", Grant)


@dataclass(frozen=True, slots=True)
class Token:
    """A further token, as it is kept."""

    number: int
    label: str
    scopes: frozenset[Scope]
    made_at: int
    ends_at: int
    ended_at: int | None

    def current(self, now: int) -> bool:
        """Tell whether it is good for anything at ``now``."""
        return self.ended_at is None and now < self.ends_at


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a new token shall be."""

    label: str
    scopes: frozenset[Scope]
    days: int


class TokenBook:
    """The further tokens of one node."""

    def __init__(self, here: Here, store: Store) -> None:
        self._here = here
        self._store = store

    async def make(self, wanted: Wanted) -> tuple[Token, str] | None:
        """Return a new token and the text to show, which is kept nowhere; None when ``MOST`` are in force."""
        text = self._here.entropy(_SIZE).hex()
        now = self._here.clock()

        def store(connection: Connection) -> Token | None:
            if _in_force(connection, now) >= MOST:
                return None
            ends_at = now + wanted.days * _DAY
            values = {
                "digest": _digest(text),
                "scopes": " ".join(sorted(wanted.scopes)),
                "item": self._store.vault.put(connection, wanted.label.encode()),
                "made_at": now,
                "ends_at": ends_at,
            }
            made = connection.execute(insert(api_token).values(values).returning(api_token.c.number))
            self._note(connection, "token-made", sorted(wanted.scopes))
            return Token(made.scalar_one(), wanted.label, wanted.scopes, now, ends_at, None)

        made = await self._store.database.write(store)
        return None if made is None else (made, text)

    async def list(self) -> list[Token]:
        """Return the tokens, the newest first, those that ended too."""
        vault = self._store.vault

        def load(connection: Connection) -> list[Token]:
            rows = connection.execute(select(api_token).order_by(api_token.c.number.desc()).limit(_WINDOW))
            return [_token(connection, vault, row) for row in rows]

        return await self._store.database.read(load)

    async def end(self, number: int) -> Token | None:
        """Return the token once it is good for nothing; None when there is none with this number.

        One that ended before keeps the time when it did.
        """
        now, vault = self._here.clock(), self._store.vault

        def store(connection: Connection) -> Token | None:
            mine = api_token.c.number == number
            ending = update(api_token).where(mine, api_token.c.ended_at.is_(None)).values(ended_at=now)
            if connection.execute(ending).rowcount:
                self._note(connection, "token-ended")
            row = connection.execute(select(api_token).where(mine)).one_or_none()
            return None if row is None else _token(connection, vault, row)

        return await self._store.database.write(store)

    def _note(self, connection: Connection, deed: str, scopes: Iterable[Scope] = ()) -> None:
        act = Act(operation=Operation.SECURITY, deed=deed, rules=tuple(each.value for each in scopes))
        self._store.journal.note(connection, act)

    async def find(self, text: str) -> Grant | None:
        """Return what a token is good for now; None for one that is unknown, over or ended.

        It is compared with every one in force, each in constant time.
        """
        given, now = _digest(text), self._here.clock()

        def load(connection: Connection) -> Grant | None:
            found = None
            for row in connection.execute(select(api_token).where(*_current(now))):
                if hmac.compare_digest(row.digest, given):
                    found = Grant(f"program-{row.number}", _scopes(row.scopes.split()), row.number)
            return found

        return await self._store.database.read(load)


def _digest(text: str) -> bytes:
    """Return the hash of a token. It is random and long, so that a plain one is enough."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()


def _current(now: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return api_token.c.ended_at.is_(None), api_token.c.ends_at > now


def _in_force(connection: Connection, now: int) -> int:
    return int(connection.execute(select(func.count()).select_from(api_token).where(*_current(now))).scalar_one())


def _token(connection: Connection, vault: Vault, row: Row[tuple[object, ...]]) -> Token:
    label = vault.get(connection, row.item)
    return Token(
        number=row.number,
        label="" if label is None else label.decode(),
        scopes=_scopes(row.scopes.split()),
        made_at=row.made_at,
        ends_at=row.ends_at,
        ended_at=row.ended_at,
    )


def _scopes(names: Iterable[str]) -> frozenset[Scope]:
    """Return the scopes of stored names; one that was never granted counts for nothing."""
    return frozenset(Scope(each) for each in names if each in GRANTED)
