"""Parts of an attachment and the list over them."""

import hashlib

import pytest

from protocol.cbor import encode
from protocol.envelope import Part
from protocol.errors import Code
from protocol.limits import MAX_ATTACHMENT, MAX_PART_LIST, MAX_UPLOAD_PARTS, UPLOAD_PART
from protocol.merkle import node_hash
from protocol.parts import (
    PartCheck,
    PartList,
    PartListBuilder,
    parse_part_list,
    part_count,
    part_size,
    verify_part,
    verify_part_list,
)
from tests.simulators.refusal import refused

LEAF = b"h" * 32
TWO = bytes(UPLOAD_PART) + b"tail"


def built(content: bytes, step: int = 1 << 20) -> PartList:
    builder = PartListBuilder()
    for at in range(0, len(content), step):
        builder.update(content[at : at + step])
    return builder.finish("att-00")


def test_a_leaf_is_the_prefixed_hash_of_its_bytes_and_the_root_that_of_rfc_6962() -> None:
    first, second = (hashlib.sha256(b"\x00" + each).digest() for each in (bytes(UPLOAD_PART), b"tail"))
    parts = built(TWO)
    assert parts.leaves == (first, second)
    assert parts.part == Part("att-00", UPLOAD_PART + 4, node_hash(first, second))


@pytest.mark.parametrize("step", [1_000_003, UPLOAD_PART - 1, UPLOAD_PART, UPLOAD_PART + 1, 2 * UPLOAD_PART])
def test_the_list_does_not_depend_on_how_the_bytes_come(step: int) -> None:
    assert built(TWO, step) == built(TWO)


def test_a_length_that_fills_its_parts_has_no_empty_last_one() -> None:
    assert len(built(bytes(UPLOAD_PART)).leaves) == 1
    assert [part_count(each) for each in (1, UPLOAD_PART, UPLOAD_PART + 1)] == [1, 1, 2]
    assert [part_size(UPLOAD_PART + 4, index) for index in (0, 1)] == [UPLOAD_PART, 4]


@pytest.mark.parametrize("index", [-1, 2])
def test_a_part_outside_the_attachment_has_no_length(index: int) -> None:
    with refused(Code.ATT_LENGTH):
        part_size(UPLOAD_PART + 4, index)
    with refused(Code.ATT_LENGTH):
        PartCheck(built(TWO), index)


def test_the_largest_attachment_has_the_most_parts() -> None:
    assert part_count(MAX_ATTACHMENT) == MAX_UPLOAD_PARTS
    largest = PartList("att-00", MAX_ATTACHMENT, (LEAF,) * MAX_UPLOAD_PARTS)
    assert parse_part_list(largest.encode()) == largest


def test_a_list_reads_back() -> None:
    parts = built(TWO)
    assert parse_part_list(parts.encode()) == parts
    verify_part_list(parts, parts.part)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", Code.MALFORMED),
        (encode(["att-00", 1]), Code.MALFORMED),
        (encode(["body", 1, LEAF]), Code.MALFORMED),
        (encode(["att-64", 1, LEAF]), Code.MALFORMED),
        (encode([0, 1, LEAF]), Code.MALFORMED),
        (encode(["att-00", 0, LEAF]), Code.MALFORMED),
        (encode(["att-00", 1, LEAF[1:]]), Code.MALFORMED),
        (encode(["att-00", 1, [LEAF]]), Code.MALFORMED),
        (encode(["att-00", MAX_ATTACHMENT + 1, LEAF]), Code.TOO_LARGE),
        (encode(["att-00", 1, LEAF * (MAX_UPLOAD_PARTS + 1)]), Code.TOO_MANY_PARTS),
        (bytes(MAX_PART_LIST + 1), Code.TOO_LARGE),
    ],
)
def test_other_lists_are_refused(raw: bytes, code: Code) -> None:
    with refused(code):
        parse_part_list(raw)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        (Part("att-00", len(TWO) + 1, built(TWO).part.digest), Code.ATT_LENGTH),
        (Part("att-00", len(TWO), LEAF), Code.ATT_HASH),
        (Part("att-01", len(TWO), built(TWO).part.digest), Code.ATT_HASH),
    ],
)
def test_the_list_is_the_signed_one(changed: Part, code: Code) -> None:
    with refused(code):
        verify_part_list(built(TWO), changed)


def test_a_list_with_too_few_hashes_is_not_the_signed_one() -> None:
    parts = built(TWO)
    short = PartList(parts.name, parts.length, parts.leaves[:1])
    with refused(Code.ATT_LENGTH):
        verify_part_list(short, parts.part)


def test_a_part_is_verified_alone() -> None:
    parts = built(TWO)
    verify_part(parts, 1, b"tail")
    verify_part(parts, 0, bytes(UPLOAD_PART))
    for data, code in ((b"tai", Code.ATT_LENGTH), (b"tails", Code.ATT_LENGTH), (b"Tail", Code.ATT_HASH)):
        with refused(code):
            verify_part(parts, 1, data)


def test_too_many_bytes_are_refused_as_they_come() -> None:
    check = PartCheck(built(TWO), 1)
    check.update(b"tail")
    with refused(Code.ATT_LENGTH):
        check.update(b"s")


def test_no_ciphertext_is_empty_or_endless() -> None:
    with refused(Code.ATT_LENGTH):
        PartListBuilder().finish("att-00")
    with refused(Code.TOO_LARGE):
        PartListBuilder().update(Endless())  # type: ignore[arg-type]  # bytes of that length do not fit here


class Endless:
    """Has a length and no bytes."""

    def __len__(self) -> int:
        return MAX_ATTACHMENT + 1
