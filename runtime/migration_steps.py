"""The steps of one room as Alembic runs them: imported only when there is something to do."""

import threading
from pathlib import Path
from typing import Any, Final

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, MetaData

from runtime.operator import corrupt_state

_ADVISORY: Final = 7_841_205_663_021  # PostgreSQL: replicas that start together migrate one after the other
_ONE_AT_A_TIME: Final = threading.Lock()  # a step's ``op`` is one object for the whole process


class Steps:
    """The steps in one folder."""

    def __init__(self, folder: Path) -> None:
        self._script = ScriptDirectory(str(folder))

    def know(self, revision: str) -> bool:
        """Tell whether one of the steps leads to this revision."""
        try:
            return self._script.get_revision(revision) is not None
        except CommandError:
            return False

    def revision_of(self, target: str) -> str | None:
        """Return the revision that a target such as ``head`` stands for."""
        wanted = self._script.as_revision_number(target)
        return wanted if isinstance(wanted, str) or wanted is None else ",".join(wanted)

    def run(self, connection: Connection, target: str) -> None:
        """Run what is missing up to ``target`` in one transaction, whole or not at all."""

        def steps(current: Any, _context: MigrationContext) -> Any:  # noqa: ANN401 - Alembic's own types are private
            # The documented way to run without env.py.
            return self._script._upgrade_revs(target, current)  # noqa: SLF001

        environment = EnvironmentContext(Config(), self._script, fn=steps)
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


def compare(connection: Connection, metadata: MetaData) -> list[Any]:
    """Return what the connection's schema lacks or has too much against ``metadata``."""
    return list(compare_metadata(MigrationContext.configure(connection), metadata))
