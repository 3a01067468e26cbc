import pytest

from protocol.catalogue.documents import MAX_INTEGER, check_document, check_key, parse_json
from protocol.errors import Code, Fault, Malformed
from protocol.limits import MAX_DEPTH, MAX_ROWS, MAX_TEXT


def nested(depth: int) -> object:
    value: object = "x"
    for _ in range(depth):
        value = [value]
    return value


def test_a_document_is_read() -> None:
    assert parse_json('{"a": [1, true, null, "č"]}'.encode()) == {"a": [1, True, None, "č"]}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b'{"a": 1.0}',
        b'{"a": 1e3}',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1, "a": 2}',
        b'{"b": {"a": 1, "a": 1}}',
        b'"\xff"',
        b"\xef\xbb\xbf{}",
        b"[" * 100_000,
        b"9" * 5_000,
    ],
)
def test_other_bytes_are_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        parse_json(raw)


@pytest.mark.parametrize(
    "value",
    [
        {"a": [1, "b", False, None, {}, []]},
        MAX_INTEGER,
        -MAX_INTEGER,
        "x" * MAX_TEXT,
        [0] * MAX_ROWS,
        nested(MAX_DEPTH),
        {"~/": 1, "č1": 2},
    ],
)
def test_what_a_part_can_carry_passes(value: object) -> None:
    assert check_document(value) is value


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        float("nan"),
        b"bytes",
        (1, 2),
        {1: "a"},
        {"": "a"},
        {"0": "a"},
        {"7a": "b"},
        {"a\n": "b"},
        {"\ud800": "b"},
        object(),
        MAX_INTEGER + 1,
        -MAX_INTEGER - 1,
        1 << 5_000,
        "\ud800",
        "x" * (MAX_TEXT + 1),
        "č" * (MAX_TEXT // 2 + 1),
        [0] * (MAX_ROWS + 1),
        [[0] * 3_000, [0] * 3_000],
        nested(MAX_DEPTH + 1),
        {"a": {"b": [1, {"c": 0.5}]}},
    ],
)
def test_what_no_part_can_carry_is_malformed(value: object) -> None:
    with pytest.raises(Malformed):
        check_document(value)


def test_a_bomb_is_refused_without_being_walked() -> None:
    touched = 0

    class Counting(list[object]):
        def __iter__(self) -> object:  # type: ignore[override]
            nonlocal touched
            for each in super().__iter__():
                touched += 1
                yield each

    bomb = Counting([Counting([Counting([1] * 4_000) for _ in range(4_000)])])
    with pytest.raises(Malformed):
        check_document(bomb)
    assert touched <= 3 * MAX_ROWS


def test_the_deepest_bomb_is_refused() -> None:
    with pytest.raises(Malformed):
        check_document(nested(100_000))


def test_keys_are_named_by_code() -> None:
    with pytest.raises(Fault) as caught:
        check_key(7)
    assert caught.value.code is Code.MALFORMED
