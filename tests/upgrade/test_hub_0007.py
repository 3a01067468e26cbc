"""What nobody fetched came with a table of its own: mail from before is found by it, and contents wait for its leaf."""

from pathlib import Path

from sqlalchemy import create_engine, insert, select

from hub.mailbox_store import Handing, mark_served, read_messages
from hub.message_store import State, find_addressing
from hub.retention import drop_contents
from hub.schema import EPOCH, MAILBOX_HEAD, MESSAGE, METADATA, UNSERVED, WRAP
from hub.unserved_store import find_due, put_logged, read_records
from protocol.ids import Channel, MessageId, NodeId
from runtime.database_settings import DatabaseSettings
from runtime.migrations import differences, migrations_of, upgrade
from tests.upgrade.test_hub_0002 import OLD_ROW

POLICE = Channel("police")
FETCHED, QUIET = NodeId("mk.contact"), NodeId("al.contact")
ENDS = OLD_ROW["expires_at"]
FOREVER = 1 << 40


def wrap(index: int, node: str) -> dict[str, object]:
    keys = {"leaf": 1, "idx": index, "sender": "rs.contact", "node": node, "channel": POLICE, "sequence": 1}
    return keys | {"key_id": b"k" * 32, "number": 1, "handed": 0, "wrap": b"w"}


def test_mail_from_before_is_logged_as_unfetched_and_only_then_deleted(tmp_path: Path) -> None:
    settings = DatabaseSettings(url=f"sqlite:///{tmp_path / 'hub.db'}")
    assert upgrade(settings, migrations_of("hub"), target="0006").after == "0006"
    engine = create_engine(settings.url)
    with engine.begin() as connection:
        connection.execute(insert(MESSAGE).values(**OLD_ROW))
        connection.execute(insert(WRAP), [wrap(0, QUIET), wrap(1, FETCHED)])
        heads = [{"node": node, "channel": POLICE, "count": 1, "served": node == FETCHED} for node in (QUIET, FETCHED)]
        connection.execute(insert(MAILBOX_HEAD), heads)
        connection.execute(insert(EPOCH).values(number=1, started_at=1, kept_size=0, lost_size=0, statement=b""))
    assert upgrade(settings, migrations_of("hub")).before == "0006"
    assert differences(settings, METADATA) == []
    with engine.begin() as connection:
        assert find_due(connection, ENDS - 1, 9) == []
        (due,) = find_due(connection, ENDS, 9)
        assert (due.index, due.place, due.record.number, due.record.message) == (0, (QUIET, POLICE), 1, OLD_ROW["id"])
        assert drop_contents(connection, ENDS, 9) == (0, []), "its leaf comes first"
        put_logged(connection, [(due, 7)])
        assert find_due(connection, ENDS, 9) == []
        assert read_records(connection, [6, 7]) == {7: due.record.encode()}
        assert drop_contents(connection, ENDS, 9) == (1, [])
        found = [find_addressing(connection, MessageId(b"m" * 32), each) for each in (QUIET, FETCHED)]
        assert [each and (each.closed, each.unserved) for each in found] == [(True, True), (False, False)]
    engine.dispose()


def test_what_lay_in_a_mailbox_at_a_restart_is_never_spoken_of_and_what_is_closed_is_not_handed_out(
    tmp_path: Path,
) -> None:
    settings = DatabaseSettings(url=f"sqlite:///{tmp_path / 'hub.db'}")
    upgrade(settings, migrations_of("hub"))
    engine = create_engine(settings.url)
    with engine.begin() as connection:
        connection.execute(insert(MESSAGE).values(**OLD_ROW))
        connection.execute(insert(WRAP), [wrap(0, QUIET)])
        connection.execute(insert(MAILBOX_HEAD).values(node=QUIET, channel=POLICE, count=1, served=0))
        (due,) = find_due(connection, FOREVER, 9)
        connection.execute(insert(EPOCH).values(number=2, started_at=1, kept_size=1, lost_size=2, statement=b"s"))
        assert find_due(connection, FOREVER, 9) == [], "whether it was handed out in the lost time, nobody knows"
        put_logged(connection, [(due, 7)])
        assert read_messages(connection, QUIET, [1])[1].closed
        assert not mark_served(connection, (QUIET, POLICE), Handing(1, [1], []))
        assert connection.execute(select(MAILBOX_HEAD.c.served)).scalar_one() == 0
        assert mark_served(connection, (QUIET, POLICE), Handing(1, [], [1]))
        rows = connection.execute(select(UNSERVED.c.leaf, UNSERVED.c.logged)).all()
        assert [tuple(row) for row in rows] == [(1, 7)], "what is logged is noted once"
        assert drop_contents(connection, FOREVER, 9) == (1, [])
        assert connection.execute(select(MESSAGE.c.state)).scalar_one() == int(State.GONE)
    engine.dispose()
