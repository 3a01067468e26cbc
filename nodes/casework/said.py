"""What messages say about the course of a case: a few codes and times, opened once for one look at a case.

The node opens them by itself to keep states and clocks right, and says so in the processing log. Nothing of a content
but these fields comes out of it, and nothing is kept after the look.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import Connection

from nodes.casework.clock_cases import SAID
from nodes.gateway.contents import parse_fields
from nodes.gateway.deeds import ITSELF, Act, Operation
from nodes.gateway.journal import acting_as
from nodes.gateway.stores import Store
from nodes.gateway.vault import find_items
from protocol.cbor import Item
from protocol.ids import MessageId

READ: Final = "read-state"
"""The deed in the processing log: the node looked how a message moves its case."""


class Said:
    """What the messages of one look say. Use it in one transaction and forget it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._said: dict[bytes, Mapping[str, Item] | None] = {}
        self._opened: set[MessageId] = set()

    def take(self, connection: Connection, items: Iterable[bytes | None]) -> None:
        """Open the contents of several messages with one question to the database."""
        wanted = {each for each in items if each is not None} - self._said.keys()
        found = find_items(connection, wanted) if wanted else {}
        for each in wanted:
            sealed = found.get(each)
            gone = sealed is None or self._store.vault.is_gone(sealed)
            content = None if gone or sealed is None else self._store.vault.open(sealed)
            self._said[each] = None if content is None else dict(parse_fields(content, SAID.__contains__))

    def of(self, connection: Connection, message: MessageId, item: bytes | None) -> Mapping[str, Item] | None:
        """Return what a message says; None once its content is erased."""
        if item is None:
            return None
        if item not in self._said:
            self.take(connection, [item])
        found = self._said[item]
        if found is not None:
            self._opened.add(message)
        return found

    def note(self, connection: Connection) -> None:
        """Write down that the node itself looked at these messages."""
        if self._opened:
            with acting_as(ITSELF):
                act = Act(operation=Operation.CONSULTATION, deed=READ, objects=tuple(sorted(self._opened)))
                self._store.journal.note(connection, act)
            self._opened.clear()
