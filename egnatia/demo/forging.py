"""A corrupt operator who knows how the logs are stored: entries, tiles and heads are rebuilt so that they fit again.

The hub's own look at its files at the next start finds nothing. What it signs from then on contradicts what it signed
before, and only those who kept that can tell.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, create_engine, delete

from hub.edge import Edge, grow
from hub.log_store import HeadRow, peek_head, read_entries, write_growth, write_head
from hub.marker import Promised, read_mark, write_mark
from hub.schema import CHECKPOINT, COSIGNATURE, ENTRY, OFFER, STATEMENT, TILE, WITNESSED
from protocol.api import DIRECTORY_LOG, MESSAGE_LOG
from protocol.leaf import encode_leaf, parse_leaf

_HOUR: Final = 3_600


class Forger:
    """The files of a hub that does not run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept = folder.with_name("hub-as-it-was")

    def keep(self) -> None:
        """Put a copy of the database aside, so that the honest hub can come back."""
        with closing(sqlite3.connect(self._database)) as source:
            source.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copytree(self._folder, self._kept)

    def restore(self) -> None:
        """Put the honest files back."""
        shutil.rmtree(self._folder)
        self._kept.rename(self._folder)

    def backdate(self, number: int) -> None:
        """Give a leaf of the message log a time an hour earlier."""
        with self._writing() as connection:
            entries = read_entries(connection, MESSAGE_LOG, 0, peek_head(connection, MESSAGE_LOG).size)
            leaf = parse_leaf(entries[number])
            entries[number] = encode_leaf(replace(leaf, time=leaf.time - _HOUR))
            _rebuild(connection, MESSAGE_LOG, entries, number)

    def take_back_statement(self) -> int:
        """Take the newest statement out of the directory log; return how many are left."""
        with self._writing() as connection:
            size = peek_head(connection, DIRECTORY_LOG).size - 1
            entries = read_entries(connection, DIRECTORY_LOG, 0, size)
            connection.execute(delete(STATEMENT).where(STATEMENT.c.seq >= size))
            _rebuild(connection, DIRECTORY_LOG, entries, size)
        mark = read_mark(self._folder)
        write_mark(self._folder, Promised(size, mark.messages))
        return size

    @property
    def _database(self) -> Path:
        return self._folder / "hub.db"

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        engine = create_engine(f"sqlite:///{self._database}")
        with engine.begin() as connection:
            yield connection
        engine.dispose()


def _rebuild(connection: Connection, log: str, entries: list[bytes], kept: int) -> None:
    """Write the log anew from these entries, and forget every signature over more than ``kept`` of them."""
    head = peek_head(connection, log)
    for table in (ENTRY, TILE):
        connection.execute(delete(table).where(table.c.log == log))
    for signed in (CHECKPOINT, OFFER, COSIGNATURE, WITNESSED):
        connection.execute(delete(signed).where(signed.c.log == log, signed.c.size > kept))
    growth = grow(Edge(), entries)
    write_growth(connection, log, 0, entries, growth.tiles)
    peaks = b"".join(growth.edge.frontier.peaks)
    write_head(connection, log, HeadRow(len(entries), peaks, head.time, head.directory_size))
