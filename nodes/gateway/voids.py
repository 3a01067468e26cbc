"""Numbers that no message bears: this node's own, said to their recipients, and those that others said to this node.

A message that is refused, replaced or over has used up a number towards each recipient, who would see a gap for ever.
The void is signed before and queued in the transaction that ends the message (protocol decision 18).
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, insert, select

from nodes.gateway import outbox
from nodes.gateway.alarms import raise_alarm
from nodes.gateway.here import Here
from nodes.gateway.inbox import find_sequence
from nodes.gateway.outbox import OutRow
from nodes.gateway.postings import Kind, Posting, put_posting
from nodes.gateway.sequences import take
from nodes.schema import void
from protocol.errors import Code
from protocol.ids import Channel, NodeId
from protocol.stages import Target
from protocol.voids import VOID_EVENT, SignedVoid, Void, VoidReason, parse_void, sign_void
from runtime.database import Database

_SHOWN: Final = 20
WORDS: Final = {
    VoidReason.REFUSED: "the hub refused that message",
    VoidReason.REPLACED: "it was sent again under a new number",
    VoidReason.EXPIRED: "its life ended before the hub took it",
    VoidReason.UNUSED: "no message was made under it",
}


@dataclass(frozen=True, slots=True)
class Closed:
    """A number of another node that it declared unused, and when that was logged."""

    sender: NodeId
    channel: Channel
    sequence: int
    reason: VoidReason
    logged_at: int


async def make_voids(here: Here, database: Database, row: OutRow, reason: VoidReason) -> tuple[Posting, ...]:
    """Return one signed void for each recipient of a message that will never be logged; the caller queues them."""
    people = await database.read(lambda connection: outbox.addressees(connection, row.message))
    said = [
        Void(sender=here.node, recipient=who.node, channel=row.channel, sequence=who.sequence, reason=reason)
        for who in people
    ]
    return await asyncio.to_thread(lambda: tuple(_posting(here, each) for each in said))


def unused_numbers(here: Here, channel: Channel, targets: Sequence[Target]) -> tuple[Posting, ...]:
    """Return a signed void for each number that was set aside for a message which was then not sealed."""
    said = [
        Void(sender=here.node, recipient=each.node, channel=channel, sequence=each.sequence, reason=VoidReason.UNUSED)
        for each in targets
    ]
    return tuple(_posting(here, each) for each in said)


def put_voids(connection: Connection, voids: Sequence[Posting], at: int) -> None:
    """Queue voids for the hub."""
    for each in voids:
        put_posting(connection, each, at)


def find_void(connection: Connection, sender: NodeId, channel: Channel, sequence: int) -> bytes | None:
    """Return the signed void that ``sender`` gave for a number, None while it may still bear a message."""
    where = (void.c.sender == sender, void.c.channel == channel, void.c.sequence == sequence)
    found: bytes | None = connection.execute(select(void.c.raw).where(*where)).scalar_one_or_none()
    return found


def store_void(connection: Connection, found: SignedVoid, proof: bytes, times: tuple[int, int]) -> None:
    """Close the gap at a number, with the reason and what proves it; ``times`` are the leaf's and this node's.

    A number under which a message has arrived is an alarm: the sender signed both.
    """
    said, (logged_at, now) = found.void, times
    if find_void(connection, said.sender, said.channel, said.sequence) is not None:
        return
    if find_sequence(connection, said.sender, said.channel, said.sequence) is not None:
        raise_alarm(connection, Code.SENDER_EQUIVOCATION.value, f"void of {said.sender}", now)
        return
    take(connection, said.sender, said.channel, said.sequence, now)
    connection.execute(
        insert(void).values(
            sender=said.sender,
            channel=said.channel,
            sequence=said.sequence,
            reason=int(said.reason),
            raw=found.signed.raw,
            proof=proof,
            logged_at=logged_at,
        )
    )


def closed(connection: Connection) -> Sequence[Closed]:
    """Return the newest numbers that others declared unused, the newest first."""
    query = select(void).order_by(void.c.logged_at.desc(), void.c.sender, void.c.channel, void.c.sequence.desc())
    return [
        Closed(NodeId(row.sender), Channel(row.channel), row.sequence, VoidReason(row.reason), row.logged_at)
        for row in connection.execute(query.limit(_SHOWN))
    ]


def _posting(here: Here, said: Void) -> Posting:
    raw = sign_void(said, here.signer, here.network)
    identifier = parse_void(raw).id
    return Posting(identifier, Kind.VOID, identifier, VOID_EVENT, raw)
