"""What an operator may choose about the database, and what the service hands in when it opens one."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from msgspec import Meta
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from runtime.operator import OperatorError

_BACKENDS = {"sqlite": "sqlite+pysqlite", "postgresql+asyncpg": "postgresql+asyncpg"}


def _nothing() -> None:
    """Stand in for a hook that was not given."""


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """Where the service keeps its state and how much may wait for it."""

    url: Annotated[
        str,
        Meta(description="sqlite:///folder/state.db (four slashes for an absolute path) or postgresql+asyncpg://..."),
    ] = "sqlite:///state.db"
    queue_items: Annotated[int, Meta(ge=1, description="writes that may wait; more are refused as busy")] = 5_000
    queue_bytes: Annotated[int, Meta(ge=1, description="bytes that may wait to be written")] = 64 << 20
    batch_items: Annotated[int, Meta(ge=1, description="writes that share one commit")] = 500
    batch_bytes: Annotated[int, Meta(ge=1, description="bytes that share one commit")] = 2 << 20
    readers: Annotated[int, Meta(ge=1, le=64, description="reads at the same time")] = 4
    waiting_reads: Annotated[int, Meta(ge=1, description="reads that may wait; more are refused as busy")] = 1_000
    read_deadline_s: Annotated[float, Meta(gt=0, description="a longer read is cut off (SQLite)")] = 1.0
    probe_interval_s: Annotated[float, Meta(gt=0, description="heartbeat of the idle writer, retry on a full disk")] = (
        1.0
    )
    checkpoint_pages: Annotated[int, Meta(ge=1, description="pages in SQLite's log that start a checkpoint")] = 1_000
    log_bytes: Annotated[int, Meta(ge=1 << 20, description="SQLite's log above this size is restarted")] = 64 << 20
    reserve_bytes: Annotated[int, Meta(ge=0, description="new items are refused when the disk has less free")] = (
        192 << 20
    )
    ballast_bytes: Annotated[int, Meta(ge=0, description="spare file an operator can release on a full disk")] = (
        16 << 20
    )


@dataclass(frozen=True, slots=True)
class Hooks:
    """What the composition root wants to be told; all are called in the writer's thread and must return at once.

    ``on_fatal`` is told when the disk or the database can no longer be trusted: the root ends the process with 70
    (``runtime.processes.end_process``; a ``SystemExit`` raised here ends it as well).
    ``on_commit`` is told how many items a commit held and the seconds it took. ``before_commit`` and ``after_commit``
    are failpoints for crash drills: what they raise hits the commit at that very place.
    """

    on_fatal: Callable[[str], None] = lambda _reason: None
    on_commit: Callable[[int, float], None] = lambda _items, _seconds: None
    before_commit: Callable[[], None] = _nothing
    after_commit: Callable[[], None] = _nothing
    monotonic: Callable[[], float] = time.monotonic


def database_url(settings: DatabaseSettings) -> URL:
    """Return the parsed URL; another backend, an in-memory database or options in the URL are refused."""
    try:
        url = make_url(settings.url)
    except ArgumentError as err:
        raise _refused("cannot be read") from err
    if url.drivername not in _BACKENDS:
        raise _refused("names an unknown kind of database")
    if url.drivername == "sqlite" and (url.database in {None, "", ":memory:"} or url.query):
        raise _refused("names no plain file")
    return url.set(drivername=_BACKENDS[url.drivername])


def database_path(settings: DatabaseSettings) -> Path | None:
    """Return the file of an SQLite database, None for PostgreSQL."""
    url = database_url(settings)
    if url.get_backend_name() != "sqlite" or url.database is None:
        return None
    return Path(url.database)


def _refused(finding: str) -> OperatorError:
    # The URL may hold a password, therefore it is not repeated.
    return OperatorError(
        "DATABASE_URL",
        f"The database url {finding}",
        "State is kept in one SQLite file or in PostgreSQL",
        "Write sqlite:///path/state.db or postgresql+asyncpg://user@host/name into the settings",
    )
