"""Attachments came with two tables: messages from before stay, and a release of then had no attachment to keep."""

from pathlib import Path

from sqlalchemy import create_engine, func, insert, select

from hub.message_store import State
from hub.retention import drop_contents
from hub.schema import ATTACHMENT, MESSAGE, RESERVATION
from hub.upload_store import find_deliverable, lapse, read_attachments
from protocol.ids import MessageId, NodeId
from runtime.database_settings import DatabaseSettings
from runtime.migrations import migrations_of, upgrade

OLD = MessageId(b"m" * 32)
OLD_ROW = {
    "leaf": 1,
    "id": OLD,
    "sender": "rs.contact",
    "random": b"r",
    "channel": "police",
    "signed": b"s",
    "contents": b"c",
    "received_at": 1,
    "expires_at": 9,
    "state": int(State.STORED),
}
NEW = MessageId(b"n" * 32)
PLACE = b"p" * 16
ATTACHMENT_ROW = {
    "message": NEW,
    "name": "att-00",
    "place": PLACE,
    "length": 400,
    "root": b"r" * 32,
    "list": None,
    "held": b"\x00",
}


def test_messages_from_before_stay_and_go_without_attachments(tmp_path: Path) -> None:
    settings = DatabaseSettings(url=f"sqlite:///{tmp_path / 'hub.db'}")
    assert upgrade(settings, migrations_of("hub"), target="0001").after == "0001"
    engine = create_engine(settings.url)
    with engine.begin() as connection:
        connection.execute(insert(MESSAGE).values(**OLD_ROW))
    assert upgrade(settings, migrations_of("hub")).before == "0001"
    with engine.begin() as connection:
        assert read_attachments(connection, OLD) == ()
        assert find_deliverable(connection, OLD, "att-00", (NodeId("mk.contact"), 1)) is None
        connection.execute(insert(RESERVATION).values(id=NEW, sender="rs.contact", envelope=b"e", until=5))
        connection.execute(insert(ATTACHMENT).values(**ATTACHMENT_ROW))
        assert [each.held.missing for each in read_attachments(connection, NEW)] == [(0,)]
        assert (lapse(connection, 4, 10), lapse(connection, 5, 10)) == ((0, []), (1, [PLACE]))
        assert read_attachments(connection, NEW) == ()
        assert drop_contents(connection, 10, 10) == (1, [])
        assert connection.execute(select(func.count()).select_from(MESSAGE)).scalar_one() == 1
    engine.dispose()
