"""Fetches the witnessed checkpoints that cover what proves something here; one without its quorum is no proof.

What lacks it stays "not yet witnessed", with an alarm once the time is up, and messages go on.
"""

import asyncio
from functools import partial
from typing import Final

from sqlalchemy import Connection

from keys.signed_head import all_charters, witnessed_head
from nodes.gateway.alarms import clear_alarm, raise_alarm
from nodes.gateway.stores import Network
from nodes.gateway.trouble import HubRefused
from nodes.gateway.witnessed_store import WitnessedHead, first_waiting, put_witnessed
from protocol.api import MESSAGE_LOG
from protocol.checkpoint import messages_origin
from protocol.errors import Code, Fault
from protocol.limits import WITNESSED_WITHIN
from protocol.ports import Clock
from protocol.witnessing import Witnessed
from runtime.database import Database

_ONCE: Final = 64  # checkpoints fetched in one turn
_SUBJECT: Final = "messages"
_SHOWN: Final = "witnessed checkpoint"
_LIES: Final = frozenset(
    {
        Code.BAD_CHECKPOINT,
        Code.BAD_CONSISTENCY,
        Code.BAD_COSIGNATURE,
        Code.BAD_SIGNATURE,
        Code.MISSING_SIGNATURE,
        Code.SPLIT_VIEW,
    }
)
"""What a checkpoint that the hub calls witnessed is refused for; each is an alarm, and messages go on."""


class WitnessedHeads:
    """What a node knows of the witnesses of its message log."""

    def __init__(self, network: Network, database: Database, clock: Clock) -> None:
        self._network = network
        self._database = database
        self._clock = clock

    async def turn(self) -> int:
        """Return how many witnessed checkpoints are new, once every leaf that waits was asked for.

        A false one is an alarm and kept out; raises its fault and the hub's troubles.
        """
        for count in range(_ONCE):
            first = await self._database.read(first_waiting)
            found = None if first is None else await self._fetch(first[0])
            if found is None:
                await self._note(first)
                return count
            await self._database.write(partial(_keep, new=found))
        return _ONCE

    async def _fetch(self, leaf: int) -> WitnessedHead | None:
        """Return a witnessed checkpoint above a leaf; None where the hub has none yet, or none that counts.

        The first one may stand under witnesses whom a later charter no longer names: then the newest one counts.
        """
        short = False
        for after in (leaf, None):
            note = await self._ask(after)
            if note is None:
                break
            found = await self._judged(note)
            if found is None:
                short = True
                continue
            if found.size > leaf:
                return WitnessedHead(found.size, note, found.at, len(found.seen), found.of)
            if after is not None:
                await self._alarm(Code.ROLLBACK)
            break
        if short:
            await self._alarm(Code.QUORUM)
        return None

    async def _ask(self, after: int | None) -> bytes | None:
        try:
            return await self._network.hub.witnessed(MESSAGE_LOG, after)
        except HubRefused as refused:
            if refused.code is Code.NOT_FOUND:
                return None
            raise

    async def _judged(self, note: bytes) -> Witnessed | None:
        """Return a checkpoint under the quorum of its charter, None without one; a lie is an alarm and raised."""
        try:
            return await self._verify(note)
        except Fault as fault:
            if fault.code is Code.QUORUM:
                return None
            if fault.code in _LIES:
                await self._alarm(fault.code)
            raise

    async def _verify(self, note: bytes) -> Witnessed:
        await self._network.heads.verify(note)  # which fetches the charter of keys that are new here
        directory = self._network.replica.directory
        origin, charters = messages_origin(directory.network_id), all_charters(directory)
        found, _ = await asyncio.to_thread(witnessed_head, note, origin, charters)
        await self._network.heads.accept(note)
        return found

    async def _note(self, first: tuple[int, int] | None) -> None:
        """Raise QUORUM while a leaf waits for longer than was promised; clear it when none does."""
        now = self._clock()
        late = first is not None and now > first[1] + WITNESSED_WITHIN

        def store(connection: Connection) -> None:
            if late:
                raise_alarm(connection, Code.QUORUM.value, _SUBJECT, now)
            else:
                clear_alarm(connection, Code.QUORUM.value, _SUBJECT)

        await self._database.write(store)

    async def _alarm(self, code: Code) -> None:
        now = self._clock()
        await self._database.write(lambda connection: raise_alarm(connection, code.value, _SHOWN, now))


def _keep(connection: Connection, new: WitnessedHead) -> None:
    put_witnessed(connection, new)
    clear_alarm(connection, Code.QUORUM.value, _SHOWN)
