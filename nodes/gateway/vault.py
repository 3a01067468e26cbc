"""Content at rest: every item is encrypted under its own key, wrapped by an epoch key that only the keystore holds.

Deleting an item and destroying its epoch makes it unreadable wherever blocks of the database survive (invariant 10).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import BindParameter, Connection, bindparam, delete, insert, select, update

from nodes.gateway.replica_store import find_fact, put_fact
from nodes.schema import item
from protocol.errors import Fault
from protocol.ports import Entropy
from runtime.operator import OperatorError

_KEY: Final = 32
_NONCE: Final = 12
_ID: Final = 16
_OWED: Final = "erased-epoch"
_SAMPLED: Final = 8


class EpochKeys(Protocol):
    """Wraps item keys; epochs only grow, and a destroyed one opens nothing any more."""

    @property
    def current(self) -> int:
        """The epoch under which new items are wrapped."""
        ...

    @property
    def oldest(self) -> int:
        """The oldest epoch that is left; those before it were destroyed."""
        ...

    def wrap(self, item_id: bytes, key: bytes) -> bytes:
        """Return the item's key, wrapped under the current epoch and bound to the item."""
        ...

    def unwrap(self, epoch: int, item_id: bytes, wrapped: bytes) -> bytes:
        """Return the item's key; a fault when the epoch is gone or the bytes were changed."""
        ...


@dataclass(frozen=True, slots=True)
class SealedItem:
    """An item as it is stored."""

    id: bytes
    epoch: int
    wrapped_key: bytes
    content: bytes


class Vault:
    """Seals and opens items.

    Items are sealed inside the writer's transaction that stores them, where epochs begin too: so no item is ever
    wrapped under an epoch that is already given up, or under one that is not in the keystore yet.
    """

    def __init__(self, epochs: EpochKeys, entropy: Entropy) -> None:
        self._epochs = epochs
        self._entropy = entropy

    def put(self, connection: Connection, content: bytes) -> bytes:
        """Store ``content`` and return the id of its item. Runs in the writer's transaction."""
        sealed = self.seal(content)
        values = {"epoch": sealed.epoch, "wrapped_key": sealed.wrapped_key, "content": sealed.content}
        connection.execute(insert(item).values(id=sealed.id, **values))
        return sealed.id

    def get(self, connection: Connection, identifier: bytes | None) -> bytes | None:
        """Return the content of an item; None when it was erased. A damaged item is an ``OperatorError``."""
        stored = None if identifier is None else find_item(connection, identifier)
        return None if stored is None or self.is_gone(stored) else self.open(stored)

    def is_gone(self, stored: SealedItem) -> bool:
        """Tell whether an item's key ended with its epoch: it came back with an older copy of the database."""
        return stored.epoch < self._epochs.oldest

    def seal(self, content: bytes) -> SealedItem:
        """Return ``content`` under a fresh key and a fresh id, to which the ciphertext is bound."""
        identifier, key, nonce = self._entropy(_ID), self._entropy(_KEY), self._entropy(_NONCE)
        sealed = nonce + AESGCM(key).encrypt(nonce, content, identifier)
        return SealedItem(identifier, self._epochs.current, self._epochs.wrap(identifier, key), sealed)

    def open(self, stored: SealedItem) -> bytes:
        """Return the content; a damaged item is an ``OperatorError`` that says so, never empty content."""
        try:
            key = self._epochs.unwrap(stored.epoch, stored.id, stored.wrapped_key)
            return AESGCM(key).decrypt(stored.content[:_NONCE], stored.content[_NONCE:], stored.id)
        except (InvalidTag, Fault):
            raise damaged(stored.id) from None

    def rewrap(self, stored: SealedItem) -> SealedItem:
        """Return the item with its key wrapped under the current epoch."""
        key = self._epochs.unwrap(stored.epoch, stored.id, stored.wrapped_key)
        return SealedItem(stored.id, self._epochs.current, self._epochs.wrap(stored.id, key), stored.content)


def damaged(item_id: bytes) -> OperatorError:
    """Return the words for a stored item that does not open."""
    return OperatorError(
        "CORRUPT_STATE",
        f"The stored item {item_id.hex()[:8]} is damaged",
        "Damaged content is never shown in part and never read as empty",
        "Keep the database for examination and restore the latest backup",
    )


def check_keystore(connection: Connection, epochs: EpochKeys) -> None:
    """Raise ``OperatorError`` if what is stored was sealed under another keystore than the one that was opened.

    Without this a node that got new keys would look alive and find each stored message damaged. One damaged item among
    others is not what this looks for.
    """
    rows = connection.execute(select(item).order_by(item.c.epoch.desc()).limit(_SAMPLED)).all()
    if rows and rows[0].epoch < epochs.oldest:
        return  # an older copy of the database: all of it ended with its epochs, which is told by ids
    if rows and not any(_opens(row.epoch, row.id, row.wrapped_key, epochs) for row in rows):
        raise OperatorError(
            "OTHER_KEYSTORE",
            "The content in this node's database was sealed under another keystore, or a later state of this one",
            "Stored content opens with the keystore that sealed it and with no other",
            "Bring that keystore back from its newest copy; if it is lost, move the folder away and join anew",
        )


def _opens(epoch: int, identifier: bytes, wrapped: bytes, epochs: EpochKeys) -> bool:
    try:
        epochs.unwrap(epoch, identifier, wrapped)
    except Fault:
        return False
    return True


def find_item(connection: Connection, identifier: bytes) -> SealedItem | None:
    """Return a stored item, or None when it was erased."""
    row = connection.execute(select(item).where(item.c.id == identifier)).one_or_none()
    return None if row is None else SealedItem(row.id, row.epoch, row.wrapped_key, row.content)


def find_items(connection: Connection, identifiers: Iterable[bytes]) -> dict[bytes, SealedItem]:
    """Return those of the items that are stored, by their ids."""
    rows = connection.execute(select(item).where(item.c.id.in_(sorted(set(identifiers)))))
    return {row.id: SealedItem(row.id, row.epoch, row.wrapped_key, row.content) for row in rows}


def erase_item(connection: Connection, identifier: bytes) -> None:
    """Delete an item with its search tags, and owe the end of the epoch that its key is wrapped under.

    What is owed stands in the same transaction: a crash before the epoch has ended forgets neither.
    """
    epoch = connection.execute(select(item.c.epoch).where(item.c.id == identifier)).scalar_one_or_none()
    if epoch is not None:
        connection.execute(delete(item).where(item.c.id == identifier))
        put_fact(connection, _OWED, max(epoch, owed_epoch(connection)))


def owed_epoch(connection: Connection) -> int:
    """Return the highest epoch under which an erased item's key was wrapped: it and all before it have to end."""
    return find_fact(connection, _OWED) or 0


def items_of_old_epochs(connection: Connection, oldest: int, current: int, limit: int) -> Sequence[SealedItem]:
    """Return up to ``limit`` items that are still wrapped under an earlier epoch, which is not destroyed yet."""
    rows = connection.execute(select(item).where(item.c.epoch >= oldest, item.c.epoch < current).limit(limit))
    return [SealedItem(row.id, row.epoch, row.wrapped_key, row.content) for row in rows]


def put_rewrapped(connection: Connection, sealed: Sequence[SealedItem]) -> None:
    """Store the new wraps of items; their contents stay as they are."""
    values: dict[str, BindParameter[Any]] = {"epoch": bindparam("under"), "wrapped_key": bindparam("wrap")}
    rows = [{"which": each.id, "under": each.epoch, "wrap": each.wrapped_key} for each in sealed]
    if rows:
        connection.execute(update(item).where(item.c.id == bindparam("which")).values(values), rows)
