"""Which conversation a message belongs to: one per channel and set of participants, with a random id (decision 3)."""

from collections.abc import Iterable

from sqlalchemy import Connection, insert, select

from nodes.schema import conversation
from protocol.cbor import encode
from protocol.ids import Channel, NodeId, Reference


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


def _key(peers: Iterable[NodeId]) -> str:
    return encode(sorted(peers)).hex()
