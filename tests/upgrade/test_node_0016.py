"""Drafts learned which window saved them, releases keep a copy; requests of investigators and scans have tables."""

from pathlib import Path

from sqlalchemy import create_engine, insert, select, text

from nodes.casework import ask_store, draft_store
from nodes.casework.asks import AskId, AskRow, AskState
from nodes.casework.drafts import DraftId, Purpose
from nodes.gateway.scan_results import FileScan, ScanState, put_scan, scan_of
from nodes.inquiry_tables import release_copy
from nodes.people.acting import PersonId
from nodes.schema import item
from protocol.ids import MessageId, TypeId
from runtime.database_settings import DatabaseSettings
from runtime.migrations import migrations_of, upgrade

ANA = PersonId("ana")
OLD = "INSERT INTO draft (id, owner, type, template, item, version, state, begun_at, saved_at) VALUES (:id, 'ana', 'MT-01/1', 'vehicle', NULL, 3, 'writing', 1, 2)"  # noqa: E501


def test_a_node_from_before_keeps_its_drafts_and_takes_requests(tmp_path: Path) -> None:
    settings = DatabaseSettings(url=f"sqlite:///{tmp_path / 'node.db'}")
    assert upgrade(settings, migrations_of("nodes"), target="0015").after == "0015"
    engine = create_engine(settings.url)
    with engine.begin() as connection:
        connection.execute(text(OLD), {"id": b"d" * 16})
    assert upgrade(settings, migrations_of("nodes")).before == "0015"
    with engine.begin() as connection:
        assert draft_store.is_current(connection, DraftId(b"d" * 16), 3, "")
        assert not draft_store.is_current(connection, DraftId(b"d" * 16), 2, "w")
        draft_store.change(connection, DraftId(b"d" * 16), {"saved_in": "w"})
        assert draft_store.is_current(connection, DraftId(b"d" * 16), 2, "w")
        connection.execute(insert(item).values(id=b"i", epoch=1, wrapped_key=b"k", content=b"c"))
        row = AskRow(
            id=AskId(b"a" * 16),
            asked_by=ANA,
            asked_at=1,
            purpose=Purpose(TypeId("MT-01/1"), "vehicle"),
            state=AskState.TAKEN,
            moved_at=1,
        )
        ask_store.put_ask(connection, row, b"i")
        ask_store.change_ask(connection, row.id, {"draft": b"d" * 16})
        sent = ask_store.note_sent(connection, DraftId(b"d" * 16), MessageId(b"m" * 32), 9)
        assert sent is not None
        found = ask_store.find_ask(connection, row.id, ANA)
        assert found is not None
        assert (found[0].state, found[0].message) == (AskState.SENT, b"m" * 32)
        put_scan(connection, "file", FileScan(ScanState.INFECTED, "Eicar", 5), 5)
        assert scan_of(connection, "file").threat == "Eicar"
        assert connection.execute(select(release_copy)).all() == []
    engine.dispose()
