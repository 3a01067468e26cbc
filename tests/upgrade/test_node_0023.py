"""Cases of the release before have no mark yet and are looked at once; openings and what waits are there still."""

from pathlib import Path

from sqlalchemy import create_engine, insert, inspect, select, text

from nodes.case_event_tables import case_file, case_message
from nodes.casework import case_changes
from nodes.casework.alert_store import note_test
from nodes.schema import addressee
from runtime.database_settings import DatabaseSettings
from runtime.migrations import migrations_of, upgrade

CASE = {
    "id": b"c" * 16,
    "machine": "asked",
    "mine": False,
    "channel": "police",
    "type": "MT-01/1",
    "partner": "mk.ilecu",
}
REST = {
    "urgent": False,
    "state": "received",
    "stand": "ours",
    "held": False,
    "limited": False,
    "last": 1,
    "rests": False,
}
TIMES = {"opened_at": 1, "updated_at": 1}


def test_cases_get_their_marks_as_they_are_looked_at(tmp_path: Path) -> None:
    settings = DatabaseSettings(url=f"sqlite:///{tmp_path / 'node.db'}")
    upgrade(settings, migrations_of("nodes"), target="0022")
    engine = create_engine(settings.url)
    row = CASE | REST | TIMES
    columns = ", ".join(row)
    with engine.begin() as connection:
        values = ", ".join(f":{each}" for each in row)
        connection.execute(text(f"INSERT INTO case_file ({columns}) VALUES ({values})"), row)  # noqa: S608 - own names
    assert upgrade(settings, migrations_of("nodes"), target="0023").after == "0023"
    with engine.begin() as connection:
        assert case_changes.live_now(connection) == [1]
        assert connection.execute(select(case_file.c.seen)).scalar() is None
        rows = {"message": b"m" * 32, "case": 1, "box": "in"}
        connection.execute(insert(case_message), rows)
        connection.execute(insert(addressee), {"message": b"m" * 32, "node": "mk.ilecu", "mode": "to", "sequence": 1})
        assert case_changes.begin_now(connection, [1])[1] == [1], "looked at once"
        case_changes.put_marks(connection, [1])
        assert case_changes.begin_now(connection, [1])[1] == []
        assert (note_test(connection, "p", 100, 60), note_test(connection, "p", 130, 60)) == (0, 30)
        assert (note_test(connection, "q", 130, 60), note_test(connection, "p", 160, 60)) == (0, 0)
        assert "glass_event_actor" in {each["name"] for each in inspect(connection).get_indexes("glass_event")}
        assert inspect(connection).has_table("inquiry_file")
    engine.dispose()
