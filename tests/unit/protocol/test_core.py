"""A core says nothing twice, nothing its channel does not read, and nothing outside its closed schema."""

import dataclasses

import pytest

from protocol.cbor import Item, decode, encode
from protocol.core import Mode, encode_core, optional_fields, parse_core
from protocol.errors import Code
from protocol.ids import CHANNELS, Channel
from protocol.limits import MAX_RECIPIENTS
from tests.simulators.faults import refused
from tests.simulators.party import Party, message_number, send

A, B, C = Party("mk.ilecu"), Party("rs.ilecu"), Party("ba.ilecu")
CORE = send(A, B, C, in_reply_to=message_number(1), urgency_ground="b", classification="BPL").manifest.core
RAW = encode_core(CORE)


def changed(label: int, value: Item) -> bytes:
    fields = dict(decode(RAW))  # type: ignore[call-overload]  # a core is a map
    fields[label] = value
    return encode(fields)


def without(label: int) -> bytes:
    fields = dict(decode(RAW))  # type: ignore[call-overload]  # a core is a map
    del fields[label]
    return encode(fields)


def test_parse_gives_what_was_encoded() -> None:
    assert parse_core(RAW) == CORE
    full = dataclasses.replace(
        CORE,
        channel=Channel("cso"),
        urgency=None,
        urgency_ground=None,
        classification=None,
        handling=(),
        consents=(b"a" * 16, b"b" * 16),  # type: ignore[arg-type]  # references are 16 bytes
        approvals=(b"c" * 16,),  # type: ignore[arg-type]  # references are 16 bytes
        identity_root=bytes(32),
    )
    assert parse_core(encode_core(full)) == full


REQUIRED = (1, 2, 3, 4, 5, 6, 7, 8, 9, 17, 21, 22, 23, 24, 25, 26)


@pytest.mark.parametrize("label", REQUIRED)
def test_a_missing_field_is_malformed(label: int) -> None:
    with refused(Code.MALFORMED):
        parse_core(without(label))


BAD: list[tuple[int, Item, Code]] = [
    (1, 2, Code.UNKNOWN_SUITE),
    (1, True, Code.UNKNOWN_SUITE),
    (2, 0, Code.MALFORMED),
    (2, True, Code.MALFORMED),
    (3, b"r" * 15, Code.MALFORMED),
    (4, "MK.ilecu", Code.MALFORMED),
    (4, "mk..", Code.MALFORMED),
    (4, "m\u043a.ilecu", Code.MALFORMED),
    (4, "rs.ilecu", Code.SELF_RECIPIENT),
    (5, [], Code.MALFORMED),
    (5, [["rs.ilecu"]], Code.MALFORMED),
    (5, [["rs.ilecu", b"k" * 32, 1, None, "copy"]], Code.MALFORMED),
    (5, [["rs.ilecu", b"k" * 8, 1, None, "action"]], Code.MALFORMED),
    (5, [["rs.ilecu", b"k" * 32, 0, None, "action"]], Code.MALFORMED),
    (5, [["rs.ilecu", b"k" * 32, 1, b"a" * 31, "action"]], Code.MALFORMED),
    (5, [["rs.ilecu", b"k" * 32, 1, None, "action"], ["ba.ilecu", b"l" * 32, 1, None, "action"]], Code.MALFORMED),
    (5, [["rs.ilecu", b"k" * 32, 1, None, "action"]] * 2, Code.DUPLICATE_RECIPIENT),
    (
        5,
        [["ba.ilecu", b"k" * 32, 1, None, "action"], ["rs.ilecu", b"k" * 32, 1, None, "action"]],
        Code.DUPLICATE_RECIPIENT,
    ),
    (6, "chat", Code.MALFORMED),
    (7, "MT-1", Code.MALFORMED),
    (7, "MT-01/0", Code.MALFORMED),
    (8, "", Code.MALFORMED),
    (8, "line\nbreak", Code.MALFORMED),
    (8, "del\x7f", Code.MALFORMED),
    (8, "p" * 65, Code.MALFORMED),
    (10, b"short", Code.MALFORMED),
    (14, [], Code.MALFORMED),
    (14, ["H1", "H0"], Code.MALFORMED),
    (14, ["H1", "H1"], Code.MALFORMED),
    (14, [1], Code.MALFORMED),
    (18, -1, Code.MALFORMED),
    (20, [], Code.MALFORMED),
    (20, [b"a" * 16, b"a" * 16], Code.MALFORMED),
    (20, [b"a" * 15], Code.MALFORMED),
    (22, 0, Code.MALFORMED),
    (25, 1, Code.MALFORMED),
    (19, [b"a" * 16], Code.UNKNOWN_FIELD),
    (27, bytes(32), Code.UNKNOWN_FIELD),
    (28, 0, Code.UNKNOWN_FIELD),
]


@pytest.mark.parametrize(("label", "value", "code"), BAD)
def test_refuses(label: int, value: Item, code: Code) -> None:
    with refused(code):
        parse_core(changed(label, value))


def test_a_text_label_is_unknown() -> None:
    fields = dict(decode(RAW))  # type: ignore[call-overload]  # a core is a map
    with refused(Code.UNKNOWN_FIELD):
        parse_core(encode(fields | {"note": 1}))


@pytest.mark.parametrize("raw", [b"\x80", b"\x00", b"\xa0"])
def test_something_else_than_a_core(raw: bytes) -> None:
    with refused(Code.MALFORMED):
        parse_core(raw)


def test_too_many_recipients() -> None:
    crowd: list[Item] = [[f"n{n:04}", n.to_bytes(32, "big"), 1, None, "action"] for n in range(MAX_RECIPIENTS + 1)]
    for last in (crowd[-1], []):  # they are counted before one of them is looked at
        with refused(Code.TOO_LARGE):
            parse_core(changed(5, [*crowd[:-1], last]))


@pytest.mark.parametrize("channel", ["cso", "police-cso", "court-support"])
def test_civil_cores_carry_no_urgency_role_or_category(channel: str) -> None:
    for label in (11, 12, 13, 14, 15, 16):
        assert label not in optional_fields(Channel(channel))
        fields = dict(decode(without(14)))  # type: ignore[call-overload]  # a core is a map
        for police in (11, 12, 13):
            fields.pop(police, None)
        fields |= {6: channel, label: "x" if label <= 13 else ["x"]}
        with refused(Code.UNKNOWN_FIELD):
            parse_core(encode(fields))


def test_every_channel_has_its_table() -> None:
    for channel in CHANNELS:
        assert optional_fields(channel)


def test_modes() -> None:
    assert {each.mode for each in CORE.to} == {Mode.ACTION}
