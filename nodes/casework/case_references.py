"""Cases by the reference that people say to each other, whoever may see them: for opening one with a reason."""

from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import Connection, select

from nodes.case_event_tables import case_file
from nodes.gateway.gateway import Gateway

_LONGEST: Final = 64
_SHOWN: Final = 8  # digits of an id, for a case without a reference


class CaseReferences:
    """The references of this node's cases. Nothing of a case but its id comes out of it."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def find(self, text: str) -> str | None:
        """Return the id, in hex, of the only case with a reference or id; None for no case and for several."""
        asked = text.strip()[:_LONGEST]

        def load(connection: Connection) -> list[bytes]:
            query = select(case_file.c.id).where(case_file.c.reference == asked.upper())
            found = [row.id for row in connection.execute(query).all()]
            return found or _by_id(connection, asked)

        found = await self._gateway.store.database.read(load)
        return found[0].hex() if len(found) == 1 else None

    async def words(self, cases: Iterable[str]) -> Mapping[str, str]:
        """Return what each of these ids, in hex, is called; the beginning of the id where there is no reference."""
        asked = {each: bytes.fromhex(each) for each in set(cases) if _is_hex(each)}

        def load(connection: Connection) -> Mapping[bytes, str]:
            query = select(case_file.c.id, case_file.c.reference).where(case_file.c.id.in_(sorted(asked.values())))
            return {row.id: row.reference for row in connection.execute(query).all() if row.reference}

        known = await self._gateway.store.database.read(load)
        return {each: known.get(asked.get(each, b""), each[:_SHOWN]) for each in cases}


def _by_id(connection: Connection, text: str) -> list[bytes]:
    if not _is_hex(text):
        return []
    query = select(case_file.c.id).where(case_file.c.id == bytes.fromhex(text))
    return [row.id for row in connection.execute(query).all()]


def _is_hex(text: str) -> bool:
    return len(text) % 2 == 0 and not set(text) - set("0123456789abcdef")
