"""Anchors came with a table of their own: a count of a node is anchored once."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, insert, select
from sqlalchemy.exc import IntegrityError

from hub.intake_anchors import anchors_after
from hub.schema import ANCHOR, METADATA, TOKEN
from protocol.ids import NodeId
from runtime.database_settings import DatabaseSettings
from runtime.migrations import differences, migrations_of, upgrade
from tests.upgrade.test_hub_0003 import TOKEN_ROW

ROW = {"leaf": 2, "id": b"a", "node": "rs.contact", "kind": 1, "count": 7, "raw": b"x"}


def test_tokens_from_before_stay_and_anchors_are_kept(tmp_path: Path) -> None:
    settings = DatabaseSettings(url=f"sqlite:///{tmp_path / 'hub.db'}")
    assert upgrade(settings, migrations_of("hub"), target="0003").after == "0003"
    engine = create_engine(settings.url)
    with engine.begin() as connection:
        connection.execute(insert(TOKEN).values(**TOKEN_ROW))
    assert upgrade(settings, migrations_of("hub")).before == "0003"
    assert differences(settings, METADATA) == []
    with engine.begin() as connection:
        connection.execute(insert(ANCHOR).values(**ROW))
        assert connection.execute(select(func.count()).select_from(TOKEN)).scalar_one() == 1
        assert anchors_after(connection, NodeId("rs.contact"), 6) == [b"x"]
        assert anchors_after(connection, NodeId("rs.contact"), 7) == []
        with pytest.raises(IntegrityError), connection.begin_nested():
            connection.execute(insert(ANCHOR).values(**(ROW | {"leaf": 3, "id": b"b"})))
    engine.dispose()
