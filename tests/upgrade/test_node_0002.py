"""Attachments came with a schema of their own: what stood there before is there still, and the new tables work."""

from pathlib import Path

from sqlalchemy import create_engine, func, insert, select

from nodes.schema import attachment, inbox, item, metadata, stash
from runtime.database_settings import DatabaseSettings
from runtime.migrations import differences, migrations_of, upgrade

ITEM = {"id": b"i", "epoch": 1, "wrapped_key": b"w", "content": b"c"}
RECEIVED = {
    "channel": "police",
    "number": 1,
    "message": b"m" * 32,
    "state": "accepted",
    "raw": b"r",
    "logged_at": 1,
    "received_at": 1,
    "out_of_order": False,
    "item": b"i",
}
ATTACHED = {
    "message": b"m" * 32,
    "part": "att-00",
    "box": "in",
    "state": "waiting",
    "item": b"i",
    "file": "f",
    "length": 330,
    "digest": b"d" * 32,
    "done": 0,
    "attempts": 0,
    "next_at": 1,
}


def test_messages_from_before_stay_and_attachments_go_with_their_item(tmp_path: Path) -> None:
    settings = DatabaseSettings(url=f"sqlite:///{tmp_path / 'node.db'}")
    assert upgrade(settings, migrations_of("nodes"), target="0001").after == "0001"
    engine = create_engine(settings.url)
    with engine.begin() as connection:
        connection.execute(insert(item).values(**ITEM))
        connection.execute(insert(inbox).values(**RECEIVED))
    done = upgrade(settings, migrations_of("nodes"))
    assert done.before == "0001"
    assert differences(settings, metadata) == []
    with engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys = ON")
        assert connection.execute(select(inbox.c.message)).scalar_one() == b"m" * 32
        connection.execute(insert(attachment).values(**ATTACHED))
        connection.execute(insert(stash).values(id=b"s", item=b"i", file="g", length=1, created_at=1, expires_at=2))
        connection.execute(item.delete())
        assert connection.execute(select(attachment.c.item)).scalar_one() is None
        assert connection.execute(select(func.count()).select_from(stash)).scalar_one() == 0
    engine.dispose()
