"""Entries of contact points that travel sealed (type MT-S1): who is called, when, and in which languages.

The signed directory holds no person and no telephone number; these entries do, and end on their own day. Each unit has
one entry, and its newest one holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Select, select

from nodes.gateway.contents import parse_body
from nodes.gateway.inbox import READABLE
from nodes.gateway.outbox import OutState
from nodes.gateway.stores import Store
from nodes.schema import inbox, outbox
from policies.documents import text_at
from protocol.catalogue.documents import JSON
from protocol.catalogue.rows import unflatten
from protocol.ids import Channel, MessageId, NodeId, TypeId

ENTRY: Final = TypeId("MT-S1/1")
SYSTEM: Final = Channel("system")
_LATEST: Final = 50
_ENDS: Final = "end"
_LIVING: Final = (OutState.READY.value, OutState.ACCEPTED.value)


@dataclass(frozen=True, slots=True)
class ContactEntry:
    """One entry: the message that brought it, when, and what it says."""

    message: MessageId
    at: int
    document: dict[str, JSON]

    @property
    def unit(self) -> str:
        """The unit whose entry it is."""
        return text_at(self.document, "/unit")


async def own_entries(store: Store) -> Sequence[ContactEntry]:
    """Return the entries that this node published and that hold now, by unit."""
    query = select(outbox.c.message, outbox.c.item, outbox.c.created_at.label("at"))
    query = query.where(outbox.c.type == ENTRY, outbox.c.state.in_(_LIVING)).order_by(outbox.c.number.desc())
    return await store.database.read(lambda connection: _newest(connection, store, query))


async def entries_of(store: Store, node: NodeId) -> Sequence[ContactEntry]:
    """Return the entries that another participant published and that hold now, by unit."""
    query = select(inbox.c.message, inbox.c.item, inbox.c.received_at.label("at"))
    query = query.where(inbox.c.type == ENTRY, inbox.c.sender == node, inbox.c.state.in_(sorted(READABLE)))
    return await store.database.read(
        lambda connection: _newest(connection, store, query.order_by(inbox.c.number.desc()))
    )


def _newest(connection: Connection, store: Store, query: Select[Any]) -> Sequence[ContactEntry]:
    found: dict[tuple[str, str], ContactEntry] = {}
    for row in connection.execute(query.limit(_LATEST)).all():
        content = store.vault.get(connection, row.item)
        if content is None or row.message is None:
            continue
        document = unflatten(sorted(parse_body(content)))
        key = (text_at(document, "/entry"), text_at(document, "/unit"))
        found.setdefault(key, ContactEntry(MessageId(row.message), row.at, document))
    return sorted(
        (each for each in found.values() if text_at(each.document, "/change") != _ENDS), key=lambda each: each.unit
    )
