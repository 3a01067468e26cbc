"""Puts one hub together from its settings, its keys and an open database. Nothing here runs yet."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from hub.act_store import read_state
from hub.acts import Acts, retention_in_force
from hub.audit_reads import AuditReads
from hub.auditing import Auditor
from hub.blobs import Blobs
from hub.config import HubConfig
from hub.crew import Crew
from hub.directory_reads import DirectoryReads
from hub.downloads import Downloads
from hub.founding import load_snapshot
from hub.http import Services
from hub.identity import HubKeys, check_keys
from hub.intake import Intake
from hub.leftovers import Leftovers
from hub.logs import LedgerLog
from hub.mailboxes import Counter, Heads
from hub.marker import read_mark
from hub.observer import Observer
from hub.part_store import PartStore
from hub.part_stores import part_store
from hub.quota import RateLimit
from hub.recovery import needs_restart
from hub.rejections import Rejections
from hub.reservations import Reservations
from hub.retention import Retention
from hub.roster import Roster, Snapshot
from hub.selfcheck import LogIdentity, check_count, check_edge, check_statements
from hub.statements import Statements
from hub.submissions import Desk
from hub.transfers import Transfers
from hub.uploads import Uploads
from hub.wakeups import WakeUps
from hub.witnesses import Ground, Witnesses
from keys.signed_head import all_charters
from protocol.api import DIRECTORY_LOG, MESSAGE_LOG
from protocol.checkpoint import directory_origin, messages_origin
from protocol.errors import Code
from protocol.ports import Clock, Entropy
from runtime.database import Database
from runtime.lifecycle import Lifecycle
from runtime.log import Log
from runtime.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the composition root brings from outside."""

    clock: Clock
    entropy: Entropy
    monotonic: Callable[[], float]
    log: Log
    metrics: Metrics
    lifecycle: Lifecycle


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of one hub that the composition root starts, tends and stops."""

    services: Services
    directory_log: LedgerLog
    message_log: LedgerLog
    statements: Statements
    crew: Crew
    retention: Retention
    auditor: Auditor
    rejections: Rejections
    store: PartStore
    leftovers: Leftovers


def log_identities(snapshot: Snapshot) -> tuple[LogIdentity, LogIdentity]:
    """Return which logs a network has: names, origins and charters."""
    directory = snapshot.directory
    charters = all_charters(directory)
    return (
        LogIdentity(DIRECTORY_LOG, directory_origin(directory.network_id), charters),
        LogIdentity(MESSAGE_LOG, messages_origin(directory.network_id), charters),
    )


def load(connection: Connection, config: HubConfig, now: int) -> Snapshot:
    """Return the stored state after the checks of a start. Raises LOG_FORK, ROOT_MISMATCH, ``OperatorError``."""
    snapshot = load_snapshot(connection, bytes.fromhex(config.charter_digest), now)
    for identity in log_identities(snapshot):
        check_count(connection, identity)
        check_edge(connection, identity)
    check_statements(connection, snapshot.directory.size)
    return snapshot


async def build(config: HubConfig, keys: HubKeys, database: Database, around: Surroundings) -> Parts:
    """Return a hub over an open database. A database older than what was promised gives a hub that signs nothing."""
    mark = await asyncio.to_thread(read_mark, config.data_folder)
    snapshot = await database.write(lambda connection: load(connection, config, around.clock()))
    check_keys(keys, snapshot.directory.charter)
    restored = await database.write(lambda connection: needs_restart(connection, mark))
    logs = _logs(keys, database, snapshot, around.clock)
    for log in logs:
        await database.write(log.load)
        log.closed = Code.RESTART_NEEDED if restored else None
    roster, crew, wakeups = Roster(snapshot), Crew(config.work.threads, config.work.waiting_jobs), WakeUps()
    rejections = Rejections(database, around.clock)
    intake = Intake(logs[1], roster, wakeups, config.quotas, around.clock)
    attached, store = config.attachments, part_store(config)
    reservations = Reservations(
        database, store, config.quotas.daily(), attached.reservation_s, around.clock, around.entropy
    )
    transfers = Transfers(attached.transfers, attached.transfers_per_node)
    desk = Desk(database, logs[1], roster, intake, crew, rejections, reservations, around.clock)
    acts = Acts(desk, store, await database.read(read_state))
    retention = Retention(intake, store, retention_in_force(config.retention, acts.state), around.clock)
    acts.on_change.append(lambda state: retention.adopt(retention_in_force(config.retention, state)))
    statements = Statements(database, logs[0], roster, config.quotas.statements_per_day, around.clock)
    statements.on_change.append(wakeups.ring_all)
    ground = Ground(database, logs, roster, crew, around.lifecycle, around.clock, config.witnesses)
    witnesses = Witnesses(ground)
    statements.wait_for = witnesses.check_directory
    heads = Heads(keys.identity, snapshot.directory.network_id, around.clock, config.fetch.head_age_s)
    observer = Observer(around.metrics, around.log, rejections, around.monotonic)
    polls = config.fetch.open_polls_per_node
    counter = Counter(database, logs[1], roster, crew, wakeups, around.lifecycle, heads, around.clock, observer, polls)
    services = Services(
        desk=desk,
        counter=counter,
        directory=DirectoryReads(database, logs, roster, statements, around.clock),
        blobs=Blobs(database, around.clock, config.publishers, config.quotas.blob_bytes_per_day),
        limit=RateLimit(config.quotas.requests_per_minute, around.clock),
        observer=observer,
        fetching=config.fetch,
        uploads=Uploads(desk, store, transfers),
        downloads=Downloads(database, roster, store, transfers, around.clock),
        witnesses=witnesses,
        audits=AuditReads(database, logs[1], roster, around.lifecycle, around.clock),
        acts=acts,
    )
    return Parts(
        services=services,
        directory_log=logs[0],
        message_log=logs[1],
        statements=statements,
        crew=crew,
        retention=retention,
        auditor=Auditor(database, tuple(zip(logs, log_identities(snapshot), strict=True)), around.metrics),
        rejections=rejections,
        store=store,
        leftovers=Leftovers(database, store),
    )


def _logs(keys: HubKeys, database: Database, snapshot: Snapshot, clock: Clock) -> tuple[LedgerLog, LedgerLog]:
    directory, messages = log_identities(snapshot)
    return (
        LedgerLog(directory.name, directory.origin, database, keys.log, clock),
        LedgerLog(messages.name, messages.origin, database, keys.log, clock),
    )
