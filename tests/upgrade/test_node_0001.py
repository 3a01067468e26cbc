"""The first schema of a node: it is what the code reads and writes, and taking it twice changes nothing."""

from pathlib import Path

from nodes.schema import metadata
from runtime.database_settings import DatabaseSettings
from runtime.migrations import differences, migrations_of, upgrade


def test_the_migrated_schema_is_the_codes_own(tmp_path: Path) -> None:
    settings = DatabaseSettings(url=f"sqlite:///{tmp_path / 'node.db'}")
    assert upgrade(settings, migrations_of("nodes")).after == "0001"
    assert upgrade(settings, migrations_of("nodes")).before == "0001"
    assert differences(settings, metadata) == []
