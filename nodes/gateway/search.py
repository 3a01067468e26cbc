"""Finding content without a readable index: keyed hashes of normalised tokens, deleted with the item (invariant 13)."""

import hashlib
import hmac
from collections.abc import Iterable
from typing import Final

from sqlalchemy import Connection, Select, false, func, insert, select

from nodes.gateway.words import query_tokens, tokens_of
from nodes.schema import search_tag

_TAG: Final = 16  # bytes; two of 10^7 tokens collide with probability 10^-25


class SearchKey:
    """Turns tokens into tags under a key of the keystore."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def tag(self, token: str) -> bytes:
        """Return the tag of one normalised token."""
        return hmac.digest(self._key, token.encode(), hashlib.sha256)[:_TAG]

    def tags_of(self, values: Iterable[object]) -> frozenset[bytes]:
        """Return the tags of every word in ``values``."""
        return frozenset(self.tag(token) for token in tokens_of(values))

    def query(self, text: str) -> frozenset[bytes]:
        """Return the tags an item must have to match ``text``."""
        return frozenset(self.tag(token) for token in query_tokens(text))


def put_tags(connection: Connection, item_id: bytes, tags: Iterable[bytes]) -> None:
    """Store the tags of an item."""
    rows = [{"tag": tag, "item": item_id} for tag in sorted(tags)]
    if rows:
        connection.execute(insert(search_tag), rows)


def items_with(tags: frozenset[bytes]) -> Select[tuple[bytes]]:
    """Return the query for the ids of the items that have all ``tags``; none for an empty set."""
    query = select(search_tag.c.item)
    if not tags:
        return query.where(false())
    found = query.where(search_tag.c.tag.in_(sorted(tags))).group_by(search_tag.c.item)
    return found.having(func.count() == len(tags))
