"""Going on after a loss (docs/adr/0011-restored-hub.md): what must be given, and how the logs continue.

A restored hub signs nothing. Given are (1) the directory entries it lost, as any node holds them, which rebuild the
very same directory log, and (2) a RESTART statement of k of n registrars that names the message log's kept size and
root and the largest size ever witnessed. The lost positions are filled with RESTART leaves that name the statement, so
that no size is promised twice; messages that lost their leaf are submitted again by their nodes.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, func, select

from hub.edge import grow
from hub.log_store import HeadRow, read_edge, read_head, write_growth, write_head
from hub.mailbox_store import Counter, read_counters, write_items
from hub.marker import Promised, clear_restored, is_restored
from hub.rows import insert_rows
from hub.schema import EPOCH, STATEMENT
from keys.directory import Directory
from protocol.api import DIRECTORY_LOG, MESSAGE_LOG
from protocol.errors import Code, Fault
from protocol.leaf import Leaf, LeafKind, encode_leaf
from protocol.mailbox import ItemKind
from protocol.statement_network import Log, Restart
from protocol.statements import parse_entry

_FILLED_AT_ONCE: Final = 10_000
MOST_LOST: Final = 10_000_000  # leaves; more is a mistyped number rather than a loss


@dataclass(frozen=True, slots=True)
class Recovery:
    """What was given: the lost directory entries in order, and the RESTART statement's entry, which comes last."""

    entries: tuple[bytes, ...]
    restart: bytes
    now: int


@dataclass(frozen=True, slots=True)
class Recovered:
    """What holds after a recovery."""

    epoch: int
    directory_size: int
    kept_size: int
    next_size: int


def needs_restart(connection: Connection, mark: Promised) -> bool:
    """Return whether the database is older than what was promised."""
    sizes = {log: read_head(connection, log).size for log in (DIRECTORY_LOG, MESSAGE_LOG)}
    behind = sizes[DIRECTORY_LOG] < mark.directory or sizes[MESSAGE_LOG] < mark.messages
    return behind or is_restored(connection)


def recover(connection: Connection, directory: Directory, given: Recovery, mark: Promised) -> Recovered:
    """Extend the directory log, declare the restart, fill the lost positions and begin a new epoch, in one transaction.

    STATEMENT_ORDER when the restart is not for the message log as it is stored, names less than was promised, or the
    directory is still shorter than promised; and every code of ``Directory.extend``.
    """
    directory = directory.extend([*given.entries, given.restart])
    restart = parse_entry(given.restart).body
    if not isinstance(restart, Restart) or restart not in directory.restarts():
        raise Fault(Code.STATEMENT_ORDER, "no restart in force")
    _check_restart(connection, restart, directory, mark)
    _append_directory(connection, (*given.entries, given.restart), given.now)
    statement = parse_entry(given.restart).id
    size = _fill(connection, restart, directory, statement, given.now)
    _raise_mailboxes(connection, directory, restart)
    epoch = (connection.execute(select(func.max(EPOCH.c.number))).scalar_one() or 0) + 1
    insert_rows(connection, EPOCH, [(epoch, given.now, restart.size, restart.lost_size, statement)])
    clear_restored(connection)
    return Recovered(epoch, directory.size, restart.size, size)


def _check_restart(connection: Connection, restart: Restart, directory: Directory, mark: Promised) -> None:
    head = read_head(connection, MESSAGE_LOG)
    root = read_edge(connection, MESSAGE_LOG, head.size).frontier.root()
    if restart.log is not Log.MESSAGES or (restart.size, restart.root) != (head.size, root):
        raise Fault(Code.STATEMENT_ORDER, "the restart names another log, size or root")
    if restart.lost_size < mark.messages or restart.lost_size - restart.size > MOST_LOST:
        raise Fault(Code.STATEMENT_ORDER, "the restart names a wrong largest size")
    if directory.size - 1 < mark.directory:  # the restart itself was promised to nobody
        raise Fault(Code.STATEMENT_ORDER, "directory entries are still missing")


def _append_directory(connection: Connection, entries: Sequence[bytes], now: int) -> None:
    head = read_head(connection, DIRECTORY_LOG)
    time = max(now, head.time)
    rows = [(head.size + at, parse_entry(raw).id, hashlib.sha256(raw).digest(), time) for at, raw in enumerate(entries)]
    insert_rows(connection, STATEMENT, rows)
    _append(connection, DIRECTORY_LOG, entries, HeadRow(head.size + len(entries), b"", time, head.size + len(entries)))


def _fill(connection: Connection, restart: Restart, directory: Directory, statement: bytes, now: int) -> int:
    head = read_head(connection, MESSAGE_LOG)
    time = max(now, head.time)
    entry = encode_leaf(Leaf(LeafKind.RESTART, statement, time, directory.size, directory.root))
    size = head.size
    while size < restart.lost_size:
        count = min(_FILLED_AT_ONCE, restart.lost_size - size)
        size += count
        _append(connection, MESSAGE_LOG, [entry] * count, HeadRow(size, b"", time, directory.size))
    return size


def _raise_mailboxes(connection: Connection, directory: Directory, restart: Restart) -> None:
    """Lift every mailbox's count above any number it may have given out in the lost range.

    A lost leaf put at most one item into a mailbox. The item at the new count is GONE and stands for all of them, so
    that a cursor passes the gap; what is submitted again gets numbers that no cursor has passed.
    """
    lost = restart.lost_size - restart.size
    places = [(each.node, channel) for each in directory.participants() for channel in each.channels]
    raised = {
        place: Counter(counter.count + lost, counter.served)
        for place, counter in read_counters(connection, places).items()
    }
    last = restart.lost_size - 1
    rows = [(*place, counter.count, int(ItemKind.GONE), last) for place, counter in raised.items()]
    write_items(connection, rows, raised)


def _append(connection: Connection, log: str, entries: Sequence[bytes], head: HeadRow) -> None:
    first = head.size - len(entries)
    growth = grow(read_edge(connection, log, first), entries)
    write_growth(connection, log, first, entries, growth.tiles)
    peaks = b"".join(growth.edge.frontier.peaks)
    write_head(connection, log, HeadRow(head.size, peaks, head.time, head.directory_size))
