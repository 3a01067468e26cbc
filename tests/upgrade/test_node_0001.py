"""The first schema of a node: taking it twice changes nothing."""

from pathlib import Path

from runtime.database_settings import DatabaseSettings
from runtime.migrations import migrations_of, upgrade


def test_the_first_schema_is_taken_once(tmp_path: Path) -> None:
    settings = DatabaseSettings(url=f"sqlite:///{tmp_path / 'node.db'}")
    assert upgrade(settings, migrations_of("nodes"), target="0001").after == "0001"
    assert upgrade(settings, migrations_of("nodes"), target="0001").before == "0001"
