"""The rounds of the node's loops: what each does when its time has come, and when it wants to be woken next."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection

from nodes.config import GatewaySettings
from nodes.gateway import outbox
from nodes.gateway.gateway import Gateway
from nodes.gateway.rotation import my_channels
from nodes.gateway.sweeping import sweep as sweep_files
from nodes.gateway.watch import Watch
from nodes.gateway.withheld import note_withheld
from protocol.ids import CHANNELS, Channel
from runtime.events import Event
from runtime.log import Log

SUBMIT: Final = "submit"
POST: Final = "post"
UPLOAD: Final = "upload"
DOWNLOAD: Final = "download"
SYNC: Final = "sync"
TEND: Final = "tend"
_AT_ONCE: Final = 0.0
_FAR: Final = 3_600.0
_RECLAIM_PAGES: Final = 1_000  # of 4 KiB, given back to the disk after each round of erasure


@dataclass(slots=True)
class Rounds:
    """One gateway's rounds."""

    gateway: Gateway
    settings: GatewaySettings
    log: Log
    watch: Watch
    wakes: tuple[str, ...] = ()  # loops of others that are woken when something was fetched
    _uploading: bool = field(default=False, init=False)  # what an upload leaves behind is swept when the last one ends
    _told: int = field(default=0, init=False)  # the directory size that the other loops were last woken for

    def add_all(self) -> None:
        """Add every loop to the watch: one for each channel there is, whether this node is in it now or later."""
        self.watch.add(SYNC, self.sync)
        self.watch.add(TEND, self.tend)
        self.watch.add(SUBMIT, self.submit)
        self.watch.add(POST, self.post)
        self.watch.add(UPLOAD, self.upload)
        self.watch.add(DOWNLOAD, self.download)
        for channel in CHANNELS:
            self.watch.add(_fetch(channel), self._fetcher(channel))

    async def sync(self) -> float:
        """Fetch what is new in directory and policy; the others hear of it, whoever fetched it."""
        synced = await self.gateway.network.sync.run()
        size = self.gateway.network.replica.directory.size
        if synced.bundles or size != self._told:
            self._told = size
            await self._note_withheld()
            self.log.write(Event.DIRECTORY_SYNCED, tree_size=size, count=synced.entries)
            for name in (TEND, SUBMIT, UPLOAD, *(_fetch(channel) for channel in CHANNELS)):
                self.watch.ring(name)
        await self.gateway.witnessed.turn()
        return float(self.settings.sync_interval_s)

    async def _note_withheld(self) -> None:
        directory, now = self.gateway.network.replica.directory, self.gateway.here.clock()
        await self.gateway.store.database.write(lambda connection: note_withheld(connection, directory, now))

    async def tend(self) -> float:
        """Publish and erase keys, erase content in time, forget envelopes that nobody needs any more."""
        # What has to go goes first: nothing of it needs the hub, and all that comes after may fail with the hub.
        now = self.gateway.here.clock()

        def sweep(connection: Connection) -> int:
            return outbox.drop_envelopes(connection, now)

        await self.gateway.store.database.write(sweep)
        await sweep_files(self.gateway.store, now)
        erased = await self.gateway.rotation.drop_due()
        if erased:
            self.log.write(Event.ERASED, kind="content", count=erased)
            await sweep_files(self.gateway.store, now)
        await self.gateway.rotation.end_owed()  # once for messages, files and drafts
        await self.gateway.store.database.reclaim(_RECLAIM_PAGES)
        await self._tend_consents()
        await self._tend_keys()
        return float(self.settings.housekeeping_s)

    async def _tend_consents(self) -> None:
        """Lock what expired, tell who was not told yet, confirm what was carried out."""
        if await self.gateway.withdrawals.turn() + await self.gateway.carrying_out.turn():
            self.watch.ring(SUBMIT)

    async def _tend_keys(self) -> None:
        done = await self.gateway.rotation.tend()
        if done.published:
            self.log.write(Event.KEYS_PUBLISHED, count=done.published)
        if done.erased:
            self.log.write(Event.KEYS_ERASED, count=done.erased)
        await self.gateway.succession.settle()

    async def submit(self) -> float:
        """Offer what is due to the hub."""
        return self._until(await self.gateway.submitter.drain())

    async def upload(self) -> float:
        """Let every upload that is due go on by a slice; what their messages no longer need is deleted."""
        until = self._until(await self.gateway.submitter.drain_uploads())
        if until == _FAR and self._uploading:
            await sweep_files(self.gateway.store, self.gateway.here.clock())
        self._uploading = until != _FAR
        return until

    async def download(self) -> float:
        """Let every download that is due go on by a slice."""
        until = self._until(await self.gateway.downloader.drain())
        self.watch.ring(POST)
        return until

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
                self.watch.ring(DOWNLOAD)
                for name in self.wakes:
                    self.watch.ring(name)
            return _AT_ONCE

        return fetch

    def _until(self, at: int | None) -> float:
        if at is None:
            return _FAR
        return float(max(0, at - self.gateway.here.clock()))


def _fetch(channel: Channel) -> str:
    return f"fetch-{channel}"
