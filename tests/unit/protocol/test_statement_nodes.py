"""Statements about one node: every body reads back, and every field is held to its rule."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from protocol.cbor import Item
from protocol.errors import Code
from protocol.ids import Channel, NodeId, StatementId, TypeId
from protocol.statement_nodes import (
    encode_capability,
    encode_enrolment,
    encode_identity_change,
    encode_keys,
    encode_person,
    encode_recovery,
    encode_tls,
    parse_capability,
    parse_enrolment,
    parse_identity_change,
    parse_keys,
    parse_person,
    parse_recovery,
    parse_tls,
    type_name,
    type_version,
)
from tests.simulators.party import NOW
from tests.simulators.refusal import refused
from tests.simulators.statements import (
    CAPABILITY,
    ENROLMENT,
    IDENTITY,
    KEYS,
    PERSON,
    POLICE,
    RECOVERY,
    TLS,
    WEEK,
    published,
)


def test_bodies_read_back() -> None:
    assert parse_enrolment(encode_enrolment(ENROLMENT)) == ENROLMENT
    assert parse_keys(encode_keys(KEYS)) == KEYS
    assert parse_recovery(encode_recovery(RECOVERY)) == RECOVERY
    assert parse_identity_change(encode_identity_change(IDENTITY)) == IDENTITY
    assert parse_capability(encode_capability(CAPABILITY)) == CAPABILITY
    assert parse_tls(encode_tls(TLS)) == TLS
    assert parse_person(encode_person(PERSON)) == PERSON


def test_optional_fields_read_back() -> None:
    limited = replace(ENROLMENT, valid_until=NOW + 1)
    first = replace(KEYS, sequence=1, previous=None)
    assert parse_enrolment(encode_enrolment(limited)) == limited
    assert parse_keys(encode_keys(first)) == first


@pytest.mark.parametrize(
    "change",
    [
        {"node": NodeId("RS")},
        {"version": 0},
        {"issued_at": -1},
        {"kind": "embassy"},
        {"family": "navy"},
        {"country": "RSX"},
        {"country": "rs"},
        {"country": "R1"},
        {"country": "ŠĐ"},
        {"label": ""},
        {"label": "a" * 201},
        {"label": "two\nlines"},
        {"channels": (Channel("system"), POLICE)},
        {"channels": (POLICE, POLICE)},
        {"channels": (Channel("gossip"),)},
        {"languages": ("sr", "en")},
        {"accredited": ("b", "a")},
        {"tls_pin": b"short"},
        {"valid_until": -1},
    ],
)
def test_a_wrong_enrolment_is_malformed(change: dict[str, object]) -> None:
    with refused(Code.MALFORMED):
        parse_enrolment(encode_enrolment(replace(ENROLMENT, **change)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {"sequence": 0},
        {"sequence": 1},
        {"previous": None},
        {"previous": StatementId(b"short")},
        {"keys": ()},
        {"keys": tuple(reversed(KEYS.keys))},
        {"keys": (KEYS.keys[0],) * 2},
        {"keys": (replace(KEYS.keys[0], public_key=b"short"),)},
        {"keys": (replace(KEYS.keys[0], not_after=KEYS.keys[0].not_before),)},
        {"keys": tuple(replace(KEYS.keys[0], not_before=at, not_after=at + 1) for at in range(46))},
    ],
)
def test_a_wrong_publication_is_malformed(change: dict[str, object]) -> None:
    with refused(Code.MALFORMED):
        parse_keys(encode_keys(replace(KEYS, **change)))  # type: ignore[arg-type]


def test_a_full_publication_is_not_malformed() -> None:
    keys = tuple(replace(published(POLICE, NOW), not_before=at, not_after=at + WEEK) for at in range(45))
    assert len(parse_keys(encode_keys(replace(KEYS, keys=keys))).keys) == 45


@pytest.mark.parametrize("change", [{"version": 1}, {"tls_pin": b""}, {"issued_at": -1}, {"node": NodeId("-")}])
def test_a_wrong_recovery_is_malformed(change: dict[str, object]) -> None:
    with refused(Code.MALFORMED):
        parse_recovery(encode_recovery(replace(RECOVERY, **change)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "types",
    [("MT-01/1", "MT-01/2"), ("MT-R1/1", "MT-01/2"), ("MT-01/0",), ("mt-01/1",), ("MT-01",)],
)
def test_wrong_types_are_malformed(types: tuple[str, ...]) -> None:
    with refused(Code.MALFORMED):
        parse_capability(encode_capability(replace(CAPABILITY, types=tuple(TypeId(each) for each in types))))


def test_version_zero_parses_so_that_it_can_be_refused_by_its_name() -> None:
    assert parse_capability(encode_capability(replace(CAPABILITY, wire=0, suite=0))).wire == 0


def test_a_type_has_a_name_and_a_version() -> None:
    assert (type_name(TypeId("MT-01/12")), type_version(TypeId("MT-01/12"))) == ("MT-01", 12)


@pytest.mark.parametrize("pins", [(), (b"v" * 32,) * 2, (b"v" * 32, b"w" * 32, b"x" * 32), (b"short",)])
def test_wrong_pins_are_malformed(pins: tuple[bytes, ...]) -> None:
    with refused(Code.MALFORMED):
        parse_tls(encode_tls(replace(TLS, pins=pins)))


@pytest.mark.parametrize("change", [{"person": b"p"}, {"role": ""}, {"not_after": NOW}, {"issued_at": -1}])
def test_a_wrong_binding_is_malformed(change: dict[str, object]) -> None:
    with refused(Code.MALFORMED):
        parse_person(encode_person(replace(PERSON, **change)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("parse", "item"),
    [
        (parse_enrolment, encode_enrolment(ENROLMENT)),
        (parse_keys, encode_keys(KEYS)),
        (parse_recovery, encode_recovery(RECOVERY)),
        (parse_identity_change, encode_identity_change(IDENTITY)),
        (parse_capability, encode_capability(CAPABILITY)),
        (parse_tls, encode_tls(TLS)),
        (parse_person, encode_person(PERSON)),
    ],
)
def test_bodies_are_closed(parse, item: Mapping[int, Item]) -> None:
    with refused(Code.UNKNOWN_FIELD):
        parse({**item, 99: 1})
    with refused(Code.MALFORMED):
        parse({label: value for label, value in item.items() if label != 1})
    with refused(Code.MALFORMED):
        parse([])


@pytest.mark.parametrize("change", [{"node": "RS"}, {"version": 1}, {"issued_at": -1}])
def test_a_wrong_change_of_identity_is_malformed(change: dict[str, object]) -> None:
    with refused(Code.MALFORMED):
        parse_identity_change(encode_identity_change(replace(IDENTITY, **change)))  # type: ignore[arg-type]
