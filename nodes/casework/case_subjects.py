"""What a case is about, in one line that tells it from others: the sender's number of it, the query, the first subject.

It is decrypted for the lines shown and for nothing else. A received message that nobody opened yet is only told as
what its header says: to show what stands in it is to read it, and the sender is told of that.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, exists, select

from nodes.case_event_tables import case_message
from nodes.casework.case_lines import Line
from nodes.gateway.contents import parse_fields
from nodes.gateway.corrections import restricted_among
from nodes.gateway.inbox import READABLE
from nodes.gateway.stores import Store
from nodes.gateway.vault import find_items
from nodes.schema import inbox, outbox
from protocol.catalogue.documents import JSON
from protocol.catalogue.rows import unflatten
from protocol.ids import MessageId

_LONGEST: Final = 60  # characters of a line
_PLACES: Final = ("subjects", "information")
_VALUES: Final = (
    ("vehicles", ("plate", "vin")),
    ("phones", ("number", "imei")),
    ("documents", ("number",)),
    ("firearms", ("serial",)),
    ("accounts", ("identifier",)),
    ("organisations", ("name",)),
)
_PATHS: Final = ("/subjects/", "/information/", "/case_number", "/query", "/action", "/use", "/summary", "/relevance")
_READ: Final = tuple(each.value for each in READABLE)


@dataclass(frozen=True, slots=True)
class Subject:
    """What one line of a list says of the content. ``unread`` is whether something of the thread was not opened."""

    kind: str = ""  # code of the query
    text: str = ""
    number: str = ""  # the sender's own number of the case
    unread: bool = False


def subject_of(document: Mapping[str, JSON]) -> Subject:
    """Return the line of a document."""
    number, kind = document.get("case_number"), document.get("query") or document.get("action") or document.get("use")
    text = next(iter(_texts(document)), "")
    return Subject(_text(kind), text[:_LONGEST], _text(number)[:_LONGEST])


def subjects_of(connection: Connection, store: Store, lines: Sequence[Line]) -> Mapping[int, Subject]:
    """Return what the first messages of the cases say, by the numbers of their lines."""
    starts = {each.message: each.number for each in lines if each.message is not None}
    hidden = restricted_among(connection, list(starts))
    found: dict[int, Subject] = {}
    rows = [row for row in _rows(connection, list(starts)) if MessageId(row.message) not in hidden]
    items = find_items(connection, [row.item for row in rows if row.item is not None])
    for row in rows:
        if row.item in items and not store.vault.is_gone(items[row.item]):
            found[starts[MessageId(row.message)]] = _told(store.vault.open(items[row.item]))
    unread = _unread(connection, [each.number for each in lines])
    return {
        each.number: Subject(told.kind, told.text, told.number, unread=each.number in unread)
        for each in lines
        for told in (found.get(each.number, Subject()),)
    }


def _told(content: bytes) -> Subject:
    """Return the line of stored content; the fields that it is not made of are left aside."""
    fields = parse_fields(content, lambda path: path.startswith(_PATHS))
    return subject_of(unflatten(fields)) if fields else Subject()


def _rows(connection: Connection, messages: Sequence[MessageId]) -> list[Row[Any]]:
    received = select(inbox.c.message, inbox.c.item).where(
        inbox.c.message.in_(messages), inbox.c.state.in_(_READ), inbox.c.read_at.is_not(None)
    )
    sent = select(outbox.c.message, outbox.c.item).where(outbox.c.message.in_(messages))
    return [*connection.execute(received), *connection.execute(sent)]


def _unread(connection: Connection, cases: Sequence[int]) -> frozenset[int]:
    fresh = exists().where(
        inbox.c.message == case_message.c.message, inbox.c.read_at.is_(None), inbox.c.state.in_(_READ)
    )
    query = select(case_message.c.case).where(case_message.c.case.in_(list(cases)), case_message.c.box == "in", fresh)
    return frozenset(row.case for row in connection.execute(query))


def _texts(document: Mapping[str, JSON]) -> Iterator[str]:
    for place in _PLACES:
        entries = document.get(place)
        if isinstance(entries, dict):
            yield from _named(entries)
            yield from _valued(entries)
    for name in ("summary", "relevance"):
        if _text(document.get(name)):
            yield _text(document.get(name))


def _named(entries: Mapping[str, JSON]) -> Iterator[str]:
    """Yield the names of people: whoever is looked for by name is looked for in the list by it."""
    for person in _each(entries.get("persons")):
        for name in _each(person.get("names")):
            parts = [_text(name.get(part)) for part in ("family", "given")]
            yield ", ".join(each for each in parts if each) or _text(name.get("latin"))


def _valued(entries: Mapping[str, JSON]) -> Iterator[str]:
    for kind, fields in _VALUES:
        for each in _each(entries.get(kind)):
            yield from (text for text in (_text(each.get(name)) for name in fields) if text)


def _each(value: JSON) -> Iterator[dict[str, JSON]]:
    return (each for each in (value if isinstance(value, list) else []) if isinstance(each, dict))


def _text(value: JSON) -> str:
    return value if isinstance(value, str) else ""
