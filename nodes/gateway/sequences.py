"""Numbers per (sender, recipient, channel): what this node uses next, and what is missing from others.

A gap is shown and never holds anything back (protocol decision 18): a message that was refused leaves one for ever.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from sqlalchemy import Connection, delete, insert, select, update

from nodes.schema import gap, peer, sequence
from protocol.ids import Channel, NodeId


class Arrival(Enum):
    """How a number relates to the ones before it."""

    NEXT = auto()
    AFTER_GAP = auto()
    LATE = auto()  # closes a gap
    TAKEN = auto()  # was there before: the sender used a number twice


@dataclass(frozen=True, slots=True)
class Gap:
    """Numbers low to high, both included, of one sender in one channel that have not arrived."""

    sender: NodeId
    channel: Channel
    low: int
    high: int
    seen_at: int


def last_used(connection: Connection, node: NodeId, channel: Channel) -> int:
    """Return the last number this node used towards ``node`` in ``channel``; 0 before the first."""
    query = select(sequence.c.last).where(sequence.c.node == node, sequence.c.channel == channel)
    found: int | None = connection.execute(query).scalar_one_or_none()
    return found or 0


def use(connection: Connection, node: NodeId, channel: Channel, number: int) -> None:
    """Note that ``number`` was used; it must be larger than every one before, else ``ValueError``."""
    last = last_used(connection, node, channel)
    if number <= last:
        raise ValueError("a sequence number is used once")
    where = (sequence.c.node == node, sequence.c.channel == channel)
    changed = connection.execute(update(sequence).where(*where).values(last=number))
    if changed.rowcount == 0:
        connection.execute(insert(sequence).values(node=node, channel=channel, last=number))


def give_back(connection: Connection, node: NodeId, channel: Channel, number: int) -> bool:
    """Undo ``use`` for a message that was never sealed; False once a later number was used."""
    where = (sequence.c.node == node, sequence.c.channel == channel, sequence.c.last == number)
    return connection.execute(update(sequence).where(*where).values(last=number - 1)).rowcount == 1


def take(connection: Connection, sender: NodeId, channel: Channel, number: int, at: int) -> Arrival:
    """Note that ``number`` arrived from ``sender`` and return how it relates to the ones before."""
    where = (peer.c.sender == sender, peer.c.channel == channel)
    highest: int | None = connection.execute(select(peer.c.highest).where(*where)).scalar_one_or_none()
    before = highest or 0
    if number <= before:
        return _close(connection, sender, channel, number)
    if highest is None:
        connection.execute(insert(peer).values(sender=sender, channel=channel, highest=number))
    else:
        connection.execute(update(peer).where(*where).values(highest=number))
    if number == before + 1:
        return Arrival.NEXT
    _put(connection, Gap(sender, channel, before + 1, number - 1, at))
    return Arrival.AFTER_GAP


def gaps(connection: Connection) -> Sequence[Gap]:
    """Return every gap, the oldest first."""
    rows = connection.execute(select(gap).order_by(gap.c.seen_at, gap.c.sender, gap.c.channel, gap.c.low))
    return [Gap(NodeId(row.sender), Channel(row.channel), row.low, row.high, row.seen_at) for row in rows]


def _close(connection: Connection, sender: NodeId, channel: Channel, number: int) -> Arrival:
    """Split the gap that holds ``number``."""
    where = (gap.c.sender == sender, gap.c.channel == channel, gap.c.low <= number, gap.c.high >= number)
    row = connection.execute(select(gap).where(*where)).one_or_none()
    if row is None:
        return Arrival.TAKEN
    connection.execute(delete(gap).where(*where))
    if row.low < number:
        _put(connection, Gap(sender, channel, row.low, number - 1, row.seen_at))
    if row.high > number:
        _put(connection, Gap(sender, channel, number + 1, row.high, row.seen_at))
    return Arrival.LATE


def _put(connection: Connection, found: Gap) -> None:
    connection.execute(
        insert(gap).values(
            sender=found.sender, channel=found.channel, low=found.low, high=found.high, seen_at=found.seen_at
        )
    )
