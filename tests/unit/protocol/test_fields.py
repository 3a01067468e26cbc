"""Rows and their commitment: encoded once or twice, sliced or encoded anew, it is the same bytes."""

import pytest

from protocol.cbor import encode
from protocol.errors import Code
from protocol.fields import Row, check_commitment, commit, encode_committed, encode_rows, parse_committed, parse_rows
from tests.simulators.refusal import refused

ROWS = tuple(
    Row(bytes([number]) * 16, f"/field/{number:02}", value)
    for number, value in enumerate(("text", 7, -1, True, None, {}, [], "x" * 300, 1 << 40))
)


def test_a_part_is_encoded_and_committed_to_in_one_step() -> None:
    assert encode_committed(ROWS) == (encode_rows(ROWS), commit(ROWS))
    assert encode_committed(()) == (encode_rows(()), commit(()))


def test_rows_read_back_under_their_commitment_only() -> None:
    raw, root = encode_committed(ROWS)
    assert parse_committed(raw, root) == parse_rows(raw) == ROWS
    check_commitment(ROWS, root)
    for other in (bytes(32), commit(ROWS[1:])):
        with refused(Code.FIELD_COMMITMENT):
            parse_committed(raw, other)
        with refused(Code.FIELD_COMMITMENT):
            check_commitment(ROWS, other)


@pytest.mark.parametrize(
    ("items", "code"),
    [
        ([], Code.MALFORMED),
        (7, Code.MALFORMED),
        ([[bytes(16), "/a"]], Code.MALFORMED),
        ([[bytes(15), "/a", 1]], Code.MALFORMED),
        ([[bytes(16), "", 1]], Code.MALFORMED),
        ([[bytes(16), "/a", 1], [bytes(16), "/b", 1]], Code.MALFORMED),
        ([[b"1" * 16, "/b", 1], [b"2" * 16, "/a", 1]], Code.FIELD_ORDER),
        ([[b"1" * 16, "/a", 1], [b"2" * 16, "/a", 1]], Code.FIELD_ORDER),
    ],
)
def test_both_readers_refuse_alike_and_before_the_commitment(items: object, code: Code) -> None:
    raw = encode(items)  # type: ignore[arg-type]
    with refused(code):
        parse_rows(raw)
    with refused(code):
        parse_committed(raw, bytes(32))
