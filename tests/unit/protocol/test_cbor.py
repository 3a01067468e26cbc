"""The codec accepts exactly what it writes."""

import pytest

from protocol.cbor import Tagged, decode, decode_array, encode, join_array
from protocol.errors import Code, Fault, Malformed
from protocol.limits import MAX_DEPTH, MAX_ITEMS, MAX_TEXT

# RFC 8949 appendix A, the examples inside the profile
EXAMPLES = [
    (0, "00"),
    (23, "17"),
    (24, "1818"),
    (255, "18ff"),
    (256, "190100"),
    (65_536, "1a00010000"),
    (1_000_000_000_000, "1b000000e8d4a51000"),
    (18_446_744_073_709_551_615, "1bffffffffffffffff"),
    (-1, "20"),
    (-100, "3863"),
    (-18_446_744_073_709_551_616, "3bffffffffffffffff"),
    (False, "f4"),
    (True, "f5"),
    (None, "f6"),
    (b"", "40"),
    (b"\x01\x02\x03\x04", "4401020304"),
    ("", "60"),
    ("ü", "62c3bc"),
    ([], "80"),
    ([1, [2, 3], [4, 5]], "8301820203820405"),
    ({}, "a0"),
    ({1: 2, 3: 4}, "a201020304"),
    ({"a": 1, "b": [2, 3]}, "a26161016162820203"),
    (Tagged(98, [b"", {}]), "d8628240a0"),
]


@pytest.mark.parametrize(("item", "hexed"), EXAMPLES)
def test_published_examples(item: object, hexed: str) -> None:
    assert encode(item).hex() == hexed  # type: ignore[arg-type]  # examples are items
    assert decode(bytes.fromhex(hexed)) == item


def test_keys_sort_by_their_encoded_bytes() -> None:
    assert encode({-1: 0, 24: 1, 1: 2}).hex() == "a301021818012000"
    assert encode({"b": 0, "aa": 1}).hex() == "a261620062616101"


BROKEN = {
    "empty": "",
    "trailing": "0000",
    "truncated head": "19ff",
    "truncated text": "6261",
    "truncated array": "8201",
    "non-minimal one": "1817",
    "non-minimal two": "1900ff",
    "non-minimal four": "1a0000ffff",
    "non-minimal eight": "1b00000000ffffffff",
    "non-minimal length": "5801ff",
    "indefinite bytes": "5f4101ff",
    "indefinite array": "9f01ff",
    "indefinite map": "bf0101ff",
    "reserved": "1c",
    "break": "ff",
    "half float": "f90000",
    "double": "fb0000000000000000",
    "undefined": "f7",
    "simple one byte": "f8ff",
    "bignum": "c24101",
    "date": "c000",
    "tag 97": "d8618140",
    "duplicate keys": "a201000100",
    "unsorted keys": "a202000100",
    "bytes key": "a1414100",
    "bool key": "a1f400",
    "array key": "a18000",
    "invalid text": "61ff",
    "overlong text": "62c080",
    "surrogate": "63eda080",
    "huge array claim": "9b7fffffffffffffff",
    "huge map claim": "bb7fffffffffffffff",
    "huge text claim": "7b7fffffffffffffff",
    "huge bytes claim": "5b7fffffffffffffff",
}


@pytest.mark.parametrize("hexed", BROKEN.values(), ids=BROKEN.keys())
def test_refuses_what_the_encoder_never_writes(hexed: str) -> None:
    with pytest.raises(Malformed):
        decode(bytes.fromhex(hexed))


def test_bounds() -> None:
    assert decode(b"\x81" * (MAX_DEPTH - 1) + b"\x00")
    with pytest.raises(Malformed):
        decode(b"\x81" * MAX_DEPTH + b"\x00")
    with pytest.raises(Malformed):
        decode(encode([0] * MAX_ITEMS))
    with pytest.raises(Malformed):
        decode(encode(dict.fromkeys(range(MAX_ITEMS // 2 + 1), 0)))
    with pytest.raises(Malformed):
        decode(encode([[0] * (MAX_ITEMS - 3), {1: 0}]))
    with pytest.raises(Malformed):
        decode(encode("x" * (MAX_TEXT + 1)))
    with pytest.raises(Fault) as caught:
        decode(b"\x00" * 5, limit=4)
    assert caught.value.code is Code.TOO_LARGE


@pytest.mark.parametrize("item", [1.5, {1, 2}, object(), {b"k": 1}, {True: 1}, Tagged(97, 0), 1 << 64, -(1 << 64) - 1])
def test_encoder_refuses_types_outside_the_profile(item: object) -> None:
    with pytest.raises(TypeError):
        encode(item)  # type: ignore[arg-type]  # that is the point


@pytest.mark.parametrize("item", [[], [1], [b"x", ["a", {1: 2}], None, 300], list(range(300))])
def test_the_elements_of_an_array_come_with_their_bytes(item: list[object]) -> None:
    raw = encode(item)  # type: ignore[arg-type]
    found = decode_array(raw)
    assert [each for each, _ in found] == decode(raw) == item
    assert [encode(each) for each, _ in found] == [own for _, own in found]
    assert join_array([own for _, own in found]) == raw


@pytest.mark.parametrize("hexed", ["", "00", "a0", "81", "8200", "8000", "9f00ff", "980100", "9b0000000100000000"])
def test_what_is_no_array_has_no_elements(hexed: str) -> None:
    with pytest.raises(Malformed):
        decode_array(bytes.fromhex(hexed))


def test_elements_keep_the_limits_of_size_and_depth() -> None:
    with pytest.raises(Fault) as found:
        decode_array(encode([b"x" * 10]), limit=5)
    assert found.value.code is Code.TOO_LARGE
    deepest = b"\x81" * (MAX_DEPTH - 1) + b"\x00"
    assert len(decode_array(deepest)) == 1
    with pytest.raises(Malformed):
        decode_array(b"\x81" + deepest)


@pytest.mark.parametrize("length", [0, 23, 24, 255, 256, 65_535, 65_536])
def test_every_length_of_head_reads_back(length: int) -> None:
    assert decode(encode(b"x" * length)) == b"x" * length
    assert decode(encode([length, -1 - length])) == [length, -1 - length]
