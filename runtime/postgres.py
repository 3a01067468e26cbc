"""PostgreSQL as the store of several hub replicas: a connection with its own event loop, usable from plain threads."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from sqlalchemy import URL, Connection, NullPool
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from protocol.errors import Code, Fault
from runtime.database_faults import Trouble, classify
from runtime.operator import OperatorError
from runtime.sessions import Role

T = TypeVar("T")

_CONNECT_S: Final = 5.0
_COMMAND_S: Final = 30.0  # a dead network shows itself here; a live server ends statements after 5 s by itself
_SETTINGS: Final[Mapping[str, str]] = {
    "statement_timeout": "5s",
    "idle_in_transaction_session_timeout": "10s",
    "lock_timeout": "2s",
    "timezone": "UTC",
}
_WRITER_LOCK: Final = 0x78620001  # any constant; an advisory lock belongs to one database of the server
_LOCKED: Final = "55P03"  # lock_not_available, PostgreSQL appendix A
_DURABLE: Final = frozenset({"on", "remote_apply"})  # remote_apply waits for the standby even longer than on
_ASSERTED: Final = ("statement_timeout", "idle_in_transaction_session_timeout", "lock_timeout")


class PostgresSession:
    """One connection, opened at the first call and again after it was lost."""

    def __init__(self, url: URL, role: Role) -> None:
        settings = dict(_SETTINGS)
        self._role = role
        if role is Role.READER:
            settings["default_transaction_read_only"] = "on"
            settings["default_transaction_isolation"] = "repeatable read"  # one read sees one state, as on SQLite
        if role is Role.MIGRATION:
            settings["statement_timeout"] = "0"  # rebuilding an index may take longer; lock_timeout still holds
        self._wanted = settings
        self._loop = asyncio.new_event_loop()
        self._engine: AsyncEngine = create_async_engine(
            url,
            poolclass=NullPool,
            connect_args={"timeout": _CONNECT_S, "command_timeout": _command_limit(role), "server_settings": settings},
        )
        self._connection: AsyncConnection | None = None

    def call(self, work: Callable[[Connection], T]) -> T:
        """Return what ``work`` returns; ``Fault(NOT_READY)`` when the server cannot be reached."""
        return self._loop.run_until_complete(self._call(work))

    async def _call(self, work: Callable[[Connection], T]) -> T:
        connection = self._connection or await self._connect()
        try:
            return await connection.run_sync(work)
        except BaseException as err:
            if connection.invalidated or classify(err) is Trouble.LOST:
                await self._drop()
            raise
        finally:
            if self._connection is not None and self._connection.in_transaction():
                await self._connection.rollback()

    async def _connect(self) -> AsyncConnection:
        try:
            connection = await self._engine.connect()
        except (OSError, TimeoutError, SQLAlchemyError) as err:
            raise Fault(Code.NOT_READY, f"database: {type(err).__name__}") from err
        try:
            await connection.run_sync(self._verify)
        except BaseException:
            await connection.close()
            raise
        self._connection = connection
        return connection

    def _verify(self, connection: Connection) -> None:
        found = {name: connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in _ASSERTED}
        durable = connection.exec_driver_sql("SHOW synchronous_commit").scalar_one()
        connection.rollback()
        if durable not in _DURABLE:
            raise _weak("synchronous_commit", durable)
        if self._role is Role.WRITER:
            _claim(connection)
        for name, value in found.items():
            if value != self._wanted[name]:
                raise _weak(name, value)

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(OSError, TimeoutError, SQLAlchemyError):  # it is lost already
                await connection.invalidate()
                await connection.close()

    def mark(self, connection: Connection, statement: str) -> None:
        """Execute the statement; it must go through the driver's own protocol order."""
        connection.exec_driver_sql(statement)

    def tend(self, weight: int) -> None:
        """Leave checkpoints to the server."""

    def verify(self, limit_s: float | None) -> None:  # noqa: ARG002 - pages and their checksums are the server's
        """Connect now, so that a wrong address or a weak server stops the start."""
        try:
            self.call(lambda _: None)
        except Fault as err:
            raise OperatorError(
                "DATABASE_UNREACHABLE",
                f"The PostgreSQL server does not answer ({err.detail})",
                "The service keeps nothing outside its database",
                "Check that the server runs and that url, account and password are right",
            ) from err

    def log_bytes(self) -> int:
        """Return 0: the server keeps its log."""
        return 0

    def close(self) -> None:
        """Close connection and loop."""
        self._loop.run_until_complete(self._close())
        self._loop.close()

    async def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(OSError, TimeoutError, SQLAlchemyError):  # the server may be gone
                await connection.close()
        await self._engine.dispose()


def _claim(connection: Connection) -> None:
    """Hold the database for this process as long as the connection lives; wait up to lock_timeout for another's end.

    A process that lost its connection, and the database to another meanwhile, is refused every write from then on.
    """
    try:
        connection.exec_driver_sql(f"SELECT pg_advisory_lock({_WRITER_LOCK})")
        connection.commit()
    except DBAPIError as err:
        connection.rollback()
        if getattr(err.orig, "sqlstate", None) != _LOCKED:
            raise
        raise OperatorError(
            "DATABASE_IN_USE",
            "Another process writes to this PostgreSQL database",
            "One writer orders everything that is logged; two would sign two histories",
            "Stop the other process, or give this one a database of its own",
        ) from err


def _command_limit(role: Role) -> float | None:
    return None if role is Role.MIGRATION else _COMMAND_S


def _weak(name: str, found: str) -> OperatorError:
    return OperatorError(
        "WEAK_DATABASE",
        f"The PostgreSQL server runs with {name}={found}",
        "Messages are acknowledged only under settings that survive a power cut",
        f"Correct {name} in postgresql.conf, or what overrides it for this role or database",
    )
