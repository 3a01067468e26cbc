"""Looks after this node's keys: publishes weekly keys ahead, erases those whose time is over, renews the storage epoch.

Order everywhere: first the keystore, then the world. A key is saved before it is published; an erased one is gone from
the keystore before anyone is told. The keystore is written in the database's writer thread only.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from keys.ceremony import erase_due, rotate
from keys.directory import Directory
from keys.private_keys import Secrets
from nodes.gateway import attachments, inbox, outbox
from nodes.gateway.erasing import Erasing
from nodes.gateway.here import Here
from nodes.gateway.retaining import held_among
from nodes.gateway.rings import Rings
from nodes.gateway.stores import Network, Store
from nodes.gateway.vault import items_of_old_epochs, owed_epoch, put_rewrapped
from nodes.gateway.withdrawal_store import due_locks, locked_messages
from protocol.core import VERSION
from protocol.ids import Channel
from protocol.statement_nodes import Capability, KeyPublication
from protocol.statements import Body, encode_entry, encode_statement, sign_statement, statement_id
from protocol.suite import SUITES

_REWRAP: Final = 100  # items re-wrapped in one commit, for which whoever opens a page waits


@dataclass(frozen=True, slots=True)
class Tended:
    """What one look at the keys did."""

    published: int
    erased: int


class Rotation:
    """Tends the keys of one node; one look at a time."""

    def __init__(self, here: Here, network: Network, store: Store, rings: Rings) -> None:
        self._here = here
        self._network = network
        self._store = store
        self._rings = rings
        self._erasing = Erasing(here, store)
        self._lock = asyncio.Lock()

    async def tend(self) -> Tended:
        """Return when keys for all coming weeks are published and the ones that are over are erased.

        Nothing is published while this node is not enrolled. Raises the hub's troubles; the next look goes on from
        there. What is over is erased first, whatever the hub says.
        """
        async with self._lock:
            directory = self._network.replica.directory
            me = directory.participant(self._here.node)
            before = {each.key_id for each in self._rings.recipients.seeds()}
            if me is None or me.revoked:
                await self._store.database.write(lambda _: self._erase_keys(directory))
                return Tended(0, len(before) - len(self._rings.recipients.seeds()))
            bodies = await self._store.database.write(lambda _: self._rotate(directory))
            erased = len(before - {each.key_id for each in self._rings.recipients.seeds()})
            published = await self._publish(directory, bodies)
            return Tended(published, erased)

    def _rotate(self, directory: Directory) -> Sequence[KeyPublication]:
        """Make missing keys, drop those that are over, save; return what is to be published."""
        rings, here = self._rings, self._here
        secrets, bodies = rotate(rings.current(), directory, here.clock(), here.entropy)
        self._keep(secrets)
        return bodies

    def _erase_keys(self, directory: Directory) -> None:
        self._keep(erase_due(self._rings.current(), directory.charter, self._here.clock()))

    def _keep(self, secrets: Secrets) -> None:
        """Save the keystore if its recipient keys are others than before, and hold those and no others."""
        rings = self._rings
        kept = {each.key_id for each in secrets.recipients}
        if kept != {each.key_id for each in rings.recipients.seeds()}:
            rings.keystore.save(secrets)
            rings.recipients.add(secrets.recipients)
            rings.recipients.erase([each.key_id for each in rings.recipients.seeds() if each.key_id not in kept])

    async def _publish(self, directory: Directory, bodies: Sequence[KeyPublication]) -> int:
        statements: list[Body] = [*bodies]
        if directory.capability(self._here.node) is None:
            now = self._here.clock()
            statements.append(
                Capability(node=self._here.node, issued_at=now, wire=VERSION, suite=max(SUITES), types=())
            )
        for body in statements:
            signed = await asyncio.to_thread(sign_statement, body, self._here.signer, self._here.network)
            await self._network.hub.put_statement(statement_id(encode_statement(body)), encode_entry([signed]))
        if statements:
            await self._network.sync.run()
        return sum(len(body.keys) for body in bodies)

    async def erase_content(self) -> int:
        """Erase content whose date of erasure has come, from the database and from every epoch; return how many items.

        What a legal hold keeps stays until the hold is lifted or over.
        The rows stay, so that it remains known that there was a message and that its content was erased. What a crash
        or another erasure left owing is made good too.
        """
        erased = await self.drop_due()
        await self.end_owed()
        return erased

    async def drop_due(self) -> int:
        """Erase content whose date has come from the database alone; return how many items. ``end_owed`` owes the rest.

        Whoever erases more in the same round ends the epoch once for all of it.
        """
        now = self._here.clock()
        return await self._store.database.write(lambda connection: _erase(connection, self._erasing, now))

    async def end_owed(self) -> bool:
        """Return whether an epoch had to end; after return nothing opens what was erased before, whoever erased it."""
        owed = await self._store.database.read(owed_epoch)
        if not any(each.number <= owed for each in self._rings.epochs.epochs()):
            return False
        await self.renew_epoch()
        return True

    @property
    def destroyed_before(self) -> int:
        """The oldest epoch that the keystore holds; what is wrapped under an earlier one opens no more."""
        return self._rings.epochs.oldest

    async def renew_epoch(self) -> int:
        """Re-wrap every stored item under a new epoch and destroy the old ones; return how many items survived.

        After return whatever was deleted before is unreadable even where its blocks survive (invariant 10).
        """
        async with self._lock:
            database = self._store.database
            await database.write(lambda _: self._begin_epoch())
            moved = 0
            while count := await database.write(self._rewrap):
                moved += count
            await database.write(lambda _: self._end_old_epochs())
            return moved

    def _begin_epoch(self) -> None:
        """Between two transactions of others: nothing is wrapped under an epoch before it is saved."""
        self._rings.epochs.begin(self._here.clock())
        self._rings.keystore.save(self._rings.current())

    def _end_old_epochs(self) -> None:
        epochs = self._rings.epochs
        for each in epochs.epochs():
            if each.number < epochs.current:
                epochs.destroy(each.number)
        self._rings.keystore.save(self._rings.current())

    def _rewrap(self, connection: Connection) -> int:
        old = items_of_old_epochs(connection, self._rings.epochs.oldest, self._rings.epochs.current, _REWRAP)
        put_rewrapped(connection, [self._store.vault.rewrap(each) for each in old])
        return len(old)


def _erase(connection: Connection, erasing: Erasing, now: int) -> int:
    due = {
        *inbox.due_for_erasure(connection, now),
        *outbox.due_for_erasure(connection, now),
        *due_locks(connection, now),
    }
    messages = {*attachments.messages_with(connection, due), *locked_messages(connection, due)}
    return erasing.erase(connection, messages - held_among(connection, messages, now), "erase-by")


def my_channels(network: Network, here: Here) -> tuple[Channel, ...]:
    """Return the channels this node is enrolled in and the network has; none while it is unknown or revoked."""
    directory = network.replica.directory
    me = directory.participant(here.node)
    if me is None or me.revoked:
        return ()
    return tuple(channel for channel in me.channels if directory.charter.terms(channel) is not None)
