"""Who did what how often: rows of a processing log put together, whatever could not be read."""

from typing import Any

import pytest
from click.testing import CliRunner

from egnatia.audit import cli_access
from egnatia.audit.cli_access import grouped
from egnatia.audit.command import commands


def entry(who: str, operation: str, deed: str, at: int, *objects: str) -> dict[str, Any]:
    return {"who": who, "operation": operation, "deed": deed, "at": at, "objects": list(objects)}


ENTRIES = [
    entry("anna", "consultation", "read", 300, "a"),
    entry("anna", "consultation", "read", 100, "a", "b"),
    entry("node", "erasure", "erase", 200, "c"),
    {"who": "node", "operation": "erasure", "at": 250},
]


def test_one_row_for_each_person_and_deed_the_most_frequent_first() -> None:
    first, *others = grouped(ENTRIES)
    assert first == {
        "who": "anna",
        "operation": "consultation",
        "deed": "read",
        "times": 2,
        "objects": 2,
        "first": "1970-01-01 00:01 UTC",
        "last": "1970-01-01 00:05 UTC",
    }
    assert {(each["deed"], each["objects"]) for each in others} == {("-", 0), ("erase", 1)}


class Node:
    """A node's API with a log of three pages."""

    asked: list[dict[str, Any]]

    def __init__(self) -> None:
        self.asked = []

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        assert path == "/log"
        self.asked.append(query)
        place = len(self.asked) - 1
        return {"entries": ENTRIES[place : place + 1], "next": None if place == 2 else 10 - place}


def test_all_pages_are_read_for_the_stated_purpose(monkeypatch: pytest.MonkeyPatch) -> None:
    node = Node()
    monkeypatch.setattr(cli_access, "client", lambda _name: node)
    done = CliRunner().invoke(commands, ["access", "--purpose", "lawfulness", "--who", "anna"], catch_exceptions=False)
    assert done.exit_code == 0
    assert [each["before"] for each in node.asked] == [None, 10, 9]
    assert {each["purpose"] for each in node.asked} == {"lawfulness"}
    assert "anna\tconsultation\tread\t2\t2" in done.stdout
    assert CliRunner().invoke(commands, ["access"]).exit_code == 2  # nobody reads a log for no purpose
