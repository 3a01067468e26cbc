"""Where the numbers come from: commits and the database's state."""

from dataclasses import replace

from runtime.database import Database
from runtime.database_settings import Hooks
from runtime.metrics import Metric, Metrics, coarse_bytes


def counted(hooks: Hooks, metrics: Metrics) -> Hooks:
    """Return the hooks with commits measured and fatal errors counted beside what they did before."""

    def on_commit(items: int, seconds: float) -> None:
        metrics.observe(Metric.BATCH_SIZE, items)
        metrics.observe(Metric.COMMIT_SECONDS, seconds)
        hooks.on_commit(items, seconds)

    def on_fatal(reason: str) -> None:
        metrics.count(Metric.FSYNC_ERRORS)
        hooks.on_fatal(reason)

    return replace(hooks, on_commit=on_commit, on_fatal=on_fatal)


def follow(metrics: Metrics, database: Database) -> None:
    """Let the gauges of the database read its state whenever they are exposed."""
    metrics.follow(Metric.QUEUE_DEPTH, database.queue_depth)
    metrics.follow(Metric.WAL_BYTES, lambda: coarse_bytes(database.log_bytes()))
    metrics.follow(Metric.DISK_FREE, lambda: coarse_bytes(database.free_bytes()))
    metrics.follow(Metric.POOL_USED, database.reads_waiting)
