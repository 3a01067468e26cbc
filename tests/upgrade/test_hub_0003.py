"""Voids came with a table of their own: evidence from before stays, and a number is ended once."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, insert, select
from sqlalchemy.exc import IntegrityError

from hub.message_store import highest_slot, used_slots
from hub.schema import METADATA, TOKEN, VOID
from protocol.ids import Channel, NodeId
from runtime.database_settings import DatabaseSettings
from runtime.migrations import differences, migrations_of, upgrade

TOKEN_ROW = {
    "leaf": 1,
    "id": b"t",
    "kind": 1,
    "reference": b"r",
    "holder": "nada",
    "sender": "nada",
    "recipient": "lotse",
    "expires_at": 9,
    "raw": b"x",
}
VOID_ROW = {
    "leaf": 2,
    "id": b"v",
    "sender": "rs.contact",
    "node": "mk.contact",
    "channel": "police",
    "sequence": 7,
    "raw": b"x",
}
SLOT = (NodeId("rs.contact"), NodeId("mk.contact"), Channel("police"))


def test_tokens_from_before_stay_and_voids_are_kept(tmp_path: Path) -> None:
    settings = DatabaseSettings(url=f"sqlite:///{tmp_path / 'hub.db'}")
    assert upgrade(settings, migrations_of("hub"), target="0002").after == "0002"
    engine = create_engine(settings.url)
    with engine.begin() as connection:
        connection.execute(insert(TOKEN).values(**TOKEN_ROW))
    assert upgrade(settings, migrations_of("hub")).before == "0002"
    assert differences(settings, METADATA) == []
    with engine.begin() as connection:
        connection.execute(insert(VOID).values(**VOID_ROW))
        assert connection.execute(select(func.count()).select_from(TOKEN)).scalar_one() == 1
        assert used_slots(connection, [(*SLOT, 7), (*SLOT, 8)]) == {(*SLOT, 7)}
        assert highest_slot(connection, *SLOT) == 7
        for change in ({"leaf": 3}, {"leaf": 3, "id": b"w"}):
            with pytest.raises(IntegrityError), connection.begin_nested():
                connection.execute(insert(VOID).values(**(VOID_ROW | change)))
    engine.dispose()
