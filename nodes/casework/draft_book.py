"""The drafts of a contact point's people: saved at every step, encrypted, never overwritten by another window, erased.

A draft belongs to one person; those of others are answered like drafts that are not there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection

from nodes.casework import draft_store
from nodes.casework.drafts import (
    CHANGED,
    GONE,
    LEFT,
    DraftId,
    DraftRow,
    DraftState,
    NotKept,
    Purpose,
    Written,
    WrittenDraft,
    encode_written,
    parse_written,
)
from nodes.gateway.here import Here
from nodes.gateway.stores import Store
from nodes.people.acting import PersonId

_ID: Final = 16
LISTED: Final = 100
_OPEN: Final = (DraftState.WRITING, DraftState.WAITING, DraftState.LEAVING)


@dataclass(frozen=True, slots=True)
class Saved:
    """A draft as it is kept now. ``conflict`` is the version of another window: both are kept, this one beside it."""

    draft: WrittenDraft
    conflict: WrittenDraft | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """Which draft a window shows, at which version, and to whom it belongs."""

    id: DraftId
    owner: PersonId
    version: int


class DraftBook:
    """The drafts of one node."""

    def __init__(self, here: Here, store: Store) -> None:
        self._here = here
        self._store = store

    async def begin(self, owner: PersonId, purpose: Purpose, written: Written) -> WrittenDraft:
        """Return a new draft once it is durable."""
        row = self._new(owner, purpose)
        await self._store.database.write(lambda connection: self._put(connection, row, written))
        return WrittenDraft(row, written)

    async def find(self, identifier: DraftId, owner: PersonId) -> WrittenDraft | None:
        """Return a draft of this person."""
        return await self._store.database.read(lambda connection: self._load(connection, identifier, owner))

    async def open_of(self, owner: PersonId) -> Sequence[DraftRow]:
        """Return what this person writes or has ordered, the last saved first."""
        return await self._store.database.read(lambda c: draft_store.rows_of(c, owner, _OPEN, LISTED))

    async def save(self, seen: Seen, written: Written) -> Saved | NotKept:
        """Return the draft once what was typed is durable; nothing that another window saved is lost.

        Where the draft has changed since it was shown, what was typed is kept as a second draft beside it.
        """
        now = self._here.clock()

        def work(connection: Connection) -> Saved | NotKept:
            found = self._load(connection, seen.id, seen.owner)
            if found is None:
                return GONE
            if found.row.state is DraftState.WRITING and found.row.version == seen.version:
                if found.written == written:
                    return Saved(found)
                return Saved(self._replace(connection, found, written, now))
            beside = replace(self._new(seen.owner, found.row.purpose), beside=found.row.id)
            self._put(connection, beside, written)
            return Saved(WrittenDraft(beside, written), found)

        return await self._store.database.write(work)

    async def discard(self, seen: Seen) -> DraftRow | NotKept:
        """Return the draft as discarded; for ten minutes it can be brought back, then it is erased."""
        return await self._move(seen, (DraftState.WRITING,), DraftState.DISCARDED)

    async def bring_back(self, seen: Seen) -> DraftRow | NotKept:
        """Return a discarded draft, or one that was ordered and has not left, as being written."""
        return await self._move(seen, (DraftState.DISCARDED, DraftState.WAITING), DraftState.WRITING)

    async def order(self, seen: Seen, request: bytes, send_at: int) -> DraftRow | NotKept:
        """Return the draft as ordered to leave at ``send_at``, with the request exactly as it was looked at."""
        now = self._here.clock()

        def work(connection: Connection) -> DraftRow | NotKept:
            found = self._load(connection, seen.id, seen.owner)
            if found is None:
                return GONE
            if found.row.state is not DraftState.WRITING or found.row.version != seen.version:
                return CHANGED
            kept = self._replace(connection, found, replace(found.written, order=request), now)
            values = {"state": DraftState.WAITING.value, "send_at": send_at, "trouble": None}
            draft_store.change(connection, seen.id, values)
            return replace(kept.row, state=DraftState.WAITING, send_at=send_at, trouble=None)

        return await self._store.database.write(work)

    async def give(self, owner: PersonId, to: PersonId) -> int:
        """Return how many drafts of somebody who is away or gone belong to another person now."""
        return await self._store.database.write(lambda connection: draft_store.give(connection, owner, to))

    async def _move(self, seen: Seen, old: Sequence[DraftState], new: DraftState) -> DraftRow | NotKept:
        now = self._here.clock()

        def work(connection: Connection) -> DraftRow | NotKept:
            found = draft_store.find_row(connection, seen.id, seen.owner)
            if found is None:
                return GONE
            row = found[0]
            if row.state not in old:
                return LEFT if row.state in (DraftState.LEAVING, DraftState.SENT) else CHANGED
            version = row.version + 1
            values = {"state": new.value, "send_at": None, "version": version, "saved_at": now}
            draft_store.change(connection, row.id, values)
            return replace(row, state=new, send_at=None, version=version, saved_at=now)

        return await self._store.database.write(work)

    def _new(self, owner: PersonId, purpose: Purpose) -> DraftRow:
        now = self._here.clock()
        return DraftRow(
            id=DraftId(self._here.entropy(_ID)),
            owner=owner,
            purpose=purpose,
            version=1,
            state=DraftState.WRITING,
            begun_at=now,
            saved_at=now,
        )

    def _put(self, connection: Connection, row: DraftRow, written: Written) -> None:
        draft_store.put_row(connection, row, self._store.vault.put(connection, encode_written(written)))

    def _replace(self, connection: Connection, found: WrittenDraft, written: Written, now: int) -> WrittenDraft:
        """Store a new version; the older content is deleted."""
        older = draft_store.find_row(connection, found.row.id)
        row = replace(found.row, version=found.row.version + 1, saved_at=now)
        kept = self._store.vault.put(connection, encode_written(written))
        draft_store.change(connection, row.id, {"item": kept, "version": row.version, "saved_at": now})
        draft_store.drop_older(connection, None if older is None else older[1])
        return WrittenDraft(row, written)

    def _load(self, connection: Connection, identifier: DraftId, owner: PersonId) -> WrittenDraft | None:
        found = draft_store.find_row(connection, identifier, owner)
        if found is None:
            return None
        content = self._store.vault.get(connection, found[1])
        return WrittenDraft(found[0]) if content is None else WrittenDraft(found[0], parse_written(content))
