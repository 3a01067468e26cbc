"""How content is written into a node's store: a draft that may have to be sealed again, or an opened message.

These bytes never cross the wire; they are encrypted by the vault before they are stored. They are parsed as strictly as
the wire's, because a damaged item has to be seen, not shown in part.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from protocol import short_reference
from protocol.cbor import Item, decode, encode
from protocol.core import Mode, encode_core, parse_core
from protocol.errors import Malformed
from protocol.fields import Field, Row, encode_rows, parse_rows
from protocol.ids import (
    MessageId,
    Reference,
    parse_channel,
    parse_digest,
    parse_node_id,
    parse_reference,
    parse_type_id,
)
from protocol.limits import MAX_ENVELOPE, MAX_PATH, MAX_RECIPIENTS, MAX_ROWS
from protocol.shapes import as_bool, as_bytes, as_fixed, as_int, as_list, as_map, as_text
from protocol.stages import Addressee, Draft, Opened

_LIMIT: Final = 4 * MAX_ENVELOPE
_DRAFT, _OPENED, _DOCUMENT = 1, 2, 3
_OPENED_PARTS: Final = 5  # after the kind: id, core, body, identity, keys
(_SENDER, _TO, _CHANNEL, _TYPE, _PURPOSE, _CONVERSATION, _LANGUAGE, _LIFE, _BODY) = range(1, 10)
(_IDENTITY, _REPLY, _URGENCY, _GROUND, _CLASS, _HANDLING, _ROLES, _CATEGORIES) = range(10, 18)
(_ERASE, _CONSENTS, _APPROVALS, _REFERENCE) = range(18, 22)
_REQUIRED: Final = frozenset(range(_SENDER, _IDENTITY))
_OPTIONAL: Final = frozenset(range(_IDENTITY, _REFERENCE + 1))


def encode_draft(draft: Draft) -> bytes:
    """Return the stored form of a draft."""
    optional: dict[int, Item] = {
        _IDENTITY: _fields(draft.identity) or None,
        _REPLY: draft.in_reply_to,
        _URGENCY: draft.urgency,
        _GROUND: draft.urgency_ground,
        _CLASS: draft.classification,
        _HANDLING: draft.handling or None,
        _ROLES: draft.person_roles or None,
        _CATEGORIES: draft.data_categories or None,
        _ERASE: draft.erase_by,
        _CONSENTS: draft.consents or None,
        _APPROVALS: draft.approvals or None,
        _REFERENCE: draft.reference,
    }
    fields: dict[int, Item] = {label: value for label, value in optional.items() if value is not None}
    fields |= {
        _SENDER: draft.sender,
        _TO: [[who.node, str(who.mode), who.reads_identity] for who in draft.to],
        _CHANNEL: draft.channel,
        _TYPE: draft.type,
        _PURPOSE: draft.purpose,
        _CONVERSATION: draft.conversation,
        _LANGUAGE: draft.language,
        _LIFE: draft.life,
        _BODY: _fields(draft.body),
    }
    return encode([_DRAFT, fields])


def parse_draft(raw: bytes) -> Draft:
    """Return the draft in a stored item; MALFORMED for anything ``encode_draft`` does not write."""
    kind, item = as_fixed(decode(raw, _LIMIT), "stored draft", 2)
    if kind != _DRAFT:
        raise Malformed("not a draft")
    fields = as_map(item, "stored draft", _REQUIRED, _OPTIONAL)
    return Draft(
        sender=parse_node_id(fields[_SENDER]),
        to=tuple(_parse_addressee(each) for each in as_list(fields[_TO], "to", 1, MAX_RECIPIENTS)),
        channel=parse_channel(fields[_CHANNEL]),
        type=parse_type_id(fields[_TYPE]),
        purpose=as_text(fields[_PURPOSE], "purpose"),
        conversation=parse_reference(fields[_CONVERSATION]),
        language=as_text(fields[_LANGUAGE], "language"),
        life=as_int(fields[_LIFE], "life", 1),
        body=_parse_fields(fields[_BODY]),
        identity=_parse_fields(fields[_IDENTITY]) if _IDENTITY in fields else (),
        in_reply_to=MessageId(parse_digest(fields[_REPLY])) if _REPLY in fields else None,
        urgency=_text(fields, _URGENCY),
        urgency_ground=_text(fields, _GROUND),
        classification=_text(fields, _CLASS),
        handling=_texts(fields, _HANDLING),
        person_roles=_texts(fields, _ROLES),
        data_categories=_texts(fields, _CATEGORIES),
        erase_by=as_int(fields[_ERASE], "erase-by") if _ERASE in fields else None,
        consents=_references(fields, _CONSENTS),
        approvals=_references(fields, _APPROVALS),
        reference=short_reference.parse_reference(fields[_REFERENCE]) if _REFERENCE in fields else None,
    )


def encode_opened(opened: Opened) -> bytes:
    """Return the stored form of an opened message, with the keys of its parts."""
    identity = encode_rows(opened.identity) if opened.identity is not None else None
    keys: list[Item] = [[name, key] for name, key in opened.part_keys]
    return encode([_OPENED, opened.id, encode_core(opened.core), encode_rows(opened.body), identity, keys])


def parse_opened(raw: bytes) -> Opened:
    """Return the opened message in a stored item; MALFORMED for anything ``encode_opened`` does not write."""
    kind, message, core, body, identity, keys = as_fixed(decode(raw, _LIMIT), "stored message", 6)
    if kind != _OPENED:
        raise Malformed("not an opened message")
    pairs = [as_fixed(each, "part key", 2) for each in as_list(keys, "part keys")]
    return Opened(
        MessageId(parse_digest(message)),
        parse_core(as_bytes(core, "core")),
        parse_rows(as_bytes(body, "body")),
        None if identity is None else parse_rows(as_bytes(identity, "identity")),
        tuple((as_text(name, "part"), as_bytes(key, "key", 32)) for name, key in pairs),
    )


def encode_document(fields: Sequence[Field]) -> bytes:
    """Return the stored form of a document that is no message."""
    return encode([_DOCUMENT, _fields(tuple(fields))])


def parse_body(raw: bytes) -> tuple[Field, ...]:
    """Return the body's paths and values of any stored content: a draft, a message or a document."""
    kind, *rest = as_list(decode(raw, _LIMIT), "stored content", 2, 6)
    if kind == _DRAFT:
        return parse_draft(raw).body
    if kind == _OPENED:
        return fields_of(parse_opened(raw).body)
    if kind != _DOCUMENT or len(rest) != 1:
        raise Malformed("stored content")
    return _parse_fields(rest[0])


def parse_fields(raw: bytes, wanted: Callable[[str], bool]) -> list[Field]:
    """Return those paths and values of a stored body that are wanted, without looking at the rest of the content.

    What is looked at is parsed as strictly as by ``parse_body``; order and salts are those that were stored.
    """
    kind, *rest = as_list(decode(raw, _LIMIT), "stored content", 2, 6)
    if kind == _OPENED and len(rest) == _OPENED_PARTS:
        body = as_bytes(rest[2], "body")
        rows = (as_fixed(each, "row", 3) for each in as_list(decode(body, _LIMIT), "rows", 1, MAX_ROWS))
        fields = ((as_text(path, "path", MAX_PATH), value) for _, path, value in rows)
        return [each for each in fields if each[0] != short_reference.PATH and wanted(each[0])]
    if kind == _DRAFT and len(rest) == 1:
        stored = as_map(rest[0], "stored draft", _REQUIRED, _OPTIONAL)[_BODY]
        return [each for each in _parse_fields(stored) if wanted(each[0])]
    return [each for each in parse_body(raw) if wanted(each[0])]


def fields_of(rows: tuple[Row, ...] | None) -> tuple[Field, ...]:
    """Return paths and values of a document's rows without their salts; the short reference is no part of it."""
    return tuple((row.path, row.value) for row in rows or () if row.path != short_reference.PATH)


def _fields(fields: tuple[Field, ...]) -> list[Item]:
    return [[path, value] for path, value in fields]


def _parse_fields(item: Item) -> tuple[Field, ...]:
    pairs = [as_fixed(each, "field", 2) for each in as_list(item, "fields", 0, MAX_ROWS)]
    return tuple((as_text(path, "path", MAX_PATH), value) for path, value in pairs)


def _parse_addressee(item: Item) -> Addressee:
    node, mode, identity = as_fixed(item, "addressee", 3)
    if mode not in (Mode.ACTION.value, Mode.INFORMATION.value):
        raise Malformed("mode")
    return Addressee(parse_node_id(node), Mode(str(mode)), as_bool(identity, "reads identity"))


def _text(fields: Mapping[int, Item], label: int) -> str | None:
    return as_text(fields[label], f"draft[{label}]") if label in fields else None


def _texts(fields: Mapping[int, Item], label: int) -> tuple[str, ...]:
    return tuple(as_text(each, f"draft[{label}]") for each in as_list(fields.get(label, []), "codes"))


def _references(fields: Mapping[int, Item], label: int) -> tuple[Reference, ...]:
    return tuple(parse_reference(each) for each in as_list(fields.get(label, []), "references"))
