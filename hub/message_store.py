"""SQL of messages: which are known, which clash, inserting a batch, and reading one for its recipient."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from sqlalchemy import Connection, and_, func, select, update

from hub.rows import Row, find_rows, insert_rows
from hub.schema import MESSAGE, UNSERVED, VOID, WRAP
from protocol.ids import Channel, MessageId, NodeId

Slot = tuple[str, str, str, int]
"""Sender, recipient, channel and sequence number: used once."""
Nonce = tuple[bytes, str]
"""A core's random bytes and its sender: used once."""


class State(IntEnum):
    """What is left of a message; numbers are stored."""

    STORED = 0
    HANDED = 1  # every recipient's hand-over evidence is logged; contents and wraps are due for deletion
    GONE = 2  # contents and wraps deleted
    ERASED = 3  # the signed core too; the leaf remains


@dataclass(frozen=True, slots=True)
class Known:
    """A stored message as replay checks need it."""

    leaf: int
    sender: NodeId


@dataclass(frozen=True, slots=True)
class Addressing:
    """A message a receipt speaks of: its leaf, sender and channel, and the recipient's place and mailbox number.

    ``closed`` says that it was never handed to the recipient and never will be; ``unserved`` that this is logged.
    """

    leaf: int
    sender: NodeId
    channel: Channel
    index: int
    number: int
    closed: bool
    unserved: bool


def known_messages(connection: Connection, ids: Sequence[bytes]) -> dict[bytes, Known]:
    """Return those of the messages that are stored."""
    wanted = (MESSAGE.c.id, MESSAGE.c.leaf, MESSAGE.c.sender)
    found = find_rows(connection, wanted, (MESSAGE.c.id,), [(each,) for each in ids])
    return {bytes(id_): Known(leaf, NodeId(sender)) for id_, leaf, sender in found}


def used_nonces(connection: Connection, nonces: Sequence[Nonce]) -> set[Nonce]:
    """Return those of the (random, sender) pairs that a stored message has."""
    keys = (MESSAGE.c.random, MESSAGE.c.sender)
    return {(bytes(random), sender) for random, sender in find_rows(connection, keys, keys, nonces)}


def used_slots(connection: Connection, slots: Sequence[Slot]) -> set[Slot]:
    """Return those of the sequence numbers that a stored message has taken or a logged void has ended."""
    taken = (WRAP.c.sender, WRAP.c.node, WRAP.c.channel, WRAP.c.sequence)
    ended = (VOID.c.sender, VOID.c.node, VOID.c.channel, VOID.c.sequence)
    return {
        (sender, node, channel, sequence)
        for keys in (taken, ended)
        for sender, node, channel, sequence in find_rows(connection, keys, keys, slots)
    }


def highest_slot(connection: Connection, sender: NodeId, node: NodeId, channel: Channel) -> int:
    """Return the highest sequence number of ``sender`` towards ``node`` that is logged, by message or void, else 0."""
    found = 0
    for table in (WRAP, VOID):
        where = (table.c.sender == sender, table.c.node == node, table.c.channel == channel)
        highest = connection.execute(select(func.max(table.c.sequence)).where(*where)).scalar_one()
        found = max(found, highest or 0)
    return found


def insert_messages(connection: Connection, messages: Sequence[Row], wraps: Sequence[Row]) -> None:
    """Insert rows in the order of the tables' columns."""
    insert_rows(connection, MESSAGE, messages)
    insert_rows(connection, WRAP, wraps)


def find_addressing(connection: Connection, message: MessageId, node: NodeId) -> Addressing | None:
    """Return where a message stands for one of its recipients; None when it is unknown or not addressed to ``node``."""
    noted = (UNSERVED.c.leaf.label("closed"), UNSERVED.c.logged)
    query = (
        select(MESSAGE.c.leaf, MESSAGE.c.sender, MESSAGE.c.channel, WRAP.c.idx, WRAP.c.number, *noted)
        .join(WRAP, WRAP.c.leaf == MESSAGE.c.leaf)
        .outerjoin(UNSERVED, and_(UNSERVED.c.leaf == WRAP.c.leaf, UNSERVED.c.idx == WRAP.c.idx))
        .where(MESSAGE.c.id == message, WRAP.c.node == node)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    closed, unserved = row.closed is not None, row.logged is not None
    return Addressing(row.leaf, NodeId(row.sender), Channel(row.channel), row.idx, row.number, closed, unserved)


def mark_handed(connection: Connection, leaf: int, index: int) -> None:
    """Note that the recipient's hand-over evidence is logged, and after the last one that the contents may go."""
    connection.execute(update(WRAP).where(WRAP.c.leaf == leaf, WRAP.c.idx == index).values(handed=1))
    missing = select(WRAP.c.idx).where(WRAP.c.leaf == leaf, WRAP.c.handed == 0).limit(1)
    if connection.execute(missing).one_or_none() is None:
        done = update(MESSAGE).where(MESSAGE.c.leaf == leaf, MESSAGE.c.state == int(State.STORED))
        connection.execute(done.values(state=int(State.HANDED)))


def read_signed(connection: Connection, message: MessageId) -> bytes | None:
    """Return the signed manifest of a message; None when it is unknown or erased."""
    return connection.execute(select(MESSAGE.c.signed).where(MESSAGE.c.id == message)).scalar_one_or_none()
