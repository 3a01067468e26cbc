"""What is due got indexes: the rows are there still, and no round of erasure reads a whole box."""

from pathlib import Path

from sqlalchemy import Connection, create_engine, event, insert, select, text

from nodes.casework.retention import Limits
from nodes.casework.retention_store import over_limit, spent_cases
from nodes.gateway import inbox as received
from nodes.gateway import outbox as sent
from nodes.gateway.outbox import OutState
from nodes.gateway.silence import never_fetched, silent_recipients
from nodes.query_statistics import put_statistics
from nodes.schema import item, outbox
from runtime.database_settings import DatabaseSettings
from runtime.migrations import migrations_of, upgrade

NOW = 1_800_000_000


def asked_of(connection: Connection) -> list[str]:
    """Return how SQLite carries out each statement of a round over what is due."""
    asked: list[tuple[str, object]] = []

    def note(*given: object) -> None:
        asked.append((str(given[2]), given[3]))

    event.listen(connection, "before_cursor_execute", note)
    sent.drop_envelopes(connection, NOW)
    sent.due_for_erasure(connection, NOW)
    received.due_for_erasure(connection, NOW)
    over_limit(connection, Limits(12, 12, 12), NOW, 10)
    spent_cases(connection, NOW, 10)
    silent_recipients(connection, NOW, 10)
    never_fetched(connection, NOW, 10)
    event.remove(connection, "before_cursor_execute", note)
    plans = []
    for statement, values in asked:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()  # type: ignore[arg-type]
        plans += [row.detail for row in rows]
    return plans


def test_what_is_due_is_found_by_an_index(tmp_path: Path) -> None:
    settings = DatabaseSettings(url=f"sqlite:///{tmp_path / 'node.db'}")
    upgrade(settings, migrations_of("nodes"), target="0021")
    engine = create_engine(settings.url)
    rows = {"message": b"m" * 32, "state": OutState.ACCEPTED.value, "channel": "police", "type": "MT-01/1"}
    rest = {"conversation": b"c", "decision": b"d", "signed": b"s", "envelope": b"e", "created_at": NOW}
    times = {"expires_at": NOW + 9, "erase_by": NOW - 1, "attempts": 0, "next_at": 0, "item": b"i"}
    with engine.begin() as connection:
        connection.execute(insert(item), {"id": b"i", "epoch": 1, "wrapped_key": b"w", "content": b"c"})
        connection.execute(insert(outbox), rows | rest | times)
    assert upgrade(settings, migrations_of("nodes"), target="0022").after == "0022"
    upgrade(settings, migrations_of("nodes"))
    with engine.begin() as connection:
        assert sent.due_for_erasure(connection, NOW) == [b"i"]
        assert sent.drop_envelopes(connection, NOW) == 1  # nobody is left who has to confirm it
        assert connection.execute(select(outbox.c.envelope)).scalar() is None
        put_statistics(connection)
        plans = asked_of(connection)
        named = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'index'")).scalars().all()
    assert {"inbox_erase_by", "inbox_logged", "outbox_erase_by", "outbox_created", "outbox_enveloped"} <= set(named)
    walked = [each for each in plans if each in {"SCAN inbox", "SCAN outbox", "SCAN case_file", "SCAN case_message"}]
    assert walked == []
    for index in (
        "outbox_enveloped",
        "inbox_erase_by",
        "outbox_erase_by",
        "inbox_logged",
        "outbox_created",
        "addressee_waiting",
    ):
        assert any(index in each for each in plans), (index, plans)
    engine.dispose()
