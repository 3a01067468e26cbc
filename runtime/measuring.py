"""Where the numbers come from: requests, commits and the database's state."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from runtime.database import Database
from runtime.database_settings import Hooks
from runtime.http import route_of
from runtime.metrics import Metric, Metrics, coarse_bytes

_OUTSIDE: Final = re.compile(r"[^A-Za-z0-9]+")


def measured(metrics: Metrics, monotonic: Callable[[], float]) -> Middleware:
    """Return the middleware that counts requests by route and class of status. Insert it as the first one."""

    @web.middleware
    async def measure(request: web.Request, handler: Handler) -> web.StreamResponse:
        started = monotonic()
        status = "gone"  # the client left before its answer
        try:
            response = await handler(request)
            status = f"{response.status // 100}xx"
            return response
        finally:
            route = _OUTSIDE.sub("_", route_of(request)).strip("_")[:64] or "root"
            metrics.count(Metric.REQUESTS, route=route, status=status)
            metrics.observe(Metric.REQUEST_SECONDS, monotonic() - started, route=route)

    return measure


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
