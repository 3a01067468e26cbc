"""Bring a database to the schema of this release, or leave it exactly as it was.

A room keeps its steps in ``<room>/migrations/versions``; there is no ini file and no environment script. All steps
run in one transaction. A database of a newer release is refused: its rows may mean what this code does not know.
"""

import threading
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, MetaData

from protocol.errors import Code, Fault
from runtime.backup import back_up
from runtime.database import open_session
from runtime.database_faults import Trouble, classify, refusal
from runtime.database_settings import DatabaseSettings, database_path
from runtime.lockfile import LockFile
from runtime.operator import OperatorError, corrupt_state
from runtime.sessions import Role, Session

_ADVISORY: Final = 7_841_205_663_021  # PostgreSQL: replicas that start together migrate one after the other
_ONE_AT_A_TIME: Final = threading.Lock()  # a step's ``op`` is one object for the whole process


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What was done: the revision before (None for an empty database) and now, and the copy made in between."""

    before: str | None
    after: str | None
    backup: Path | None = None


def migrations_of(room: str) -> Path:
    """Return the folder with the steps of a room's installed package."""
    return Path(str(files(room))) / "migrations"


def upgrade(settings: DatabaseSettings, folder: Path, *, target: str = "head") -> Upgrade:
    """Return when the database stands at ``target``. Call it before ``Database.open``.

    An SQLite database that holds data is copied beside itself first (``<name>.before-<revision>``). Refused with
    ``OperatorError``: a newer or foreign database, one in use, dangling references after the steps.
    """
    script = ScriptDirectory(str(folder))
    path = database_path(settings)
    lock = None if path is None else LockFile(path.with_name(path.name + ".lock"))
    if lock is not None:
        lock.acquire()
    try:
        session = open_session(settings, Role.MIGRATION)
        try:
            return _upgrade(session, settings, script, target)
        finally:
            session.close()
    finally:
        if lock is not None:
            lock.release()


def _upgrade(session: Session, settings: DatabaseSettings, script: ScriptDirectory, target: str) -> Upgrade:
    before = session.call(revision)
    _refuse_newer(script, before)
    wanted = script.as_revision_number(target)
    after = wanted if isinstance(wanted, str) or wanted is None else ",".join(wanted)
    if before == after:
        return Upgrade(before, after)
    copy = _copy(settings, before)
    try:
        session.call(lambda connection: _run(connection, script, target))
    except Exception as err:
        if classify(err) in {Trouble.BUSY, Trouble.FULL, Trouble.LOST}:
            raise refusal(classify(err), err) from err
        raise
    return Upgrade(before, after, copy)


def revision(connection: Connection) -> str | None:
    """Return the revision the database stands at; None when it was never migrated."""
    heads = MigrationContext.configure(connection).get_current_heads()
    if len(heads) > 1:
        raise Fault(Code.INTERNAL, "more than one revision")
    return heads[0] if heads else None


def _refuse_newer(script: ScriptDirectory, before: str | None) -> None:
    if before is None:
        return
    try:
        script.get_revision(before)
    except CommandError as err:
        raise OperatorError(
            "DATABASE_NEWER",
            f"The database stands at revision {before}, which this release does not know",
            "An older release must not write into the data of a newer one",
            "Install the newer release again, or restore the backup made before the upgrade",
        ) from err


def _copy(settings: DatabaseSettings, before: str | None) -> Path | None:
    path = database_path(settings)
    if path is None or before is None:
        return None
    target = path.with_name(f"{path.name}.before-{before}")
    target.unlink(missing_ok=True)  # of an upgrade that failed: the database still stands at that revision
    back_up(settings, target)
    return target


def _run(connection: Connection, script: ScriptDirectory, target: str) -> None:
    def steps(current: Any, _context: MigrationContext) -> Any:  # noqa: ANN401 - Alembic's own types are private
        return script._upgrade_revs(target, current)  # noqa: SLF001 - the documented way to run without env.py

    environment = EnvironmentContext(Config(), script, fn=steps)
    with _ONE_AT_A_TIME, connection.begin(), environment:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY})")
        environment.configure(connection=connection, transactional_ddl=True, render_as_batch=True)
        environment.run_migrations()
        _check_references(connection)


def _check_references(connection: Connection) -> None:
    # Rebuilding a table on SQLite needs foreign keys switched off; what they would have refused is refused here.
    if connection.dialect.name != "sqlite":
        return
    dangling = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchone()
    if dangling is not None:
        raise corrupt_state("the migrated database", f"rows of {dangling[0]} point nowhere")


def differences(settings: DatabaseSettings, metadata: MetaData) -> list[Any]:
    """Return what the database's schema lacks or has too much against ``metadata``: empty when they agree."""
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415 - only checks need it

    session = open_session(settings, Role.MIGRATION)
    try:
        return session.call(lambda c: list(compare_metadata(MigrationContext.configure(c), metadata)))
    finally:
        session.close()
