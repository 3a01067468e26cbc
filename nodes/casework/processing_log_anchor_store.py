"""Anchors of the processing log in the database; all their SQL. They stand among the other statements of this node."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, func, select

from nodes.casework.processing_log_anchors import SUBJECT, Anchored
from nodes.casework.processing_log_store import find_start
from nodes.gateway.postings import Kind, Posting, PostState, put_posting
from nodes.gateway.restarts import leaf_index
from nodes.log_tables import processing_log
from nodes.schema import evidence, posting
from protocol.anchor import parse_anchor
from protocol.ids import NodeId

_LOT: Final = 500  # counts of one look


def put_anchor(connection: Connection, raw: bytes, at: int) -> None:
    """Queue a signed anchor for the hub; those of one log leave in the order of their counts."""
    found = parse_anchor(raw)
    put_posting(connection, Posting(found.id, Kind.ANCHOR, SUBJECT, found.anchor.count, raw), at)


def last_made(connection: Connection) -> tuple[int, int] | None:
    """Return count and time of the last anchor that was made here, logged or not; refused ones do not count."""
    where = (posting.c.subject == SUBJECT, posting.c.state != PostState.REFUSED.value)
    query = select(posting.c.event, posting.c.created_at).where(*where).order_by(posting.c.event.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else (row.event, row.created_at)


def anchored(connection: Connection, node: NodeId, since: int = 0) -> Sequence[Anchored]:
    """Return the anchors that the network's log holds and that cover at least ``since`` entries, ascending."""
    query = select(evidence).where(*_mine(node), evidence.c.event >= since).order_by(evidence.c.event)
    return [_anchored(row) for row in connection.execute(query)]


def last_anchored(connection: Connection, node: NodeId) -> Anchored | None:
    """Return the latest anchor that the network's log holds."""
    query = select(evidence).where(*_mine(node)).order_by(evidence.c.event.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else _anchored(row)


def last_count(connection: Connection, node: NodeId, after: int, upto: int) -> int | None:
    """Return the highest count of an anchor above ``after`` and up to ``upto``."""
    where = (*_mine(node), evidence.c.event > after, evidence.c.event <= upto)
    found: int | None = connection.execute(select(func.max(evidence.c.event)).where(*where)).scalar_one()
    return found


def highest(connection: Connection, node: NodeId) -> int:
    """Return how many entries the latest anchor in the network's log covers; 0 before the first."""
    found: int | None = connection.execute(select(func.max(evidence.c.event)).where(*_mine(node))).scalar_one()
    return found or 0


def heads_at(connection: Connection, counts: Iterable[int]) -> dict[int, bytes]:
    """Return the hashes of the log at these counts, as far as it has them; its beginning is one of them."""
    log, wanted = processing_log.c, sorted(counts)
    found: dict[int, bytes] = {}
    for begin in range(0, len(wanted), _LOT):
        part = wanted[begin : begin + _LOT]
        rows = connection.execute(select(log.number, log.hash).where(log.number.in_(part)))
        found.update({row.number: row.hash for row in rows})
    start = find_start(connection)
    return found if start is None else {start.head.number: start.head.hash, **found}


def _mine(node: NodeId) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return evidence.c.subject == SUBJECT, evidence.c.issuer == node


def _anchored(row: Row[Any]) -> Anchored:
    said = parse_anchor(row.raw).anchor
    return Anchored(said.count, said.commitment, row.logged_at, leaf_index(row.proof))
