"""What the owner of a received message allowed others to do with it, as its own consent messages say (MT-11).

Only consent to the whole message counts: a consent to single items would have to be matched with the rows shown, and
until then it permits nothing. A later refusal or withdrawal ends an earlier consent to the same use.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, select

from nodes.gateway.contents import fields_of, parse_opened
from nodes.gateway.inbox import READABLE
from nodes.gateway.vault import Vault
from nodes.gateway.wishes import read_time
from nodes.schema import inbox
from policies.documents import value_at
from protocol.catalogue.documents import JSON
from protocol.catalogue.rows import unflatten
from protocol.errors import Fault
from protocol.ids import MessageId, NodeId, TypeId, parse_node_id

CONSENTS: Final = TypeId("MT-11/1")
_GRANT: Final = "grant"
_ENDS: Final = frozenset(("deny", "withdraw"))
_PASSING_ON: Final = "dissemination"
_PROCEEDINGS: Final = "judicial"


@dataclass(frozen=True, slots=True)
class Permitted:
    """The nodes that the owner allowed to have a message, and those that may use it in proceedings."""

    consented: frozenset[NodeId] = frozenset()
    evidential: frozenset[NodeId] = frozenset()


def find_permitted(connection: Connection, vault: Vault, message: MessageId, owner: NodeId, now: int) -> Permitted:
    """Return whom ``owner`` allowed to have ``message``, as of ``now``."""
    granted: dict[str, set[NodeId]] = {_PASSING_ON: set(), _PROCEEDINGS: set()}
    for document in _consents_of(connection, vault, owner):
        use, phase = str(document.get("use")), document.get("phase")
        if use not in granted or not _is_about(document, message):
            continue
        if phase in _ENDS:
            granted[use].clear()
        node = _granted_to(document, now) if phase == _GRANT else None
        if node is not None:
            granted[use].add(node)
    return Permitted(frozenset(granted[_PASSING_ON]), frozenset(granted[_PROCEEDINGS]))


def _consents_of(connection: Connection, vault: Vault, owner: NodeId) -> Iterator[dict[str, JSON]]:
    """Yield the consent messages of an owner that a reader may see, in the order of the log."""
    query = (
        select(inbox.c.item)
        .where(inbox.c.sender == owner, inbox.c.type == CONSENTS, inbox.c.state.in_([each.value for each in READABLE]))
        .order_by(inbox.c.logged_at, inbox.c.id)
    )
    for item in connection.scalars(query).all():
        content = vault.get(connection, item)
        if content is not None:
            yield unflatten(fields_of(parse_opened(content).body))


def _is_about(document: dict[str, JSON], message: MessageId) -> bool:
    items = document.get("items")
    listed = items if isinstance(items, list) else []
    return any(
        isinstance(each, dict) and each.get("message_id") == message.hex() and "item" not in each for each in listed
    )


def _granted_to(document: dict[str, JSON], now: int) -> NodeId | None:
    try:
        until = read_time(document.get("valid_until"))
        node = parse_node_id(value_at(document, "/target/node"))
    except Fault:
        return None
    return node if now < until else None
