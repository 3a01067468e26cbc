"""Whether the stored logs are what they were: at start the edge and everything recent, in the background all of it.

LOG_FORK means that head, tiles, entries or checkpoints disagree: somebody changed the database, or a disk lied. A hub
that finds it serves nothing and signs nothing; a person must look.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, select

from hub.log_store import (
    count_entries,
    last_checkpoint,
    peek_head,
    proof_reader,
    read_edge,
    read_entries,
    tile_reader,
)
from hub.schema import CHECKPOINT, STATEMENT
from keys.signed_head import signed_head
from protocol.charter import Charter
from protocol.errors import Code, Fault
from protocol.ids import DIGEST_SIZE
from protocol.merkle import leaf_hash, root_at, root_from
from protocol.tiles import HEIGHT, WIDTH

_RECENT_CHECKPOINTS: Final = 8
_TILE_BYTES: Final = WIDTH * DIGEST_SIZE


@dataclass(frozen=True, slots=True)
class LogIdentity:
    """Which log is checked: its name, its origin and the charters under whose keys it was ever signed."""

    name: str
    origin: str
    charters: Sequence[Charter]


def check_edge(connection: Connection, log: LogIdentity) -> None:
    """Check the recent end of a log: frontier, last leaf tile, newest checkpoints. Raises LOG_FORK."""
    head = peek_head(connection, log.name)
    try:
        edge = read_edge(connection, log.name, head.size)
    except Fault as fault:
        raise _fork(log, fault.detail) from fault
    if b"".join(edge.frontier.peaks) != head.peaks:
        raise _fork(log, "head and tiles disagree")
    if head.size:
        check_leaf_tile(connection, log, (head.size - 1) // WIDTH)
    _check_checkpoints(connection, log, head.size)


def check_count(connection: Connection, log: LogIdentity) -> None:
    """Check that there are as many entries as the head says. Raises LOG_FORK. Reads the whole log: for a start only."""
    if count_entries(connection, log.name) != peek_head(connection, log.name).size:
        raise _fork(log, "entries are missing or too many")


def check_leaf_tile(connection: Connection, log: LogIdentity, index: int) -> None:
    """Check that the entries below one tile of leaf hashes give those hashes. Raises LOG_FORK."""
    size = peek_head(connection, log.name).size
    entries = read_entries(connection, log.name, index * WIDTH, min(size, (index + 1) * WIDTH))
    hashes = b"".join(leaf_hash(entry) for entry in entries)
    tile = tile_reader(connection, log.name)(0, index)
    if hashes != tile[: len(hashes)] or len(tile) < len(hashes) or not hashes:
        raise _fork(log, f"entries of tile {index}")


def check_inner_tiles(connection: Connection, log: LogIdentity, level: int, indexes: range) -> None:
    """Check that full tiles of a level give the hashes that stand for them one level up. Raises LOG_FORK."""
    read = tile_reader(connection, log.name)
    for index in indexes:
        try:
            data, above = read(level, index), read(level + 1, index // WIDTH)
        except Fault as fault:
            raise _fork(log, fault.detail) from fault
        root = root_from([data[at : at + DIGEST_SIZE] for at in range(0, len(data), DIGEST_SIZE)])
        at = index % WIDTH * DIGEST_SIZE
        if len(data) != _TILE_BYTES or above[at : at + DIGEST_SIZE] != root:
            raise _fork(log, f"tile {level}/{index}")


def full_tiles(size: int) -> list[tuple[int, int]]:
    """Return each level of a tree that has full tiles, and how many."""
    levels = range(size.bit_length() // HEIGHT + 1)
    return [(level, count) for level in levels if (count := size >> HEIGHT * (level + 1))]


def check_statements(connection: Connection, size: int) -> None:
    """Check that the table of statements names each directory entry once. Raises LOG_FORK."""
    found: Sequence[int] = connection.execute(select(STATEMENT.c.seq).order_by(STATEMENT.c.seq)).scalars().all()
    if list(found) != list(range(size)):
        raise Fault(Code.LOG_FORK, "statements and directory log disagree")


def _check_checkpoints(connection: Connection, log: LogIdentity, size: int) -> None:
    newest = last_checkpoint(connection, log.name)
    if newest is None:
        return
    query = select(CHECKPOINT).where(CHECKPOINT.c.log == log.name).order_by(CHECKPOINT.c.size.desc())
    get = proof_reader(connection, log.name)
    for row in connection.execute(query.limit(_RECENT_CHECKPOINTS)).all():
        try:
            signed = signed_head(row.raw, log.origin, log.charters)[0].checkpoint
        except Fault as fault:
            raise _fork(log, f"checkpoint {row.size}: {fault.code}") from fault
        if signed.size != row.size or signed.size > size or signed.root != root_at(signed.size, get):
            raise _fork(log, f"checkpoint {row.size} and tiles disagree")


def _fork(log: LogIdentity, finding: str) -> Fault:
    return Fault(Code.LOG_FORK, f"{log.name}: {finding}")
