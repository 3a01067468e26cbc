"""Answers to auditors are read as written, and nothing else is."""

from dataclasses import replace

import pytest

from protocol.audit import (
    CodeCount,
    Record,
    RecordPage,
    Refusals,
    RuleCount,
    encode_found,
    encode_page,
    encode_refusals,
    parse_found,
    parse_page,
    parse_refusals,
    size_of,
)
from protocol.cbor import Item, encode
from protocol.decision import Verdict
from protocol.errors import Malformed
from protocol.ids import Channel, NodeId

PAGE = RecordPage(9, (Record(3, b"a"), Record(8, b"b")))
COUNTED = Refusals(
    (RuleCount(20_000, NodeId("rs.ilecu"), Channel("police"), "police.x", "Art. 4", Verdict.DENY, 2),),
    (CodeCount(20_000, "rs.ilecu", "POLICY_DENIED", 2),),
)


def test_answers_are_read_as_written() -> None:
    assert parse_page(encode_page(PAGE)) == PAGE
    assert parse_page(encode_page(RecordPage(0, ()))) == RecordPage(0, ())
    assert parse_found(encode_found(PAGE.records)) == PAGE.records
    assert parse_refusals(encode_refusals(COUNTED)) == COUNTED
    cut = replace(COUNTED, next=(20_001, 7))
    assert parse_refusals(encode_refusals(cut)) == cut


def test_counts_that_fit_are_the_same_bytes_as_before_and_their_size_is_known() -> None:
    rule: Item = [20_000, "rs.ilecu", "police", "police.x", "Art. 4", "deny", 2]
    code: Item = [20_000, "rs.ilecu", "POLICY_DENIED", 2]
    assert encode_refusals(COUNTED) == encode([[rule], [code]])
    assert [size_of(COUNTED.rules[0]), size_of(COUNTED.codes[0])] == [len(encode(rule)), len(encode(code))]


@pytest.mark.parametrize("rest", [[[1]], [[1, -1]], [1], [[1, 2], [1, 2]]])
def test_where_counts_go_on_is_closed(rest: list[Item]) -> None:
    with pytest.raises(Malformed):
        parse_refusals(encode([[], [], *rest]))


@pytest.mark.parametrize(
    "page",
    [
        [9, [[3, b"a"], [3, b"b"]]],
        [9, [[8, b"a"], [3, b"b"]]],
        [8, [[8, b"a"]]],
        [9, [[3, "a"]]],
        [9, [[3]]],
        [9],
    ],
)
def test_a_page_ascends_below_its_end(page: Item) -> None:
    with pytest.raises(Malformed):
        parse_page(encode(page))


@pytest.mark.parametrize(
    "row",
    [
        [1, "rs.ilecu", "police", "r", "a", "perhaps", 1],
        [1, "rs.ilecu", "police", "r", "a", 1, 1],
        [1, "rs.ilecu", "gossip", "r", "a", "deny", 1],
        [1, "rs.ilecu", "police", "r", "a", "deny", 0],
    ],
)
def test_counts_are_closed(row: Item) -> None:
    with pytest.raises(Malformed):
        parse_refusals(encode([[row], []]))


def test_a_message_that_is_there_has_its_own_record() -> None:
    with pytest.raises(Malformed):
        parse_found(encode([]))
