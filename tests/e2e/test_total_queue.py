"""The checker itself must find each kind of fault, otherwise its zero means nothing."""

from pathlib import Path

import pytest

from tests.e2e.total_queue import Journal, check

NOTES = (
    ("attempt", "a-1"),
    ("ack", "a-1"),
    ("attempt", "a-2"),
    ("unknown", "a-2"),
    ("attempt", "a-3"),
    ("refuse", "a-3"),
)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    journal = Journal(tmp_path / "a")
    for what, name in NOTES:
        journal.note(what, name)
    return journal


@pytest.mark.parametrize(
    ("delivered", "faults"),
    [
        (["a-1"], {}),
        (["a-1", "a-2"], {}),
        (["a-2"], {"lost": ["a-1"]}),
        (["a-1", "a-1"], {"duplicated": ["a-1"]}),
        (["a-1", "b-9"], {"unexpected": ["b-9"]}),
        (["a-1", "a-3"], {"refused_but_delivered": ["a-3"]}),
    ],
)
def test_each_fault_is_found(journal: Journal, delivered: list[str], faults: dict[str, list[str]]) -> None:
    assert check([journal], delivered).faults() == faults


def test_an_unknown_outcome_may_be_either(journal: Journal) -> None:
    totals = check([journal], ["a-1", "a-2"])
    assert (totals.attempted, totals.acked, totals.unknown, totals.recovered) == (3, 1, 1, 1)


def test_a_name_is_never_used_twice(journal: Journal) -> None:
    journal.note("attempt", "a-1")
    with pytest.raises(AssertionError, match="a-1"):
        check([journal], [])
