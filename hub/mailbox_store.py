"""SQL of mailboxes: numbering new items, what was served, and reading a page."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, select, update

from hub.rows import Row, find_rows, insert_rows, upsert_rows
from hub.schema import MAILBOX, MAILBOX_HEAD, MESSAGE, RECEIPT, UNSERVED, VOID, WRAP
from hub.unserved_store import is_closed_to, lock_mailboxes, note_passed
from hub.wakeups import Place
from protocol.ids import KeyId
from protocol.mailbox import ItemKind


@dataclass(frozen=True, slots=True)
class Counter:
    """How many items a mailbox ever got, and the highest number ever handed out."""

    count: int = 0
    served: int = 0


@dataclass(frozen=True, slots=True)
class Slip:
    """One mailbox item before its content is read."""

    number: int
    kind: ItemKind
    leaf: int


@dataclass(frozen=True, slots=True)
class Stored:
    """A message as one recipient gets it; ``signed`` and the rest are None once deleted.

    ``closed`` says that it never was and never will be handed to this recipient, whatever is still stored.
    """

    signed: bytes | None
    contents: bytes | None
    index: int
    key_id: KeyId
    wrap: bytes | None
    closed: bool


def read_counters(connection: Connection, places: Collection[Place]) -> dict[Place, Counter]:
    """Return the counters of these mailboxes; an unused one counts 0."""
    wanted = (MAILBOX_HEAD.c.node, MAILBOX_HEAD.c.channel, MAILBOX_HEAD.c.count, MAILBOX_HEAD.c.served)
    found = find_rows(connection, wanted, wanted[:2], list(places))
    return dict.fromkeys(places, Counter()) | {(node, channel): Counter(*counts) for node, channel, *counts in found}


def write_items(connection: Connection, items: Sequence[Row], counters: dict[Place, Counter]) -> None:
    """Insert mailbox items and store the counts they led to; what was served meanwhile stays as it is."""
    insert_rows(connection, MAILBOX, items)
    rows = [(node, channel, counter.count, counter.served) for (node, channel), counter in counters.items()]
    upsert_rows(connection, MAILBOX_HEAD, rows, ("count",))


@dataclass(frozen=True, slots=True)
class Handing:
    """What is about to be handed out: items up to ``last``, these messages with their contents, these without.

    ``withheld`` are messages whose contents stand here and are not shown because a key was revoked.
    """

    last: int
    shown: Collection[int]
    withheld: Collection[int]


def mark_served(connection: Connection, place: Place, handing: Handing) -> bool:
    """Note what is about to be handed out; False, and nothing is noted, if contents among it may not be any more.

    What is withheld and was never handed out before is noted as such: its number counts as served from now on.
    """
    node, channel = place
    lock_mailboxes(connection, (place,))
    if handing.shown and is_closed_to(connection, node, handing.shown):
        return False
    if handing.withheld:
        note_passed(connection, and_(WRAP.c.leaf.in_(handing.withheld), WRAP.c.node == node))
    where = (MAILBOX_HEAD.c.node == node, MAILBOX_HEAD.c.channel == channel, MAILBOX_HEAD.c.served < handing.last)
    connection.execute(update(MAILBOX_HEAD).where(*where).values(served=handing.last))
    return True


def read_slips(connection: Connection, place: Place, after: int, log_size: int, limit: int) -> list[Slip]:
    """Return the items after a cursor whose leaves a tree of ``log_size`` holds, the oldest first."""
    node, channel = place
    query = (
        select(MAILBOX.c.number, MAILBOX.c.kind, MAILBOX.c.leaf)
        .where(MAILBOX.c.node == node, MAILBOX.c.channel == channel, MAILBOX.c.number > after)
        .order_by(MAILBOX.c.number)
        .limit(limit)
    )
    slips = [Slip(row.number, ItemKind(row.kind), row.leaf) for row in connection.execute(query)]
    return [slip for slip in slips if slip.leaf < log_size]


def count_covered(connection: Connection, place: Place, log_size: int) -> int:
    """Return the number of the last item whose leaf a tree of ``log_size`` holds; 0 when there is none."""
    node, channel = place
    query = (
        select(MAILBOX.c.number)
        .where(MAILBOX.c.node == node, MAILBOX.c.channel == channel, MAILBOX.c.leaf < log_size)
        .order_by(MAILBOX.c.number.desc())
        .limit(1)
    )
    return connection.execute(query).scalar_one_or_none() or 0


def oldest_unserved(connection: Connection) -> dict[str, int]:
    """Return for each node with unserved items when the oldest of them was received, seconds UTC."""
    next_one = (MAILBOX.c.node == MAILBOX_HEAD.c.node) & (MAILBOX.c.channel == MAILBOX_HEAD.c.channel)
    query = (
        select(MAILBOX_HEAD.c.node, MESSAGE.c.received_at)
        .join(MAILBOX, next_one & (MAILBOX.c.number == MAILBOX_HEAD.c.served + 1))
        .join(MESSAGE, MESSAGE.c.leaf == MAILBOX.c.leaf)
        .where(MAILBOX_HEAD.c.served < MAILBOX_HEAD.c.count)
    )
    out: dict[str, int] = {}
    for node, received in connection.execute(query):
        out[node] = min(received, out.get(node, received))
    return out


def read_messages(connection: Connection, node: str, leaves: Sequence[int]) -> dict[int, Stored]:
    """Return messages by leaf, each with this node's wrap only."""
    columns = (MESSAGE.c.leaf, MESSAGE.c.signed, MESSAGE.c.contents, WRAP.c.idx, WRAP.c.key_id, WRAP.c.wrap)
    query = (
        select(*columns, UNSERVED.c.leaf.label("closed"))
        .join(WRAP, WRAP.c.leaf == MESSAGE.c.leaf)
        .outerjoin(UNSERVED, and_(UNSERVED.c.leaf == WRAP.c.leaf, UNSERVED.c.idx == WRAP.c.idx))
        .where(MESSAGE.c.leaf.in_(leaves), WRAP.c.node == node)
    )
    return {
        row.leaf: Stored(row.signed, row.contents, row.idx, KeyId(bytes(row.key_id)), row.wrap, row.closed is not None)
        for row in connection.execute(query)
    }


def read_receipts(connection: Connection, leaves: Sequence[int]) -> dict[int, bytes]:
    """Return signed receipts and voids by leaf."""
    found: dict[int, bytes] = {}
    for table in (RECEIPT, VOID):
        missing = [leaf for leaf in leaves if leaf not in found]
        if missing:
            query = select(table.c.leaf, table.c.raw).where(table.c.leaf.in_(missing))
            found |= {row.leaf: row.raw for row in connection.execute(query)}
    return found
