"""The rule that holds a message is read by its sender and by nobody else."""

from dataclasses import replace

import pytest

from keys.recipient_ring import RecipientRing, recipient_seed
from protocol import domains
from protocol.cbor import encode
from protocol.cose import sign
from protocol.errors import Code
from protocol.evidence import Event, Receipt, encode_receipt, parse_receipt, sign_receipt
from protocol.hold_note import Held, open_hold_note, seal_hold_note
from protocol.ids import Channel, NodeId
from protocol.wrap import SECRET_SIZE, recipient_key_id, recipient_public_bytes, seal_wrap
from tests.simulators.party import NETWORK, NOW, Party, message_number
from tests.simulators.refusal import refused

SEED = b"\x07" * 32
PUBLIC = recipient_public_bytes(SEED)
KEY_ID = recipient_key_id(PUBLIC)
RING = RecipientRing([recipient_seed(Channel("police"), (0, 1), SEED)])
BELGRADE = Party("rs.ilecu")
HELD = Held(message_number(1), NodeId("mk.ilecu"), BELGRADE.node)
RULE = "police.content-categories-of-roles"
NOTE = seal_hold_note(RULE, HELD, KEY_ID, PUBLIC)


def receipt(**changes: object) -> Receipt:
    said = Receipt(event=Event.CONTENT_HANDOVER, message=HELD.message, recipient=HELD.holder, at=NOW, held=True)
    return replace(said, rule=NOTE, **changes)


def test_the_sender_reads_the_rule_and_the_bytes_do_not_show_it() -> None:
    assert open_hold_note(NOTE, HELD, RING) == RULE
    assert open_hold_note(seal_hold_note("r" * SECRET_SIZE, HELD, KEY_ID, PUBLIC), HELD, RING) == "r" * SECRET_SIZE
    assert RULE.encode() not in NOTE
    assert len(NOTE) == len(seal_hold_note("x", HELD, KEY_ID, PUBLIC)), "the length tells nothing of the rule"


@pytest.mark.parametrize(
    "other",
    [
        replace(HELD, message=message_number(2)),
        replace(HELD, sender=NodeId("al.ilecu")),
        replace(HELD, holder=NodeId("al.ilecu")),
    ],
)
def test_a_note_moved_elsewhere_does_not_open(other: Held) -> None:
    with refused(Code.WRAP_DECRYPT):
        open_hold_note(NOTE, other, RING)


def test_a_key_that_is_gone_opens_nothing() -> None:
    with refused(Code.UNKNOWN_DECRYPTION_KEY):
        open_hold_note(NOTE, HELD, RecipientRing())


@pytest.mark.parametrize("rule", ["", "a" * 65, "naïve", "two\nlines"])
def test_only_ids_of_rules_are_sealed(rule: str) -> None:
    with refused(Code.MALFORMED):
        seal_hold_note(rule, HELD, KEY_ID, PUBLIC)


@pytest.mark.parametrize(
    "inside", [bytes(64), b"\xff".ljust(64, b"\0"), b"a\0b".ljust(64, b"\0"), b"a\n".ljust(64, b"\0")]
)
def test_what_is_no_id_inside_is_refused(inside: bytes) -> None:
    bound = encode([domains.HOLD, HELD.message, HELD.holder])
    with refused(Code.MALFORMED):
        open_hold_note(seal_wrap(inside, PUBLIC, KEY_ID, bound, HELD.sender), HELD, RING)


def test_a_wrap_of_a_message_is_no_note() -> None:
    with refused(Code.WRAP_DECRYPT):
        open_hold_note(seal_wrap(bytes(64), PUBLIC, KEY_ID, b"a core", HELD.sender), HELD, RING)


def test_a_receipt_carries_the_note_and_older_ones_stay_as_they_are() -> None:
    assert parse_receipt(sign_receipt(receipt(), BELGRADE.identity, NETWORK)).receipt == receipt()
    bare = replace(receipt(), rule=b"")
    assert len(encode_receipt(bare)) < 120
    assert parse_receipt(sign_receipt(bare, BELGRADE.identity, NETWORK)).receipt == bare


@pytest.mark.parametrize(
    "wrong",
    [receipt(held=False), receipt(event=Event.CONTENT_ACCESS_TRACKING), replace(receipt(), rule=b"x" * 2049)],
)
def test_a_note_stands_only_where_a_message_is_held(wrong: Receipt) -> None:
    with refused(Code.MALFORMED):
        parse_receipt(sign_receipt(wrong, BELGRADE.identity, NETWORK))


def test_an_empty_note_is_refused() -> None:
    fields = {1: 1, 2: HELD.message, 3: HELD.holder, 4: NOW, 5: True, 10: b""}
    with refused(Code.MALFORMED):
        parse_receipt(sign(BELGRADE.identity, domains.EVIDENCE, NETWORK, encode(fields)))
