"""Messages from before references have none and stay; what was disclosed is written down from now on."""

from pathlib import Path

from sqlalchemy import create_engine, insert, select

from nodes.schema import disclosure, inbox
from runtime.database_settings import DatabaseSettings
from runtime.migrations import migrations_of, upgrade

OLD = {
    "channel": "police",
    "number": 1,
    "message": b"m" * 32,
    "state": "accepted",
    "raw": b"r",
    "logged_at": 1,
    "received_at": 1,
    "out_of_order": False,
}
SHOWN = {
    "message": b"m" * 32,
    "part": "body",
    "recipient": "mk.ilecu",
    "purpose": "investigate",
    "revealed": 1,
    "withheld": 9,
    "digest": b"d" * 32,
    "at": 2,
}


def test_old_messages_have_no_reference_and_disclosures_are_kept(tmp_path: Path) -> None:
    settings = DatabaseSettings(url=f"sqlite:///{tmp_path / 'node.db'}")
    upgrade(settings, migrations_of("nodes"), target="0002")
    engine = create_engine(settings.url)
    with engine.begin() as connection:
        connection.execute(insert(inbox).values(**OLD))
    assert upgrade(settings, migrations_of("nodes"), target="0003").before == "0002"
    with engine.begin() as connection:
        row = connection.execute(select(inbox.c.message, inbox.c.reference)).one()
        assert (row.message, row.reference) == (b"m" * 32, None)
        connection.execute(insert(disclosure).values(**SHOWN))
        assert connection.execute(select(disclosure.c.number)).scalar_one() == 1
    engine.dispose()
