"""Compares the subjects of a request with the messages of this node, through the keyed tags of their search.

Only messages of the request's own channel that a reader may see: what is known on one channel is not told on another.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, intersect, or_, select

from nodes.casework.spelling import spellings
from nodes.casework.subjects import PERSON, Mark
from nodes.gateway.inbox import READABLE
from nodes.gateway.outbox import OutState
from nodes.gateway.search import SearchKey
from nodes.schema import inbox, outbox, search_tag
from protocol.ids import Channel, MessageId, NodeId

Wanted = tuple[frozenset[bytes], ...]
"""The words of one mark, each as the tags of its spellings."""
_WORDS: Final = 6  # words of one name that are compared
_ITEMS: Final = 1_000
MOST: Final = 50  # messages of each box that one request is compared with
AGAIN_S: Final = 30 * 86_400  # how long the same question counts as asked again; a number of this network


@dataclass(frozen=True, slots=True)
class About:
    """The request that is screened."""

    message: MessageId
    channel: Channel
    sender: NodeId
    type: str
    at: int


@dataclass(frozen=True, slots=True)
class OwnHit:
    """A message of this node that names a subject of the request. ``owner`` is another whose information that is."""

    message: MessageId
    owner: NodeId | None
    again: bool


def wanted(key: SearchKey, marks: Iterable[Mark]) -> tuple[Wanted, ...]:
    """Return what a store is asked for: for each mark its words, for each word the tags of all its spellings."""
    return tuple(
        tuple(
            frozenset(key.tag(each) for each in (spellings(word) if mark.kind == PERSON else (word,)))
            for word in mark.words[:_WORDS]
        )
        for mark in marks
    )


def find_hits(connection: Connection, about: About, asked: Iterable[Wanted]) -> tuple[OwnHit, ...]:
    """Return the messages that name one of the marks, each once, the newest first in each box."""
    items = _items(connection, asked)
    received = (
        select(inbox.c.message, inbox.c.sender, inbox.c.type, inbox.c.received_at)
        .where(
            inbox.c.item.in_(items),
            inbox.c.channel == about.channel,
            inbox.c.message != about.message,
            inbox.c.state.in_([each.value for each in READABLE]),
        )
        .order_by(inbox.c.id.desc())
        .limit(MOST)
    )
    sent = (
        select(outbox.c.message)
        .where(
            outbox.c.item.in_(items),
            outbox.c.channel == about.channel,
            outbox.c.state != OutState.REPLACED.value,
            or_(outbox.c.in_reply_to.is_(None), outbox.c.in_reply_to != about.message),
        )
        .order_by(outbox.c.number.desc())
        .limit(MOST)
    )
    found = []
    for row in connection.execute(received):
        same = row.sender == about.sender
        again = same and row.type == about.type and abs(about.at - row.received_at) <= AGAIN_S
        found.append(OwnHit(MessageId(row.message), None if same else NodeId(row.sender), again))
    found += [OwnHit(MessageId(row.message), None, again=False) for row in connection.execute(sent)]
    return tuple(found)


def _items(connection: Connection, asked: Iterable[Wanted]) -> list[bytes]:
    """Return items that have every word of one of the marks, at most ``_ITEMS``."""
    found: set[bytes] = set()
    for words in asked:
        queries = [select(search_tag.c.item).where(search_tag.c.tag.in_(sorted(tags))) for tags in words]
        query = queries[0] if len(queries) == 1 else intersect(*queries)
        found.update(row.item for row in connection.execute(query.limit(_ITEMS)))
    return sorted(found)[:_ITEMS]
