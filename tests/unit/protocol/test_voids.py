"""Void evidence: one number of one sender towards one recipient, said under both signatures and in one form."""

import pytest

from protocol import domains
from protocol.cbor import Item, decode, encode
from protocol.cose import sign
from protocol.errors import Code
from protocol.evidence import Event, Receipt, SignedReceipt, parse_receipt, sign_receipt
from protocol.ids import Channel, NodeId
from protocol.leaf import payload_digest
from protocol.voids import SignedVoid, Void, VoidReason, parse_evidence, parse_void, sign_void, verify_void
from tests.simulators.faults import refused
from tests.simulators.party import NETWORK, NOW, Party, message_number

SKOPJE, BELGRADE = Party("mk.ilecu"), Party("rs.ilecu")
VOID = Void(
    sender=NodeId("mk.ilecu"),
    recipient=NodeId("rs.ilecu"),
    channel=Channel("police"),
    sequence=7,
    reason=VoidReason.REFUSED,
)


def fields() -> dict[int, Item]:
    found = decode(parse_void(sign_void(VOID, SKOPJE.identity, NETWORK)).signed.payload)
    assert isinstance(found, dict)
    return dict(found)  # type: ignore[arg-type]  # all keys are integers


def signed(item: Item) -> bytes:
    return sign(SKOPJE.identity, domains.EVIDENCE, NETWORK, encode(item))


@pytest.mark.parametrize("reason", VoidReason)
def test_a_void_comes_back_and_verifies(reason: VoidReason) -> None:
    void = Void(
        sender=VOID.sender, recipient=VOID.recipient, channel=VOID.channel, sequence=VOID.sequence, reason=reason
    )
    found = parse_evidence(sign_void(void, SKOPJE.identity, NETWORK))
    assert isinstance(found, SignedVoid)
    assert found.void == void
    verify_void(found, SKOPJE.identity.public, NETWORK)


def test_signing_twice_gives_one_id() -> None:
    once, again = (parse_void(sign_void(VOID, SKOPJE.identity, NETWORK)) for _ in range(2))
    assert once.id == again.id == payload_digest(once.signed.payload)


def test_another_signer_or_network_is_refused() -> None:
    found = parse_void(sign_void(VOID, SKOPJE.identity, NETWORK))
    with refused(Code.UNKNOWN_KEY):
        verify_void(found, BELGRADE.identity.public, NETWORK)
    with refused(Code.BAD_SIGNATURE):
        verify_void(found, SKOPJE.identity.public, bytes(16))


@pytest.mark.parametrize(
    ("label", "value", "code"),
    [
        (1, 4, Code.MALFORMED),
        (3, "RS", Code.MALFORMED),
        (3, "mk.ilecu", Code.MALFORMED),
        (6, None, Code.MALFORMED),
        (7, "police2", Code.MALFORMED),
        (8, 0, Code.MALFORMED),
        (8, 1 << 53, Code.MALFORMED),
        (9, 0, Code.MALFORMED),
        (9, 5, Code.MALFORMED),
        (9, True, Code.MALFORMED),
        (10, 1, Code.UNKNOWN_FIELD),
    ],
)
def test_what_is_no_void_is_refused(label: int, value: Item, code: Code) -> None:
    with refused(code):
        parse_void(signed({**fields(), label: value}))


@pytest.mark.parametrize("label", [1, 3, 6, 7, 8, 9])
def test_every_field_is_needed(label: int) -> None:
    with refused(Code.MALFORMED):
        parse_void(signed({key: value for key, value in fields().items() if key != label}))


def test_receipts_and_voids_are_never_taken_for_each_other() -> None:
    receipt = Receipt(event=Event.CONTENT_HANDOVER, message=message_number(1), recipient=VOID.recipient, at=NOW)
    raw = sign_receipt(receipt, BELGRADE.identity, NETWORK)
    found = parse_evidence(raw)
    assert isinstance(found, SignedReceipt)
    assert found.receipt == receipt
    with refused(Code.UNKNOWN_FIELD):
        parse_void(raw)
    with refused(Code.UNKNOWN_FIELD):
        parse_receipt(sign_void(VOID, SKOPJE.identity, NETWORK))


@pytest.mark.parametrize(
    ("item", "code"),
    [([1, 2], Code.MALFORMED), ({1: 6}, Code.MALFORMED), ({"a": 1}, Code.UNKNOWN_FIELD), ({}, Code.MALFORMED)],
)
def test_what_is_neither_is_refused(item: Item, code: Code) -> None:
    with refused(code):
        parse_evidence(signed(item))
