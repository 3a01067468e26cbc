"""A new database for a test: the steps are run once per process, and every further one is a copy of the result."""

import tempfile
from functools import cache
from pathlib import Path

from runtime.database_settings import DatabaseSettings, database_path
from runtime.migrations import migrations_of, upgrade


def prepare(settings: DatabaseSettings, room: str) -> None:
    """Return when the database stands at the newest step, whatever it held before."""
    lay_out(settings, room)
    upgrade(settings, migrations_of(room))


def lay_out(settings: DatabaseSettings, room: str) -> None:
    """Write a new database where there is none; one that is there stays as it is."""
    path = database_path(settings)
    if path is not None and not path.exists():
        path.touch(0o600)
        path.write_bytes(_migrated(room))


@cache
def _migrated(room: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "new.db"
        upgrade(DatabaseSettings(url=f"sqlite:///{path}", reserve_bytes=0, ballast_bytes=0), migrations_of(room))
        return path.read_bytes()
