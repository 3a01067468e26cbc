"""One transaction for many works: who shares it, who is rolled back alone, and what each caller gets."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

from protocol.errors import Fault
from runtime.database_faults import Trouble, classify
from runtime.sessions import Session

_MARK: Final = "SAVEPOINT work"
_KEEP: Final = "RELEASE SAVEPOINT work"
_UNDO: Final = "ROLLBACK TO SAVEPOINT work"


@dataclass(frozen=True, slots=True)
class Lot:
    """What a batcher does with its items once per commit."""

    run: Callable[[Connection, list[Any]], Sequence[Any]]
    after_commit: Callable[[list[Any]], None] | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """One item in the writer's queue: a plain work (``lot`` is None, ``item`` is the work) or an item of a lot."""

    lot: Lot | None
    item: Any
    weight: int
    future: asyncio.Future[Any]


@dataclass(frozen=True, slots=True)
class Job:
    """What runs inside one savepoint, with everyone who waits for it."""

    lot: Lot | None
    waiting: list[Waiting]

    def run(self, connection: Connection) -> Sequence[Any]:
        """Return one result or exception for each who waits."""
        if self.lot is None:
            return (self.waiting[0].item(connection),)
        results = self.lot.run(connection, [entry.item for entry in self.waiting])
        if len(results) != len(self.waiting):
            raise RuntimeError("a batch returns one result for each of its items")
        return results


Outcomes = list[tuple[Job, Sequence[Any]]]


def gather(batch: Sequence[Waiting]) -> list[Job]:
    """Return the jobs of a batch: plain works one by one in order, the items of a lot together at its first item."""
    jobs: list[Job] = []
    lots: dict[int, Job] = {}
    for entry in batch:
        job = None if entry.lot is None else lots.get(id(entry.lot))
        if job is None:
            job = Job(entry.lot, [])
            jobs.append(job)
            if entry.lot is not None:
                lots[id(entry.lot)] = job
        job.waiting.append(entry)
    return jobs


def transact(
    session: Session, connection: Connection, jobs: Sequence[Job], before_commit: Callable[[], None]
) -> Outcomes:
    """Run all jobs and commit once.

    A job that raises is rolled back alone, its exception is its outcome, the others commit. An error that concerns
    the database as a whole is raised and nothing is committed.
    """
    with connection.begin() as transaction:
        if len(jobs) == 1:
            outcomes = _single(connection, jobs[0])
        else:
            outcomes = [(job, _guarded(session, connection, job)) for job in jobs]
        if all(isinstance(value, Exception) for _, values in outcomes for value in values):
            transaction.rollback()
        else:
            before_commit()
    return outcomes


def _single(connection: Connection, job: Job) -> Outcomes:
    # Alone in its transaction: the transaction's own rollback undoes it.
    try:
        return [(job, job.run(connection))]
    except Exception as err:  # noqa: BLE001 - it becomes the outcome of its own callers
        _raise_if_shared(err)
        return [(job, [err] * len(job.waiting))]


def _guarded(session: Session, connection: Connection, job: Job) -> Sequence[Any]:
    session.mark(connection, _MARK)
    try:
        results = job.run(connection)
    except Exception as err:  # noqa: BLE001 - it becomes the outcome of its own callers
        _raise_if_shared(err)
        session.mark(connection, _UNDO)
        session.mark(connection, _KEEP)
        return [err] * len(job.waiting)
    session.mark(connection, _KEEP)
    return results


def _raise_if_shared(err: Exception) -> None:
    """Raise what hits everybody in the commit; return when the error is the job's own."""
    trouble = classify(err)
    if trouble in {Trouble.FULL, Trouble.FATAL, Trouble.LOST} or isinstance(err, MemoryError):
        raise err


def deliver(pairs: Sequence[tuple[asyncio.Future[Any], Any]]) -> None:
    """Resolve futures of any number of event loops, waking each loop once."""
    loops: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], Any]]] = {}
    for future, value in pairs:
        loops.setdefault(future.get_loop(), []).append((future, value))
    for loop, mine in loops.items():
        if not loop.is_closed():  # whoever waited there is gone
            loop.call_soon_threadsafe(_resolve, mine)


def _resolve(pairs: Sequence[tuple[asyncio.Future[Any], Any]]) -> None:
    for future, value in pairs:
        if future.done():
            continue
        if isinstance(value, Fault):
            future.set_exception(type(value)(value.code, value.detail) if type(value) is Fault else value)
        elif isinstance(value, StopIteration):
            future.set_exception(RuntimeError("a work raised StopIteration"))
        elif isinstance(value, Exception):
            future.set_exception(value)
        else:
            future.set_result(value)
