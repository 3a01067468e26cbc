"""SQL of the two logs: entries, tiles, heads, checkpoints. No decisions, no keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Connection, bindparam, func, literal_column, select
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError

from hub.edge import Edge, TileRow, edge_at
from hub.rows import first_row, insert_rows, upsert_rows
from hub.schema import CHECKPOINT, ENTRY, LOG_HEAD, TILE
from protocol.errors import Code, Fault
from protocol.ids import DIGEST_SIZE
from protocol.merkle import HashReader
from protocol.tiles import hash_reader
from runtime.database_faults import Trouble, classify


@dataclass(frozen=True, slots=True)
class HeadRow:
    """The stored head of a log: its size, frontier hashes, and time and directory size of its last leaf."""

    size: int
    peaks: bytes
    time: int
    directory_size: int


@dataclass(frozen=True, slots=True)
class StoredCheckpoint:
    """A signed checkpoint and the size it is for."""

    size: int
    raw: bytes


def read_head(connection: Connection, log: str) -> HeadRow:
    """Return the head of a log and lock its row for this transaction; an untouched log has size 0."""
    row = first_row(connection, _locking(connection.dialect), (log,))
    return HeadRow(0, b"", 0, 0) if row is None else HeadRow(*row)


@lru_cache(maxsize=4)
def _locking(dialect: Dialect) -> str:
    head = select(LOG_HEAD.c.size, LOG_HEAD.c.peaks, LOG_HEAD.c.time, LOG_HEAD.c.directory_size)
    return str(head.where(LOG_HEAD.c.log == bindparam("log")).with_for_update().compile(dialect=dialect))


def peek_head(connection: Connection, log: str) -> HeadRow:
    """Return the head of a log without locking it."""
    row = connection.execute(select(LOG_HEAD).where(LOG_HEAD.c.log == log)).one_or_none()
    return HeadRow(0, b"", 0, 0) if row is None else HeadRow(row.size, row.peaks, row.time, row.directory_size)


def read_edge(connection: Connection, log: str, size: int) -> Edge:
    """Return the right edge of the stored tree. Raises ROOT_MISMATCH where tiles are missing or short."""
    return edge_at(size, tile_reader(connection, log))


def write_growth(
    connection: Connection, log: str, first: int, entries: Sequence[bytes], tiles: Sequence[TileRow]
) -> None:
    """Store entries from index ``first`` and the tiles they changed."""
    insert_rows(connection, ENTRY, [(log, first + at, entry) for at, entry in enumerate(entries)])
    upsert_rows(connection, TILE, [(log, level, index, data) for level, index, data in tiles])


def write_head(connection: Connection, log: str, head: HeadRow) -> None:
    """Store the head of a log."""
    upsert_rows(connection, LOG_HEAD, [(log, head.size, head.peaks, head.time, head.directory_size)])


def tile_reader(connection: Connection, log: str) -> "TileSource":
    """Return a reader of the log's tiles that reads each tile once."""
    return TileSource(connection, log)


def proof_reader(connection: Connection, log: str) -> HashReader:
    """Return a reader of complete subtrees over the stored tiles."""
    return hash_reader(tile_reader(connection, log))


class TileSource:
    """Tiles of one log within one transaction, each read once."""

    def __init__(self, connection: Connection, log: str) -> None:
        self._connection = connection
        self._log = log
        self._known: dict[tuple[int, int], bytes] = {}

    def __call__(self, level: int, index: int) -> bytes:
        """Return the tile's hashes; ROOT_MISMATCH when it is not stored."""
        data = self._known.get((level, index))
        if data is None:
            found = self._read(level, index)
            if not isinstance(found, bytes) or len(found) % DIGEST_SIZE:
                raise Fault(Code.ROOT_MISMATCH, "a tile is missing or cut")
            data = self._known[level, index] = found
        return data

    def _read(self, level: int, index: int) -> object:
        """Return what is stored there. A proof reads five tiles: building five queries cost more than its hashes."""
        text = _tile(self._connection.dialect)
        try:
            return self._connection.exec_driver_sql(text, (self._log, level, index)).scalar_one_or_none()
        except DBAPIError as err:
            if classify(err) is not Trouble.OWN:
                raise
            raise Fault(Code.ROOT_MISMATCH, "a tile is no longer bytes") from err


@lru_cache(maxsize=4)
def _tile(dialect: Dialect) -> str:
    where = (TILE.c.log == bindparam("log"), TILE.c.level == bindparam("level"), TILE.c.idx == bindparam("idx"))
    return str(select(TILE.c.data).where(*where).compile(dialect=dialect))


def read_entries(connection: Connection, log: str, start: int, end: int) -> list[bytes]:
    """Return the entries [start, end) as far as they exist, in order."""
    query = (
        select(ENTRY.c.body).where(ENTRY.c.log == log, ENTRY.c.seq >= start, ENTRY.c.seq < end).order_by(ENTRY.c.seq)
    )
    return list(connection.execute(query).scalars())


def read_entry_at(connection: Connection, log: str, indexes: Sequence[int]) -> dict[int, bytes]:
    """Return entries by index."""
    query = select(ENTRY.c.seq, ENTRY.c.body).where(ENTRY.c.log == log, ENTRY.c.seq.in_(indexes))
    return {row.seq: row.body for row in connection.execute(query)}


def count_entries(connection: Connection, log: str) -> int:
    """Return how many entries are stored."""
    return connection.execute(select(func.count()).select_from(ENTRY).where(ENTRY.c.log == log)).scalar_one()


def store_checkpoint(connection: Connection, log: str, fresh: StoredCheckpoint) -> StoredCheckpoint:
    """Store a checkpoint unless one of its size or a larger one stands already; return the newest stored.

    Sizes only grow in this table, so that the first checkpoint that covers a leaf stays the first for ever.
    """
    read_head(connection, log)
    newest = last_checkpoint(connection, log)
    if newest is not None and newest.size >= fresh.size:
        return newest
    insert_rows(connection, CHECKPOINT, [(log, fresh.size, fresh.raw)])
    return fresh


def replace_checkpoint(connection: Connection, log: str, fresh: StoredCheckpoint) -> None:
    """Put a checkpoint in the place of the one of its size, which other keys of the log signed over the same tree."""
    read_head(connection, log)
    upsert_rows(connection, CHECKPOINT, [(log, fresh.size, fresh.raw)])


def last_checkpoint(connection: Connection, log: str) -> StoredCheckpoint | None:
    """Return the checkpoint with the largest size."""
    row = first_row(connection, _newest(connection.dialect), (log,))
    return None if row is None else StoredCheckpoint(*row)


@lru_cache(maxsize=4)
def _newest(dialect: Dialect) -> str:
    query = select(CHECKPOINT.c.size, CHECKPOINT.c.raw).where(CHECKPOINT.c.log == bindparam("log"))
    newest = query.order_by(CHECKPOINT.c.size.desc()).limit(literal_column("1")).offset(literal_column("0"))
    return str(newest.compile(dialect=dialect))


def covering_checkpoint(connection: Connection, log: str, index: int) -> StoredCheckpoint | None:
    """Return the smallest checkpoint that covers the leaf at ``index``."""
    query = (
        select(CHECKPOINT)
        .where(CHECKPOINT.c.log == log, CHECKPOINT.c.size > index)
        .order_by(CHECKPOINT.c.size)
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else StoredCheckpoint(row.size, row.raw)
