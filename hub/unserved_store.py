"""SQL of what was never handed out: what is due to be logged as such, what was passed over, what was logged.

An item counts as handed out from the moment it goes into an answer, whether or not that arrives. A recipient that asked
for items behind it counts as having had it. An item that lay in a mailbox when a restart was declared is never spoken
of: whether it was handed out in the time that was lost, nobody knows.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, or_, select

from hub.message_store import State
from hub.rows import insert_rows, upsert_rows
from hub.schema import EPOCH, MAILBOX_HEAD, MESSAGE, RECEIPT, UNSERVED, WRAP
from hub.wakeups import Place
from protocol.ids import Channel, MessageId, NodeId
from protocol.unserved import Unserved

_FLOOR: Final = select(func.coalesce(func.max(EPOCH.c.lost_size), 0)).scalar_subquery()
_SPOKEN: Final = exists().where(RECEIPT.c.message == WRAP.c.leaf, RECEIPT.c.node == WRAP.c.node)
_ROW: Final = and_(UNSERVED.c.leaf == WRAP.c.leaf, UNSERVED.c.idx == WRAP.c.idx)
_NOTED: Final = exists().where(_ROW)
_PASSED: Final = exists().where(_ROW, UNSERVED.c.logged.is_(None))
_BEHIND: Final = exists().where(
    MAILBOX_HEAD.c.node == WRAP.c.node,
    MAILBOX_HEAD.c.channel == WRAP.c.channel,
    MAILBOX_HEAD.c.served < WRAP.c.number,
)
_LYING: Final = and_(WRAP.c.handed == 0, ~_NOTED, _BEHIND)
_DUE: Final = and_(or_(_PASSED, _LYING), ~_SPOKEN, WRAP.c.leaf >= _FLOOR)
NOTHING_DUE: Final[ColumnElement[bool]] = ~exists().where(WRAP.c.leaf == MESSAGE.c.leaf, _DUE)
"""That nothing has to be logged of a message before its contents go."""


@dataclass(frozen=True, slots=True)
class Due:
    """A record that is due: the message's leaf, the recipient's position, the sender, and what is logged."""

    leaf: int
    index: int
    sender: NodeId
    record: Unserved

    @property
    def place(self) -> Place:
        """The mailbox in which the item lay."""
        return self.record.recipient, self.record.channel


def find_due(connection: Connection, now: int, limit: int) -> list[Due]:
    """Return items that were never handed out and whose message's life ended by ``now``, at most ``limit``."""
    stored = _wraps(now).where(MESSAGE.c.state == int(State.STORED), _DUE)
    found = list(connection.execute(stored.limit(limit)))
    if len(found) < limit:  # of purged ones only what was noted then is due
        purged = _wraps(now).join(UNSERVED, _ROW).where(UNSERVED.c.logged.is_(None), ~_SPOKEN, WRAP.c.leaf >= _FLOOR)
        found += connection.execute(purged.where(MESSAGE.c.state != int(State.STORED)).limit(limit - len(found)))
    return [
        Due(
            row.leaf,
            row.idx,
            NodeId(row.sender),
            Unserved(MessageId(bytes(row.id)), NodeId(row.node), Channel(row.channel), row.number, row.expires_at),
        )
        for row in found
    ]


def _wraps(now: int) -> Select[tuple[int, bytes, str, int, int, str, str, int]]:
    columns = (MESSAGE.c.leaf, MESSAGE.c.id, MESSAGE.c.sender, MESSAGE.c.expires_at)
    recipient = (WRAP.c.idx, WRAP.c.node, WRAP.c.channel, WRAP.c.number)
    return select(*columns, *recipient).join(WRAP, WRAP.c.leaf == MESSAGE.c.leaf).where(MESSAGE.c.expires_at <= now)


def lock_mailboxes(connection: Connection, places: Collection[Place]) -> None:
    """Keep other replicas from handing out of these mailboxes before the commit."""
    for node, channel in sorted(places):
        where = (MAILBOX_HEAD.c.node == node, MAILBOX_HEAD.c.channel == channel)
        connection.execute(select(MAILBOX_HEAD.c.served).where(*where).with_for_update())


def note_passed(connection: Connection, where: ColumnElement[bool]) -> None:
    """Note of these wraps, as far as they were never handed out, that they never will be."""
    lying = select(WRAP.c.leaf, WRAP.c.idx).where(where, _LYING, ~_SPOKEN)
    insert_rows(connection, UNSERVED, [(leaf, index, None, None) for leaf, index in connection.execute(lying)])


def put_logged(connection: Connection, rows: Sequence[tuple[Due, int]]) -> None:
    """Store records with their leaves."""
    upsert_rows(connection, UNSERVED, [(due.leaf, due.index, logged, due.record.encode()) for due, logged in rows])


def is_closed_to(connection: Connection, node: NodeId, leaves: Collection[int]) -> bool:
    """Return whether one of these messages may not be handed to a node any more."""
    query = select(WRAP.c.leaf).where(WRAP.c.leaf.in_(leaves), WRAP.c.node == node, _NOTED).limit(1)
    return connection.execute(query).first() is not None


def read_records(connection: Connection, leaves: Sequence[int]) -> dict[int, bytes]:
    """Return records by the leaves under which they were logged."""
    query = select(UNSERVED.c.logged, UNSERVED.c.raw).where(UNSERVED.c.logged.in_(leaves))
    return {row.logged: bytes(row.raw) for row in connection.execute(query)}
