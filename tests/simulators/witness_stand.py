"""A witness over the simulated hub: real keys, real database, and the test moves time and turns."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from nodes.gateway.replica import Pinned, Replica
from nodes.gateway.sync import Sync
from nodes.gateway.witness import Stand, Turn, Witness
from nodes.gateway.witness_store import Found, findings, load_kept
from protocol.api import MESSAGE_LOG
from protocol.ids import NodeId
from protocol.leaf import Leaf, LeafKind, encode_leaf
from protocol.ports import Clock
from runtime.database import Database
from runtime.database_settings import DatabaseSettings
from tests.simulators.databases import prepare
from tests.simulators.hub import Door, HubSimulator
from tests.simulators.log import MemoryTree


class WitnessStand:
    """One running witness, and what a test asks of it."""

    def __init__(self, witness: Witness, database: Database, door: Door) -> None:
        self.witness = witness
        self.database = database
        self.door = door

    async def turn(self, log: str = MESSAGE_LOG) -> Turn:
        return await self.witness.turn(log, 0)

    async def found(self) -> Sequence[Found]:
        return await self.database.read(findings)

    async def size(self, log: str = MESSAGE_LOG) -> int:
        return (await self.database.read(lambda connection: load_kept(connection, log))).size


@contextlib.asynccontextmanager
async def witnessing(
    folder: Path, hub: HubSimulator, name: str = "mk.contact", clock: Clock | None = None
) -> AsyncIterator[WitnessStand]:
    """Run a witness of the hub's network on a folder; the same folder again is a restart or a second process."""
    settings = DatabaseSettings(url=f"sqlite:///{folder / 'witness.db'}", reserve_bytes=0, ballast_bytes=0)
    prepare(settings, "nodes")
    database = Database(settings)
    database.open()
    try:
        network, door, now = hub.network, hub.door(NodeId(name)), clock or hub.clock
        replica = Replica(Pinned(network.charter_entry, network.charter_digest), database, now)
        await replica.load()
        sync = Sync(replica, database, door, now)
        stand = Stand(name, network.witnesses[name], replica, sync, database, door, now)
        yield WitnessStand(Witness(stand), database, door)
    finally:
        database.close()


def log_leaf(
    hub: HubSimulator, digest: bytes, *, time: int | None = None, view: tuple[int, bytes] | None = None
) -> bytes:
    """Append a message leaf to the hub's log, with any time and any directory; return its entry."""
    directory = hub.network.directory
    size, root = view or (directory.size, directory.root)
    entry = encode_leaf(Leaf(LeafKind.MESSAGE, digest, hub.clock() if time is None else time, size, root))
    hub.messages.append(entry)
    return entry


def rewrite(hub: HubSimulator, at: int, *entries: bytes) -> None:
    """Put other entries in the place of all from ``at`` on."""
    hub.messages = MemoryTree([*hub.messages.entries[:at], *entries])
