"""The processing log begins empty in a database that has messages already, and binds what is done from then on."""

from pathlib import Path

from sqlalchemy import create_engine, insert, select

from nodes.casework.processing_log import Verified, Verifier, beginning
from nodes.casework.processing_log_store import append, find_head, following
from nodes.gateway.deeds import ITSELF, Act, Operation
from nodes.log_tables import processing_log_object
from nodes.schema import inbox, metadata
from protocol.ids import NodeId
from runtime.database_settings import DatabaseSettings
from runtime.migrations import differences, migrations_of, upgrade

HERE, OLD = NodeId("rs.ilecu"), b"m" * 32


def test_what_came_before_stays_and_what_is_done_with_it_is_logged(tmp_path: Path) -> None:
    settings = DatabaseSettings(url=f"sqlite:///{tmp_path / 'node.db'}")
    assert upgrade(settings, migrations_of("nodes"), target="0012").after == "0012"
    engine = create_engine(settings.url)
    with engine.begin() as connection:
        connection.execute(
            insert(inbox).values(
                channel="police", number=1, message=OLD, state="accepted", sender="mk.ilecu", type="MT-01/1",
                raw=b"r", logged_at=1, received_at=2, out_of_order=False,
            )
        )  # fmt: skip
    assert upgrade(settings, migrations_of("nodes")).before == "0012"
    assert differences(settings, metadata) == []
    with engine.begin() as connection:
        assert find_head(connection, HERE) == beginning(HERE)
        for at in (5, 6):
            act = Act(operation=Operation.CONSULTATION, deed="show", objects=(OLD,))
            append(connection, HERE, at, ITSELF, act)
        assert [row.message for row in connection.execute(select(inbox.c.message))] == [OLD]
        named = connection.execute(select(processing_log_object).order_by(processing_log_object.c.number)).all()
        assert [(row.object, row.number) for row in named] == [(OLD, 1), (OLD, 2)]
        verifier = Verifier(HERE, None)
        assert [verifier.take(each) for each in following(connection, 0, 9)] == [None, None]
        found = verifier.end()
        assert isinstance(found, Verified)
        assert found.head == find_head(connection, HERE)
    engine.dispose()
