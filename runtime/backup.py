"""A verified copy of an SQLite database under load: whole under its name, or absent."""

import errno
import hashlib
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from runtime.database_faults import Trouble, classify
from runtime.database_settings import DatabaseSettings, database_path
from runtime.files import create_private, sync_directory, sync_file
from runtime.operator import OperatorError, corrupt_state, from_os_error


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What a backup holds; the digest goes into the backup's record, so that another copy is told apart."""

    path: Path
    size: int  # bytes
    sha256: bytes


def back_up(settings: DatabaseSettings, target: Path) -> BackupReport:
    """Copy the database, check the copy, make it durable, then give it its name.

    It blocks for seconds and reads from one consistent state while the writer goes on. Refused with ``OperatorError``:
    PostgreSQL (its own tools do it), a target that exists, a copy that fails SQLite's integrity check.
    """
    source = database_path(settings)
    if source is None:
        raise OperatorError(
            "BACKUP_ELSEWHERE",
            "A PostgreSQL database is not copied by this command",
            "A copy of a server needs the server's log as well",
            "Use pg_basebackup and check it with pg_verifybackup",
        )
    if target.exists():
        raise OperatorError(
            "BACKUP_EXISTS", f"{target} exists already", "A backup never overwrites another", "Choose a new name"
        )
    partial = target.with_name(f".{target.name}.partial")
    partial.unlink(missing_ok=True)  # left by a crash in an earlier backup
    try:
        create_private(partial, b"")  # VACUUM INTO fills an empty file and keeps its mode
        _copy(source, partial)
        _verify(partial)
        sync_file(partial)
        partial.rename(target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    sync_directory(target.absolute().parent)
    return describe_copy(target)


def _copy(source: Path, partial: Path) -> None:
    # query_only would refuse VACUUM INTO; mode=ro keeps the source untouched all the same.
    with closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)) as raw:
        try:
            raw.execute("VACUUM INTO ?", (str(partial.absolute()),))
        except sqlite3.DatabaseError as err:
            if classify(err) is Trouble.FATAL:
                raise corrupt_state(str(source), str(err)) from err
            if classify(err) is Trouble.FULL:
                raise from_os_error(OSError(errno.ENOSPC, "full"), str(partial)) from err
            raise


def _verify(partial: Path) -> None:
    with closing(sqlite3.connect(f"{partial.absolute().as_uri()}?mode=ro", uri=True)) as raw:
        findings = [row[0] for row in raw.execute("PRAGMA integrity_check(3)")]
        dangling = raw.execute("PRAGMA foreign_key_check").fetchone()
    if findings != ["ok"]:
        raise corrupt_state(str(partial), str(findings[0]))
    if dangling is not None:
        raise corrupt_state(str(partial), f"rows of {dangling[0]} point nowhere")


def describe_copy(target: Path) -> BackupReport:
    """Return size and digest of a finished copy as it is on the disk."""
    with target.open("rb") as copy:
        digest = hashlib.file_digest(copy, "sha256").digest()
    return BackupReport(target, target.stat().st_size, digest)
