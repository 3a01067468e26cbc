"""Bring a database to the schema of this release, or leave it exactly as it was.

A room keeps its steps in ``<room>/migrations/versions``; there is no ini file and no environment script. All steps
run in one transaction. A database of a newer release is refused: its rows may mean what this code does not know.
"""

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, MetaData, inspect

from protocol.errors import Code, Fault
from runtime.backup import back_up
from runtime.database import open_session
from runtime.database_faults import Trouble, classify, refusal
from runtime.database_settings import DatabaseSettings, database_path
from runtime.lockfile import LockFile
from runtime.operator import OperatorError
from runtime.sessions import Role, Session

_HEAD: Final = "head"


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What was done: the revision before (None for an empty database) and now, and the copy made in between."""

    before: str | None
    after: str | None
    backup: Path | None = None


def migrations_of(room: str) -> Path:
    """Return the folder with the steps of a room's installed package."""
    return Path(str(files(room))) / "migrations"


def upgrade(settings: DatabaseSettings, folder: Path, *, target: str = _HEAD) -> Upgrade:
    """Return when the database stands at ``target``. Call it before ``Database.open``.

    An SQLite database that holds data is copied beside itself first (``<name>.before-<revision>``). Refused with
    ``OperatorError``: a newer or foreign database, one in use, dangling references after the steps.
    """
    path = database_path(settings)
    lock = None if path is None else LockFile(path.with_name(path.name + ".lock"))
    if lock is not None:
        lock.acquire()
    try:
        session = open_session(settings, Role.MIGRATION)
        try:
            return _upgrade(session, settings, folder, target)
        finally:
            session.close()
    finally:
        if lock is not None:
            lock.release()


def _upgrade(session: Session, settings: DatabaseSettings, folder: Path, target: str) -> Upgrade:
    before = session.call(revision)
    if target == _HEAD and before == _newest(folder):
        return Upgrade(before, before)
    # Most starts end above. Imported where it is needed: Alembic costs a fifth of a second and 9 MB.
    from runtime.migration_steps import Steps  # noqa: PLC0415

    steps = Steps(folder)
    if before is not None and not steps.know(before):
        raise _newer(before)
    after = steps.revision_of(target)
    if before == after:
        return Upgrade(before, after)
    copy = _copy(settings, before)
    try:
        session.call(lambda connection: steps.run(connection, target))
    except Exception as err:
        if classify(err) in {Trouble.BUSY, Trouble.FULL, Trouble.LOST}:
            raise refusal(classify(err), err) from err
        raise
    return Upgrade(before, after, copy)


def _newest(folder: Path) -> str | None:
    """Return the last step's revision: its file's name begins with it, and one step follows the other."""
    names = sorted(path.name for path in (folder / "versions").glob("*.py"))
    return names[-1].partition("_")[0] if names else None


def revision(connection: Connection) -> str | None:
    """Return the revision the database stands at; None when it was never migrated."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    heads = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars().all()
    if len(heads) > 1:
        raise Fault(Code.INTERNAL, "more than one revision")
    return str(heads[0]) if heads else None


def _newer(before: str) -> OperatorError:
    return OperatorError(
        "DATABASE_NEWER",
        f"The database stands at revision {before}, which this release does not know",
        "An older release must not write into the data of a newer one",
        "Install the newer release again, or restore the backup made before the upgrade",
    )


def _copy(settings: DatabaseSettings, before: str | None) -> Path | None:
    path = database_path(settings)
    if path is None or before is None:
        return None
    target = path.with_name(f"{path.name}.before-{before}")
    target.unlink(missing_ok=True)  # of an upgrade that failed: the database still stands at that revision
    back_up(settings, target)
    return target


def differences(settings: DatabaseSettings, metadata: MetaData) -> list[Any]:
    """Return what the database's schema lacks or has too much against ``metadata``: empty when they agree."""
    from runtime.migration_steps import compare  # noqa: PLC0415 - only checks need it

    session = open_session(settings, Role.MIGRATION)
    try:
        return session.call(lambda connection: compare(connection, metadata))
    finally:
        session.close()
