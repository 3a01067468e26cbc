"""Receipts handed in together, and which of them are logged: what goes in comes out, and nothing else is one."""

import pytest

from protocol.cbor import Item, encode
from protocol.errors import Fault, Malformed
from protocol.evidence import Inclusion
from protocol.limits import MAX_BATCH, MAX_SIGNED
from protocol.receipt_batch import (
    LoggedBatch,
    encode_logged_batch,
    encode_receipts,
    parse_logged_batch,
    parse_receipts,
)

INCLUSION = Inclusion(b"leaf", 1, 2, (bytes(32),))
ONE = [bytes(32), [b"leaf", 1, 2, [bytes(32)]]]


def test_receipts_come_out_in_their_order() -> None:
    assert parse_receipts(encode_receipts([b"second", b"first", b"second"])) == (b"second", b"first", b"second")


@pytest.mark.parametrize("receipts", [[], [b"x"] * (MAX_BATCH + 1), [b"x" * (MAX_SIGNED + 1)], ["text"], {1: b"x"}])
def test_no_receipts_too_many_too_large_or_other_things_are_refused(receipts: Item) -> None:
    with pytest.raises(Malformed):
        parse_receipts(encode(receipts))


@pytest.mark.parametrize("digests", [(), (bytes(32),), (bytes(32), b"1" * 32)])
def test_what_is_logged_comes_out_as_it_was_said(digests: tuple[bytes, ...]) -> None:
    batch = LoggedBatch(tuple((each, INCLUSION) for each in digests), b"checkpoint")
    assert parse_logged_batch(encode_logged_batch(batch)) == batch


@pytest.mark.parametrize(
    "answer",
    [
        {1: [ONE, ONE], 2: b"checkpoint"},
        {1: [[b"short", ONE[1]]], 2: b"checkpoint"},
        {1: [[bytes(32)]], 2: b"checkpoint"},
        {1: [ONE]},
        {1: [ONE], 2: "checkpoint"},
    ],
)
def test_an_answer_that_says_one_thing_twice_or_has_another_form_is_refused(answer: Item) -> None:
    with pytest.raises(Malformed):
        parse_logged_batch(encode(answer))


def test_a_label_that_is_not_known_is_refused() -> None:
    with pytest.raises(Fault, match="UNKNOWN_FIELD"):
        parse_logged_batch(encode({1: [ONE], 2: b"checkpoint", 3: 0}))
