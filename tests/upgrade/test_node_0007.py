"""What answers a message is found by an index, and what was there before is still there."""

from pathlib import Path

from sqlalchemy import create_engine, insert, inspect, select

from nodes.schema import inbox, item, metadata, outbox
from runtime.database_settings import DatabaseSettings
from runtime.migrations import differences, migrations_of, upgrade

ASKED, ANSWER = b"a" * 32, b"b" * 32


def test_answers_from_before_are_found_by_an_index(tmp_path: Path) -> None:
    settings = DatabaseSettings(url=f"sqlite:///{tmp_path / 'node.db'}")
    assert upgrade(settings, migrations_of("nodes"), target="0006").after == "0006"
    engine = create_engine(settings.url)
    common = {"channel": "police", "type": "MT-03/1", "item": b"i", "in_reply_to": ASKED}
    with engine.begin() as connection:
        connection.execute(insert(item).values(id=b"i", epoch=1, wrapped_key=b"k", content=b"c"))
        row = {"number": 1, "message": ANSWER, "state": "accepted", "raw": b"r", "logged_at": 1, "received_at": 2}
        connection.execute(insert(inbox).values(out_of_order=False, **common, **row))
        sent = {"message": ANSWER, "state": "accepted", "conversation": b"c", "decision": b"d", "signed": b"s"}
        connection.execute(insert(outbox).values(created_at=1, expires_at=9, attempts=1, next_at=2, **common, **sent))
    assert upgrade(settings, migrations_of("nodes")).before == "0006"
    assert differences(settings, metadata) == []
    with engine.connect() as connection:
        for table in (inbox, outbox):
            query = select(table.c.message).where(table.c.in_reply_to == ASKED)
            assert connection.execute(query).scalars().all() == [ANSWER]
            names = {each["name"] for each in inspect(connection).get_indexes(table.name)}
            assert f"{table.name}_in_reply_to" in names
    engine.dispose()
