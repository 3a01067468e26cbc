"""Duties came with a table of their own: what was decided before has none, and new ones fit beside it."""

from pathlib import Path

from sqlalchemy import create_engine, insert

from nodes.gateway.duties import About, Count, DutyBox, count_duties, list_duties, put_duties
from nodes.schema import metadata, peer
from protocol.decision import Asks, Decision, Duty, Verdict, encode_decision, parse_decision
from protocol.ids import Channel, MessageId, NodeId, PolicyDigest, TypeId
from runtime.database_settings import DatabaseSettings
from runtime.migrations import differences, migrations_of, upgrade

BEFORE = Decision(Verdict.ALLOW, PolicyDigest(b"p" * 32), (), ("not-evidence", "erase-in-time"))
OWED = Duty("need-reviewed", Asks.REVIEW_BY, "D977 16(4)", "obligation.need-reviewed", 100)
ABOUT = About(MessageId(b"m" * 32), DutyBox.IN, Channel("police"), TypeId("MT-03/1"), 1_000)


def test_decisions_from_before_bring_no_duties(tmp_path: Path) -> None:
    settings = DatabaseSettings(url=f"sqlite:///{tmp_path / 'node.db'}")
    assert upgrade(settings, migrations_of("nodes"), target="0004").after == "0004"
    engine = create_engine(settings.url)
    with engine.begin() as connection:
        connection.execute(insert(peer).values(sender=NodeId("mk.ilecu"), channel=Channel("police"), highest=5))
    assert upgrade(settings, migrations_of("nodes")).before == "0004"
    assert differences(settings, metadata) == []
    assert parse_decision(encode_decision(BEFORE)) == BEFORE
    with engine.begin() as connection:
        put_duties(connection, ABOUT, BEFORE)
        assert count_duties(connection, 2_000) == Count(0, 0)
        put_duties(connection, ABOUT, Decision(Verdict.ALLOW, BEFORE.policy, (), (OWED.id,), (OWED,)))
        assert count_duties(connection, 1_099) == Count(1, 0)
        assert count_duties(connection, 1_100) == Count(1, 1)
        (found,) = list_duties(connection, 5)
        assert (found.about, found.due_at, found.owed_to, found.note) == (ABOUT, 1_100, "", None)
    engine.dispose()
