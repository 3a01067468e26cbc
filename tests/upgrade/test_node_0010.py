"""Corrections and breaches came with tables of their own; messages from before can be restricted and set free."""

from pathlib import Path

from sqlalchemy import create_engine, insert, select

from nodes.case_tables import hidden_tag
from nodes.gateway.corrections import NoticeBox, Origin, is_restricted, take_notice
from nodes.gateway.outbox import addressees
from nodes.schema import inbox, item, metadata, search_tag
from protocol.ids import MessageId, NodeId, TypeId
from runtime.database_settings import DatabaseSettings
from runtime.migrations import differences, migrations_of, upgrade

OLD, SENT = MessageId(b"m" * 32), MessageId(b"s" * 32)
SENDER = NodeId("mk.ilecu")


def notice(action: str, at: int, entries: tuple[str, ...]) -> tuple[Origin, tuple[tuple[str, str], ...]]:
    body = (
        ("/acknowledge_by", "2026-05-05T08:00:00Z"),
        ("/action", action),
        ("/effective_at", "2026-05-04T08:00:00Z"),
        *(row for at, entry in enumerate(entries or ("",)) for row in _item(at, entry)),
        ("/reason", "data_subject"),
    )
    return Origin(MessageId(bytes([at]) * 32), NoticeBox.IN, SENDER, at), body


def _item(at: int, entry: str) -> tuple[tuple[str, str], ...]:
    named = ((f"/items/{at}/item", entry),) if entry else ()
    return (*named, (f"/items/{at}/message_id", OLD.hex()))


def test_what_came_before_is_restricted_and_set_free(tmp_path: Path) -> None:
    settings = DatabaseSettings(url=f"sqlite:///{tmp_path / 'node.db'}")
    assert upgrade(settings, migrations_of("nodes"), target="0006").after == "0006"
    engine = create_engine(settings.url)
    with engine.begin() as connection:
        connection.execute(insert(item).values(id=b"i", epoch=1, wrapped_key=b"k", content=b"c"))
        connection.execute(insert(search_tag).values(tag=b"t" * 16, item=b"i"))
        connection.execute(
            insert(inbox).values(
                channel="police", number=1, message=OLD, state="accepted", sender=SENDER, type="MT-01/1", item=b"i",
                raw=b"r", logged_at=1, received_at=2, out_of_order=False,
            )
        )  # fmt: skip
        connection.exec_driver_sql(
            "INSERT INTO outbox (message, state, channel, type, conversation, decision, signed, created_at, expires_at,"
            " attempts, next_at) VALUES (?, 'accepted', 'police', 'MT-01/1', x'00', x'00', x'00', 1, 2, 0, 0)",
            (SENT,),
        )
        connection.exec_driver_sql(
            "INSERT INTO addressee (message, node, mode, sequence, handed_over_at, held)"
            " VALUES (?, ?, 'action', 1, 5, 1)",
            (SENT, SENDER),
        )
    assert upgrade(settings, migrations_of("nodes")).before == "0006"
    assert differences(settings, metadata) == []
    with engine.begin() as connection:
        (who,) = addressees(connection, SENT)
        assert (who.held, who.held_rule) == (True, None)
        steps = (
            *(("restrict", 3, ("p1", "v1"), True), ("correct", 4, (), True), ("release", 5, ("p1",), True)),
            *(("release", 6, ("v1",), False), ("erase", 7, (), True), ("release", 8, ("v1",), True)),
            ("release", 9, (), False),
        )
        for action, at, entries, hidden in steps:
            origin, body = notice(action, at, entries)
            for _ in range(2):
                take_notice(connection, origin, TypeId("MT-12/1"), body)
            assert is_restricted(connection, OLD) is hidden
            assert bool(connection.execute(select(search_tag)).all()) is not hidden
            assert bool(connection.execute(select(hidden_tag)).all()) is hidden
    engine.dispose()
