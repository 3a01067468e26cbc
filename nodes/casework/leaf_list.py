"""The leaves of the message log that this node knows: its messages and the evidence about them, each with its proof.

Headers only: who, when, which channel and step. Nothing is opened, so that an auditor can look through all of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, or_, select

from nodes.gateway.evidences import leaf_of, subject_of
from nodes.gateway.restarts import LOST
from nodes.gateway.stores import Store
from nodes.schema import addressee, evidence, inbox, outbox
from protocol.errors import Fault
from protocol.ids import MessageId, NodeId


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which leaves, the newest first; None does not matter. Times are the log's, from ``since`` to before ``until``."""

    limit: int
    skip: int = 0
    event: int | None = None
    party: str | None = None
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True)
class LeafRow:
    """One leaf: its index (None where the stored proof cannot be read), and what it says of which message."""

    index: int | None
    at: int
    event: int
    issuer: str
    message: MessageId
    channel: str | None
    type: str | None
    sender: NodeId | None
    to: tuple[NodeId, ...]

    @property
    def about(self) -> NodeId | None:
        """Of which recipient the hub says it; None where it is of no one in particular, or not said by the hub."""
        return subject_of(self.issuer.removeprefix(LOST))


@dataclass(frozen=True, slots=True)
class LeafPage:
    """Rows, and whether older ones follow."""

    rows: Sequence[LeafRow]
    more: bool


class LeafBook:
    """Lists leaves of one node."""

    def __init__(self, store: Store, own: NodeId) -> None:
        self._store = store
        self._own = own

    async def listed(self, asked: Asked) -> LeafPage:
        """Return the leaves that fit."""
        return await self._store.database.read(lambda connection: _page(connection, asked, self._own))

    async def count(self) -> int:
        """Return how many leaves are known here."""
        query = select(func.count()).select_from(evidence).where(func.length(evidence.c.proof) > 0)
        return int(await self._store.database.read(lambda connection: connection.execute(query).scalar_one()))


def _page(connection: Connection, asked: Asked, own: NodeId) -> LeafPage:
    columns: tuple[Any, ...] = (
        *(evidence.c.subject, evidence.c.issuer, evidence.c.event, evidence.c.proof, evidence.c.logged_at),
        *(inbox.c.sender, inbox.c.channel.label("came"), inbox.c.type.label("came_type")),
        *(outbox.c.channel.label("went"), outbox.c.type.label("went_type")),
    )
    both = evidence.outerjoin(inbox, inbox.c.message == evidence.c.subject).outerjoin(
        outbox, outbox.c.message == evidence.c.subject
    )
    order = (evidence.c.logged_at.desc(), evidence.c.subject, evidence.c.event.desc(), evidence.c.issuer)
    query = select(*columns).select_from(both).where(func.length(evidence.c.proof) > 0, *_tests(asked))
    rows = connection.execute(query.order_by(*order).limit(asked.limit + 1).offset(asked.skip)).all()
    shown = rows[: asked.limit]
    to = _addressees(connection, [row.subject for row in shown])
    listed = sorted((_row(row, to, own) for row in shown), key=_place, reverse=True)
    return LeafPage(listed, len(rows) > asked.limit)


def _place(row: LeafRow) -> tuple[int, int]:
    return row.at, -1 if row.index is None else row.index


def _tests(asked: Asked) -> list[ColumnElement[bool]]:
    tests: list[ColumnElement[bool]] = []
    if asked.event is not None:
        tests.append(evidence.c.event == asked.event)
    if asked.since is not None:
        tests.append(evidence.c.logged_at >= asked.since)
    if asked.until is not None:
        tests.append(evidence.c.logged_at < asked.until)
    if asked.party is not None:
        sent_to = select(addressee.c.message).where(addressee.c.node == asked.party)
        tests.append(or_(inbox.c.sender == asked.party, evidence.c.subject.in_(sent_to)))
    return tests


def _addressees(connection: Connection, messages: Sequence[bytes]) -> dict[bytes, list[str]]:
    query = select(addressee.c.message, addressee.c.node).where(addressee.c.message.in_(messages))
    out: dict[bytes, list[str]] = {}
    for message, node in connection.execute(query.order_by(addressee.c.node)):
        out.setdefault(bytes(message), []).append(node)
    return out


def _row(row: Row[Any], to: dict[bytes, list[str]], own: NodeId) -> LeafRow:
    went = row.went is not None
    recipients = to.get(bytes(row.subject), []) if went else [own]
    return LeafRow(
        _index(row.proof),
        row.logged_at,
        row.event,
        row.issuer,
        MessageId(bytes(row.subject)),
        row.went if went else row.came,
        row.went_type if went else row.came_type,
        own if went else row.sender,
        (about,)
        if (about := subject_of(row.issuer.removeprefix(LOST)))
        else tuple(NodeId(each) for each in recipients),
    )


def _index(proof: bytes) -> int | None:
    try:
        return leaf_of(proof)[0]
    except Fault:
        return None
