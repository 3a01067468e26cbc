"""What the hub tells a sender of an upload."""

import pytest

from protocol.cbor import Item, encode
from protocol.errors import Code
from protocol.uploads import HeldParts, UploadState, encode_upload, no_parts, parse_upload
from tests.simulators.refusal import refused

NONE = HeldParts("att-00", listed=True, count=11, held=no_parts(11))


def state(*rows: Item, until: Item = 5) -> bytes:
    return encode({1: until, 2: list(rows)})


def test_bits_count_from_the_lowest() -> None:
    some = NONE.with_part(0).with_part(9)
    assert some.held == b"\x01\x02"
    assert some.missing == (1, 2, 3, 4, 5, 6, 7, 8, 10)
    assert (some.has(9), some.has(10)) == (True, False)


def test_an_upload_is_complete_when_every_list_and_part_is_there() -> None:
    full = NONE
    for index in range(11):
        full = full.with_part(index)
    assert UploadState(5, (full,)).complete
    assert not UploadState(5, (full, NONE)).complete
    assert not UploadState(5, (HeldParts("att-00", listed=False, count=11, held=full.held),)).complete


def test_an_answer_reads_back() -> None:
    told = UploadState(1_790_000_000, (NONE.with_part(10), HeldParts("att-01", listed=False, count=1, held=b"\x00")))
    assert parse_upload(encode_upload(told)) == told


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (state(), Code.MALFORMED),
        (state(["att-00", True, 1, b"\x02"]), Code.MALFORMED),
        (state(["att-00", True, 8, b"\x00\x00"]), Code.MALFORMED),
        (state(["att-00", True, 0, b""]), Code.MALFORMED),
        (state(["att-00", True, 8_193, bytes(1_025)]), Code.MALFORMED),
        (state(["att-00", 1, 1, b"\x00"]), Code.MALFORMED),
        (state(["body", True, 1, b"\x00"]), Code.MALFORMED),
        (state([0, True, 1, b"\x00"]), Code.MALFORMED),
        (state(["att-01", True, 1, b"\x00"], ["att-00", True, 1, b"\x00"]), Code.MALFORMED),
        (state(["att-00", True, 1, b"\x00"], until=-1), Code.MALFORMED),
        (encode({1: 5}), Code.MALFORMED),
        (encode({1: 5, 2: [], 3: 0}), Code.UNKNOWN_FIELD),
    ],
)
def test_other_answers_are_refused(raw: bytes, code: Code) -> None:
    with refused(code):
        parse_upload(raw)


def test_a_full_byte_has_no_spare_bits() -> None:
    assert parse_upload(state(["att-00", True, 8, b"\xff"])).complete
