"""An auditor's copy: made for one network, whole pages only, and never read when it is damaged."""

import sqlite3
from pathlib import Path

import pytest

from egnatia.audit import copy_store
from egnatia.audit.copy_store import Copy
from runtime.operator import OperatorError

PIN, OTHER = b"p" * 32, b"o" * 32


def test_a_copy_belongs_to_one_network(tmp_path: Path) -> None:
    Copy.open(tmp_path, pin=PIN).close()
    again = Copy.open(tmp_path)
    assert again.pin == PIN
    again.close()
    with pytest.raises(OperatorError, match="OTHER_NETWORK"):
        Copy.open(tmp_path, pin=OTHER)
    with pytest.raises(OperatorError, match="NO_COPY"):
        Copy.open(tmp_path / "elsewhere")


def test_a_page_is_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    copy = Copy.open(tmp_path, pin=PIN)
    rows = [("messages", at, b"x") for at in range(3)]
    with pytest.raises(sqlite3.IntegrityError), copy.page():
        copy.run("INSERT INTO entry VALUES (?, ?, ?)", [*rows, rows[0]])
    assert copy.size("messages") == 0
    with copy.page():
        copy.run("INSERT INTO entry VALUES (?, ?, ?)", rows)
    assert copy.entries("messages", 0, 10) == [b"x"] * 3
    copy.run("DELETE FROM entry WHERE seq = ?", [(1,)])
    with pytest.raises(OperatorError, match="CORRUPT_STATE"):
        copy.entries("messages", 0, 3)
    copy.close()


def test_two_commands_never_grow_one_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copy_store, "_WAIT_S", 0.0)
    one, other = Copy.open(tmp_path, pin=PIN), Copy.open(tmp_path)
    with one.page(), pytest.raises(OperatorError, match="COPY_IN_USE"), other.page():
        pass
    one.close()
    other.close()


@pytest.mark.parametrize("harm", ["garbage", "version"])
def test_a_damaged_file_is_never_read_as_empty(tmp_path: Path, harm: str) -> None:
    Copy.open(tmp_path, pin=PIN).close()
    path = tmp_path / "audit.db"
    if harm == "garbage":
        path.write_bytes(b"no database at all" * 100)
    else:
        raw = sqlite3.connect(path)
        raw.execute("PRAGMA user_version=9")
        raw.close()
    with pytest.raises(OperatorError, match="CORRUPT_STATE"):
        Copy.open(tmp_path)
