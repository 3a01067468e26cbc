import asyncio
import hashlib
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, Table, insert

from runtime.backup import back_up
from runtime.ballast import place, release
from runtime.database import Database
from runtime.database_settings import DatabaseSettings, database_path
from runtime.operator import OperatorError


def adding(note: Table, name: str) -> Callable[[Connection], int]:
    return lambda connection: connection.execute(insert(note), {"name": name}).rowcount


async def test_a_backup_under_load_is_whole_and_holds_what_was_answered_before(
    db: Database, note: Table, tmp_path: Path
) -> None:
    await asyncio.gather(*(db.write(adding(note, f"a{i}")) for i in range(50)))
    later = [asyncio.ensure_future(db.write(adding(note, f"b{i}"))) for i in range(200)]
    report = await db.backup(tmp_path / "copy.db")
    await asyncio.gather(*later)
    raw = (tmp_path / "copy.db").read_bytes()
    assert (report.size, report.sha256) == (len(raw), hashlib.sha256(raw).digest())
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        (early,) = copy.execute("SELECT count(*) FROM note WHERE name LIKE 'a%'").fetchone()
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert early == 50
    assert (tmp_path / "copy.db").stat().st_mode & 0o077 == 0


def test_a_backup_opens_as_a_database(stored: DatabaseSettings, note: Table, tmp_path: Path) -> None:
    back_up(stored, tmp_path / "copy.db")
    restored = Database(replace(stored, url=f"sqlite:///{tmp_path}/copy.db"))
    restored.open()
    assert asyncio.run(restored.write(adding(note, "a"))) == 1
    restored.close()


def test_a_backup_never_overwrites(stored: DatabaseSettings, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_bytes(b"precious")
    with pytest.raises(OperatorError) as caught:
        back_up(stored, tmp_path / "copy.db")
    assert caught.value.code == "BACKUP_EXISTS"
    assert (tmp_path / "copy.db").read_bytes() == b"precious"


def test_what_an_interrupted_backup_left_is_no_hindrance(stored: DatabaseSettings, tmp_path: Path) -> None:
    (tmp_path / ".copy.db.partial").write_bytes(b"half")
    back_up(stored, tmp_path / "copy.db")
    assert sorted(path.name for path in tmp_path.iterdir() if "copy" in path.name) == ["copy.db"]


def test_a_damaged_database_yields_no_backup(stored: DatabaseSettings, tmp_path: Path) -> None:
    path = database_path(stored)
    assert path is not None
    raw = bytearray(path.read_bytes())
    raw[4096:] = b"\xee" * (len(raw) - 4096)
    path.write_bytes(raw)
    with pytest.raises(OperatorError) as caught:
        back_up(stored, tmp_path / "copy.db")
    assert caught.value.code == "CORRUPT_STATE"
    assert not [found for found in tmp_path.iterdir() if "copy" in found.name]


def test_dangling_references_are_found(stored: DatabaseSettings, tmp_path: Path) -> None:
    path = database_path(stored)
    assert path is not None
    with closing(sqlite3.connect(path)) as raw:
        raw.executescript(
            "CREATE TABLE child (id INTEGER, up INTEGER REFERENCES note(id)); INSERT INTO child VALUES (1, 9)"
        )
    with pytest.raises(OperatorError) as caught:
        back_up(stored, tmp_path / "copy.db")
    assert "child" in caught.value.what


def test_postgresql_has_its_own_tools(tmp_path: Path) -> None:
    with pytest.raises(OperatorError) as caught:
        back_up(DatabaseSettings(url="postgresql+asyncpg://x/y"), tmp_path / "copy.db")
    assert caught.value.code == "BACKUP_ELSEWHERE"


def test_the_ballast_takes_its_place_and_gives_it_back(tmp_path: Path) -> None:
    path = tmp_path / "ballast"
    place(path, 1 << 20)
    assert path.stat().st_size == 1 << 20
    assert path.stat().st_blocks * 512 >= 1 << 20  # not sparse
    before = path.stat().st_mtime_ns
    place(path, 1 << 20)
    assert path.stat().st_mtime_ns == before
    place(path, 4096)
    assert path.stat().st_size == 4096
    assert release(path) == 4096
    assert release(path) == 0
    place(path, 4096)
    place(path, 0)
    assert not path.exists()
