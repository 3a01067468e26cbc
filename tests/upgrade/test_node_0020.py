"""Stored content got an index over the epochs of its keys: all of it is there still, and is found by it."""

from pathlib import Path

from sqlalchemy import create_engine, insert, select, text

from nodes.schema import item, metadata
from runtime.database_settings import DatabaseSettings
from runtime.migrations import differences, migrations_of, upgrade


def test_content_is_found_by_its_epoch(tmp_path: Path) -> None:
    settings = DatabaseSettings(url=f"sqlite:///{tmp_path / 'node.db'}")
    upgrade(settings, migrations_of("nodes"), target="0019")
    engine = create_engine(settings.url)
    rows = [{"id": bytes([each]), "epoch": each % 3, "wrapped_key": b"w", "content": b"c"} for each in range(9)]
    with engine.begin() as connection:
        connection.execute(insert(item), rows)
    assert upgrade(settings, migrations_of("nodes"), target="0020").after == "0020"
    newest = select(item.c.id).order_by(item.c.epoch.desc()).limit(1)
    with engine.begin() as connection:
        assert len(connection.execute(select(item)).all()) == len(rows)
        plan = connection.execute(
            text(f"EXPLAIN QUERY PLAN {newest.compile(engine, compile_kwargs={'literal_binds': True})}")
        )
        assert "item_epoch" in str(plan.all())
    engine.dispose()


def test_the_schema_is_what_the_tables_say(tmp_path: Path) -> None:
    settings = DatabaseSettings(url=f"sqlite:///{tmp_path / 'node.db'}")
    upgrade(settings, migrations_of("nodes"))
    assert differences(settings, metadata) == []
