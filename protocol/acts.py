"""What a person signs when issuing or approving a draft: one digest over everything that gives the draft its meaning.

It is recomputed by sender and recipients alike: from a draft and from the message sealed out of it. The personal
signatures are left out of it, so that a second person signs the same digest (protocol decision 19).
Bytes: docs/wire.md section 3.10.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from protocol.cbor import Item, encode
from protocol.domains import DRAFT
from protocol.fields import Field
from protocol.ids import Channel, MessageId, NodeId, TypeId


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The part of a message's header that an act covers. ``to`` are all addressees, in any order."""

    sender: NodeId
    to: Collection[NodeId]
    channel: Channel
    type: TypeId
    purpose: str
    language: str
    in_reply_to: MessageId | None


def act_digest(terms: Terms, body: Sequence[Field]) -> bytes:
    """Return the 32 bytes that a personal act signs; ``body`` are the rows outside every act, in row order.

    The identity part is not covered: not every recipient may read it.
    """
    header: list[Item] = [terms.sender, sorted(terms.to), terms.channel, terms.type, terms.purpose, terms.language]
    rows: list[Item] = [[path, value] for path, value in body]
    return hashlib.sha256(encode([DRAFT, *header, terms.in_reply_to, rows])).digest()
