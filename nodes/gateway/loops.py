"""The rounds of the node's loops: what each does when its time has come, and when it wants to be woken next."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection

from nodes.config import GatewaySettings
from nodes.gateway import outbox
from nodes.gateway.gateway import Gateway
from nodes.gateway.rotation import my_channels
from nodes.gateway.watch import Watch
from protocol.ids import CHANNELS, Channel
from runtime.events import Event
from runtime.log import Log

SUBMIT: Final = "submit"
POST: Final = "post"
SYNC: Final = "sync"
TEND: Final = "tend"
_AT_ONCE: Final = 0.0
_FAR: Final = 3_600.0


@dataclass(slots=True)
class Rounds:
    """One gateway's rounds."""

    gateway: Gateway
    settings: GatewaySettings
    log: Log
    watch: Watch
    _told: int = field(default=0, init=False)  # the directory size that the other loops were last woken for

    def add_all(self) -> None:
        """Add every loop to the watch: one for each channel there is, whether this node is in it now or later."""
        self.watch.add(SYNC, self.sync)
        self.watch.add(TEND, self.tend)
        self.watch.add(SUBMIT, self.submit)
        self.watch.add(POST, self.post)
        for channel in CHANNELS:
            self.watch.add(_fetch(channel), self._fetcher(channel))

    async def sync(self) -> float:
        """Fetch what is new in directory and policy; the others hear of it, whoever fetched it."""
        synced = await self.gateway.network.sync.run()
        size = self.gateway.network.replica.directory.size
        if synced.bundles or size != self._told:
            self._told = size
            self.log.write(Event.DIRECTORY_SYNCED, tree_size=size, count=synced.entries)
            for name in (TEND, SUBMIT, *(_fetch(channel) for channel in CHANNELS)):
                self.watch.ring(name)
        return float(self.settings.sync_interval_s)

    async def tend(self) -> float:
        """Publish and erase keys, erase content in time, forget envelopes that nobody needs any more."""
        done = await self.gateway.rotation.tend()
        if done.published:
            self.log.write(Event.KEYS_PUBLISHED, count=done.published)
        if done.erased:
            self.log.write(Event.KEYS_ERASED, count=done.erased)
        erased = await self.gateway.rotation.erase_content()
        if erased:
            self.log.write(Event.ERASED, kind="content", count=erased)
        now = self.gateway.here.clock()

        def sweep(connection: Connection) -> int:
            return outbox.drop_envelopes(connection, now)

        await self.gateway.store.database.write(sweep)
        return float(self.settings.housekeeping_s)

    async def submit(self) -> float:
        """Offer what is due to the hub."""
        return self._until(await self.gateway.submitter.drain())

    async def post(self) -> float:
        """Post what this node signed."""
        return self._until(await self.gateway.poster.drain())

    def _fetcher(self, channel: Channel) -> Callable[[], Awaitable[float]]:
        async def fetch() -> float:
            gateway = self.gateway
            if channel not in my_channels(gateway.network, gateway.here):
                return _FAR
            taken = await gateway.receiver.take(channel, self.settings.poll_wait_s)
            if taken.items:
                self.log.write(Event.FETCHED, channel=channel, count=taken.items)
                self.watch.ring(POST)
            return _AT_ONCE

        return fetch

    def _until(self, at: int | None) -> float:
        if at is None:
            return _FAR
        return float(max(0, at - self.gateway.here.clock()))


def _fetch(channel: Channel) -> str:
    return f"fetch-{channel}"
