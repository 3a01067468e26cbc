"""Witnesses came with tables of their own: checkpoints from before stay, and can be offered and witnessed."""

from pathlib import Path

from sqlalchemy import create_engine, insert

from hub.schema import CHECKPOINT, METADATA
from hub.witness_store import Lines, Offer, mark_witnessed, newest_witnessed, offered, put_lines, put_offer
from protocol.api import DIRECTORY_LOG
from runtime.database_settings import DatabaseSettings
from runtime.migrations import differences, migrations_of, upgrade


def test_checkpoints_from_before_can_be_witnessed(tmp_path: Path) -> None:
    settings = DatabaseSettings(url=f"sqlite:///{tmp_path / 'hub.db'}")
    assert upgrade(settings, migrations_of("hub"), target="0005").after == "0005"
    engine = create_engine(settings.url)
    with engine.begin() as connection:
        connection.execute(insert(CHECKPOINT).values(log=DIRECTORY_LOG, size=4, raw=b"note"))
    assert upgrade(settings, migrations_of("hub")).before == "0005"
    assert differences(settings, METADATA) == []
    with engine.begin() as connection:
        assert offered(connection, DIRECTORY_LOG, 4) is None
        put_offer(connection, DIRECTORY_LOG, Offer(4, 9))
        assert offered(connection, DIRECTORY_LOG, 4) == b"note"
        assert put_lines(connection, DIRECTORY_LOG, 4, Lines("mk.contact", 10, b"plain", b"both"))
        assert not put_lines(connection, DIRECTORY_LOG, 4, Lines("mk.contact", 11, b"plain", b""))
        mark_witnessed(connection, DIRECTORY_LOG, 4, 12)
        assert newest_witnessed(connection, DIRECTORY_LOG) == 4
    engine.dispose()
