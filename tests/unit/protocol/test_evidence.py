"""Evidence and mailboxes: verified against a small real log, refused when a byte of the story changes."""

import pytest

from protocol import domains
from protocol.cbor import Item, decode, encode
from protocol.cose import sign
from protocol.errors import Code
from protocol.evidence import (
    EVENT_NAMES,
    Event,
    Inclusion,
    Receipt,
    encode_acceptance,
    encode_receipt,
    parse_receipt,
    sign_receipt,
    verify_acceptance,
    verify_receipt,
)
from protocol.ids import Channel, MessageId
from protocol.leaf import Leaf, LeafKind, encode_leaf
from protocol.mailbox import Head, ItemKind, MailboxItem, Page, encode_page, parse_page, sign_head, verify_head
from tests.simulators.faults import refused
from tests.simulators.party import NETWORK, NOW, Party, PlainIdentity, message_number
from tests.simulators.small_log import ORIGIN, SmallLog

HUB = PlainIdentity("hub")
BELGRADE = Party("rs.ilecu")


def leaf_for(message: MessageId, kind: LeafKind = LeafKind.MESSAGE) -> bytes:
    return encode_leaf(Leaf(kind, message, NOW, 3, bytes(32)))


def log_with(*entries: bytes) -> SmallLog:
    log = SmallLog()
    for entry in entries:
        log.append(entry)
    return log


def acceptance(log: SmallLog, message: MessageId, index: int) -> bytes:
    return encode_acceptance(message, log.inclusion(index), log.checkpoint())


def test_acceptance_is_rebuilt_identically_and_verifies() -> None:
    wanted = message_number(2)
    log = log_with(*(leaf_for(message_number(n)) for n in range(5)))
    raw = acceptance(log, wanted, 2)
    accepted = verify_acceptance(raw, wanted, ORIGIN, log.keys)
    assert (accepted.index, accepted.leaf.time, accepted.checkpoint.size) == (2, NOW, 5)
    checkpoint = decode(raw)[3]  # type: ignore[index,call-overload]  # an acceptance is a map
    assert encode_acceptance(wanted, log.inclusion(2), checkpoint) == raw


def test_acceptance_of_something_else() -> None:
    log = log_with(leaf_for(message_number(0)), leaf_for(message_number(1), LeafKind.EVIDENCE))
    with refused(Code.BAD_EVIDENCE):
        verify_acceptance(acceptance(log, message_number(0), 0), message_number(9), ORIGIN, log.keys)
    with refused(Code.BAD_EVIDENCE):
        verify_acceptance(acceptance(log, message_number(9), 0), message_number(9), ORIGIN, log.keys)
    with refused(Code.BAD_EVIDENCE):
        verify_acceptance(acceptance(log, message_number(1), 1), message_number(1), ORIGIN, log.keys)


@pytest.mark.parametrize("change", [{1: bytes(33)}, {1: 7}, {2: []}, {3: "text"}])
def test_acceptance_of_another_form(change: dict[int, Item]) -> None:
    """The form of every label comes before the question of which message it is."""
    log = log_with(leaf_for(message_number(0)))
    whole = decode(acceptance(log, message_number(0), 0))
    raw = encode(dict(whole) | change)  # type: ignore[call-overload]  # an acceptance is a map
    for asked in (message_number(0), message_number(9)):
        with refused(Code.MALFORMED):
            verify_acceptance(raw, asked, ORIGIN, log.keys)


def test_acceptance_with_a_proof_for_another_size_or_leaf() -> None:
    log = log_with(*(leaf_for(message_number(n)) for n in range(3)))
    old = log.inclusion(0)
    log.append(leaf_for(message_number(3)))
    with refused(Code.BAD_INCLUSION):
        verify_acceptance(
            encode_acceptance(message_number(0), old, log.checkpoint()), message_number(0), ORIGIN, log.keys
        )
    forged = Inclusion(leaf_for(message_number(8)), 0, 4, log.inclusion(0).proof)
    with refused(Code.BAD_INCLUSION):
        verify_acceptance(
            encode_acceptance(message_number(8), forged, log.checkpoint()), message_number(8), ORIGIN, log.keys
        )


def test_receipt_is_its_recipients() -> None:
    receipt = Receipt(
        event=Event.CONTENT_HANDOVER, message=message_number(1), recipient=BELGRADE.node, at=NOW, held=True
    )
    signed = parse_receipt(sign_receipt(receipt, BELGRADE.identity, NETWORK))
    assert signed.receipt == receipt
    verify_receipt(signed, BELGRADE.identity.public, NETWORK)
    with refused(Code.UNKNOWN_KEY):
        verify_receipt(signed, HUB.public, NETWORK)


def test_receipts_refuse_unknown_events_and_non_booleans() -> None:
    good = decode(
        encode_receipt(
            Receipt(event=Event.CONTENT_HANDOVER, message=message_number(1), recipient=BELGRADE.node, at=NOW)
        )
    )
    for label, value in ((1, 9), (5, 1)):
        changed: dict[int, Item] = {**good, label: value}  # type: ignore[dict-item]  # a receipt is a map
        raw = sign(BELGRADE.identity, domains.EVIDENCE, NETWORK, encode(changed))
        with refused(Code.MALFORMED):
            parse_receipt(raw)


def test_events_have_the_standards_names() -> None:
    assert set(EVENT_NAMES) == set(Event)
    assert EVENT_NAMES[Event.CONTENT_HANDOVER] == "ContentHandover"


def test_head_is_the_hubs() -> None:
    head = Head(BELGRADE.node, Channel("police"), 7, 40)
    raw = sign_head(head, HUB, NETWORK)
    assert verify_head(raw, HUB.public, NETWORK) == head
    with refused(Code.UNKNOWN_KEY):
        verify_head(raw, BELGRADE.identity.public, NETWORK)


def page(*numbers: int, kind: int = 1) -> bytes:
    inclusion: Item = [leaf_for(message_number(0)), 0, 1, []]
    return encode({1: b"head", 2: b"checkpoint", 3: [[n, kind, inclusion, b"content"] for n in numbers]})


def test_page() -> None:
    parsed = parse_page(page(3, 9))
    assert [item.number for item in parsed.items] == [3, 9]
    assert encode_page(parsed) == page(3, 9)
    item = MailboxItem(1, ItemKind.GONE, Inclusion(b"entry", 0, 1, ()), b"")
    assert parse_page(encode_page(Page(b"h", b"c", (item,)))).items == (item,)


@pytest.mark.parametrize("raw", [page(3, 3), page(4, 3), page(1, kind=5), page(0)])
def test_page_refuses(raw: bytes) -> None:
    with refused(Code.MALFORMED):
        parse_page(raw)
