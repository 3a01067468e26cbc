"""The tree heads of the message log that this node has seen. A head that does not continue the last one is an alarm.

A larger head counts under the log keys in force only; what former keys signed counts where it is no larger.
One exception: after a loss at the hub, which the registrars declared by a signed restart, the log goes on from an
earlier size. That is accepted once per restart, and everything that lost its leaf is offered again.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, insert, select, update

from keys.signed_head import all_charters, signed_head
from nodes.gateway.hub_port import HubClient
from nodes.gateway.replica import Replica
from nodes.gateway.replica_store import find_fact, put_fact
from nodes.gateway.restarts import offer_lost_again
from nodes.gateway.trouble import HubRefused, HubTrouble
from nodes.schema import log_head
from protocol.api import MESSAGE_LOG
from protocol.cbor import decode
from protocol.charter import Charter
from protocol.checkpoint import Checkpoint
from protocol.errors import Code, Fault
from protocol.ids import parse_digest
from protocol.limits import MAX_PROOF
from protocol.merkle import verify_consistency
from protocol.ports import Clock
from protocol.shapes import as_list
from protocol.statement_network import Log, Restart
from runtime.database import Database

_REMEMBERED: Final = 256  # verified heads kept in memory, so that a repeated one costs no round trip
_ADOPTED: Final = "restarts-adopted"


@dataclass(frozen=True, slots=True)
class SeenHead:
    """A head as it is stored, with the note that proves it."""

    size: int
    root: bytes
    note: bytes


@dataclass(frozen=True, slots=True)
class LogView:
    """Whose log it is and where the restarts of it are declared."""

    origin: str
    replica: Replica
    clock: Clock


class Heads:
    """Accepts heads of the message log, one at a time."""

    def __init__(self, view: LogView, database: Database, hub: HubClient) -> None:
        self._view = view
        self._database = database
        self._hub = hub
        self._lock = asyncio.Lock()
        self._known: dict[int, bytes] = {}
        self.look_again: Callable[[], Awaitable[object]] | None = None  # fetches the directory; set by the gateway

    async def verify(self, note: bytes) -> tuple[Checkpoint, Charter]:
        """Return the checkpoint in ``note`` and the charter whose log keys signed it; nothing is stored.

        Keys that no charter here names may be newer than what this node holds: the directory is fetched once, then they
        are MISSING_SIGNATURE. Raises the faults of ``verify_checkpoint`` and those of fetching.
        """
        try:
            return await asyncio.to_thread(self._signed, note)
        except Fault as fault:
            if fault.code is not Code.MISSING_SIGNATURE or self.look_again is None:
                raise
        await self.look_again()
        return await asyncio.to_thread(self._signed, note)

    async def accept(self, note: bytes) -> Checkpoint:
        """Return the checkpoint in ``note`` after verifying it and its consistency with the last head seen.

        A larger head is stored before this returns. Raises the faults of ``verify``, SPLIT_VIEW for another root at a
        size seen before, BAD_CONSISTENCY when it does not continue the last head, MISSING_SIGNATURE for a larger one
        under log keys that were replaced, and the hub's troubles.
        """
        checkpoint, charter = await self.verify(note)
        if not self._in_force(charter) and await self._is_larger(checkpoint):
            await self._accept_newest(checkpoint)
        async with self._lock:
            if self._known.get(checkpoint.size) != checkpoint.root:
                await self._take(SeenHead(checkpoint.size, checkpoint.root, note))
                self._remember(checkpoint)
        return checkpoint

    def _signed(self, note: bytes) -> tuple[Checkpoint, Charter]:
        head, charter = signed_head(note, self._view.origin, all_charters(self._view.replica.directory))
        return head.checkpoint, charter

    def _in_force(self, charter: Charter) -> bool:
        return charter.hub_log_keys == self._view.replica.directory.charter.hub_log_keys

    async def _is_larger(self, checkpoint: Checkpoint) -> bool:
        last = await self._database.read(find_head)
        return last is None or checkpoint.size > last.size

    async def _accept_newest(self, older: Checkpoint) -> None:
        """Take the hub's newest checkpoint first: what was signed before the log keys changed is no larger than it."""
        note = await self._hub.checkpoint(MESSAGE_LOG)
        newest, charter = await self.verify(note)
        if not self._in_force(charter) or newest.size < older.size:
            raise Fault(Code.MISSING_SIGNATURE, "a new checkpoint under log keys that were replaced")
        await self.accept(note)

    async def _take(self, new: SeenHead) -> None:
        last = await self._database.read(find_head)
        if last is not None:
            try:
                await self._compare(last, new)
            except Fault:
                if not await self._followed(last, new):
                    raise
                return
        if last is None or new.size > last.size:
            at = self._view.clock()
            await self._database.write(lambda connection: put_head(connection, new, at))

    async def _compare(self, one: SeenHead, other: SeenHead) -> None:
        old, new = sorted((one, other), key=lambda head: head.size)
        if old.size == new.size:
            if old.root != new.root:
                raise Fault(Code.SPLIT_VIEW, f"two roots at size {old.size}")
            return
        if old.size == 0:
            return
        proof = await self._proof(old.size, new.size)
        verify_consistency(old.size, new.size, old.root, new.root, proof)

    async def _proof(self, first: int, second: int) -> Sequence[bytes]:
        """Return the hub's proof; a hub that has none for sizes it signed itself is not consistent."""
        try:
            return parse_hashes(await self._hub.consistency(MESSAGE_LOG, first, second))
        except HubRefused as refused:
            raise Fault(Code.BAD_CONSISTENCY, f"no proof: {refused.code}") from refused

    async def _followed(self, last: SeenHead, new: SeenHead) -> bool:
        """Tell whether a declared restart explains the contradiction, and was followed.

        The newest that does counts, and the directory is looked into once more before an alarm: the restart may be
        newer than what this node holds.
        """
        for again in (False, True):
            if again and self.look_again is not None:
                with contextlib.suppress(HubTrouble):  # then the alarm stands on what is known here
                    await self.look_again()
            for found in await self._restarts_after(last):
                with contextlib.suppress(Fault):
                    await self._begin_anew(found, new)
                    return True
        return False

    async def _restarts_after(self, last: SeenHead) -> list[tuple[int, Restart]]:
        """Return the restarts, newest first, that cut off what ``last`` covers and were not followed yet, numbered."""
        declared = [each for each in self._view.replica.directory.restarts() if each.log is Log.MESSAGES]
        adopted = await self._database.read(lambda connection: find_fact(connection, _ADOPTED)) or 0
        fitting = [
            (number, each)
            for number, each in enumerate(declared, 1)
            if number > adopted and each.size < last.size <= each.lost_size
        ]
        return fitting[::-1]

    async def _begin_anew(self, found: tuple[int, Restart], new: SeenHead) -> None:
        """Follow the log from where the registrars say it goes on; it never gets smaller than what was promised."""
        number, restart = found
        if new.size < restart.lost_size:
            raise Fault(Code.ROLLBACK, "the log is smaller than the restart says")
        if restart.size:
            proof = await self._proof(restart.size, new.size)
            verify_consistency(restart.size, new.size, restart.root, new.root, proof)
        at = self._view.clock()

        def store(connection: Connection) -> None:
            put_head(connection, new, at)
            put_fact(connection, _ADOPTED, number)
            offer_lost_again(connection, restart.size, at)

        await self._database.write(store)
        self._known.clear()

    def _remember(self, checkpoint: Checkpoint) -> None:
        if len(self._known) >= _REMEMBERED:
            self._known.pop(next(iter(self._known)))
        self._known[checkpoint.size] = checkpoint.root


def parse_hashes(raw: bytes) -> Sequence[bytes]:
    """Return the hashes of a proof answer; MALFORMED otherwise."""
    return [parse_digest(each) for each in as_list(decode(raw), "proof", 0, MAX_PROOF)]


def find_head(connection: Connection, log: str = MESSAGE_LOG) -> SeenHead | None:
    """Return the largest head seen of a log, or None before the first one."""
    row = connection.execute(select(log_head).where(log_head.c.log == log)).one_or_none()
    return None if row is None else SeenHead(row.size, row.root, row.note)


def put_head(connection: Connection, head: SeenHead, at: int, log: str = MESSAGE_LOG) -> None:
    """Store the largest head seen of a log."""
    values = {"size": head.size, "root": head.root, "note": head.note, "seen_at": at}
    changed = connection.execute(update(log_head).where(log_head.c.log == log).values(values))
    if changed.rowcount == 0:
        connection.execute(insert(log_head).values(log=log, **values))
