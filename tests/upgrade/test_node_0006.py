"""Screening came with tables of its own: requests from before are screened, lists are erased with all their tags."""

from pathlib import Path

from sqlalchemy import create_engine, insert

from nodes.casework.lists import HoldingList, all_lists, drop_list, lists_with, put_list, tags_of
from nodes.casework.results import Screened, due, find_result, lanes, put_result
from nodes.casework.screening import Lane, Reason
from nodes.casework.subjects import PLATE, mark_of
from nodes.gateway.search import SearchKey
from nodes.schema import inbox, item, metadata
from protocol.ids import MessageId
from runtime.database_settings import DatabaseSettings
from runtime.migrations import differences, migrations_of, upgrade

OLD = MessageId(b"m" * 32)
RESULT = Screened(
    Lane.AMBER, False, 9, (Reason("screening.duplicate", Lane.AMBER, "NET", "t", (("count", "1"),)),), (OLD,)
)


def test_a_request_from_before_is_screened_and_lists_are_kept(tmp_path: Path) -> None:
    settings = DatabaseSettings(url=f"sqlite:///{tmp_path / 'node.db'}")
    assert upgrade(settings, migrations_of("nodes"), target="0005").after == "0005"
    engine = create_engine(settings.url)
    with engine.begin() as connection:
        connection.execute(insert(item).values(id=b"i", epoch=1, wrapped_key=b"k", content=b"c"))
        connection.execute(
            insert(inbox).values(
                channel="police",
                number=1,
                message=OLD,
                state="accepted",
                type="MT-01/1",
                item=b"i",
                raw=b"r",
                logged_at=1,
                received_at=2,
                out_of_order=False,
            )
        )
    assert upgrade(settings, migrations_of("nodes")).before == "0005"
    assert differences(settings, metadata) == []
    key, van, other = SearchKey(b"s" * 32), mark_of(PLATE, "NS 123-ĐĐ"), mark_of(PLATE, "NS 124-ĐĐ")
    assert van is not None
    assert other is not None
    with engine.begin() as connection:
        assert list(due(connection, 5)) == [OLD]
        put_result(connection, OLD, RESULT)
        put_result(connection, OLD, RESULT)
        assert (find_result(connection, OLD), lanes(connection, [OLD])) == (RESULT, {OLD: Lane.AMBER})
        assert not due(connection, 5)
        found = HoldingList("vans", 1, 5, 50)
        for _ in range(2):
            put_list(connection, found, [tags_of(key, van.written())])
        assert all_lists(connection) == [found]
        assert lists_with(connection, key, [van]) == {"vans"}
        assert lists_with(connection, key, [other]) == frozenset()
        assert drop_list(connection, "vans")
        assert not drop_list(connection, "vans")
        assert lists_with(connection, key, [van]) == frozenset()
    engine.dispose()
