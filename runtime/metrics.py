"""What can be counted: one closed table, one registry per service, labels that never name a message or a person."""

import asyncio
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_LABEL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_AGE_STEP: Final = 300  # seconds
_BYTES_STEP: Final = 1 << 20
_ITEMS: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


class Metric(StrEnum):
    """Every name, without the service in front."""

    ACCEPT = "accept"
    ACK_SECONDS = "ack_seconds"
    COMMIT_SECONDS = "commit_seconds"
    BATCH_SIZE = "batch_size"
    QUEUE_DEPTH = "queue_depth"
    OLDEST_UNDELIVERED = "oldest_undelivered_seconds"
    DELIVERY_ATTEMPTS = "delivery_attempts"
    DUPLICATES = "duplicates_suppressed"
    NON_DELIVERY = "ndr"
    DEAD_LETTER = "dead_letter"
    WAL_BYTES = "wal_bytes"
    DISK_FREE = "disk_free_bytes"
    FSYNC_ERRORS = "fsync_errors"
    LOOP_LAG = "loop_lag_seconds"
    LOOP_STALLS = "loop_stalls"
    POOL_USED = "db_pool_checked_out"
    AUTH_FAIL = "auth_fail"
    SIGNATURE_FAIL = "sig_fail"
    CERTIFICATE_DAYS = "cert_days"
    CLOCK_OFFSET = "clock_offset_seconds"
    BACKUP_AGE = "backup_age_seconds"
    RESTORE_DRILL = "last_restore_drill_timestamp"
    LOG_INTACT = "audit_chain_ok"
    MESSAGES_DAMAGED = "messages_damaged"
    SIZES = "sizes"
    REQUESTS = "requests"
    REQUEST_SECONDS = "request_seconds"


@dataclass(frozen=True, slots=True)
class Definition:
    """Help text, labels and, for a histogram, its buckets."""

    kind: type[Counter | Gauge | Histogram]
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


DEFINITIONS: Final = {
    Metric.ACCEPT: Definition(Counter, "submissions by result code", ("result",)),
    Metric.ACK_SECONDS: Definition(Histogram, "from request to answer of a submission", (), _SECONDS),
    Metric.COMMIT_SECONDS: Definition(Histogram, "duration of a commit", (), _SECONDS),
    Metric.BATCH_SIZE: Definition(Histogram, "items in a commit", (), _ITEMS),
    Metric.QUEUE_DEPTH: Definition(Gauge, "items waiting for a commit"),
    Metric.OLDEST_UNDELIVERED: Definition(Gauge, "age of the oldest item a node has not confirmed", ("node",)),
    Metric.DELIVERY_ATTEMPTS: Definition(Counter, "items served to their recipients by outcome", ("outcome",)),
    Metric.DUPLICATES: Definition(Counter, "repeated submissions answered from store"),
    Metric.NON_DELIVERY: Definition(Counter, "non-delivery evidence issued"),
    Metric.DEAD_LETTER: Definition(Gauge, "items set aside after repeated failure"),
    Metric.WAL_BYTES: Definition(Gauge, "size of the write-ahead log"),
    Metric.DISK_FREE: Definition(Gauge, "free bytes on the disk of the database"),
    Metric.FSYNC_ERRORS: Definition(Counter, "failed writes to stable storage; each one ends the process"),
    Metric.LOOP_LAG: Definition(Histogram, "how late the event loop runs what is due", (), _SECONDS),
    Metric.LOOP_STALLS: Definition(Counter, "times the event loop stood still for over five seconds"),
    Metric.POOL_USED: Definition(Gauge, "reads running or waiting"),
    Metric.AUTH_FAIL: Definition(Counter, "refused peers and sign-ins", ("kind",)),
    Metric.SIGNATURE_FAIL: Definition(Counter, "signatures that did not verify"),
    Metric.CERTIFICATE_DAYS: Definition(Gauge, "days until a certificate ends", ("kind",)),
    Metric.CLOCK_OFFSET: Definition(Gauge, "our clock minus the other side's", ("node",)),
    Metric.BACKUP_AGE: Definition(Gauge, "age of the last verified backup"),
    Metric.RESTORE_DRILL: Definition(Gauge, "when a backup was last restored, seconds UTC"),
    Metric.LOG_INTACT: Definition(Gauge, "1 while the log verifies against its checkpoints"),
    Metric.MESSAGES_DAMAGED: Definition(Gauge, "stored messages that are not the logged ones, at the last audit"),
    Metric.SIZES: Definition(Counter, "accepted submissions by class of size", ("size",)),
    Metric.REQUESTS: Definition(Counter, "requests by route and status class", ("route", "status")),
    Metric.REQUEST_SECONDS: Definition(Histogram, "duration of requests", ("route",), _SECONDS),
}


def coarse_age(seconds: float) -> int:
    """Return an age in full steps of five minutes: enough for an alarm, too little to tell when something was sent."""
    return int(seconds) // _AGE_STEP * _AGE_STEP


def coarse_bytes(count: float) -> int:
    """Return a number of bytes in full mebibytes, so that its changes do not tell the size of a message."""
    return int(count) // _BYTES_STEP * _BYTES_STEP


class Metrics:
    """The numbers of one service; ``service`` is ``hub`` or ``node`` and stands in front of each name."""

    def __init__(self, service: str, metrics: Iterable[Metric] = Metric) -> None:
        self._registry = CollectorRegistry()
        self._collectors = {metric: _make(service, metric, self._registry) for metric in metrics}
        self._children: dict[tuple[object, ...], Counter | Gauge | Histogram] = {}

    def count(self, metric: Metric, amount: float = 1, **labels: str) -> None:
        """Add to a counter."""
        collector = self._labelled(metric, labels)
        if not isinstance(collector, Counter):
            raise TypeError(f"{metric} is no counter")
        collector.inc(amount)

    def set(self, metric: Metric, value: float, **labels: str) -> None:
        """Set a gauge."""
        collector = self._labelled(metric, labels)
        if not isinstance(collector, Gauge):
            raise TypeError(f"{metric} is no gauge")
        collector.set(value)

    def follow(self, metric: Metric, read: Callable[[], float]) -> None:
        """Let a gauge without labels ask ``read`` whenever it is exposed."""
        collector = self._labelled(metric, {})
        if not isinstance(collector, Gauge):
            raise TypeError(f"{metric} is no gauge")
        collector.set_function(read)

    def observe(self, metric: Metric, value: float, **labels: str) -> None:
        """Add one value to a histogram."""
        collector = self._labelled(metric, labels)
        if not isinstance(collector, Histogram):
            raise TypeError(f"{metric} is no histogram")
        collector.observe(value)

    def exposition(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self._registry)

    def _labelled(self, metric: Metric, labels: dict[str, str]) -> Counter | Gauge | Histogram:
        collector = self._collectors[metric]
        if set(labels) != set(DEFINITIONS[metric].labels):
            raise TypeError(f"{metric} has the labels {DEFINITIONS[metric].labels}")
        if not labels:
            return collector
        key = (metric, *labels.items())
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = _child(collector, metric, labels)
        return child


def _child(
    collector: Counter | Gauge | Histogram, metric: Metric, labels: dict[str, str]
) -> Counter | Gauge | Histogram:
    for value in labels.values():
        if _LABEL.fullmatch(value) is None:
            raise TypeError(f"{metric}: a label holds more than an id or a code")
    return collector.labels(**labels)


def _make(service: str, metric: Metric, registry: CollectorRegistry) -> Counter | Gauge | Histogram:
    definition = DEFINITIONS[metric]
    name = f"{service}_{metric}"
    if definition.kind is Histogram:
        return Histogram(name, definition.help, definition.labels, registry=registry, buckets=definition.buckets)
    return definition.kind(name, definition.help, definition.labels, registry=registry)


async def sample_lag(metrics: Metrics, period_s: float) -> None:
    """Observe once how late the loop wakes us after ``period_s``."""
    loop = asyncio.get_running_loop()
    due = loop.time() + period_s
    await asyncio.sleep(period_s)
    metrics.observe(Metric.LOOP_LAG, max(0.0, loop.time() - due))


async def watch_loop(metrics: Metrics, period_s: float) -> None:
    """Sample until cancelled."""
    while True:
        await sample_lag(metrics, period_s)
