"""Alerts came with tables of their own; a node from before has none, and what waits in its outbox still goes."""

from pathlib import Path

from sqlalchemy import create_engine, insert, select

from nodes.alert_tables import alert, alert_step, resting, wall_screen
from nodes.schema import item, metadata
from runtime.database_settings import DatabaseSettings
from runtime.migrations import differences, migrations_of, upgrade


def test_a_node_from_before_raises_alerts(tmp_path: Path) -> None:
    settings = DatabaseSettings(url=f"sqlite:///{tmp_path / 'node.db'}")
    assert upgrade(settings, migrations_of("nodes"), target="0016").after == "0016"
    engine = create_engine(settings.url)
    with engine.begin() as connection:
        connection.execute(insert(item).values(id=b"i", epoch=1, wrapped_key=b"k", content=b"c"))
    assert upgrade(settings, migrations_of("nodes")).before == "0016"
    assert differences(settings, metadata) == []
    with engine.begin() as connection:
        assert connection.execute(select(item.c.content)).scalars().all() == [b"c"]
        connection.execute(insert(alert).values(message=b"m", life=True, raised_at=1))
        connection.execute(insert(alert_step).values(alert=1, number=1, level="roster", round=1, at=1))
        joined = select(alert.c.ended_at, alert_step.c.reached).join_from(alert, alert_step)
        assert connection.execute(joined).one() == (None, None)
        screen = {"digest": b"d", "made_at": 1, "made_by": "p", "expires_at": 2}
        connection.execute(insert(wall_screen).values(screen))
        assert connection.execute(select(wall_screen.c.number, wall_screen.c.ended_at)).one() == (1, None)
        assert connection.execute(select(resting)).all() == []
    engine.dispose()
