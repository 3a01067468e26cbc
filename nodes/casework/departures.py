"""Lets ordered drafts leave when their time has come: never lost, never sent twice, whatever happens in between.

A draft is claimed before it is sent, and sent under a key of its own: a message that was sealed just before the node
stopped is found again by that key, and no second one is made.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from sqlalchemy import Connection

from nodes.casework import draft_store
from nodes.casework.ask_store import note_sent
from nodes.casework.case_senders import Senders
from nodes.casework.drafts import DraftId, DraftRow, DraftState, Written, parse_written
from nodes.casework.release_people import still_approving
from nodes.gateway.deeds import Doer, Door
from nodes.gateway.gateway import Gateway
from nodes.gateway.journal import acting_as
from nodes.gateway.send import Conflict, Faulty, Options, Queued, Result, Stopped, request_key
from nodes.gateway.wishes import Wish, parse_wish
from nodes.people.people_book import PeopleBook
from protocol.catalogue.documents import JSON
from protocol.errors import Code, Fault
from protocol.ids import MessageId
from runtime.log import Log

DEPARTURES: Final = "departures"
SENT_BEFORE: Final = "SENT_BEFORE"
FIELDS_WRONG: Final = "FIELDS_WRONG"
_AT_ONCE: Final = 20
_AGAIN_S: Final = 5.0
_FAR_S: Final = 3_600.0
_OURS: Final = frozenset({Code.BUSY, Code.DISK_FULL, Code.NOT_READY})
"""Faults of this machine: the draft keeps its place and is tried again."""


def order_bytes(request: Mapping[str, JSON], author: str) -> bytes:
    """Return what is ordered: the request, and who wrote it as rules about a second person know people."""
    return json.dumps({"author": author, "request": dict(request)}, ensure_ascii=False, sort_keys=True).encode()


class Departures:
    """Sends the ordered drafts of one node."""

    def __init__(self, gateway: Gateway, log: Log) -> None:
        self._gateway = gateway
        self._senders = Senders(gateway)
        self._people = PeopleBook(gateway)
        self._log = log

    async def turn(self) -> float:
        """Return the seconds until the next draft is due, after all that are due have left or come back."""
        database = self._gateway.store.database
        now = self._gateway.here.clock()
        await database.write(lambda connection: draft_store.tidy(connection, now))
        waiting = False
        for row in await database.read(lambda connection: draft_store.due_rows(connection, now, _AT_ONCE)):
            waiting |= not await self.send(row.id)
        at = await database.read(draft_store.next_due)
        until = _FAR_S if at is None else float(max(0, at - self._gateway.here.clock()))
        return min(until, _AGAIN_S) if waiting else until

    async def send(self, identifier: DraftId) -> bool:
        """Return True when an ordered draft whose time has come has left or was given back; False: try it again."""
        claimed = await self._gateway.store.database.write(lambda connection: self._claim(connection, identifier))
        if claimed is None:
            return True
        row, written = claimed
        try:
            with acting_as(Doer(row.owner, Door.DESK, "ordered")):
                result = await self._send(row, written)
        except Exception as err:  # noqa: BLE001 - whatever is wrong with one draft is told its owner and stops no other
            if isinstance(err, Fault) and err.code in _OURS:
                return False
            self._log.unexpected(err, DEPARTURES)
            await self._return(row, str(err.code if isinstance(err, Fault) else Code.INTERNAL))
            return True
        if _unjudged(result):
            return False
        if isinstance(result, Queued):
            await self._sent(row, result.message)
            await self._entrust(row, result.message)
        else:
            await self._return(row, _trouble(result))
        return True

    def _claim(self, connection: Connection, identifier: DraftId) -> tuple[DraftRow, Written] | None:
        """Return a draft that may leave now, marked as leaving: from here on nobody takes it back."""
        found = draft_store.find_row(connection, identifier)
        if found is None:
            return None
        row, kept = found
        due = row.state is DraftState.WAITING and (row.send_at or 0) <= self._gateway.here.clock()
        if not due and row.state is not DraftState.LEAVING:
            return None
        draft_store.change(connection, identifier, {"state": DraftState.LEAVING.value})
        content = self._gateway.store.vault.get(connection, kept)
        return row, Written({}) if content is None else parse_written(content)

    async def _send(self, row: DraftRow, written: Written) -> Result | None:
        order = written.order or order_bytes({}, "")
        ordered = json.loads(order)
        wish = parse_wish(ordered["request"])
        if not isinstance(wish, Wish):
            return None
        # Whoever approved it may have lost the right since: the rules then ask for a second person again.
        able = await still_approving(self._people, self._gateway.here.clock(), wish.approve_as)
        wish = replace(wish, approve_as=able)
        once = (request_key(f"draft {row.id.hex()}"), hashlib.sha256(order).digest())
        return await self._gateway.sending.send(wish, Options(request=once, author=ordered["author"]))

    async def _sent(self, row: DraftRow, message: MessageId) -> None:
        now = self._gateway.here.clock()

        def work(connection: Connection) -> None:
            found = draft_store.find_row(connection, row.id)
            draft_store.erase(connection, row.id, None if found is None else found[1])
            draft_store.change(
                connection, row.id, {"state": DraftState.SENT.value, "message": message, "saved_at": now}
            )
            note_sent(connection, row.id, message, now)

        await self._gateway.store.database.write(work)

    async def _entrust(self, row: DraftRow, message: MessageId) -> None:
        """Let the case be its sender's. The message has left: whatever is wrong with its case is told the log alone."""
        try:
            with acting_as(Doer(row.owner, Door.DESK, "ordered")):
                await self._senders.entrust(message, row.owner)
        except Exception as err:  # noqa: BLE001 - as above
            self._log.unexpected(err, DEPARTURES)

    async def _return(self, row: DraftRow, trouble: str) -> None:
        values = {"state": DraftState.WRITING.value, "trouble": trouble, "send_at": None, "version": row.version + 1}
        await self._gateway.store.database.write(lambda connection: draft_store.change(connection, row.id, values))


def _unjudged(result: Result | None) -> bool:
    """Tell whether nothing could be said about a draft because the network's policy is not here yet."""
    match result:
        case Stopped():
            return result.refused.code is Code.POLICY_UNKNOWN
        case Faulty():
            return any(each.code == Code.POLICY_UNKNOWN for each in result.faults)
        case _:
            return False


def _trouble(result: Result | None) -> str:
    match result:
        case Stopped():
            return str(result.refused.code)
        case Conflict():
            return SENT_BEFORE
        case _:
            return FIELDS_WRONG
