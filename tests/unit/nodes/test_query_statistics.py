from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Select, create_engine, select

from nodes.case_event_tables import case_file, case_message
from nodes.query_statistics import STATISTICS, put_statistics
from nodes.schema import inbox, outbox
from runtime.database_settings import DatabaseSettings
from runtime.migrations import migrations_of, upgrade

IDS = [bytes([each]) * 32 for each in range(100)]
STATES = ["accepted", "held", "released", "returned"]
LIVE = ["ours", "theirs"]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a database of the newest schema."""
    path: Path = tmp_path_factory.mktemp("planned") / "node.db"
    settings = DatabaseSettings(url=f"sqlite:///{path}")
    upgrade(settings, migrations_of("nodes"))
    return settings.url


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    engine = create_engine(database)
    with engine.connect() as found:
        yield found
    engine.dispose()


def plan_of(connection: Connection, query: Select[tuple[object, ...]]) -> str:
    """Return the way that SQLite takes through the tables."""
    ready = query.compile(connection, compile_kwargs={"render_postcompile": True})
    values = tuple(ready.params[name] for name in ready.positiontup or ())
    return " / ".join(row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {ready}", values))


def test_every_index_of_the_tables_is_there(connection: Connection) -> None:
    rows = connection.exec_driver_sql("SELECT tbl_name, name FROM sqlite_master WHERE type = 'index'").all()
    for table in STATISTICS:
        assert {row.name for row in rows if row.tbl_name == table} == set(STATISTICS[table])


def test_many_messages_are_found_by_their_ids_and_not_by_their_states(connection: Connection) -> None:
    by_id = select(inbox.c.id).where(inbox.c.state.in_(STATES), inbox.c.message.in_(IDS))
    by_target = select(inbox.c.id).where(inbox.c.state.in_(STATES), inbox.c.in_reply_to.in_(IDS))
    sent = select(outbox.c.number).where(outbox.c.state == "accepted", outbox.c.in_reply_to.in_(IDS))
    live = (
        select(inbox.c.message)
        .join(case_message, case_message.c.message == inbox.c.message)
        .join(case_file, case_file.c.number == case_message.c.case)
        .where(inbox.c.state.in_(STATES), case_file.c.stand.in_(LIVE))
    )
    assert "inbox_state" in plan_of(connection, by_id), "without statistics: this is what they are for"
    put_statistics(connection)
    connection.commit()
    assert "(message=?)" in plan_of(connection, by_id)
    assert "inbox_in_reply_to" in plan_of(connection, by_target)
    assert "outbox_in_reply_to" in plan_of(connection, sent)
    assert plan_of(connection, live).split(" / ")[0].endswith("case_file_stand (stand=?)")


def test_they_are_stored_once_and_hold_for_whoever_opens_the_database_later(database: str) -> None:
    engine = create_engine(database)
    with engine.begin() as connection:
        put_statistics(connection)
        changes = connection.exec_driver_sql("SELECT total_changes()").scalar_one()
        put_statistics(connection)
        assert connection.exec_driver_sql("SELECT total_changes()").scalar_one() == changes
    engine.dispose()
    with engine.connect() as later:
        by_id = select(inbox.c.id).where(inbox.c.state.in_(STATES), inbox.c.message.in_(IDS))
        assert "(message=?)" in plan_of(later, by_id)
    engine.dispose()
