"""Holds and evidence of erasures came with tables of their own: what was there is held and erased like new."""

from pathlib import Path

from sqlalchemy import create_engine, insert, select

from nodes.gateway.erasing import evidence_of, latest_evidence
from nodes.gateway.retaining import held_messages
from nodes.retention_tables import erased, erasure, legal_hold
from nodes.schema import inbox, item, metadata
from protocol.ids import MessageId
from runtime.database_settings import DatabaseSettings
from runtime.migrations import differences, migrations_of, upgrade

MESSAGE = MessageId(b"m" * 32)
ROW = {"channel": "police", "number": 1, "message": MESSAGE, "state": "accepted", "type": "MT-01/1"}
TIMES = {"raw": b"r", "logged_at": 1, "received_at": 2, "out_of_order": False}


def test_messages_from_before_are_held_and_what_is_erased_now_has_evidence(tmp_path: Path) -> None:
    settings = DatabaseSettings(url=f"sqlite:///{tmp_path / 'node.db'}")
    assert upgrade(settings, migrations_of("nodes"), target="0018").after == "0018"
    engine = create_engine(settings.url)
    with engine.begin() as connection:
        connection.execute(insert(item).values(id=b"i", epoch=1, wrapped_key=b"k", content=b"c"))
        connection.execute(insert(inbox).values(**ROW, **TIMES, item=b"i"))
    assert upgrade(settings, migrations_of("nodes")).before == "0018"
    assert differences(settings, metadata) == []
    values = {"code": "claim", "placed_at": 1, "placed_by": "p-1", "expires_at": 10}
    with engine.begin() as connection:
        assert connection.execute(select(inbox.c.item)).scalar_one() == b"i"
        assert evidence_of(connection, MESSAGE) is None
        connection.execute(insert(legal_hold).values(subject=MESSAGE, **values))
        assert held_messages(connection, 9) == {MESSAGE}
        assert held_messages(connection, 10) == frozenset()
        connection.execute(insert(erasure).values(id=b"e", at=5, ground="erase-by", by="node", raw=b"r"))
        connection.execute(insert(erased).values(subject=MESSAGE, erasure=b"e"))
        found = evidence_of(connection, MESSAGE)
        assert found is not None
        assert (found.ground, latest_evidence(connection, 5)) == ("erase-by", [found])
    engine.dispose()
