"""Addressees learnt when the hub logged that they never fetched: those from before stay as they were."""

from pathlib import Path

from sqlalchemy import create_engine, insert, update

from nodes.gateway.outbox import addressees
from nodes.schema import addressee, metadata, outbox
from protocol.ids import MessageId
from runtime.database_settings import DatabaseSettings
from runtime.migrations import differences, migrations_of, upgrade

MESSAGE = MessageId(b"m" * 32)
SENT = {
    "message": MESSAGE,
    "state": "accepted",
    "channel": "police",
    "type": "MT-01/1",
    "conversation": b"c" * 16,
    "decision": b"d",
    "signed": b"s",
    "created_at": 1,
    "expires_at": 9,
    "attempts": 1,
    "next_at": 2,
}


def test_addressees_from_before_say_nothing_of_it(tmp_path: Path) -> None:
    settings = DatabaseSettings(url=f"sqlite:///{tmp_path / 'node.db'}")
    assert upgrade(settings, migrations_of("nodes"), target="0020").after == "0020"
    engine = create_engine(settings.url)
    with engine.begin() as connection:
        connection.execute(insert(outbox).values(**SENT))
        row = {"message": MESSAGE, "node": "rs.ilecu", "mode": "action", "sequence": 1}
        connection.execute(insert(addressee).values(**row))
    upgrade(settings, migrations_of("nodes"))
    assert differences(settings, metadata) == []
    with engine.begin() as connection:
        (before,) = addressees(connection, MESSAGE)
        connection.execute(update(addressee).values(unserved_at=9))
        (after,) = addressees(connection, MESSAGE)
        connection.execute(update(addressee).values(handed_over_at=8))
        (contradicted,) = addressees(connection, MESSAGE)
    assert (before.never_fetched, before.spoke, before.has_it) == (False, False, True)
    assert (after.never_fetched, after.spoke, after.has_it) == (True, False, False)
    assert (contradicted.never_fetched, contradicted.has_it) == (False, True), "what it signed itself counts"
    engine.dispose()
