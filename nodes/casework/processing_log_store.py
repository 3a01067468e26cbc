"""Appends to the processing log, reads it in parts, and shortens it; all its SQL. Runs in the caller's transaction."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select, update

from nodes.casework.processing_log import Head, Kept, beginning, link
from nodes.casework.processing_log_entry import MOST_OBJECTS, encode_entry, make_entry
from nodes.gateway.deeds import Act, Doer, Operation
from nodes.log_tables import processing_log, processing_log_object, processing_log_start
from protocol.ids import NodeId


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries are wanted, the newest first: at most ``limit`` of those below ``before`` that fit all the rest.

    Times are seconds UTC, from ``since`` up to but without ``until``.
    """

    limit: int
    before: int | None = None
    since: int | None = None
    until: int | None = None
    operation: Operation | None = None
    who: str | None = None
    about: bytes | None = None


@dataclass(frozen=True, slots=True)
class Start:
    """Where the log begins after it was shortened, and when that was."""

    head: Head
    trimmed_at: int


def append(connection: Connection, node: NodeId, at: int, doer: Doer, act: Act) -> Head:
    """Write an act down at the end of the chain and return its new head; one on many objects has several entries."""
    head = find_head(connection, node)
    for objects in _lots(act.objects):
        entry = make_entry(head.number + 1, at, node, doer, replace(act, objects=objects))
        body = encode_entry(entry)
        head = link(head, body)
        connection.execute(
            insert(processing_log).values(
                number=head.number,
                at=at,
                operation=entry.act.operation.value,
                who=entry.doer.who,
                body=body,
                hash=head.hash,
            )
        )
        rows = [{"object": each, "number": head.number} for each in sorted(set(objects))]
        if rows:
            connection.execute(insert(processing_log_object), rows)
    return head


def find_head(connection: Connection, node: NodeId) -> Head:
    """Return the chain as it ends now."""
    query = select(processing_log.c.number, processing_log.c.hash).order_by(processing_log.c.number.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    if row is not None:
        return Head(row.number, row.hash)
    start = find_start(connection)
    return beginning(node) if start is None else start.head


def find_start(connection: Connection) -> Start | None:
    """Return where the log was shortened to; None while it is whole."""
    row = connection.execute(select(processing_log_start)).one_or_none()
    return None if row is None else Start(Head(row.number, row.hash), row.trimmed_at)


def following(connection: Connection, number: int, limit: int) -> Sequence[Kept]:
    """Return up to ``limit`` entries after ``number`` in their order."""
    query = select(processing_log).where(processing_log.c.number > number).order_by(processing_log.c.number)
    return _kept(connection, connection.execute(query.limit(limit)).all())


def find_entries(connection: Connection, wanted: Wanted) -> Sequence[Kept]:
    """Return the entries that are wanted and one more where there are more, the newest first."""
    query = select(processing_log).order_by(processing_log.c.number.desc()).limit(wanted.limit + 1)
    return _kept(connection, connection.execute(query.where(*_fitting(wanted))).all())


def counts(connection: Connection) -> Mapping[str, int]:
    """Return how many entries there are of each operation."""
    log = processing_log.c
    rows = connection.execute(select(log.operation, func.count().label("times")).group_by(log.operation))
    return {row.operation: row.times for row in rows}


def last_before(connection: Connection, at: int) -> Head | None:
    """Return the chain up to the last entry of the beginning of the log in which all are older than ``at``."""
    log = processing_log.c
    young = select(func.min(log.number)).where(log.at >= at).scalar_subquery()
    query = select(log.number, log.hash).where(log.at < at, log.number < func.coalesce(young, 1 << 62))
    row = connection.execute(query.order_by(log.number.desc()).limit(1)).one_or_none()
    return None if row is None else Head(row.number, row.hash)


def drop_up_to(connection: Connection, head: Head, at: int) -> int:
    """Take out every entry up to ``head``, keep its hash as the beginning, and return how many went."""
    old = select(processing_log.c.number).where(processing_log.c.number <= head.number)
    connection.execute(delete(processing_log_object).where(processing_log_object.c.number.in_(old)))
    gone = connection.execute(delete(processing_log).where(processing_log.c.number <= head.number)).rowcount
    values = {"number": head.number, "hash": head.hash, "trimmed_at": at}
    if connection.execute(update(processing_log_start).values(values)).rowcount == 0:
        connection.execute(insert(processing_log_start).values(only=1, **values))
    return gone


def _fitting(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    log = processing_log.c
    if wanted.before is not None:
        yield log.number < wanted.before
    if wanted.since is not None:
        yield log.at >= wanted.since
    if wanted.until is not None:
        yield log.at < wanted.until
    if wanted.operation is not None:
        yield log.operation == wanted.operation.value
    if wanted.who is not None:
        yield log.who == wanted.who
    if wanted.about is not None:
        of = processing_log_object.c
        yield log.number.in_(select(of.number).where(of.object == wanted.about))


def _lots(objects: Sequence[bytes]) -> Sequence[tuple[bytes, ...]]:
    lots = [tuple(objects[at : at + MOST_OBJECTS]) for at in range(0, len(objects), MOST_OBJECTS)]
    return lots or [()]


def _kept(connection: Connection, rows: Sequence[Row[Any]]) -> Sequence[Kept]:
    numbers = [row.number for row in rows]
    named: dict[int, set[bytes]] = {}
    of = processing_log_object.c
    for each in connection.execute(select(processing_log_object).where(of.number.in_(numbers))):
        named.setdefault(each.number, set()).add(each.object)
    return [
        Kept(row.number, row.at, row.operation, row.who, row.body, row.hash, frozenset(named.get(row.number, ())))
        for row in rows
    ]
