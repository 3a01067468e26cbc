"""What a party does when a consent of others ends: it erases what the end locked, or keeps it locked and says why.

Locking happened by itself when the end was heard. Erasing is a person's act, because the law may ask to keep something,
such as what a claim for compensation rests on (GDPR 17(3)(e)). The receipt tells the holder what was done.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection, update

from nodes.gateway import inbox
from nodes.gateway.contents import parse_body, parse_opened
from nodes.gateway.deeds import Act, Operation
from nodes.gateway.erasing import Erasing
from nodes.gateway.hearing import Ending, expire, lock_again
from nodes.gateway.here import Here
from nodes.gateway.retaining import held_among
from nodes.gateway.rotation import Rotation
from nodes.gateway.send import Options, Queued, Sending, request_key
from nodes.gateway.stores import Network, Store
from nodes.gateway.vault import erase_item
from nodes.gateway.wishes import Wish
from nodes.gateway.withdrawal_store import (
    End,
    Locked,
    Result,
    carry_out,
    ends_here,
    ends_over,
    find_end,
    locks_of,
    note_receipt,
    owed_receipts,
    reason_of,
)
from nodes.gateway.withdrawing import end_wish
from nodes.schema import duty
from protocol.catalogue.documents import JSON
from protocol.catalogue.rows import unflatten
from protocol.errors import Fault
from protocol.ids import MessageId

SHORTEST_REASON: Final = 20
_DUTY: Final = "withdrawal-carried-out"


@dataclass(frozen=True, slots=True)
class Waiting:
    """An end whose content is here, with what it locked; ``late`` when the holder should have had its receipt."""

    end: End
    locks: Sequence[Locked]
    late: bool


@dataclass(frozen=True, slots=True)
class Tools:
    """What carrying out needs besides the store: how receipts leave, and how keys of erased content end."""

    sending: Sending
    rotation: Rotation


class CarryingOut:
    """Erases or keeps what ends of consents locked here, and tells the holders."""

    def __init__(self, ending: Ending, here: Here, network: Network, tools: Tools) -> None:
        self._ending = ending
        self._here = here
        self._network = network
        self._tools = tools
        self._erasing = Erasing(here, ending.shelf.store)

    @property
    def _store(self) -> Store:
        return self._ending.shelf.store

    async def list(self, *, done: bool = False) -> Sequence[Waiting]:
        """Return the ends to be carried out here, or with ``done`` those that were."""
        now = self._here.clock()

        def load(connection: Connection) -> Sequence[Waiting]:
            return [
                Waiting(end, locks_of(connection, end.number), end.done_at is None and now >= (end.due_at or now))
                for end in ends_here(connection, done=done)
            ]

        return await self._store.database.read(load)

    async def of_message(self, message: MessageId) -> Sequence[End]:
        """Return the ends that took content of a message out of reach, the first one first."""

        def load(connection: Connection) -> Sequence[End]:
            found = (find_end(connection, number) for number in ends_over(connection, message))
            return [each for each in found if each is not None]

        return await self._store.database.read(load)

    async def is_held(self, number: int) -> bool:
        """Tell whether a legal hold keeps something that an end locked here."""
        now = self._here.clock()

        def load(connection: Connection) -> bool:
            return bool(held_among(connection, [each.message for each in locks_of(connection, number)], now))

        return await self._store.database.read(load)

    async def purge(self, number: int) -> End | None:
        """Return the end as carried out: what it locked is gone from the database and from every key.

        None for one that is not waiting here. The receipt is on its way, or goes with the next turn.
        """
        now = self._here.clock()

        def work(connection: Connection) -> bool:
            locks = locks_of(connection, number)
            if not _waits(connection, number) or held_among(connection, [each.message for each in locks], now):
                return False
            carry_out(connection, number, Result.PURGED, now, None)
            for each in locks:
                if each.item is not None:
                    erase_item(connection, each.item)
            gone = tuple(sorted({each.message for each in locks}))
            act = Act(operation=Operation.ERASURE, deed="purge", objects=gone, reason="consent-ended")
            self._store.journal.note(connection, act)
            if gone:
                self._erasing.witness(connection, gone, "consent-ended", len(locks))
            self._settle_duty(connection, number, now)
            return True

        if not await self._store.database.write(work):
            return None
        await self._tools.rotation.erase_content()
        return await self._told(number)

    async def keep(self, number: int, reason: str) -> End | None:
        """Return the end as carried out: what it locked stays locked, and the holder is told why.

        None for one that is not waiting here. ``reason`` has at least ``SHORTEST_REASON`` characters.
        """
        now = self._here.clock()

        def work(connection: Connection) -> bool:
            if not _waits(connection, number):
                return False
            kept = self._store.vault.put(connection, reason.encode())
            carry_out(connection, number, Result.LOCKED, now, kept)
            self._settle_duty(connection, number, now)
            return True

        return await self._told(number) if await self._store.database.write(work) else None

    async def turn(self) -> int:
        """Return how many receipts left. Ends without any content here need no person; expired content is locked."""
        now = self._here.clock()

        def work(connection: Connection) -> None:
            expire(connection, self._ending, now)
            lock_again(connection, self._ending, now)
            for end in ends_here(connection, done=False):
                if not locks_of(connection, end.number):
                    carry_out(connection, end.number, Result.PURGED, now, None)
                    self._settle_duty(connection, end.number, now)

        await self._store.database.write(work)
        sent = 0
        for end in await self._store.database.read(owed_receipts):
            sent += await self._confirm(end)
        return sent

    async def _told(self, number: int) -> End | None:
        await self.turn()
        return await self._store.database.read(lambda connection: find_end(connection, number))

    async def _confirm(self, end: End) -> bool:
        """Send the receipt of one end. The key of the request makes a second try after a crash the same message."""
        wish = await self._store.database.read(lambda connection: self._receipt(connection, end))
        key = request_key(f"consent receipt {end.number}")
        try:
            result = None if wish is None else await self._tools.sending.send(wish, Options(request=(key, key)))
        except Fault:
            return False  # the next turn tries again; the holder's list shows that the receipt is missing
        if not isinstance(result, Queued):
            return False
        message = result.message
        await self._store.database.write(lambda connection: note_receipt(connection, end.number, message))
        return True

    def _receipt(self, connection: Connection, end: End) -> Wish | None:
        vault = self._store.vault
        content = vault.get(connection, end.item)
        row = None if end.message is None else inbox.find(connection, end.message)
        if content is None or row is None or end.result is None or end.done_at is None:
            return None
        told = unflatten(parse_body(content))
        receipt: dict[str, JSON] = {
            "result": end.result.value,
            "done_at": datetime.fromtimestamp(end.done_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "items": end.items or 0,
        }
        reason = vault.get(connection, reason_of(connection, end.number))
        if reason is not None:
            receipt["reason"] = reason.decode()
        document: dict[str, JSON] = {
            "case_ref": told.get("case_ref"),
            "phase": "done",
            "consent_id": told.get("consent_id"),
            "version": told.get("version"),
            "receipt": receipt,
        }
        return replace(
            end_wish(self._network, self._here, document, end.holder),
            channel=row.channel,
            purpose=parse_opened(content).core.purpose,
            in_reply_to=end.message if row.state in inbox.READABLE else None,  # an answer names what may be read
        )

    def _settle_duty(self, connection: Connection, number: int, now: int) -> None:
        """Mark the duty that came with the withdrawal as done; what was done stands in the receipt."""
        end = find_end(connection, number)
        if end is not None and end.message is not None:
            open_ = (duty.c.message == end.message, duty.c.obligation == _DUTY, duty.c.done_at.is_(None))
            connection.execute(update(duty).where(*open_).values(done_at=now))


def _waits(connection: Connection, number: int) -> bool:
    end = find_end(connection, number)
    return end is not None and end.due_at is not None and end.done_at is None
