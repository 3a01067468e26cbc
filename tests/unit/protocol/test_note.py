"""Signed notes: framing only."""

import base64

import pytest

from protocol.cose import ed25519_verifies
from protocol.errors import Code
from protocol.limits import MAX_CHECKPOINT
from protocol.note import (
    ED25519_COSIGNATURE,
    ED25519_NOTE,
    MLDSA44_COSIGNATURE,
    Note,
    NoteLine,
    encode_line,
    encode_note,
    note_key_id,
    parse_line,
    parse_note,
)
from tests.simulators.refusal import refused

LINES = (NoteLine("example.org/log", b"\x01\x02\x03\x04", b"s" * 64), NoteLine("w1", bytes(4), b"t"))
NOTE = Note(b"origin\n7\nroot\n", LINES)
RAW = encode_note(NOTE)

# The example of c2sp.org/signed-note: a verifier key and the note it verifies
EXAMPLE_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE = (
    "This is an example message.\n\n\u2014 example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
).encode()


def line(name: str, signature: bytes = bytes(8)) -> bytes:
    return f"\u2014 {name} {base64.b64encode(signature).decode()}\n".encode()


def test_a_note_survives() -> None:
    assert parse_note(RAW) == NOTE


def test_the_example_of_the_specification_verifies() -> None:
    name, key_id, key = EXAMPLE_KEY.split("+", 2)
    kind, public = base64.b64decode(key)[0], base64.b64decode(key)[1:]
    note = parse_note(EXAMPLE)
    assert kind == ED25519_NOTE
    assert note_key_id(name, kind, public).hex() == key_id
    found = note.line(name, bytes.fromhex(key_id))
    assert found is not None
    assert ed25519_verifies(public, found.signature, note.text)


def test_a_line_is_found_by_name_and_key_id_together() -> None:
    assert NOTE.line("example.org/log", b"\x01\x02\x03\x04") == LINES[0]
    assert NOTE.line("example.org/log", bytes(4)) is None
    assert NOTE.line("w1", b"\x01\x02\x03\x04") is None


def test_a_text_may_hold_empty_lines() -> None:
    note = parse_note(b"a\n\nb\n\n" + line("x"))
    assert note.text == b"a\n\nb\n"


def test_a_name_is_bounded_by_its_bytes() -> None:
    name = "x" + "\u00e9" * 127
    assert parse_note(b"text\n\n" + line(name)).lines[0].name == name


def test_key_ids_depend_on_name_kind_and_key() -> None:
    ids = {note_key_id(name, kind, key) for name in ("a", "b") for kind in (1, 4, 6) for key in (b"k", b"l")}
    assert len(ids) == 12


def test_one_line_survives() -> None:
    assert parse_line(encode_line(LINES[0])) == LINES[0]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n",
        b"text\n",
        b"text\n\n",
        line("x"),
        b"\n" + line("x"),
        b"text\n" + line("x"),
        RAW[:-1],
        RAW[:-1] + b"x",
        RAW + b"\n",
        RAW.replace(b"\n", b"\r\n"),
        RAW.replace(b"7", b"\x00"),
        RAW.replace(b"7", b"\t"),
        b"text\n\n" + line("x").replace("\u2014".encode(), b"-"),
        b"text\n\n" + line("x").replace("\u2014".encode(), b"\xe2\x80"),
        b"text\n\n" + line("a+b"),
        b"text\n\n" + line("a b"),
        b"text\n\n" + line("a\u2003b"),
        b"text\n\n" + line(""),
        b"text\n\n" + line("\u00e9" * 128),
        b"text\n\n" + line("x" * 256),
        b"text\n\n" + line("x", bytes(4)),
        b"text\n\n" + line("x").replace(b"=", b""),
        b"text\n\n" + line("x", b"\xff" * 7 + b"\x00").replace(b"A=\n", b"B=\n"),
        b"text\n\n" + line("x").replace(b"A=", b"!="),
        b"text\n\n" + line("x") + b"\n" * 1 + b"trailing\n",
        b"text\n\n" + line("x") * 2,
        b"text\n\n" + b"".join(line(f"w{number}") for number in range(17)),
        b"text\n\n" + line("x", bytes(65_536)),
    ],
)
def test_other_bytes_are_refused(raw: bytes) -> None:
    with refused(Code.BAD_CHECKPOINT):
        parse_note(raw)


def test_a_note_fills_its_bound() -> None:
    rest = b"\n\n" + line("x")
    filler = b"t" * (MAX_CHECKPOINT - len(rest))
    assert parse_note(filler + rest).text == filler + b"\n"
    with refused(Code.BAD_CHECKPOINT):
        parse_note(filler + b"t" + rest)


def test_signature_types_are_those_of_the_specification() -> None:
    assert (ED25519_NOTE, ED25519_COSIGNATURE, MLDSA44_COSIGNATURE) == (1, 4, 6)


def test_sixteen_lines_are_accepted() -> None:
    assert len(parse_note(b"text\n\n" + b"".join(line(f"w{number}") for number in range(16))).lines) == 16
