"""JSON from outside has one reading."""

import pytest

from nodes.api.strict_json import MAX_NESTING, parse_object
from protocol.errors import Malformed


def nested(depth: int) -> bytes:
    return b'{"a":' * depth + b"1" + b"}" * depth


def test_an_object_is_read() -> None:
    assert parse_object(b'{"a": [1, "x]}", null, true, {"b": {}}], "\\u00e9\\"{": -7}') == {
        "a": [1, "x]}", None, True, {"b": {}}],
        'é"{': -7,
    }
    assert parse_object(nested(MAX_NESTING))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[1]",
        b'{"a": 1,}',
        b'{"a": 1}x',
        b'{"a": 1, "a": 2}',
        b'{"x": {"a": 1, "a": 1}}',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1.0}',
        b'{"a": 1e3}',
        b"{'a': 1}",
        b'{"a": "\xc3"}',
        b'\xef\xbb\xbf{"a": 1}',
        b'{"a": "unfinished',
        nested(MAX_NESTING + 1),
        b"[" * 1_000_000,
    ],
)
def test_anything_else_is_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        parse_object(raw)


def test_a_large_string_full_of_brackets_is_no_nesting() -> None:
    assert parse_object(b'{"a": "' + b"[{" * 50_000 + b'\\\\\\""}')
