"""Statements about one node: enrolment, keys, recovery, capability, TLS pins, and the personal keys of its people.

Each body has one encoder to a map with integer keys and one parser back; maps are closed, so an unknown key is refused.
A statement holds an organisation's functional label and never a natural person's name (protocol decision 10).
Bytes: docs/wire.md section 6.
"""

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final, TypeVar

from protocol.cbor import Item
from protocol.errors import Malformed
from protocol.ids import (
    Channel,
    NodeId,
    Reference,
    StatementId,
    TypeId,
    parse_channel,
    parse_digest,
    parse_node_id,
    parse_reference,
    parse_type_id,
)
from protocol.limits import MAX_CODES, MAX_KEYS_PER_STATEMENT, MAX_LABEL
from protocol.mandate import Mandate, encode_mandate, is_country, parse_mandate
from protocol.ports import IdentityPublic
from protocol.public_keys import identity_item, parse_identity
from protocol.records import Family, Kind
from protocol.shapes import as_bytes, as_fixed, as_int, as_list, as_map, as_sorted_texts, as_text
from protocol.wrap import PUBLIC_SIZE

MAX_TYPES: Final = 512  # message types one capability statement may list
MAX_PINS: Final = 2  # the certificate in use and the one that follows or goes
_VALID_UNTIL: Final = 13
_MANDATE: Final = 14
_PREVIOUS: Final = 4
_E = TypeVar("_E", bound=StrEnum)


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """A node joins, or its entry changes: ``version`` counts both, recoveries and changes of identity, from 1."""

    node: NodeId
    version: int
    issued_at: int
    kind: Kind
    family: Family
    country: str
    label: str
    channels: tuple[Channel, ...]
    languages: tuple[str, ...]
    accredited: tuple[str, ...]
    identity: IdentityPublic
    tls_pin: bytes
    valid_until: int | None = None
    mandate: Mandate | None = None


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """One recipient key with its window [not_before, not_after) in seconds UTC."""

    channel: Channel
    public_key: bytes
    not_before: int
    not_after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPublication:
    """Recipient keys for coming weeks. ``sequence`` counts from 1; ``previous`` is the id of the one before."""

    node: NodeId
    issued_at: int
    sequence: int
    previous: StatementId | None
    keys: tuple[PublishedKey, ...]  # ascending by channel and window


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """Registrars give a node a new identity; every key published under the old one ends."""

    node: NodeId
    version: int
    issued_at: int
    identity: IdentityPublic
    tls_pin: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityChange:
    """A node replaces its own signing keys, signing with both; what it published under the old ones stays valid."""

    node: NodeId
    version: int
    issued_at: int
    identity: IdentityPublic


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """The highest versions a node understands. None of them ever decreases and no type is ever taken back."""

    node: NodeId
    issued_at: int
    wire: int
    suite: int
    types: tuple[TypeId, ...]  # ascending, one per type, its highest schema version


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsPins:
    """The TLS keys a node may connect with: the one in use first, then the one that follows or goes."""

    node: NodeId
    issued_at: int
    pins: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonBinding:
    """A personal key speaks for an opaque person id in one role at this node, within [not_before, not_after)."""

    node: NodeId
    issued_at: int
    person: Reference
    role: str
    identity: IdentityPublic
    not_before: int
    not_after: int


def encode_enrolment(body: Enrolment) -> dict[int, Item]:
    """Return the body map of an ENROLMENT statement."""
    out: dict[int, Item] = {
        1: body.node,
        2: body.version,
        3: body.issued_at,
        4: str(body.kind),
        5: str(body.family),
        6: body.country,
        7: body.label,
        8: list(body.channels),
        9: list(body.languages),
        10: list(body.accredited),
        11: identity_item(body.identity),
        12: body.tls_pin,
    }
    if body.valid_until is not None:
        out[_VALID_UNTIL] = body.valid_until
    if body.mandate is not None:
        out[_MANDATE] = encode_mandate(body.mandate)
    return out


def parse_enrolment(item: Item) -> Enrolment:
    """Return the enrolment in a body map; MALFORMED, UNKNOWN_FIELD or KEY_INVALID."""
    fields = as_map(item, "enrolment", range(1, 13), (_VALID_UNTIL, _MANDATE))
    country = as_text(fields[6], "country")
    if not is_country(country):
        raise Malformed("country")
    return Enrolment(
        node=parse_node_id(fields[1]),
        version=as_int(fields[2], "version", 1),
        issued_at=as_int(fields[3], "issued-at"),
        kind=_member(Kind, fields[4]),
        family=_member(Family, fields[5]),
        country=country,
        label=as_text(fields[7], "label", MAX_LABEL),
        channels=tuple(parse_channel(each) for each in as_sorted_texts(fields[8], "channels", MAX_CODES)),
        languages=as_sorted_texts(fields[9], "languages", MAX_CODES),
        accredited=as_sorted_texts(fields[10], "accredited", MAX_CODES),
        identity=parse_identity(fields[11]),
        tls_pin=parse_digest(fields[12]),
        valid_until=as_int(fields[_VALID_UNTIL], "valid-until") if _VALID_UNTIL in fields else None,
        mandate=parse_mandate(fields[_MANDATE]) if _MANDATE in fields else None,
    )


def encode_keys(body: KeyPublication) -> dict[int, Item]:
    """Return the body map of a KEYS statement."""
    keys: list[Item] = [[key.channel, key.public_key, key.not_before, key.not_after] for key in body.keys]
    out: dict[int, Item] = {1: body.node, 2: body.issued_at, 3: body.sequence, 5: keys}
    return out if body.previous is None else out | {_PREVIOUS: body.previous}


def parse_keys(item: Item) -> KeyPublication:
    """Return the key publication in a body map. NOT here: whether the public keys are sound (the fold asks)."""
    fields = as_map(item, "keys", (1, 2, 3, 5), (_PREVIOUS,))
    keys = tuple(_parse_key(each) for each in as_list(fields[5], "keys", 1, MAX_KEYS_PER_STATEMENT))
    if any((a.channel, a.not_before) >= (b.channel, b.not_before) for a, b in pairwise(keys)):
        raise Malformed("keys not ascending")
    body = KeyPublication(
        node=parse_node_id(fields[1]),
        issued_at=as_int(fields[2], "issued-at"),
        sequence=as_int(fields[3], "sequence", 1),
        previous=StatementId(parse_digest(fields[_PREVIOUS])) if _PREVIOUS in fields else None,
        keys=keys,
    )
    if (body.sequence == 1) != (body.previous is None):
        raise Malformed("only the first publication has no previous one")
    return body


def _parse_key(item: Item) -> PublishedKey:
    channel, public_key, not_before, not_after = as_fixed(item, "key", 4)
    begin = as_int(not_before, "not-before")
    return PublishedKey(
        parse_channel(channel),
        as_bytes(public_key, "public key", PUBLIC_SIZE),
        begin,
        as_int(not_after, "not-after", begin + 1),
    )


def encode_recovery(body: Recovery) -> dict[int, Item]:
    """Return the body map of a RECOVERY statement."""
    return {1: body.node, 2: body.version, 3: body.issued_at, 4: identity_item(body.identity), 5: body.tls_pin}


def parse_recovery(item: Item) -> Recovery:
    """Return the recovery in a body map; MALFORMED, UNKNOWN_FIELD or KEY_INVALID."""
    fields = as_map(item, "recovery", range(1, 6))
    return Recovery(
        node=parse_node_id(fields[1]),
        version=as_int(fields[2], "version", 2),
        issued_at=as_int(fields[3], "issued-at"),
        identity=parse_identity(fields[4]),
        tls_pin=parse_digest(fields[5]),
    )


def encode_identity_change(body: IdentityChange) -> dict[int, Item]:
    """Return the body map of an IDENTITY statement."""
    return {1: body.node, 2: body.version, 3: body.issued_at, 4: identity_item(body.identity)}


def parse_identity_change(item: Item) -> IdentityChange:
    """Return the change of identity in a body map; MALFORMED, UNKNOWN_FIELD or KEY_INVALID."""
    fields = as_map(item, "identity", range(1, 5))
    return IdentityChange(
        node=parse_node_id(fields[1]),
        version=as_int(fields[2], "version", 2),
        issued_at=as_int(fields[3], "issued-at"),
        identity=parse_identity(fields[4]),
    )


def encode_capability(body: Capability) -> dict[int, Item]:
    """Return the body map of a CAPABILITY statement."""
    return {1: body.node, 2: body.issued_at, 3: body.wire, 4: body.suite, 5: list(body.types)}


def parse_capability(item: Item) -> Capability:
    """Return the capability in a body map. Version 0 parses: refusing it is DOWNGRADE, the fold's word (attack 90)."""
    fields = as_map(item, "capability", range(1, 6))
    types = tuple(parse_type_id(each) for each in as_sorted_texts(fields[5], "types", MAX_TYPES))
    if len({type_name(each) for each in types}) != len(types):
        raise Malformed("a type twice")
    return Capability(
        node=parse_node_id(fields[1]),
        issued_at=as_int(fields[2], "issued-at"),
        wire=as_int(fields[3], "wire"),
        suite=as_int(fields[4], "suite"),
        types=types,
    )


def type_name(type_id: TypeId) -> str:
    """Return the type without its schema version: ``MT-01`` of ``MT-01/2``."""
    return type_id.partition("/")[0]


def type_version(type_id: TypeId) -> int:
    """Return the schema version of a type: 2 of ``MT-01/2``."""
    return int(type_id.partition("/")[2])


def encode_tls(body: TlsPins) -> dict[int, Item]:
    """Return the body map of a TLS statement."""
    return {1: body.node, 2: body.issued_at, 3: list(body.pins)}


def parse_tls(item: Item) -> TlsPins:
    """Return the pins in a body map; their order says which is in use, so it is free, but none stands twice."""
    fields = as_map(item, "tls", range(1, 4))
    pins = tuple(parse_digest(each) for each in as_list(fields[3], "pins", 1, MAX_PINS))
    if len(set(pins)) != len(pins):
        raise Malformed("a pin twice")
    return TlsPins(node=parse_node_id(fields[1]), issued_at=as_int(fields[2], "issued-at"), pins=pins)


def encode_person(body: PersonBinding) -> dict[int, Item]:
    """Return the body map of a PERSON statement."""
    return {
        1: body.node,
        2: body.issued_at,
        3: body.person,
        4: body.role,
        5: identity_item(body.identity),
        6: body.not_before,
        7: body.not_after,
    }


def parse_person(item: Item) -> PersonBinding:
    """Return the binding in a body map; MALFORMED, UNKNOWN_FIELD or KEY_INVALID."""
    fields = as_map(item, "person", range(1, 8))
    begin = as_int(fields[6], "not-before")
    return PersonBinding(
        node=parse_node_id(fields[1]),
        issued_at=as_int(fields[2], "issued-at"),
        person=parse_reference(fields[3]),
        role=as_text(fields[4], "role"),
        identity=parse_identity(fields[5]),
        not_before=begin,
        not_after=as_int(fields[7], "not-after", begin + 1),
    )


def _member(kind: type[_E], item: Item) -> _E:
    if not isinstance(item, str) or item not in {each.value for each in kind}:
        raise Malformed(kind.__name__)
    return kind(item)
