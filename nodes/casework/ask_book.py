"""Requests of investigators at their own contact point: handed in, taken by an officer, returned, followed.

A request of somebody else is answered like one that is not there. What was asked is encrypted like a draft, and every
step is written down in the processing log under whoever did it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Connection

from nodes.casework import ask_store, draft_store
from nodes.casework.asks import MOVED, NO_ASK, NO_NOTE, Ask, AskId, AskRow, AskState, AskStep, after, note_of
from nodes.casework.case_entries import case_ids_of
from nodes.casework.draft_book import new_row
from nodes.casework.drafts import GONE, DraftId, DraftRow, DraftState, Written, encode_written, parse_written
from nodes.gateway.deeds import Act, Operation
from nodes.gateway.here import Here
from nodes.gateway.stores import Store
from nodes.gateway.vault import erase_item
from nodes.people.acting import PersonId
from nodes.people.refusals import NotDone

_ID: Final = 16
LISTED: Final = 200


@dataclass(frozen=True, slots=True)
class Followed:
    """A request as its asker follows it: the case in which it is worked on, None before there is one."""

    row: AskRow
    case: bytes | None


class AskBook:
    """The requests of one node."""

    def __init__(self, here: Here, store: Store) -> None:
        self._here = here
        self._store = store

    async def hand_in(self, draft: DraftId, owner: PersonId) -> AskRow | NotDone:
        """Return the request once it is durable; the draft that it was written in is gone with it.

        A draft that changes a returned request puts that one up again.
        """
        now = self._here.clock()

        def work(connection: Connection) -> AskRow | NotDone:
            found = draft_store.find_row(connection, draft, owner)
            content = None if found is None else self._store.vault.get(connection, found[1])
            if found is None or content is None or found[0].state is not DraftState.WRITING:
                return GONE
            item = self._store.vault.put(connection, content)
            known = ask_store.find_by_draft(connection, draft)
            if known is not None and known[0].asked_by == owner:
                row = self._again(connection, known, item, now)
            else:
                row = self._new(found[0], owner, now)
                ask_store.put_ask(connection, row, item)
            draft_store.drop(connection, draft, found[1])
            ask_store.keep_files(connection, row.id, [each.id for each in parse_written(content).files])
            self._note(connection, "ask-here", row)
            return row

        return await self._store.database.write(work)

    async def mine(self, owner: PersonId) -> Sequence[Followed]:
        """Return what a person asked, the newest first, with the cases that came out of it."""

        def load(connection: Connection) -> Sequence[Followed]:
            rows = ask_store.asks_of(connection, owner, LISTED)
            cases = case_ids_of(connection, [each.message for each in rows if each.message is not None])
            return [Followed(each, None if each.message is None else cases.get(each.message)) for each in rows]

        return await self._store.database.read(load)

    async def waiting(self) -> Sequence[AskRow]:
        """Return what officers have to look at, the oldest first: what nobody took, and what is being written."""
        states = (AskState.ASKED, AskState.TAKEN)
        return await self._store.database.read(lambda connection: ask_store.asks_in(connection, states, LISTED))

    async def find(self, identifier: AskId, owner: PersonId | None = None) -> Ask | None:
        """Return a request with its content; with ``owner``, only one that this person asked."""

        def load(connection: Connection) -> Ask | None:
            found = ask_store.find_ask(connection, identifier, owner)
            return None if found is None else self._open(connection, found)

        return await self._store.database.read(load)

    async def case_of(self, row: AskRow) -> bytes | None:
        """Return the case that came out of a request."""
        if row.message is None:
            return None
        message = row.message
        found = await self._store.database.read(lambda connection: case_ids_of(connection, [message]))
        return found.get(message)

    async def take(self, identifier: AskId, officer: PersonId, state: AskState) -> DraftRow | NotDone:
        """Return the officer's draft of the message with its files, once it and the taking are durable.

        ``state`` is the one that the officer saw; somebody who was quicker is not overridden unseen.
        """
        now = self._here.clock()

        def work(connection: Connection) -> DraftRow | NotDone:
            found = ask_store.find_ask(connection, identifier)
            if found is None:
                return NO_ASK
            ask = self._open(connection, found)
            if ask.row.state is not state or after(state, AskStep.TAKE) is None:
                return MOVED
            row = new_row(self._here, officer, ask.row.purpose)
            draft_store.put_row(connection, row, self._store.vault.put(connection, encode_written(ask.written)))
            values = {"state": AskState.TAKEN.value, "taken_by": officer, "draft": row.id, "moved_at": now}
            ask_store.change_ask(connection, identifier, values)
            self._note(connection, "take-request", ask.row)
            return row

        return await self._store.database.write(work)

    async def give_back(self, identifier: AskId, state: AskState, note: str) -> AskRow | NotDone:
        """Return the request as returned to its asker, with a note of what has to be changed."""
        said = note_of(note)
        if said is None:
            return NO_NOTE

        def change(connection: Connection, row: Any) -> dict[str, Any]:  # noqa: ANN401 - a row of the table
            self._forget(connection, row.note)
            return {"note": self._store.vault.put(connection, said.encode()), "draft": None, "taken_by": None}

        return await self._step(AskStep.RETURN, (identifier, None, state), change)

    async def withdraw(self, identifier: AskId, owner: PersonId) -> AskRow | NotDone:
        """Return the asker's own request as given up; what it asked is erased, and what was said about it."""

        def change(connection: Connection, row: Any) -> dict[str, Any]:  # noqa: ANN401 - a row of the table
            self._forget(connection, row.item)
            self._forget(connection, row.note)
            ask_store.let_files_go(connection, identifier)
            return {"item": None, "note": None, "draft": None}

        return await self._step(AskStep.WITHDRAW, (identifier, owner, None), change)

    async def change_again(self, identifier: AskId, owner: PersonId) -> DraftRow | NotDone:
        """Return a draft of the asker with what a returned request says; handing it in puts the request up again."""

        def work(connection: Connection) -> DraftRow | NotDone:
            found = ask_store.find_ask(connection, identifier, owner)
            if found is None:
                return NO_ASK
            ask = self._open(connection, found)
            if after(ask.row.state, AskStep.AGAIN) is None:
                return MOVED
            known = None if ask.row.draft is None else draft_store.find_row(connection, ask.row.draft, owner)
            if known is not None and known[0].state is DraftState.WRITING:
                return known[0]
            row = new_row(self._here, owner, ask.row.purpose)
            draft_store.put_row(connection, row, self._store.vault.put(connection, encode_written(ask.written)))
            ask_store.change_ask(connection, identifier, {"draft": row.id})
            return row

        return await self._store.database.write(work)

    async def _step(
        self,
        step: AskStep,
        which: tuple[AskId, PersonId | None, AskState | None],
        change: Any,  # noqa: ANN401 - from the connection and the row of the table to the columns that change
    ) -> AskRow | NotDone:
        identifier, owner, seen = which
        now = self._here.clock()

        def work(connection: Connection) -> AskRow | NotDone:
            found = ask_store.find_ask(connection, identifier, owner)
            if found is None:
                return NO_ASK
            then = after(found[0].state, step)
            if then is None or seen not in (None, found[0].state):
                return MOVED
            values = {"state": then.value, "moved_at": now} | change(connection, found[1])
            ask_store.change_ask(connection, identifier, values)
            self._note(connection, f"{step.value}-request", found[0])
            return replace(found[0], state=then, moved_at=now)

        return await self._store.database.write(work)

    def _again(self, connection: Connection, known: tuple[AskRow, Any], item: bytes, now: int) -> AskRow:
        row, stored = known
        self._forget(connection, stored.item)
        self._forget(connection, stored.note)
        values = {"state": AskState.ASKED.value, "item": item, "note": None, "draft": None, "moved_at": now}
        ask_store.change_ask(connection, row.id, values)
        return replace(row, state=AskState.ASKED, moved_at=now, draft=None)

    def _new(self, draft: DraftRow, owner: PersonId, now: int) -> AskRow:
        return AskRow(
            id=AskId(self._here.entropy(_ID)),
            asked_by=owner,
            asked_at=now,
            purpose=draft.purpose,
            state=AskState.ASKED,
            moved_at=now,
        )

    def _open(self, connection: Connection, found: tuple[AskRow, Any]) -> Ask:
        row, stored = found
        vault = self._store.vault
        content, note = vault.get(connection, stored.item), vault.get(connection, stored.note)
        return Ask(row, Written({}) if content is None else parse_written(content), (note or b"").decode())

    def _forget(self, connection: Connection, item: bytes | None) -> None:
        if item is not None:
            erase_item(connection, item)

    def _note(self, connection: Connection, deed: str, row: AskRow) -> None:
        act = Act(operation=Operation.ALTERATION, deed=deed, objects=(row.id,), type=row.purpose.type)
        self._store.journal.note(connection, act)
