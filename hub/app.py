"""The composition root of the hub: the only file that names the real clock and entropy and starts what runs.

``Hub`` lives from ``start`` to ``stop`` in one event loop. Stopping goes: not ready, no new connections, polls ended,
requests in flight finished, counts and sizes stored, writer drained. A kill at any moment loses nothing either.
"""

import asyncio
import contextlib
import sys
import time
from asyncio.sslproto import SSLProtocol
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, Final

from hub.admin import Health, Operator, add_admin_routes
from hub.build import Parts, Surroundings, build
from hub.config import HubConfig
from hub.http import add_routes
from hub.http_audit import AUDIT_ROUTES
from hub.http_parts import PART_ROUTES
from hub.http_witnesses import WITNESS_ROUTES
from hub.identity import HubKeys, check_keys
from hub.mailbox_store import oldest_unserved
from hub.marker import last_backup, promised_sizes, write_mark
from hub.roster import Snapshot
from hub.tls_files import check_certificate, server_tls
from keys.certificates import RENEW_BEFORE_DAYS
from keys.signed_head import directory_charters
from protocol.errors import Code, Fault
from protocol.ports import Clock, Entropy
from runtime.ballast import place
from runtime.clock import never_back, system_clock, system_entropy
from runtime.database import Database
from runtime.database_settings import Hooks, database_path
from runtime.events import Event
from runtime.http import LIFECYCLE, HttpServer, api_app
from runtime.library_log import capture, release
from runtime.log import Log
from runtime.measuring import counted, follow
from runtime.metrics import Metric, Metrics, coarse_age, coarse_bytes, watch_loop
from runtime.migrations import migrations_of, upgrade
from runtime.operator import OperatorError
from runtime.processes import end_process, settle_memory, share_memory, stop_signals
from runtime.watchdog import Watchdog

_TAG_KEY: Final = 32
_STORE_COUNTS_S: Final = 60
_LAG_S: Final = 1.0
_SWITCH_S: Final = 0.001
_TLS_BUFFER: Final = 64 << 10  # bytes that asyncio keeps for each connection; its own choice is four times as much
_LOOK_AHEAD_S: Final = 3_600
_RECLAIM_PAGES: Final = 1_000  # of 4 KiB, given back to the disk after a round of deletion


class Hub:
    """One running hub. Construct, ``start``, and ``stop`` once."""

    def __init__(self, config: HubConfig, keys: HubKeys, clock: Clock, entropy: Entropy, hooks: Hooks) -> None:
        self.config = config
        self.metrics = Metrics("hub")
        self._keys = keys
        self._steady = never_back(clock)
        self._floor = 0
        self._waiting_nodes: set[str] = set()
        self._entropy = entropy
        self.log = Log(sys.stderr, self._clock, entropy(_TAG_KEY), coarse=not config.exact_log_times)
        self.database = Database(config.database, counted(hooks, self.metrics))
        self._tasks: list[asyncio.Task[None]] = []
        self._parts: Parts | None = None
        self._servers: list[HttpServer] = []

    def _clock(self) -> int:
        """Hub time: the machine's, but never before the last leaf of the log, whatever was done to the machine."""
        return max(self._steady(), self._floor)

    @property
    def parts(self) -> Parts:
        """What the hub consists of while it runs."""
        if self._parts is None:
            raise RuntimeError("the hub does not run")
        return self._parts

    @property
    def port(self) -> int:
        """The port that nodes connect to."""
        return self._servers[0].port

    @property
    def admin_port(self) -> int:
        """The operator's port on the loopback."""
        return self._servers[1].port

    async def start(self) -> None:
        """Return when the hub accepts messages, or, restored from a backup, waits for its restart.

        Raises ``OperatorError``, and LOG_FORK when the stored logs are not what they were.
        """
        config = self.config
        path = database_path(config.database)
        if path is not None:
            place(path.with_name(path.name + ".ballast"), config.database.ballast_bytes)
        await asyncio.to_thread(upgrade, config.database, migrations_of("hub"))
        self.database.open()
        try:
            await self._start()
        except BaseException:
            await self._close()
            raise

    async def _start(self) -> None:
        config, clock = self.config, self._clock
        app = api_app(config.listen, self.log, clock, self._entropy)
        admin = api_app(config.admin, self.log, clock, self._entropy)
        lifecycle = app[LIFECYCLE]
        around = Surroundings(clock, self._entropy, time.monotonic, self.log, self.metrics, lifecycle)
        parts = self._parts = await build(config, self._keys, self.database, around)
        self._floor = parts.message_log.head.time
        directory = parts.services.desk.roster.current.directory
        check_certificate(config.tls, self._keys.tls, directory.charter, clock())
        parts.statements.on_change.append(self._note_statement)
        parts.statements.on_publish.append(self._check_charter)
        await parts.store.open()
        parts.crew.start()
        add_routes(app, parts.services, {**PART_ROUTES, **AUDIT_ROUTES, **WITNESS_ROUTES})
        health = Health(self.database, (parts.directory_log, parts.message_log), lifecycle, parts.services.desk.roster)
        services = parts.services
        operator = Operator(health, self.metrics, services.directory, services.blobs, services.acts)
        add_admin_routes(admin, operator)
        follow(self.metrics, self.database)
        tls = server_tls(config.tls, self._keys.tls, config.data_folder)
        self._servers = [HttpServer(app, config.listen, tls), HttpServer(admin, config.admin)]
        if parts.message_log.closed is None:
            for log in (parts.directory_log, parts.message_log):
                await log.seal()
                await log.renew()
            lifecycle.set_ready()
        else:
            lifecycle.set_ready(str(parts.message_log.closed))
        for server in self._servers:
            await server.start()
        self._tasks = [asyncio.create_task(each) for each in self._loops(parts)]
        self.log.write(Event.STARTED, kind="hub", port=self.port)

    async def stop(self) -> None:
        """Return when the hub has ended in order."""
        for server in self._servers:
            await server.stop()
        await self._close()
        self.log.write(Event.STOPPED, reason="asked")

    async def _close(self) -> None:
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._tasks = []
        if self._parts is not None:
            self._parts.crew.stop()
            with contextlib.suppress(Fault):
                await self._parts.rejections.store()
                await self._mark()
        await asyncio.to_thread(self.database.close)

    def _loops(self, parts: Parts) -> tuple[Coroutine[Any, Any, None], ...]:
        work, retention = self.config.work, self.config.retention
        return (
            watch_loop(self.metrics, _LAG_S),
            self._every(_STORE_COUNTS_S, parts.rejections.store),
            self._every(_STORE_COUNTS_S, self._measure),
            self._every(_LOOK_AHEAD_S, self._look_ahead, at_once=True),
            self._every(retention.interval_s, self._sweep),
            self._every(work.mark_interval_s, self._mark),
            self._every(work.audit_interval_s, self._audit, at_once=True),
            self._every(work.audit_interval_s, self._look_at_parts, at_once=True),
        )

    async def _every(self, seconds: float, work: Callable[[], Awaitable[None]], *, at_once: bool = False) -> None:
        """Do the work again and again; a failure is logged and the next round tries again."""
        if not at_once:
            await asyncio.sleep(seconds)
        while True:
            try:
                await work()
            except Fault as fault:
                self.log.write(Event.NOT_READY, reason=str(fault.code))
            except Exception as err:  # noqa: BLE001 - a background round must not end the hub
                self.log.unexpected(err)
            await asyncio.sleep(seconds)

    async def _sweep(self) -> None:
        swept = await self.parts.retention.sweep()
        await self.parts.services.witnesses.tidy()
        tokens, now = self.parts.services.desk.roster.current.tokens, self._clock()
        await self.database.write(lambda _: tokens.drop_expired(now))
        await self.database.reclaim(_RECLAIM_PAGES)
        if swept.contents:
            self.log.write(Event.SWEPT, kind="contents", count=swept.contents)
        if swept.cores:
            self.log.write(Event.SWEPT, kind="cores", count=swept.cores)
        if swept.unserved:
            self.log.write(Event.SWEPT, kind="unserved", count=swept.unserved)
        if swept.reservations:
            self.log.write(Event.SWEPT, kind="reservations", count=swept.reservations)

    async def _look_at_parts(self) -> None:
        if self.parts.message_log.closed is not None:
            return  # a restored hub keeps every part until the registrars have declared how it goes on
        found = await self.parts.leftovers.check()
        if found.removed:
            self.log.write(Event.SWEPT, kind="parts", count=found.removed)
        for lost in found.lost:
            tag = self.log.tag("message", lost.message)
            self.log.write(Event.PARTS_LOST, tag=tag, kind=lost.name, count=len(lost.missing))

    async def _audit(self) -> None:
        await self.parts.auditor.check()
        damaged = await self.parts.auditor.damaged()
        if damaged:
            self.log.write(Event.MESSAGES_DAMAGED, count=len(damaged))

    async def _mark(self) -> None:
        if self.parts.message_log.closed is Code.RESTART_NEEDED:
            return
        promised = await self.database.read(promised_sizes)
        await asyncio.to_thread(write_mark, self.config.data_folder, promised)

    def _note_statement(self) -> None:
        self.log.write(Event.STATEMENT_LOGGED, tree_size=self.parts.directory_log.size)

    def _check_charter(self, snapshot: Snapshot) -> None:
        try:
            check_keys(self._keys, snapshot.directory.charter)
        except OperatorError:
            # A new charter names other keys for the hub: what these keys sign from now on nobody believes. They still
            # sign what was taken before it, and the directory that ends with it, so that it is answered for.
            last = directory_charters(snapshot.directory, snapshot.directory.size)
            named = any(each.hub_log_keys == self._keys.log.keys for each in last)
            self.parts.directory_log.close(Code.NOT_READY, finish=named)
            self.parts.message_log.close(Code.NOT_READY, finish=True)

    async def _look_ahead(self) -> None:
        """Say in time what will stop the hub: a certificate that ends, a disk that fills up."""
        charter = self.parts.services.desk.roster.current.directory.charter
        backup = await asyncio.to_thread(last_backup, self.config.data_folder)
        if backup is not None:
            self.metrics.set(Metric.BACKUP_AGE, self._clock() - backup)
        days = await asyncio.to_thread(check_certificate, self.config.tls, self._keys.tls, charter, self._clock())
        self.metrics.set(Metric.CERTIFICATE_DAYS, days, kind="hub")
        if days < RENEW_BEFORE_DAYS:
            self.log.write(Event.CERTIFICATE_ENDING, days=days, kind="hub")
        free = self.database.free_bytes()
        if not self.database.accepting:
            self.log.write(Event.DISK_FULL, bytes=coarse_bytes(free))
        elif 0 < free < 2 * self.config.database.reserve_bytes:
            self.log.write(Event.DISK_LOW, bytes=coarse_bytes(free))

    async def _measure(self) -> None:
        now, oldest = self._clock(), await self.database.read(oldest_unserved)
        for node in self._waiting_nodes | set(oldest):
            self.metrics.set(Metric.OLDEST_UNDELIVERED, coarse_age(now - oldest.get(node, now)), node=node)
        self._waiting_nodes = set(oldest)


@contextlib.asynccontextmanager
async def running(config: HubConfig, keys: HubKeys) -> AsyncIterator[Hub]:
    """Run a hub with the real clock and entropy for as long as the context lasts."""

    def end(reason: str) -> None:
        end_process(hub.log)(reason)

    hub = Hub(config, keys, system_clock, system_entropy, Hooks(on_fatal=end))
    await hub.start()
    try:
        yield hub
    finally:
        await hub.stop()


async def serve(config: HubConfig, keys: HubKeys, announce: Callable[[Hub], None]) -> None:
    """Run a hub until the process is asked to stop."""
    # Signature checks keep Python busy for long stretches; the loop and the writer must not wait 5 ms for their turn.
    sys.setswitchinterval(_SWITCH_S)
    SSLProtocol.max_size = _TLS_BUFFER
    share_memory()
    with stop_signals() as asked:
        async with running(config, keys) as hub, Watchdog(hub.metrics, hub.log, time.monotonic).watching():
            capture(hub.log, system_clock)
            settle_memory()
            try:
                announce(hub)
                await asked.wait()
            finally:
                release()
