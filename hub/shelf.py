"""What a mailbox holds after a cursor, read and put together for its node: each its own wrap, nobody else's."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from hub.mailbox_store import Slip, Stored, count_covered, read_messages, read_receipts, read_slips
from hub.unserved_store import read_records
from hub.wakeups import Place
from protocol.cbor import decode
from protocol.envelope import encode_delivery
from protocol.ids import KeyId
from protocol.limits import MAX_BATCH, MAX_ENVELOPE, MAX_OBJECT
from protocol.mailbox import ItemKind
from protocol.shapes import as_bytes, as_list

_PAGE_BYTES: Final = MAX_OBJECT - MAX_ENVELOPE - (256 << 10)  # of content; one more item and all proofs still fit
_READ_AT_ONCE: Final = 8  # messages read before looking at their size: 8 MiB at most

IsRevoked = Callable[[KeyId], bool]


@dataclass(frozen=True, slots=True)
class Query:
    """The mailbox, the cursor, and the size of the log that the answer's checkpoint covers."""

    place: Place
    after: int
    log_size: int


@dataclass(frozen=True, slots=True)
class Filled:
    """One item with its content; an item without content is GONE: deleted, or withheld because its key was revoked."""

    number: int
    kind: ItemKind
    leaf: int
    content: bytes
    withheld: bool = False

    @property
    def shown(self) -> bool:
        """Whether a message's contents are in it."""
        return self.kind is ItemKind.MESSAGE


def read_shelf(connection: Connection, query: Query, revoked: IsRevoked) -> tuple[int, list[Filled]]:
    """Return the number of items in all and the items after the cursor, as many as one answer holds."""
    count = count_covered(connection, query.place, query.log_size)
    slips = read_slips(connection, query.place, query.after, query.log_size, MAX_BATCH)
    items: list[Filled] = []
    size = 0
    for at in range(0, len(slips), _READ_AT_ONCE):
        for item in _fill(connection, query, slips[at : at + _READ_AT_ONCE], revoked):
            size += len(item.content)
            if items and size > _PAGE_BYTES:
                return count, items
            items.append(item)
    return count, items


def _fill(connection: Connection, query: Query, slips: list[Slip], revoked: IsRevoked) -> list[Filled]:
    node, _ = query.place
    messages = read_messages(connection, node, [slip.leaf for slip in slips if slip.kind is ItemKind.MESSAGE])
    said = read_receipts(connection, [slip.leaf for slip in slips if slip.kind is ItemKind.RECEIPT])
    said |= read_records(connection, [slip.leaf for slip in slips if slip.kind is ItemKind.UNSERVED])
    out = []
    for slip in slips:
        content = said.get(slip.leaf)
        stored = messages.get(slip.leaf)
        withheld = stored is not None and revoked(stored.key_id)
        if stored is not None and not withheld:
            content = _delivery(stored)
        kind = ItemKind.GONE if content is None else slip.kind
        out.append(Filled(slip.number, kind, slip.leaf, content or b"", withheld))
    return out


def _delivery(stored: Stored) -> bytes | None:
    if stored.closed or stored.signed is None or stored.contents is None or stored.wrap is None:
        return None
    contents = tuple(as_bytes(each, "part") for each in as_list(decode(stored.contents), "contents"))
    return encode_delivery(stored.signed, stored.index, stored.wrap, contents)
