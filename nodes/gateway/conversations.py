"""Which conversation a message belongs to: one per channel and set of participants, with a random id (decision 3).

The id stands in the core, where the hub reads it. Carried from one channel or circle into another it would link what
the network keeps apart, so it never is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, insert, select

from nodes.schema import conversation, inbox, outbox
from protocol.cbor import encode
from protocol.cose import parse as parse_signed
from protocol.envelope import parse_manifest
from protocol.ids import Channel, NodeId, Reference
from protocol.limits import MAX_SIGNED

_LOOKED_AT: Final = 20  # messages of each box; a conversation lasts for years


@dataclass(frozen=True, slots=True)
class Circle:
    """Who talks where: a channel, and the participants besides this node."""

    channel: Channel
    peers: frozenset[NodeId]


def find_conversation(connection: Connection, channel: Channel, peers: Iterable[NodeId]) -> Reference | None:
    """Return the conversation with exactly these peers on this channel."""
    query = select(conversation.c.id).where(conversation.c.channel == channel, conversation.c.peers == _key(peers))
    found: bytes | None = connection.execute(query).scalar_one_or_none()
    return None if found is None else Reference(found)


def put_conversation(connection: Connection, channel: Channel, peers: Iterable[NodeId], new: Reference) -> Reference:
    """Return the conversation with these peers; ``new`` becomes its id if there was none."""
    found = find_conversation(connection, channel, peers)
    if found is None:
        connection.execute(insert(conversation).values(id=new, channel=channel, peers=_key(peers)))
    return found or new


def is_of_circle(connection: Connection, known: Reference, circle: Circle, me: NodeId) -> bool:
    """Tell whether the latest messages of a conversation that are here were all exchanged in this circle.

    False for a conversation of which nothing is known here: it might be another circle's.
    """
    begun = connection.execute(select(conversation).where(conversation.c.id == known)).one_or_none()
    if begun is not None and (begun.channel, begun.peers) != (circle.channel, _key(circle.peers)):
        return False
    raws = [
        *connection.scalars(
            select(inbox.c.raw)
            .where(inbox.c.conversation == known, inbox.c.random.is_not(None))
            .order_by(inbox.c.id.desc())
            .limit(_LOOKED_AT)
        ),
        *connection.scalars(
            select(outbox.c.signed)
            .where(outbox.c.conversation == known)
            .order_by(outbox.c.number.desc())
            .limit(_LOOKED_AT)
        ),
    ]
    circles = {_circle_of(raw, me) for raw in raws}
    return circles == {circle} if begun is None else circles <= {circle}


def _circle_of(signed: bytes, me: NodeId) -> Circle:
    core = parse_manifest(parse_signed(signed, MAX_SIGNED).payload).core
    return Circle(core.channel, frozenset((core.sender, *(each.node for each in core.to))) - {me})


def _key(peers: Iterable[NodeId]) -> str:
    return encode(sorted(peers)).hex()
