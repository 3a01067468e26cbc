"""A witness on its own, for an authority that runs no node; its folder is made by ``node init`` and ``node join``."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from keys.keystore import Keystore
from keys.log_signer import log_signer
from nodes.config import NodeConfig
from nodes.gateway.hub_http import HttpHub
from nodes.gateway.replica import Replica
from nodes.gateway.sync import Sync
from nodes.gateway.trouble import HubTrouble
from nodes.gateway.witness import LOGS, Stand, Turn, Witness
from nodes.gateway.witness_duty import Duty, duty_of
from nodes.gateway.witness_export import Report, load_report
from nodes.network_files import client_tls, read_pinned
from protocol.errors import Code, Fault
from protocol.ports import Clock
from runtime.database import Database
from runtime.http_client import HttpClient, client_session
from runtime.migrations import migrations_of, upgrade
from runtime.operator import OperatorError
from runtime.tls import Pins

_PAUSE_S: Final = 1.0
_AFTER_TROUBLE_S: Final = 30.0

Tell = Callable[[Turn | Code], None]
"""Hears of each turn, or with which code the hub could not be asked."""


@dataclass(frozen=True, slots=True)
class Lookout:
    """A witness that is ready, and where it keeps what it cosigned."""

    witness: Witness
    database: Database

    async def once(self) -> list[Turn]:
        """Look at both logs once, and cosign what continues them."""
        return [await self.witness.turn(log, 0) for log in LOGS]

    async def keep(self, wait_s: int, tell: Tell) -> None:
        """Look at both logs until cancelled; what the hub refuses or does not answer is told and tried again."""
        async with asyncio.TaskGroup() as group:
            for log in LOGS:
                group.create_task(self._keep(log, wait_s, tell))

    async def _keep(self, log: str, wait_s: int, tell: Tell) -> None:
        while True:
            try:
                turn = await self.witness.turn(log, wait_s)
            except (HubTrouble, Fault) as trouble:
                tell(trouble.code)
                await asyncio.sleep(_AFTER_TROUBLE_S)
                continue
            if turn.cosigned or turn.found:
                tell(turn)
            await asyncio.sleep(_AFTER_TROUBLE_S if turn.found else _PAUSE_S)

    async def report(self) -> Report:
        """Return what is kept and what was found."""
        return await self.database.read(load_report)


@asynccontextmanager
async def looking_out(config: NodeConfig, store: Keystore, clock: Clock) -> AsyncIterator[Lookout]:
    """Give a witness whose directory is as new as the hub's.

    The database is the node's own: while its node runs, which witnesses by itself, it is in use and this refuses.
    ``OperatorError`` for a folder that is no witness's of this network.
    """
    await asyncio.to_thread(upgrade, config.database, migrations_of("nodes"))
    database = Database(config.database)
    database.open()
    try:
        replica = Replica(await asyncio.to_thread(read_pinned, config), database, clock)
        await replica.load()
        async with open_hub(config, store, lambda: replica.directory.charter.hub_tls_pins) as hub:
            sync = Sync(replica, database, hub, clock)
            await sync.follow()
            yield Lookout(_witness(config, store, (replica, sync, database, hub, clock)), database)
    finally:
        await asyncio.to_thread(database.close)


@asynccontextmanager
async def open_hub(config: NodeConfig, store: Keystore, pins: Pins) -> AsyncIterator[HttpHub]:
    """Give the way to the hub that the settings name, under these TLS keys of it."""
    async with client_session(config.client, client_tls(config, store.secrets, pins)) as session:
        yield HttpHub(HttpClient(session, config.hub.url, config.client))


def _witness(config: NodeConfig, store: Keystore, ground: tuple[Replica, Sync, Database, HttpHub, Clock]) -> Witness:
    replica = ground[0]
    signer = None if store.secrets.log is None else log_signer(store.secrets.log)
    duty = duty_of(replica.directory.charter, config.node, None if signer is None else signer.keys, on=True)
    if duty is not Duty.ON or signer is None:
        raise OperatorError(
            "NO_WITNESS",
            f"The charter names no witness {config.node} with the keys in {store.path.name}",
            "A cosignature counts only under a key that the charter names",
            "Ask the registrars for a charter that names this one, or use the keystore made for the ceremony",
        )
    return Witness(Stand(config.node, signer, *ground))
