"""The drafts of a contact point's people: saved at every step, encrypted, never overwritten by another window, erased.

A draft belongs to one person; those of others are answered like drafts that are not there.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection

from nodes.casework import draft_store
from nodes.casework.drafts import (
    CHANGED,
    FULL,
    GONE,
    LEFT,
    DraftId,
    DraftRow,
    DraftState,
    Purpose,
    TakenFile,
    Written,
    WrittenDraft,
    encode_written,
    parse_written,
)
from nodes.casework.release_copies import drop_open
from nodes.gateway.deeds import Act, Operation
from nodes.gateway.here import Here
from nodes.gateway.journal import doer_now
from nodes.gateway.stores import Store
from nodes.people.acting import PersonId
from nodes.people.refusals import NotDone
from protocol.limits import MAX_ATTACHMENTS

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
    """Which draft a window shows, at which version, and to whom it belongs. ``window`` is empty where none is named."""

    id: DraftId
    owner: PersonId
    version: int
    window: str = ""


class DraftBook:
    """The drafts of one node."""

    def __init__(self, here: Here, store: Store) -> None:
        self._here = here
        self._store = store

    async def begin(self, owner: PersonId, purpose: Purpose, written: Written) -> WrittenDraft:
        """Return a new draft once it is durable."""
        row = new_row(self._here, owner, purpose)
        await self._store.database.write(lambda connection: self._put(connection, row, written))
        return WrittenDraft(row, written)

    async def find(self, identifier: DraftId, owner: PersonId) -> WrittenDraft | None:
        """Return a draft of this person."""
        return await self._store.database.read(lambda connection: self._load(connection, identifier, owner))

    async def open_of(self, owner: PersonId) -> Sequence[DraftRow]:
        """Return what this person writes or has ordered, the last saved first."""
        return await self._store.database.read(lambda c: draft_store.rows_of(c, owner, _OPEN, LISTED))

    async def save(self, seen: Seen, written: Written) -> Saved | NotDone:
        """Return the draft once what was typed is durable; nothing that another window saved is lost.

        Where another window has changed the draft since it was shown, what was typed is kept as a second draft beside
        it. A window that saved last and never got the answer goes on where it was: it knows what it wrote.
        """
        now = self._here.clock()

        def work(connection: Connection) -> Saved | NotDone:
            found = self._load(connection, seen.id, seen.owner)
            if found is None:
                return GONE
            writing = found.row.state is DraftState.WRITING
            if writing and found.written == written:
                return Saved(found)
            if writing and draft_store.is_current(connection, seen.id, seen.version, seen.window):
                kept = self._replace(connection, found, written, now)
                draft_store.change(connection, seen.id, {"saved_in": seen.window or None})
                return Saved(kept)
            beside = replace(new_row(self._here, seen.owner, found.row.purpose), beside=found.row.id)
            self._put(connection, beside, written)
            draft_store.change(connection, beside.id, {"saved_in": seen.window or None})
            return Saved(WrittenDraft(beside, written), found)

        return await self._store.database.write(work)

    async def add_files(self, identifier: DraftId, owner: PersonId, files: Sequence[TakenFile]) -> Saved | NotDone:
        """Return the draft once the files belong to it, whatever version it has: two windows that add do not collide.

        One of the same name and content is there once: a window that never got the answer sends it again. Beyond
        ``MAX_ATTACHMENTS`` nothing of them is kept.
        """

        def change(written: Written) -> Written | NotDone:
            here = {(each.name, each.sha256) for each in written.files}
            together = (*written.files, *(each for each in files if (each.name, each.sha256) not in here))
            return FULL if len(together) > MAX_ATTACHMENTS else replace(written, files=together)

        return await self._change(identifier, owner, change)

    async def drop_file(self, identifier: DraftId, owner: PersonId, file: bytes) -> Saved | NotDone:
        """Return the draft once a file is no longer part of it."""

        def change(written: Written) -> Written:
            return replace(written, files=tuple(each for each in written.files if each.id != file))

        return await self._change(identifier, owner, change)

    async def _change(
        self, identifier: DraftId, owner: PersonId, change: Callable[[Written], Written | NotDone]
    ) -> Saved | NotDone:
        now = self._here.clock()

        def work(connection: Connection) -> Saved | NotDone:
            found = self._load(connection, identifier, owner)
            if found is None or found.row.state is not DraftState.WRITING:
                return GONE
            changed = change(found.written)
            return changed if isinstance(changed, NotDone) else Saved(self._replace(connection, found, changed, now))

        return await self._store.database.write(work)

    async def discard(self, seen: Seen) -> DraftRow | NotDone:
        """Return the draft as discarded; for ten minutes it can be brought back, then it is erased."""
        return await self._move(seen, (DraftState.WRITING,), DraftState.DISCARDED)

    async def bring_back(self, seen: Seen) -> DraftRow | NotDone:
        """Return a discarded draft, or one that was ordered and has not left, as being written."""
        return await self._move(seen, (DraftState.DISCARDED, DraftState.WAITING), DraftState.WRITING)

    async def order(self, seen: Seen, request: bytes, send_at: int) -> DraftRow | NotDone:
        """Return the draft as ordered to leave at ``send_at``, with the request exactly as it was looked at."""
        now = self._here.clock()

        def work(connection: Connection) -> DraftRow | NotDone:
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
        """Return how many drafts of somebody who is away or gone belong to another person now.

        It is written down in the processing log with the ids of the drafts, under whoever handed them over. What waits
        for a second person is given up: its new owner asks anew, and never approves what another asked for.
        """

        def work(connection: Connection) -> int:
            found = draft_store.give(connection, owner, to)
            now = self._here.clock()
            for each in found:
                drop_open(connection, each.hex(), doer_now().who, now)
            if found:
                act = Act(operation=Operation.ALTERATION, deed="give-drafts", objects=tuple(found), count=len(found))
                self._store.journal.note(connection, act)
            return len(found)

        return await self._store.database.write(work)

    async def counts(self) -> Mapping[PersonId, int]:
        """Return how many drafts everybody is writing; what they say stays with their owners."""
        return await self._store.database.read(draft_store.count_by_owner)

    async def _move(self, seen: Seen, old: Sequence[DraftState], new: DraftState) -> DraftRow | NotDone:
        now = self._here.clock()

        def work(connection: Connection) -> DraftRow | NotDone:
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


def new_row(here: Here, owner: PersonId, purpose: Purpose) -> DraftRow:
    """Return a draft that begins now."""
    now = here.clock()
    return DraftRow(
        id=DraftId(here.entropy(_ID)),
        owner=owner,
        purpose=purpose,
        version=1,
        state=DraftState.WRITING,
        begun_at=now,
        saved_at=now,
    )
