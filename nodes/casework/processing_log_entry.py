"""One entry of the processing log: what was done, by whom, when and why, in codes and ids. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from nodes.gateway.deeds import Act, Doer, Door, Operation
from protocol.cbor import Item, decode, encode
from protocol.errors import Malformed
from protocol.ids import Channel, NodeId, TypeId, parse_channel, parse_node_id, parse_type_id
from protocol.shapes import as_bytes, as_int, as_list, as_map, as_text

MOST_OBJECTS: Final = 64
"""Objects of one entry; an act on more has several entries."""
UNCODED: Final = "uncoded"
"""Stands for a text that is no code. Nothing but codes enters the log, whatever a caller passes on."""
_LONGEST: Final = 1 << 16  # bytes of an entry
_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/+@-]{0,79}")

# Labels are append-only; a number is never used again for something else.
_NUMBER, _AT, _NODE, _OPERATION, _DEED, _WHO, _DOOR, _REASON = range(1, 9)
_ROLES, _OBJECTS, _RECIPIENTS, _CHANNEL, _TYPE, _PURPOSE, _HANDLING, _PERSONS = range(9, 17)
_CATEGORIES, _CONSENTS, _POLICY, _VERDICT, _RULES, _DIGEST, _TERMS, _COUNT = range(17, 25)
_OPENING, _GROUND = 25, 26
_REQUIRED: Final = frozenset(range(_NUMBER, _ROLES))
_OPTIONAL: Final = frozenset(range(_ROLES, _GROUND + 1))


@dataclass(frozen=True, slots=True)
class Entry:
    """One act as it is written down: its number, when, at which node, by whom, and what."""

    number: int
    at: int
    node: NodeId
    doer: Doer
    act: Act


def make_entry(number: int, at: int, node: NodeId, doer: Doer, act: Act) -> Entry:
    """Return the entry with this number; whatever is no code is written as ``uncoded``."""
    clean = Act(
        operation=act.operation,
        deed=_code(act.deed),
        objects=act.objects[:MOST_OBJECTS],
        recipients=act.recipients,
        channel=act.channel,
        type=act.type,
        purpose=None if act.purpose is None else _code(act.purpose),
        handling=_codes(act.handling),
        person_roles=_codes(act.person_roles),
        categories=_codes(act.categories),
        consents=act.consents,
        policy=act.policy,
        verdict=None if act.verdict is None else _code(act.verdict),
        rules=_codes(act.rules),
        digest=act.digest,
        terms=act.terms,
        count=act.count,
        opening=act.opening,
        ground=None if act.ground is None else _code(act.ground),
    )
    who = Doer(_code(doer.who), doer.door, _code(act.reason or doer.reason), _codes(doer.roles))
    return Entry(number, at, node, who, clean)


def encode_entry(entry: Entry) -> bytes:
    """Return the bytes that are hashed and stored."""
    act, doer = entry.act, entry.doer
    required: dict[int, Item] = {
        _NUMBER: entry.number,
        _AT: entry.at,
        _NODE: entry.node,
        _OPERATION: act.operation.value,
        _DEED: act.deed,
        _WHO: doer.who,
        _DOOR: doer.door.value,
        _REASON: doer.reason,
    }
    optional: dict[int, Item] = {
        _ROLES: doer.roles,
        _OBJECTS: act.objects,
        _RECIPIENTS: act.recipients,
        _CHANNEL: act.channel,
        _TYPE: act.type,
        _PURPOSE: act.purpose,
        _HANDLING: act.handling,
        _PERSONS: act.person_roles,
        _CATEGORIES: act.categories,
        _CONSENTS: act.consents,
        _POLICY: act.policy,
        _VERDICT: act.verdict,
        _RULES: act.rules,
        _DIGEST: act.digest,
        _TERMS: act.terms,
        _COUNT: act.count,
        _OPENING: act.opening,
        _GROUND: act.ground,
    }
    return encode(required | {label: value for label, value in optional.items() if value not in (None, ())})


def parse_entry(raw: bytes) -> Entry:
    """Return the entry that ``raw`` encodes; MALFORMED for anything ``encode_entry`` does not write."""
    fields = as_map(decode(raw, _LONGEST), "entry", _REQUIRED, _OPTIONAL)
    doer = Doer(
        _read(fields[_WHO]),
        _door(fields[_DOOR]),
        _read(fields[_REASON]),
        _texts(fields.get(_ROLES, [])),
    )
    act = Act(
        operation=_operation(fields[_OPERATION]),
        deed=_read(fields[_DEED]),
        objects=_bytes(fields.get(_OBJECTS, [])),
        recipients=tuple(parse_node_id(each) for each in as_list(fields.get(_RECIPIENTS, []), "recipients")),
        channel=_channel(fields.get(_CHANNEL)),
        type=_type(fields.get(_TYPE)),
        purpose=_text(fields.get(_PURPOSE)),
        handling=_texts(fields.get(_HANDLING, [])),
        person_roles=_texts(fields.get(_PERSONS, [])),
        categories=_texts(fields.get(_CATEGORIES, [])),
        consents=_bytes(fields.get(_CONSENTS, [])),
        policy=_raw(fields.get(_POLICY)),
        verdict=_text(fields.get(_VERDICT)),
        rules=_texts(fields.get(_RULES, [])),
        digest=_raw(fields.get(_DIGEST)),
        terms=_raw(fields.get(_TERMS)),
        count=None if _COUNT not in fields else as_int(fields[_COUNT], "count"),
        opening=None if _OPENING not in fields else as_int(fields[_OPENING], "opening"),
        ground=_text(fields.get(_GROUND)),
    )
    return Entry(
        as_int(fields[_NUMBER], "number", 1), as_int(fields[_AT], "at"), parse_node_id(fields[_NODE]), doer, act
    )


def _code(text: str) -> str:
    return text if _CODE.fullmatch(text) else UNCODED


def _codes(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(_code(each) for each in texts)


def _read(value: Item) -> str:
    found = as_text(value, "code")
    if _CODE.fullmatch(found) is None:
        raise Malformed("code")
    return found


def _operation(value: Item) -> Operation:
    try:
        return Operation(as_text(value, "operation"))
    except ValueError:
        raise Malformed("operation") from None


def _door(value: Item) -> Door:
    try:
        return Door(as_text(value, "door"))
    except ValueError:
        raise Malformed("door") from None


def _text(value: Item) -> str | None:
    return None if value is None else _read(value)


def _texts(value: Item) -> tuple[str, ...]:
    return tuple(_read(each) for each in as_list(value, "codes"))


def _raw(value: Item) -> bytes | None:
    return None if value is None else as_bytes(value, "digest")


def _bytes(value: Item) -> tuple[bytes, ...]:
    return tuple(as_bytes(each, "ids") for each in as_list(value, "ids"))


def _channel(value: Item) -> Channel | None:
    return None if value is None else parse_channel(value)


def _type(value: Item) -> TypeId | None:
    return None if value is None else parse_type_id(value)
