"""Takes content out of reach whose consent has ended: no reader, no search and no disclosure finds it from then on.

What may still be read stays in place of the whole; what may not is kept apart until a person erases it or says why the
law keeps it (GDPR 7(3), 17; predicates DP-28 and DP-32). Everything happens in the caller's transaction.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, false, or_, select, update

from nodes.case_tables import hidden_tag
from nodes.gateway.attachments import drop_of
from nodes.gateway.consent_store import CONSENT_TYPE
from nodes.gateway.contents import encode_draft, encode_opened, fields_of, parse_draft, parse_opened
from nodes.gateway.corrections import settle
from nodes.gateway.deeds import Act, Operation
from nodes.gateway.lost_rows import kept_paths
from nodes.gateway.search import items_with, put_tags
from nodes.gateway.stores import Store
from nodes.gateway.vault import erase_item
from nodes.gateway.withdrawal_store import Locked, drop_lock, put_lock
from nodes.schema import inbox, outbox, search_tag
from protocol.catalogue.types import Catalogue
from protocol.envelope import BODY, IDENTITY
from protocol.fields import Field
from protocol.ids import MessageId, NodeId, Reference, TypeId

_BOXES: Final[Mapping[str, Any]] = {"in": inbox, "out": outbox}
_WAITING: Final = "ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What an end takes out of reach: the messages that name the consent, all of them or what is not ``kept``.

    ``sender`` bounds it to messages of one node, where it is not known who holds the consent. ``message`` bounds it to
    one message.
    """

    number: int
    consent: Reference
    kept: frozenset[str] | None
    sender: NodeId | None = None
    message: MessageId | None = None


@dataclass(frozen=True, slots=True)
class Shelf:
    """The store, and the catalogue that tells the categories of rows; without one all of a message is locked."""

    store: Store
    catalogue: Callable[[], Catalogue | None]


def lock(connection: Connection, shelf: Shelf, reach: Reach) -> int:
    """Return of how many messages content was taken out of reach. Messages that tell of consents stay readable.

    What waits in the outbox is left to the hub, which refuses it; it is locked once its fate is known.
    """
    return sum(_lock(connection, shelf, reach, (box, row)) for box, row in _found(connection, shelf.store, reach))


def unlock(connection: Connection, store: Store, locked: Sequence[Locked]) -> int:
    """Put whole messages back where a renewal lets them be read again; return how many. Parts stay apart."""
    count = 0
    for each in locked:
        table = _BOXES[each.box]
        content = None if each.part else store.vault.get(connection, each.item)
        if content is None or each.item is None:
            continue
        where = (table.c.message == each.message, table.c.item.is_(None))
        connection.execute(update(table).where(*where).values(item=each.item))
        put_tags(connection, each.item, store.search.tags_of(_values(each.box, content)))
        settle(connection, each.message)
        drop_lock(connection, each)
        act = Act(operation=Operation.ALTERATION, deed="unlock", objects=(each.message,), reason="consent-renewed")
        store.journal.note(connection, act)
        count += 1
    return count


def _found(connection: Connection, store: Store, reach: Reach) -> Sequence[tuple[str, Row[Any]]]:
    tags = store.search.query(reach.consent.hex())
    hidden = select(hidden_tag.c.item).where(hidden_tag.c.tag.in_(sorted(tags)))
    found: list[tuple[str, Row[Any]]] = []
    for box, table in _BOXES.items():
        query = select(table.c.message, table.c.type, table.c.item, table.c.erase_by).where(
            table.c.message.is_not(None),
            or_(table.c.item.in_(items_with(tags)), table.c.item.in_(hidden)),
            table.c.type != CONSENT_TYPE,
        )
        if reach.message is not None:
            query = query.where(table.c.message == reach.message)
        if box == "out":
            query = query.where(table.c.state != _WAITING)
        if reach.sender is not None:
            query = query.where(table.c.sender == reach.sender if box == "in" else false())
        found += [(box, row) for row in connection.execute(query)]
    return found


def _lock(connection: Connection, shelf: Shelf, reach: Reach, found: tuple[str, Row[Any]]) -> bool:
    box, row = found
    content = shelf.store.vault.get(connection, row.item)
    if content is None or not _names(box, content, reach.consent):
        return False
    halves = None if reach.kept is None else _halves(box, content, (shelf, TypeId(row.type), reach.kept))
    table = _BOXES[box]
    where = table.c.message == row.message
    if halves is not None and halves.lost == b"":
        return False
    if halves is None:
        connection.execute(update(table).where(where).values(item=None))
        for tag_table in (search_tag, hidden_tag):
            connection.execute(delete(tag_table).where(tag_table.c.item == row.item))
        drop_of(connection, MessageId(row.message))  # files go at once: no type that names a consent carries any
        apart = row.item
    else:
        left = shelf.store.vault.put(connection, halves.kept)
        apart = shelf.store.vault.put(connection, halves.lost)
        put_tags(connection, left, shelf.store.search.tags_of(halves.values))
        connection.execute(update(table).where(where).values(item=left))
        erase_item(connection, row.item)
        settle(connection, MessageId(row.message))
    message = MessageId(row.message)
    put_lock(connection, Locked(reach.number, message, box, apart, halves is not None, row.erase_by))
    deed = "lock" if halves is None else "lock-part"
    shelf.store.journal.note(connection, _altered(deed, message, reach.consent))
    return True


def _altered(deed: str, message: MessageId, consent: bytes) -> Act:
    return Act(
        operation=Operation.ALTERATION, deed=deed, objects=(message,), consents=(consent,), reason="consent-ended"
    )


def _names(box: str, content: bytes, consent: Reference) -> bool:
    body = fields_of(parse_opened(content).body) if box == "in" else parse_draft(content).body
    return any(value == consent.hex() for _, value in body)


def _values(box: str, content: bytes) -> list[object]:
    if box == "in":
        opened = parse_opened(content)
        return [row.value for row in (*opened.body, *(opened.identity or ()))]
    draft = parse_draft(content)
    return [value for _, value in (*draft.body, *draft.identity)]


@dataclass(frozen=True, slots=True)
class _Halves:
    """Content with the rows that stay, content with those that go (empty where none does), and the values that stay."""

    kept: bytes
    lost: bytes
    values: tuple[object, ...]


def _halves(box: str, content: bytes, about: tuple[Shelf, TypeId, frozenset[str]]) -> _Halves | None:
    """Return the content in two; None where all of it has to go."""
    return _halves_of_opened(content, about) if box == "in" else _halves_of_draft(content, about)


def _halves_of_opened(content: bytes, about: tuple[Shelf, TypeId, frozenset[str]]) -> _Halves | None:
    opened = parse_opened(content)
    identity = opened.identity or ()
    body = _kept(about, BODY, [(row.path, row.value) for row in opened.body])
    named = _kept(about, IDENTITY, [(row.path, row.value) for row in identity])
    if body is None:
        return None
    names = named or frozenset()
    kept = replace(
        opened,
        body=tuple(row for row in opened.body if row.path in body),
        identity=tuple(row for row in identity if row.path in names) or None,
    )
    lost = replace(
        opened,
        body=tuple(row for row in opened.body if row.path not in body),
        identity=tuple(row for row in identity if row.path not in names) or None,
    )
    values = tuple(row.value for row in (*kept.body, *(kept.identity or ())))
    return _Halves(encode_opened(kept), encode_opened(lost) if lost.body or lost.identity else b"", values)


def _halves_of_draft(content: bytes, about: tuple[Shelf, TypeId, frozenset[str]]) -> _Halves | None:
    draft = parse_draft(content)
    body, named = _kept(about, BODY, draft.body), _kept(about, IDENTITY, draft.identity)
    if body is None:
        return None
    names = named or frozenset()
    kept = replace(draft, body=_only(draft.body, body), identity=_only(draft.identity, names))
    lost = replace(draft, body=_without(draft.body, body), identity=_without(draft.identity, names))
    values = tuple(value for _, value in (*kept.body, *kept.identity))
    return _Halves(encode_draft(kept), encode_draft(lost) if lost.body or lost.identity else b"", values)


def _only(fields: tuple[Field, ...], paths: frozenset[str]) -> tuple[Field, ...]:
    return tuple(each for each in fields if each[0] in paths)


def _without(fields: tuple[Field, ...], paths: frozenset[str]) -> tuple[Field, ...]:
    return tuple(each for each in fields if each[0] not in paths)


def _kept(about: tuple[Shelf, TypeId, frozenset[str]], part: str, rows: Sequence[Field]) -> frozenset[str] | None:
    shelf, type_, kept = about
    catalogue = shelf.catalogue()
    return None if catalogue is None else kept_paths(catalogue, type_, part, rows, kept)
