"""Keeps rows and stored parts together: parts without a row are removed, rows without their parts are named.

A crash between the two leaves a part that nobody knows; it is removed at the next look. A part that is gone although a
row names it is a fault of the store. While the message is only reserved its sender uploads the part again; once it is
logged the loss is told to the operator, and to recipients as ATT_MISSING.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from sqlalchemy import Connection

from hub.part_store import PartStore, Sizes
from hub.upload_store import Kept, attachments_after, known_places, read_attachment, write_held
from protocol.ids import MessageId
from protocol.uploads import HeldParts, no_parts
from runtime.database import Database

_AT_ONCE: Final = 64
_FIRST: Final = (b"", "")


@dataclass(frozen=True, slots=True)
class Lost:
    """An attachment that is not wholly in the store although its row says so."""

    message: MessageId
    name: str
    missing: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """How many places without a row were removed, how many parts must be uploaded again, and what is lost."""

    removed: int
    again: int
    lost: tuple[Lost, ...]


class Leftovers:
    """Compares the database with the part store, in small reads beside the traffic."""

    def __init__(self, database: Database, store: PartStore) -> None:
        self._database = database
        self._store = store

    async def check(self) -> Found:
        """Remove what no row names, note what reserved uploads lost, and return what was found."""
        removed = await self._remove_unknown()
        again = 0
        lost: list[Lost] = []
        async for each, reserved in self._incomplete():
            if reserved:
                await self._database.write(partial(_forget, lost=each))
                again += len(each.missing)
            else:
                lost.append(each)
        return Found(removed, again, tuple(lost))

    async def find_lost(self) -> tuple[Lost, ...]:
        """Return what logged messages lost, and change nothing."""
        return tuple([each async for each, reserved in self._incomplete() if not reserved])

    async def _incomplete(self) -> AsyncIterator[tuple[Lost, bool]]:
        """Yield the attachments that the store does not hold as their row says, and whether they are only reserved."""
        after = _FIRST
        while rows := await self._database.read(partial(attachments_after, after=after, limit=_AT_ONCE)):
            for message, kept, reserved in rows:
                missing = missing_parts(kept, await self._store.sizes(kept.place))
                if missing:
                    yield Lost(message, kept.part.name, missing), reserved
            last = rows[-1]
            after = (last[0], last[1].part.name)

    async def _remove_unknown(self) -> int:
        removed = 0
        async for places in self._store.places():
            # The rows are read after the folder: a place that is new since then is not in the list.
            known = await self._database.read(partial(known_places, places=places))
            for place in places:
                if place not in known:
                    await self._store.remove(place)
                    removed += 1
        return removed


def missing_parts(kept: Kept, sizes: Sizes) -> tuple[int, ...]:
    """Return the parts that are noted as held and are not stored in their length."""
    if kept.list is None:
        return ()
    name, parts = kept.part.name, kept.list
    held = (index for index in range(kept.held.count) if kept.held.has(index))
    return tuple(index for index in held if sizes.get((name, index)) != parts.size(index))


def _forget(connection: Connection, lost: Lost) -> None:
    kept = read_attachment(connection, lost.message, lost.name, lock=True)
    if kept is None:
        return
    left = HeldParts(lost.name, kept.held.listed, kept.held.count, no_parts(kept.held.count))
    for index in range(kept.held.count):
        if kept.held.has(index) and index not in lost.missing:
            left = left.with_part(index)
    write_held(connection, lost.message, left)
