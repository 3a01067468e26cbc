"""The one thread that writes: it drains its queue into shared commits and answers only after them."""

import asyncio
import contextlib
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from sqlalchemy import Column, Connection, Integer, LargeBinary, MetaData, Table
from sqlalchemy.exc import SQLAlchemyError

from protocol.errors import Code, Fault
from runtime.commits import Lot, Outcomes, Waiting, deliver, gather, transact
from runtime.database_faults import Trouble, classify, refusal
from runtime.database_settings import DatabaseSettings, Hooks
from runtime.sessions import Session

_SPACE = Table("space_probe", MetaData(), Column("id", Integer, primary_key=True), Column("filling", LargeBinary))
_FILLING = bytes(256 << 10)  # what must fit before a full disk counts as free again


class Writer:
    """Owns the writing connection from ``start`` to ``stop``."""

    def __init__(self, open_session: Callable[[], Session], settings: DatabaseSettings, hooks: Hooks) -> None:
        self._open_session = open_session
        self._settings = settings
        self._hooks = hooks
        self._queue: deque[Waiting] = deque()
        self._queued_bytes = 0
        self._wake = threading.Condition()
        self._stopping = True
        self._seen = hooks.monotonic()
        self._log_bytes = 0
        self._thread: threading.Thread | None = None
        self.full = False
        self.fatal: str | None = None

    def start(self) -> None:
        """Return when the connection stands and the thread takes work; raises what opening raised."""
        self._stopping = False
        opened: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, args=(opened,), name="database-writer", daemon=True)
        self._thread.start()
        try:
            opened.result()
        except BaseException:
            self._thread.join()
            self._thread = None
            self._stopping = True
            raise

    def stop(self) -> None:
        """Return when everything queued before is answered and the connection is closed."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def alive(self) -> float:
        """Return the seconds since the thread last came round."""
        return self._hooks.monotonic() - self._seen

    def depth(self) -> int:
        """Return how many items wait."""
        return len(self._queue)

    def log_bytes(self) -> int:
        """Return the size of the write-ahead log after the last commit."""
        return self._log_bytes

    def put(
        self, lot: Lot | None, item: object, weight: int, loop: asyncio.AbstractEventLoop | None = None
    ) -> asyncio.Future[Any]:
        """Queue an item and return its future; ``Fault(BUSY)`` when the queue is full.

        What is queued runs, whether or not its caller still waits. Without a ``loop`` the future is the running one's;
        other threads name it.
        """
        entry = Waiting(lot, item, weight, (loop or asyncio.get_running_loop()).create_future())
        with self._wake:
            if self.fatal is not None or self._stopping:
                raise Fault(Code.NOT_READY, self.fatal or "the database is closed")
            room = self._settings.queue_bytes - self._queued_bytes
            if len(self._queue) >= self._settings.queue_items or (self._queue and weight > room):
                raise Fault(Code.BUSY, "the writer's queue is full")
            self._queue.append(entry)
            self._queued_bytes += weight
            self._wake.notify()
        return entry.future

    def _run(self, opened: Future[None]) -> None:
        try:
            session = self._open_session()
        except BaseException as err:  # noqa: BLE001 - carried over to the thread that waits in start()
            opened.set_exception(err)
            return
        opened.set_result(None)
        try:
            self._loop(session)
        except BaseException as err:  # noqa: BLE001 - a dead writer must be known, and nobody joins it
            self._end(f"writer: {type(err).__name__}", ())
        finally:
            with contextlib.suppress(SQLAlchemyError, sqlite3.Error, OSError):
                session.close()  # after a fatal error it may not close; what was answered is on the disk

    def _loop(self, session: Session) -> None:
        while self.fatal is None:
            batch = self._take()
            self._seen = self._hooks.monotonic()
            if batch:
                self._commit(session, batch)
            elif self._stopping:
                return
            if self.full and self.fatal is None:
                self._probe_space(session)

    def _take(self) -> list[Waiting]:
        batch: list[Waiting] = []
        weight = 0
        with self._wake:
            if not self._queue and not self._stopping:
                self._wake.wait(self._settings.probe_interval_s)
            while self._queue and len(batch) < self._settings.batch_items:
                weight += self._queue[0].weight
                if batch and weight > self._settings.batch_bytes:
                    break
                batch.append(self._queue.popleft())
            self._queued_bytes -= sum(entry.weight for entry in batch)
        return batch

    def _commit(self, session: Session, batch: Sequence[Waiting]) -> None:
        started = self._hooks.monotonic()
        jobs = gather(batch)
        try:
            outcomes = session.call(lambda c: transact(session, c, jobs, self._hooks.before_commit))
        except Exception as err:  # noqa: BLE001 - every caller of this commit gets the answer
            self._fail(batch, err)
            return
        except BaseException as err:  # noqa: BLE001 - a failpoint or an exiting interpreter
            self._end(f"commit: {type(err).__name__}", batch)
            return
        try:
            self._hooks.after_commit()
            _announce(outcomes)
            self._hooks.on_commit(len(batch), self._hooks.monotonic() - started)
        except BaseException as err:  # noqa: BLE001 - committed, but memory no longer agrees with the disk
            self._end(f"after commit: {type(err).__name__}", batch)
            return
        deliver([pair for job, values in outcomes for pair in _pairs(job.waiting, values)])
        self._tend(session, sum(entry.weight for entry in batch))

    def _tend(self, session: Session, weight: int) -> None:
        try:
            session.tend(weight)
            self._log_bytes = session.log_bytes()
        except Exception as err:  # noqa: BLE001 - the commit before it stands
            self._fail((), err)

    def _fail(self, batch: Sequence[Waiting], err: Exception) -> None:
        trouble = classify(err)
        if trouble is Trouble.FATAL:
            self._end(f"{type(err).__name__}: {err.__cause__ or err}", batch)
            return
        if trouble is Trouble.FULL:
            self.full = True
        answer = err if isinstance(err, Fault) else refusal(trouble, err)
        deliver([(entry.future, answer) for entry in batch])

    def _end(self, reason: str, batch: Sequence[Waiting]) -> None:
        # Fail-stop: after a failed write nothing on this disk may be acknowledged any more by this process.
        with self._wake:
            self.fatal = reason
            rest = [*batch, *self._queue]
            self._queue.clear()
            self._queued_bytes = 0
        try:
            self._hooks.on_fatal(reason)
        finally:
            deliver([(entry.future, Fault(Code.NOT_READY, reason)) for entry in rest])

    def _probe_space(self, session: Session) -> None:
        try:
            session.call(_fill)
            session.call(_empty)
        except Exception as err:  # noqa: BLE001 - still full, or worse
            if classify(err) is Trouble.FATAL:
                self._fail((), err)
            return
        self.full = False


def _fill(connection: Connection) -> None:
    with connection.begin():
        _SPACE.drop(connection, checkfirst=True)
        _SPACE.create(connection)
        connection.execute(_SPACE.insert(), {"filling": _FILLING})


def _empty(connection: Connection) -> None:
    with connection.begin():
        _SPACE.drop(connection)


def _announce(outcomes: Outcomes) -> None:
    for job, values in outcomes:
        kept = [value for value in values if not isinstance(value, Exception)]
        if kept and job.lot is not None and job.lot.after_commit is not None:
            job.lot.after_commit(kept)


def _pairs(waiting: Sequence[Waiting], values: Sequence[Any]) -> list[tuple[asyncio.Future[Any], Any]]:
    return [(entry.future, value) for entry, value in zip(waiting, values, strict=True)]
