"""The service's database: one writer with group commit, a few readers, and the truth about whether it can take more."""

import asyncio
import os
import queue
import shutil
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import Connection

from protocol.errors import Code, Fault
from runtime.backup import BackupReport, back_up
from runtime.commits import Lot
from runtime.database_faults import Trouble, classify, is_write_in_read, refusal
from runtime.database_settings import DatabaseSettings, Hooks, database_path, database_url
from runtime.lockfile import Ending, LockFile
from runtime.sessions import Role, Session
from runtime.sqlite import EMPTY_LOG, SqliteSession
from runtime.writer import Writer

T = TypeVar("T")
X = TypeVar("X")
R = TypeVar("R")

# Seconds spent on the file's structure before it is used. SQLite recovers from a crash by itself; what ended with a
# damaged page or a failed write is examined wholly.
_LOOKS: Final[dict[Ending, float | None]] = {Ending.CLEAN: 0.0, Ending.ABRUPT: 1.0, Ending.FATAL: None}


def open_session(settings: DatabaseSettings, role: Role) -> Session:
    """Return a connection for one thread at a time; raises ``OperatorError`` when it may not be trusted."""
    path = database_path(settings)
    if path is None:
        # Imported where it is needed: its asyncio layer costs every SQLite service a tenth of a second and some MB.
        from runtime.postgres import PostgresSession  # noqa: PLC0415

        return PostgresSession(database_url(settings), role)
    return SqliteSession(path, role, settings)


class Batcher(Generic[X, R]):
    """Gathers items of many callers and works on all of them once per commit."""

    def __init__(self, database: "Database", lot: Lot, *, growing: bool) -> None:
        self._database = database
        self._lot = lot
        self._growing = growing

    async def submit(self, item: X, weight: int = 0, *, always: bool = False) -> R:
        """Return the item's result after it is committed; raise what the batch returned for it as an exception.

        ``weight`` is the item's size in bytes. Refused with ``BUSY`` when the queue is full and, if the batcher is
        growing, with ``DISK_FULL`` while the database takes no new items; ``always`` is for items that make room.
        Without an answer the caller must assume nothing and repeat; a repeat must be harmless.
        """
        if self._growing and not always and not self._database.accepting:
            raise Fault(Code.DISK_FULL, "not accepting")
        result: R = await self._database.enqueue(self._lot, item, weight)
        return result


class Database:
    """Reads and writes of one service. Construct, ``open``, use from any event loop, ``close``."""

    def __init__(self, settings: DatabaseSettings, hooks: Hooks | None = None) -> None:
        self._settings = settings
        self._hooks = hooks or Hooks()
        self._path = database_path(settings)
        self._lock: LockFile | None = None
        self._ending = Ending.CLEAN
        self._writer = Writer(self._open_writer, settings, replace(self._hooks, on_fatal=self._on_fatal))
        self._sessions: queue.LifoQueue[Session] = queue.LifoQueue()
        self._readers: ThreadPoolExecutor | None = None
        self._reading = 0
        self._space = (0.0, True)

    def open(self) -> None:
        """Return when the writer takes work.

        Refuses with ``OperatorError`` a database that another process uses, that is damaged, or that does not hold
        the settings durability needs.
        """
        if self._path is not None:
            self._lock = LockFile(self._path.with_name(self._path.name + ".lock"))
            self._ending = self._lock.acquire()
        try:
            self._writer.start()
        except BaseException:
            self._unlock()
            raise
        self._readers = ThreadPoolExecutor(self._settings.readers, thread_name_prefix="database-reader")

    def _open_writer(self) -> Session:
        session = open_session(self._settings, Role.WRITER)
        try:
            session.verify(_LOOKS[self._ending])
        except BaseException:
            session.close()
            raise
        return session

    def _on_fatal(self, reason: str) -> None:
        # The process is about to exit; the next one checks every page before it trusts the file again.
        if self._lock is not None:
            self._lock.note(Ending.FATAL)
        try:
            self._hooks.on_fatal(reason)
        except SystemExit as err:  # in a thread it would end the thread alone
            os._exit(err.code if isinstance(err.code, int) else 1)

    def close(self) -> None:
        """Return when everything queued is committed and answered and all connections are closed."""
        self._writer_last()
        self._unlock()

    def _writer_last(self) -> None:
        # Readers first: the last connection to close empties the log into the database, and that is the writer's.
        readers, self._readers = self._readers, None
        if readers is not None:
            readers.shutdown(wait=True)
            closing = threading.Thread(
                target=self._close_sessions
            )  # it may run an event loop, the caller may be in one
            closing.start()
            closing.join()
        self._writer.stop()

    def _close_sessions(self) -> None:
        while True:
            try:
                self._sessions.get_nowait().close()
            except queue.Empty:
                return

    def _unlock(self) -> None:
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.release(fatal=self._writer.fatal is not None)

    async def write(self, work: Callable[[Connection], T], weight: int = 0) -> T:
        """Return the work's result after it is committed.

        Many works share one commit. A work that raises is rolled back alone and its exception raised here. It runs
        in the writer's thread with the caller's context variables, at most once, inside a transaction it must not
        end, and must be short. Refused with ``BUSY`` (queue full, lock), ``DISK_FULL``, ``NOT_READY`` (closed, server
        unreachable, after a fatal error).
        """
        context = copy_context()

        def run(connection: Connection) -> T:
            return context.run(work, connection)

        result: T = await self.enqueue(None, run, weight)
        return result

    def queue(self, work: Callable[[Connection], T], loop: asyncio.AbstractEventLoop) -> "asyncio.Future[T]":
        """Queue work from any thread, the writer's own included; the future is resolved in ``loop``, as by ``write``.

        Whoever calls it in ``after_commit`` knows that the next commit takes it along.
        """
        return self._writer.put(None, work, 0, loop)

    async def enqueue(self, lot: Lot | None, item: object, weight: int) -> Any:  # noqa: ANN401 - the lot decides
        """Queue for the next commit and wait for it; a cancelled caller does not stop what is queued."""
        return await self._writer.put(lot, item, weight)

    def batcher(
        self,
        run: Callable[[Connection, list[X]], Sequence[R | Exception]],
        after_commit: Callable[[list[R]], None] | None = None,
        *,
        growing: bool = True,
    ) -> Batcher[X, R]:
        """Return a batcher that calls ``run`` with everything that waits, once per commit.

        ``run`` returns one result or exception for each item, in order; rows of an item it answers with an exception
        are its own to leave out. If it raises, all its items fail and nothing of them is kept. ``after_commit`` gets
        the results that are no exceptions, in the writer's thread, after the commit and before anyone is answered;
        if it raises, the process no longer knows its own state and ends (``on_fatal``). ``growing`` items are
        refused while the disk is full.
        """
        return Batcher(self, Lot(run, after_commit), growing=growing)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Return what ``work`` reads from one consistent state, which includes every write answered before.

        It runs on a read-only connection in a thread and is cut off at the deadline with ``BUSY``.
        """
        if self._readers is None:
            raise Fault(Code.NOT_READY, "the database is closed")
        if self._reading >= self._settings.waiting_reads:
            raise Fault(Code.BUSY, "too many reads wait")
        self._reading += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)
        finally:
            self._reading -= 1

    def _read(self, work: Callable[[Connection], T]) -> T:
        try:
            session = self._sessions.get_nowait()
        except queue.Empty:
            session = open_session(self._settings, Role.READER)
        try:
            return session.call(work)
        except Exception as err:
            trouble = classify(err)
            if trouble is Trouble.FATAL:
                self._on_fatal(f"read: {type(err).__name__}: {err.__cause__ or err}")
            if trouble is Trouble.OWN or is_write_in_read(err):
                raise
            raise refusal(trouble, err) from err
        finally:
            self._sessions.put(session)

    async def probe(self) -> None:
        """Return when an otherwise empty commit reached the disk: what readiness means. Raises like ``write``."""
        await self.write(self._probe)

    def _probe(self, connection: Connection) -> None:
        if self._path is None:
            connection.exec_driver_sql("SELECT pg_logical_emit_message(true, 'probe', '')")
        else:
            connection.exec_driver_sql("PRAGMA user_version=0")

    async def reclaim(self, pages: int) -> None:
        """Return up to so many free pages of an SQLite file to the disk; PostgreSQL does it by itself.

        The write-ahead log is emptied too, now or after one of the next commits, so that nothing deleted stays in it.
        """
        if self._path is not None:
            await self.write(lambda connection: _release_pages(connection, pages))

    @property
    def accepting(self) -> bool:
        """Whether new items may come: no fatal error, no full disk, and the reserve is still free."""
        return self._writer.fatal is None and not self._writer.full and self._has_space()

    def _has_space(self) -> bool:
        if self._path is None:
            return True
        now = self._hooks.monotonic()
        checked, enough = self._space
        if now - checked >= self._settings.probe_interval_s:
            enough = self.free_bytes() >= self._settings.reserve_bytes
            self._space = (now, enough)
        return enough

    def free_bytes(self) -> int:
        """Return the free bytes of the disk that holds an SQLite database; 0 for PostgreSQL."""
        return 0 if self._path is None else shutil.disk_usage(self._path.absolute().parent).free

    @property
    def fatal(self) -> str | None:
        """Why the database is not trusted any more, None while it is."""
        return self._writer.fatal

    def writer_alive(self) -> float:
        """Return the seconds since the writer last came round; idle it does so every ``probe_interval_s``."""
        return self._writer.alive()

    def queue_depth(self) -> int:
        """Return how many items wait for a commit."""
        return self._writer.depth()

    def log_bytes(self) -> int:
        """Return the size of SQLite's write-ahead log; 0 for PostgreSQL."""
        return self._writer.log_bytes()

    def reads_waiting(self) -> int:
        """Return how many reads run or wait."""
        return self._reading

    async def backup(self, target: Path) -> BackupReport:
        """Write a verified copy to ``target``, whole or not at all; see ``runtime.backup``."""
        return await asyncio.to_thread(back_up, self._settings, target)


def _release_pages(connection: Connection, most: int) -> None:
    connection.info[EMPTY_LOG] = True
    free: int = connection.exec_driver_sql("PRAGMA freelist_count").scalar_one()
    for _ in range(min(most, free)):  # Python steps this statement once, which frees one page
        connection.exec_driver_sql("PRAGMA incremental_vacuum(1)")
