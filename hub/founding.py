"""Making a hub's database from a charter and further statements, and reading it back at every start."""

import hashlib
from collections.abc import Sequence

from sqlalchemy import Connection, select

from hub.blobs import blob_reader
from hub.edge import Edge, grow
from hub.log_store import HeadRow, read_entries, read_head, write_growth, write_head
from hub.policy_store import load_wanted
from hub.roster import Snapshot, TokenBook
from hub.rows import insert_rows, upsert_rows
from hub.schema import BLOB, EPOCH, STATEMENT
from keys.directory import Directory
from protocol.api import DIRECTORY_LOG, MESSAGE_LOG
from protocol.errors import Code, Fault
from protocol.statements import parse_entry
from runtime.operator import OperatorError

_PAGE = 1_000


def found(connection: Connection, entries: Sequence[bytes], pinned: bytes, now: int) -> Directory:
    """Write the first directory log: the pinned charter and whatever follows it. Refuses a database that has one.

    Raises ROOT_MISMATCH for another charter and the codes of ``Directory.extend``.
    """
    if read_head(connection, DIRECTORY_LOG).size:
        raise OperatorError(
            "ALREADY_FOUNDED",
            "The database holds a directory already",
            "A log is never begun twice",
            "Choose another database, or run: egnatia hub run",
        )
    directory = Directory.start(entries[0], pinned).extend(entries[1:])
    growth = grow(Edge(), entries)
    write_growth(connection, DIRECTORY_LOG, 0, entries, growth.tiles)
    peaks = b"".join(growth.edge.frontier.peaks)
    write_head(connection, DIRECTORY_LOG, HeadRow(directory.size, peaks, now, directory.size))
    write_head(connection, MESSAGE_LOG, HeadRow(0, b"", now, directory.size))
    rows = [(at, parse_entry(raw).id, hashlib.sha256(raw).digest(), now) for at, raw in enumerate(entries)]
    insert_rows(connection, STATEMENT, rows)
    insert_rows(connection, EPOCH, [(1, now, 0, 0, b"")])
    return directory


def store_blobs(connection: Connection, blobs: Sequence[bytes], now: int) -> None:
    """Keep policy files that came with the charter."""
    upsert_rows(connection, BLOB, [(hashlib.sha256(data).digest(), data, "operator", now) for data in blobs])


def load_directory(connection: Connection, pinned: bytes) -> Directory:
    """Return the directory that the stored log says; every signature in it is verified again."""
    size = read_head(connection, DIRECTORY_LOG).size
    if not size:
        raise OperatorError(
            "NOT_FOUNDED",
            "The database holds no network yet",
            "A hub serves the network whose charter it was given",
            "Run: egnatia hub init",
        )
    entries = [raw for at in range(0, size, _PAGE) for raw in read_entries(connection, DIRECTORY_LOG, at, at + _PAGE)]
    directory = Directory.start(entries[0], pinned).extend(entries[1:])
    if directory.size != size:
        raise Fault(Code.LOG_FORK, "directory entries are missing")
    return directory


def load_snapshot(connection: Connection, pinned: bytes, now: int) -> Snapshot:
    """Return the state under which the hub decides, as it is stored."""
    directory = load_directory(connection, pinned)
    entered = connection.execute(select(STATEMENT.c.entered_at).order_by(STATEMENT.c.seq)).scalars().all()
    policies = load_wanted(blob_reader(connection), directory)
    tokens = TokenBook()
    tokens.load(connection, now)
    return Snapshot(directory, tuple(entered), policies, tokens)
