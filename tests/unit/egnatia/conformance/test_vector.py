"""The layout of a vector file: one way to write each, and every other way is refused in words."""

import pytest

from egnatia.conformance.vector import Vector, VectorError, parse_question, parse_vector, to_bytes, to_text

SHORT = b"kind: padding\nexpect: ok\ncomment: nothing\n\npadded: hex 80\nsize: 4\n"


def test_a_file_reads_back() -> None:
    long = bytes(range(256)) * 3
    vector = Vector("floe", "COMMITMENT", "a long value", (("key", to_text(b"k")), ("aad", to_text(long)), ("n", "7")))
    assert parse_vector(vector.encode()) == vector
    assert to_bytes(parse_vector(vector.encode()).fields[1][1]) == long
    assert max(len(line) for line in vector.encode().splitlines()) <= 120


def test_a_short_file_is_what_it_looks_like() -> None:
    vector = parse_vector(SHORT)
    assert vector == Vector("padding", "ok", "nothing", (("padded", "hex 80"), ("size", "4")))
    assert vector.encode() == SHORT


def test_a_question_holds_no_answer() -> None:
    vector = parse_vector(SHORT.replace(b"ok", b"PADDING"))
    assert b"PADDING" not in vector.question()
    assert b"nothing" not in vector.question()
    assert parse_question(vector.question()).fields == vector.fields
    assert parse_question(SHORT) == parse_vector(SHORT)


@pytest.mark.parametrize("value", [b"", b"a", b"a" * 64, b"a" * 65, b"a" * 66, b"a" * 67])
def test_bytes_read_back(value: bytes) -> None:
    assert to_bytes(to_text(value)) == value


@pytest.mark.parametrize(
    "text", ["", "80", "hex 8", "hex 8G", "hex AB", "hex 80 ", "base64 gA", "base64 gB==", "base64 g\u00c4==", "text a"]
)
def test_other_spellings_of_bytes_are_refused(text: str) -> None:
    with pytest.raises(VectorError):
        to_bytes(text)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        SHORT[:-1],
        SHORT.replace(b"\n", b"\r\n"),
        SHORT.replace(b"kind: ", b""),
        SHORT.replace(b"expect: ok", b"expect: fine"),
        SHORT.replace(b"nothing", b""),
        SHORT.replace(b"\n\n", b"\n"),
        SHORT.replace(b"padded: ", b"Padded: "),
        SHORT.replace(b"padded: ", b"  padded "),
        SHORT + b"\n",
        SHORT + b"\xff\n",
        SHORT + b" " * (8 << 20) + b"\n",
    ],
)
def test_other_layouts_are_refused(raw: bytes) -> None:
    with pytest.raises(VectorError):
        parse_vector(raw)
