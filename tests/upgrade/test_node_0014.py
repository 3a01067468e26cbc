"""Drafts came with a table of their own; a node from before keeps one at once, and what it had stays."""

from pathlib import Path

from sqlalchemy import create_engine, insert, select

from nodes.casework import draft_store
from nodes.casework.drafts import DraftId, DraftRow, DraftState, Purpose
from nodes.people.acting import PersonId
from nodes.schema import item, metadata
from protocol.ids import MessageId, TypeId
from runtime.database_settings import DatabaseSettings
from runtime.migrations import differences, migrations_of, upgrade

ANA = PersonId("ana")
ROW = DraftRow(
    id=DraftId(b"d" * 16),
    owner=ANA,
    purpose=Purpose(TypeId("MT-04/1"), "", MessageId(b"m" * 32)),
    version=1,
    state=DraftState.WRITING,
    begun_at=1,
    saved_at=2,
)


def test_a_node_from_before_keeps_drafts(tmp_path: Path) -> None:
    settings = DatabaseSettings(url=f"sqlite:///{tmp_path / 'node.db'}")
    assert upgrade(settings, migrations_of("nodes"), target="0013").after == "0013"
    engine = create_engine(settings.url)
    with engine.begin() as connection:
        connection.execute(insert(item).values(id=b"i", epoch=1, wrapped_key=b"k", content=b"c"))
    assert upgrade(settings, migrations_of("nodes")).before == "0013"
    assert differences(settings, metadata) == []
    with engine.begin() as connection:
        draft_store.put_row(connection, ROW, b"i")
        assert draft_store.find_row(connection, ROW.id, ANA) == (ROW, b"i")
        draft_store.erase(connection, ROW.id, b"i")
        assert connection.execute(select(item)).all() == []
        assert draft_store.find_row(connection, ROW.id) == (ROW, None)
    engine.dispose()
