"""What is stored comes back as it was, and nothing else is taken for it."""

from dataclasses import replace

import pytest

from nodes.gateway.contents import (
    encode_document,
    encode_draft,
    encode_opened,
    fields_of,
    parse_body,
    parse_draft,
    parse_fields,
    parse_opened,
)
from protocol.cbor import encode
from protocol.core import Mode
from protocol.errors import Code, Fault
from protocol.ids import NodeId, Reference
from protocol.short_reference import find_reference, new_reference
from protocol.stages import Addressee
from tests.simulators.party import CountingEntropy, Party, deliver, draft, message_number, send

ALICE, BOB = Party("alice"), Party("bob")


def test_a_draft_comes_back() -> None:
    plain = draft(ALICE, BOB)
    full = replace(
        plain,
        to=(Addressee(NodeId("bob"), Mode.INFORMATION, reads_identity=True),),
        identity=(("/name", "x"),),
        in_reply_to=message_number(1),
        urgency="urgent",
        urgency_ground="a",
        classification="BPL",
        person_roles=("suspect",),
        data_categories=("ID",),
        consents=(Reference(b"c" * 16),),
        approvals=(Reference(b"a" * 16),),
        reference=new_reference(CountingEntropy()),
    )
    for each in (plain, full):
        assert parse_draft(encode_draft(each)) == each
        assert parse_body(encode_draft(each)) == each.body


def test_a_short_reference_is_a_row_and_no_part_of_the_document() -> None:
    reference = new_reference(CountingEntropy())
    opened = BOB.opens(deliver(send(ALICE, BOB, reference=reference), BOB), ALICE)
    assert find_reference(opened.body) == reference
    assert fields_of(opened.body) == draft(ALICE, BOB).body
    assert find_reference(BOB.opens(deliver(send(ALICE, BOB), BOB), ALICE).body) is None


def test_an_opened_message_comes_back() -> None:
    opened = BOB.opens(deliver(send(ALICE, BOB), BOB), ALICE)
    assert parse_opened(encode_opened(opened)) == opened
    assert parse_body(encode_opened(opened)) == fields_of(opened.body)
    assert fields_of(None) == ()


def test_a_document_comes_back() -> None:
    assert parse_body(encode_document([("/a", 1), ("/b", "x")])) == (("/a", 1), ("/b", "x"))


@pytest.mark.parametrize(
    ("parse", "raw"),
    [
        (parse_draft, encode_document([("/a", 1)])),
        (parse_opened, encode([1, {}, 0, 0, 0, 0])),
        (parse_opened, encode_draft(draft(ALICE, BOB))),
        (parse_body, encode([9, {}])),
        (parse_body, encode([3, [], 1])),
        (parse_draft, b"\xff"),
        (parse_draft, encode_draft(draft(ALICE, BOB)).replace(b"faction", b"fnonsen").replace(b"faction", b"")),
    ],
)
def test_anything_else_is_damaged(parse: object, raw: bytes) -> None:
    with pytest.raises(Fault) as caught:
        parse(raw)  # type: ignore[operator]
    assert caught.value.code in {Code.MALFORMED, Code.UNKNOWN_FIELD}


def test_some_fields_are_those_of_the_whole_body() -> None:
    body = (("/a", 1), ("/b/0/c", "two"), ("/b/1/c", None), ("/d", b"three"))
    sent = draft(ALICE, BOB, body=body, reference=new_reference(CountingEntropy("some")))
    opened = BOB.opens(deliver(send(ALICE, BOB, body=body), BOB), ALICE)
    stored = (encode_draft(sent), encode_opened(opened), encode_document(body))
    for raw in stored:
        assert parse_fields(raw, lambda _: True) == list(parse_body(raw))
        assert parse_fields(raw, lambda path: path.startswith("/b/")) == [("/b/0/c", "two"), ("/b/1/c", None)]
        assert parse_fields(raw, lambda _: False) == []


@pytest.mark.parametrize(
    "raw", [b"", encode([9, 1]), encode([1, 1, 2]), encode([2, 1, 2, 3, 4]), encode([2, 1, 2, 3, 4, 5])]
)
def test_some_fields_of_anything_else_are_damaged(raw: bytes) -> None:
    with pytest.raises(Fault):
        parse_fields(raw, lambda _: True)
