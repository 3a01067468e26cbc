"""The composition root of a node: the only file that names the real clock, entropy and hub, and builds the rest.

``Node`` lives from ``start`` to ``stop`` in one event loop. A kill at any moment is as safe as an orderly stop.
"""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TextIO

import aiohttp

from keys.keystore import Keystore
from keys.log_signer import log_signer
from nodes.api.accounts import ACCOUNTS, Accounts
from nodes.api.alerts import ALERTING
from nodes.api.retention import RETENTION as RETENTION_BOOK
from nodes.api.server import build_api
from nodes.api.token import load_token
from nodes.casework.alert_paper import PASSING_ON, PaperBook
from nodes.casework.alert_round import ALERTS, Alerts, build_alerts
from nodes.casework.case_sync import CASES, CaseSync
from nodes.casework.departures import DEPARTURES, Departures
from nodes.casework.processing_log_anchoring import Anchoring
from nodes.casework.processing_log_book import LOG, LogBook, ProcessingJournal
from nodes.casework.retention_book import RETENTION, RetentionBook
from nodes.casework.screener import SCREEN, Screener
from nodes.config import NodeConfig
from nodes.desk.changes import DESK
from nodes.gateway.file_room import FileRoom
from nodes.gateway.gateway import Gateway, Machine, build_gateway
from nodes.gateway.hub_http import HttpHub, Transfers
from nodes.gateway.hub_port import HubClient
from nodes.gateway.loops import POST, Rounds
from nodes.gateway.lost_keys import tell_lost
from nodes.gateway.overlay import load_overlay
from nodes.gateway.scan_engines import engine_of
from nodes.gateway.scan_results import SCAN
from nodes.gateway.scanning import Scanning
from nodes.gateway.sweeping import look_over
from nodes.gateway.watch import Watch
from nodes.gateway.witness import LOGS
from nodes.gateway.witness_duty import WitnessDuty, WitnessRounds
from nodes.network_files import adopt_certificate, client_tls, read_pinned
from nodes.people.people_book import PeopleBook
from nodes.query_statistics import put_statistics
from protocol.ids import NodeId
from protocol.ports import Clock, Entropy
from runtime.ballast import place
from runtime.clock import system_clock, system_entropy
from runtime.database import Database
from runtime.database_settings import Hooks, database_path
from runtime.events import Event
from runtime.http import LIFECYCLE, HttpServer
from runtime.http_client import HttpClient, client_session
from runtime.library_log import capture, release
from runtime.log import Log
from runtime.migrations import migrations_of, upgrade
from runtime.operator import OperatorError
from runtime.processes import end_process, settle_memory, share_memory, stop_signals

_TAG_KEY = 32


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a node takes from its process; tests give their own."""

    clock: Clock
    entropy: Entropy
    hooks: Hooks
    stream: TextIO
    hub: HubClient | None = None


class Node:
    """One participant's node."""

    def __init__(self, config: NodeConfig, keystore: Keystore, around: Surroundings) -> None:
        self.config = config
        self.log = Log(around.stream, around.clock, around.entropy(_TAG_KEY), coarse=False)
        self.database = Database(config.database, around.hooks)
        self._files = FileRoom(config.files, config.attachments, around.entropy, config.database.reserve_bytes)
        self._keystore = keystore
        self._around = around
        self._sessions: list[aiohttp.ClientSession] = []
        self._server: HttpServer | None = None
        self._pages: HttpServer | None = None
        self._gateway: Gateway | None = None
        self._watch: Watch | None = None
        self.first_link: str | None = None  # to the desk, for the first administrator; None once somebody has joined
        self._task: asyncio.Task[None] | None = None

    @property
    def gateway(self) -> Gateway:
        """The running gateway."""
        if self._gateway is None:
            raise RuntimeError("the node does not run")
        return self._gateway

    @property
    def port(self) -> int:
        """The port of the API on the loopback."""
        if self._server is None:
            raise RuntimeError("the node does not run")
        return self._server.port

    async def start(self) -> None:
        """Return when the API answers and the loops run, whether or not the hub can be reached.

        ``OperatorError`` for state, keys, certificates or addresses that cannot be used.
        """
        config = self.config
        path = database_path(config.database)
        if path is not None:
            place(path.with_name(path.name + ".ballast"), config.database.ballast_bytes)
        await asyncio.to_thread(upgrade, config.database, migrations_of("nodes"))
        self.database.open()
        try:
            await self.database.write(put_statistics)  # before the first reader opens the database
            await self._start()
        except BaseException:
            await self._close()
            raise

    async def _start(self) -> None:
        config, around = self.config, self._around
        await asyncio.to_thread(adopt_certificate, config, self._keystore)
        hub = around.hub or self._real_hub()
        overlay = None if config.overlay is None else await asyncio.to_thread(load_overlay, config.overlay)
        journal = ProcessingJournal(NodeId(config.node), around.clock)
        machine = Machine(around.clock, around.entropy, self.database, hub, self._files, overlay, journal=journal)
        pinned = await asyncio.to_thread(read_pinned, config)
        gateway = self._gateway = await build_gateway(self._keystore, pinned, machine, config.gateway)
        if gateway.here.node != config.node:
            raise OperatorError(
                "NODE_ID",
                f"The settings name {config.node}, the keystore belongs to {gateway.here.node}",
                "A node signs under the id of its own keys",
                "Correct `node` or `keystore` in the settings",
            )
        await look_over(gateway.store, around.clock())
        await self._tell_lost(gateway)
        watch = self._watch = Watch(gateway.here, config.gateway, self.log)
        pages = (DESK,) if config.desk.on else ()
        alerts = build_alerts(gateway, PeopleBook(gateway), config.alerts, self.log)
        telling = (ALERTS,) if config.desk.on or alerts.channels else ()  # else nobody is there to be told
        Rounds(gateway, config.gateway, self.log, watch, wakes=(SCREEN, CASES, SCAN, *telling, *pages)).add_all()
        watch.add(SCREEN, Screener(gateway, self.log).turn)
        watch.add(CASES, CaseSync(gateway).turn)
        watch.add(SCAN, self._scanner(gateway, config))
        watch.add(DEPARTURES, Departures(gateway, self.log).turn)
        if telling:
            watch.add(ALERTS, alerts.turn)
        watch.add(PASSING_ON, PaperBook(gateway, config.alerts).turn)
        self._add_witness(gateway, watch)
        watch.add(LOG, self._tender(gateway, watch))
        watch.add(RETENTION, self._keeper(gateway))
        token = load_token(config.api.token, around.entropy)
        app = build_api(gateway, watch, config.api, token, self.log)
        app[RETENTION_BOOK] = RetentionBook(gateway, config.retention)
        app[ALERTING] = alerts
        if config.desk.on:
            app[ACCOUNTS] = await self._open_desk(gateway, watch, alerts)
        self._server = HttpServer(app, config.api.settings(), None)
        app[LIFECYCLE].set_ready()
        await self._server.start()
        self._task = asyncio.create_task(watch.run(), name="watch")
        self.log.write(Event.STARTED, kind="node", port=self.port)

    async def _tell_lost(self, gateway: Gateway) -> None:
        """Say how much came back with an older copy of the database and opens no more; `retention --lost` tells ids."""
        oldest, now = gateway.rotation.destroyed_before, self._around.clock()
        lost = await self.database.write(lambda connection: tell_lost(connection, oldest, now))
        if lost.items:
            self.log.write(Event.MESSAGES_DAMAGED, count=lost.items)

    def _scanner(self, gateway: Gateway, config: NodeConfig) -> Callable[[], Awaitable[float]]:
        """Return the loop that shows files to the scanner; a node without one has nothing to do when it is rung."""
        engine = engine_of(config.scanner)
        if engine is not None:
            return Scanning(gateway, engine, self.log).turn

        async def rest() -> float:
            return float(config.gateway.housekeeping_s)

        return rest

    def _add_witness(self, gateway: Gateway, watch: Watch) -> None:
        seeds = self._keystore.secrets.log
        signer = None if seeds is None else log_signer(seeds)
        duty = WitnessDuty(gateway.here, gateway.network, gateway.store, signer, self.config.witness)
        rounds = WitnessRounds(duty, self.log)
        for log in LOGS:
            watch.add(f"witness-{log}", partial(rounds.turn, log))

    async def _open_desk(self, gateway: Gateway, watch: Watch, alerts: Alerts) -> Accounts:
        """Serve the pages, and return the accounts that the console keeps too; open pages hear of what was fetched."""
        from nodes.desk.app import build_desk, build_services  # noqa: PLC0415 - a node without pages does not load them

        services = build_services(gateway, self.config.desk, self.log, alerts)
        services.retention = RetentionBook(gateway, self.config.retention)
        desk = build_desk(services)
        alerts.heard = lambda: watch.ring(DESK)
        watch.add(DESK, desk.turn)
        desk.services.ring = watch.ring
        persons = desk.services.persons
        self.first_link = await persons.invitations.first()
        pages = desk.server()
        desk.app[LIFECYCLE].set_ready()
        await pages.start()
        self._pages = pages
        return Accounts(persons.book, persons.invitations)

    def _tender(self, gateway: Gateway, watch: Watch) -> Callable[[], Awaitable[float]]:
        """Return the loop that anchors the processing log and takes out of it what was kept long enough."""
        book = LogBook(gateway.here.node, self._around.clock, self.database, gateway.store.search)
        anchoring = Anchoring(gateway, book, self.config.processing_log)

        async def tend() -> float:
            if await anchoring.turn():
                watch.ring(POST)
            return anchoring.pause_s

        return tend

    def _keeper(self, gateway: Gateway) -> Callable[[], Awaitable[float]]:
        """Return the loop that erases what the law lets nobody keep any longer."""
        book = RetentionBook(gateway, self.config.retention)

        async def keep() -> float:
            swept = await book.sweep()
            if swept.any:
                self.log.write(Event.ERASED, kind="retention", count=swept.contents + swept.words + swept.unsent)
            return float(self.config.gateway.housekeeping_s)

        return keep

    def _real_hub(self) -> HubClient:
        settings = self.config.hub
        tls = client_tls(self.config, self._keystore.secrets, self._pins)
        files = self.config.attachments
        lanes = replace(self.config.client, connections=2 * files.parallel)
        self._sessions = [client_session(each, tls) for each in (self.config.client, lanes)]
        usual, parts = (HttpClient(each, settings.url, self.config.client) for each in self._sessions)
        return HttpHub(usual, Transfers(parts, files.part_s))

    def _pins(self) -> frozenset[bytes]:
        """Return the hub's TLS keys as the charter in force names them; asked at every handshake."""
        return self.gateway.network.replica.directory.charter.hub_tls_pins

    async def stop(self) -> None:
        """Return when the node has ended in order."""
        await self._close()
        self.log.write(Event.STOPPED, reason="asked")

    async def _close(self) -> None:
        self._files.close()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        for server in (self._pages, self._server):
            if server is not None:
                await server.stop()
        for session in self._sessions:
            await session.close()
        await asyncio.to_thread(self.database.close)


@contextlib.asynccontextmanager
async def running(config: NodeConfig, keystore: Keystore) -> AsyncIterator[Node]:
    """Run a node with the real clock, entropy and hub for as long as the context lasts."""

    def end(reason: str) -> None:
        end_process(node.log)(reason)

    hooks = Hooks(on_fatal=end)
    node = Node(config, keystore, Surroundings(system_clock, system_entropy, hooks, sys.stderr))
    await node.start()
    try:
        yield node
    finally:
        await node.stop()


async def serve(config: NodeConfig, keystore: Keystore, announce: Callable[[Node], None]) -> None:
    """Run a node until the process is asked to stop."""
    share_memory()
    with stop_signals() as asked:
        async with running(config, keystore) as node:
            capture(node.log, system_clock)
            settle_memory()
            try:
                announce(node)
                await asked.wait()
            finally:
                release()
