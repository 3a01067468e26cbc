"""Cases came with tables of their own: what was sent and received before gets its cases at the first start."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, delete, insert, select
from sqlalchemy.exc import IntegrityError

from nodes.case_event_tables import case_event, case_file, case_message, case_person
from nodes.casework.case_entries import (
    case_ids_of,
    case_of,
    entries_of,
    messages_of,
    put_entry,
    put_message,
    put_people,
)
from nodes.casework.case_lines import NewCase, Standing, find_by_id, find_line, move_start, put_case, put_line
from nodes.casework.case_list import CaseFilter, Order, Paging, Scope, list_cases
from nodes.casework.case_view import Entry, fold_case
from nodes.casework.machine import Signal, Stand
from nodes.casework.police_answer import POLICE_ANSWER
from nodes.casework.screening import Lane
from nodes.gateway.search import SearchKey, put_tags
from nodes.people.acting import PersonId
from nodes.schema import inbox, item, metadata
from protocol.ids import MessageId, NodeId, Reference
from runtime.database_settings import DatabaseSettings
from runtime.migrations import differences, migrations_of, upgrade

OLD, ANA, BO = MessageId(b"m" * 32), PersonId("ana"), PersonId("bo")
KEY = SearchKey(b"s" * 32)
EVERYTHING = Scope(ANA, all=True)


def new(number: int, *partners: str) -> NewCase:
    return NewCase(
        id=Reference(bytes([number]) * 16),
        machine=POLICE_ANSWER,
        mine=False,
        channel="police",
        type="MT-01/1",
        message=MessageId(bytes([number]) * 32),
        parent=None,
        partners=tuple(NodeId(each) for each in partners),
        reference=f"REF{number}",
        urgent=number == 1,
        at=number,
    )


ENTRIES = (
    Entry(number=1, at=5, noted_at=6, name="take-over", who=ANA),
    Entry(number=2, at=7, noted_at=8, name="assign", who=ANA, to=BO, reason=b"i"),
    Entry(number=3, at=9, noted_at=9, name="answer", signal=Signal.ANSWERED, message=OLD, node=NodeId("mk.ilecu")),
)


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that held a message before there were cases."""
    path = tmp_path_factory.mktemp("old") / "node.db"
    settings = DatabaseSettings(url=f"sqlite:///{path}")
    assert upgrade(settings, migrations_of("nodes"), target="0011").after == "0011"
    made = create_engine(settings.url)
    with made.begin() as connection:
        connection.execute(insert(item).values(id=b"i", epoch=1, wrapped_key=b"k", content=b"c"))
        connection.execute(
            insert(inbox).values(
                channel="police", number=1, message=OLD, state="accepted", type="MT-01/1", item=b"i", raw=b"r",
                logged_at=1, received_at=2, out_of_order=False,
            )
        )  # fmt: skip
    made.dispose()
    assert upgrade(settings, migrations_of("nodes")).before == "0011"
    assert differences(settings, metadata) == []
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture
def engine(upgraded: Path, tmp_path: Path) -> Iterator[Engine]:
    """A copy of it for each test."""
    made = create_engine(f"sqlite:///{shutil.copy(upgraded, tmp_path / 'node.db')}")
    yield made
    made.dispose()


def two_cases(connection: Connection) -> tuple[int, int]:
    connection.exec_driver_sql("PRAGMA foreign_keys = ON")
    put_tags(connection, b"i", KEY.tags_of(["Ђорђевић called"]))
    first = put_case(connection, new(1, "mk.ilecu"))
    second = put_case(connection, new(2, "mk.ilecu", "al.ilecu"))
    put_message(connection, first, OLD, "in")
    for entry in ENTRIES:
        put_entry(connection, first, entry)
    view = fold_case(POLICE_ANSWER, ENTRIES)
    put_people(connection, first, view.people)
    put_people(connection, first, {BO})
    for _ in range(2):
        put_line(connection, first, view, Standing(due_at=50, lane=Lane.RED, held=True))
    return first, second


def test_cases_are_kept_with_their_entries_and_people(engine: Engine) -> None:
    with engine.begin() as connection:
        assert case_of(connection, OLD) is None
        first, second = two_cases(connection)
        assert (case_of(connection, OLD), messages_of(connection, first)) == (first, [OLD])
        assert case_ids_of(connection, [OLD]) == {OLD: new(1).id}
        assert tuple(entries_of(connection, first)) == ENTRIES
        assert [row.person for row in connection.execute(select(case_person))] == [BO]
        line = find_by_id(connection, new(1).id)
        assert line is not None
        assert (line.state, line.stand, line.lane, line.assignee) == ("answered", Stand.OURS, Lane.RED, BO)
        assert (line.last, line.updated_at, line.partners) == (3, 9, (NodeId("mk.ilecu"),))
        move_start(connection, second, OLD)
        other = find_line(connection, second)
        assert other is not None
        assert (other.message, other.partners) == (OLD, (NodeId("al.ilecu"), NodeId("mk.ilecu")))


def listed(connection: Connection, scope: Scope = EVERYTHING, paging: Paging | None = None, **wanted: Any) -> list[int]:
    page = list_cases(connection, KEY, scope, CaseFilter(**wanted), paging or Paging())
    return [each.number for each in page.lines]


def test_cases_are_found_by_what_their_lines_and_words_say(engine: Engine) -> None:
    with engine.begin() as connection:
        first, second = two_cases(connection)
        assert listed(connection) == [first, second]
        page = list_cases(connection, KEY, EVERYTHING, CaseFilter(), Paging(1))
        assert listed(connection, paging=Paging(1, page.next)) == [second]
        assert listed(connection, paging=Paging(order=Order.DUE)) == [first]
        assert listed(connection, paging=Paging(order=Order.DUE, after=(50, first))) == []
        assert listed(connection, partners=(NodeId("al.ilecu"),)) == [second]
        assert listed(connection, words="Gjorgjevikj") == [first]
        assert listed(connection, words="ref2") == [second]
        assert listed(connection, words="called nobody") == listed(connection, words="!?") == []
        one = {"urgent": True, "lane": Lane.RED, "families": ("MT-01",), "stands": (Stand.OURS,), "held": True}
        assert listed(connection, **one) == [first]
        other = {"assignee": "", "states": ("received",), "machines": ("police-answer",), "rests": False}
        assert listed(connection, **other) == [second]


def test_nobody_finds_what_it_may_not_know_of(engine: Engine) -> None:
    with engine.begin() as connection:
        first, second = two_cases(connection)
        assert listed(connection, Scope(BO, all=False)) == [first]
        assert listed(connection, Scope(ANA, all=False)) == listed(connection, Scope(None, all=False)) == []
        assert listed(connection, Scope(ANA, all=False, opened=frozenset({new(2).id}))) == [second]


def test_a_word_that_very_many_have_is_found_too(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nodes.casework.case_search._FEW", 0)
    with engine.begin() as connection:
        first, _ = two_cases(connection)
        assert listed(connection, words="called Gjorgjevikj") == [first]
        assert listed(connection, words="called") == [first]


def test_words_and_reasons_go_with_the_content_and_everything_with_the_case(engine: Engine) -> None:
    with engine.begin() as connection:
        first, _ = two_cases(connection)
        connection.execute(delete(item))
        assert listed(connection, words="called") == []
        assert [each.reason for each in entries_of(connection, first)] == [None, None, None]
        connection.execute(delete(case_file))
        assert not connection.execute(select(case_event)).all() + connection.execute(select(case_message)).all()


def test_no_entry_takes_the_place_of_another(engine: Engine) -> None:
    with engine.begin() as connection:
        first, _ = two_cases(connection)
    with engine.begin() as connection, pytest.raises(IntegrityError):
        put_entry(connection, first, ENTRIES[0])
