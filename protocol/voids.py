"""Void evidence: a sender signs that one of its sequence numbers will never belong to a message (decision 18).

A message that was refused, replaced or overtaken by its expiry has used up a number towards each recipient. The void
says so, over recipient, channel and number, so that the recipient's gap closes with a reason.
Bytes: docs/wire.md section 4.4.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from protocol import domains
from protocol.cbor import Item, decode, encode
from protocol.cose import Signed, sign, verify
from protocol.cose import parse as parse_signed
from protocol.errors import Malformed
from protocol.evidence import SignedReceipt, parse_receipt
from protocol.ids import Channel, NodeId, parse_channel, parse_node_id
from protocol.leaf import payload_digest
from protocol.limits import MAX_SIGNED
from protocol.ports import IdentityPublic, IdentitySigner
from protocol.shapes import as_int, as_map

VOID_EVENT: Final = 5
"""The event number of a void; the recipients' events have the numbers before it."""
VOID_NAME: Final = "Void"
_EVENT, _RECIPIENT, _SENDER, _CHANNEL, _SEQUENCE, _REASON = 1, 3, 6, 7, 8, 9
_KEYS: Final = (_EVENT, _RECIPIENT, _SENDER, _CHANNEL, _SEQUENCE, _REASON)


class VoidReason(IntEnum):
    """Why no message bears the number; numbers are append-only."""

    REFUSED = 1  # the hub refused the message for good
    REPLACED = 2  # it was sealed again under a new number
    EXPIRED = 3  # its life ended before the hub took it
    UNUSED = 4  # it was never sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class Void:
    """One number of ``sender`` towards ``recipient`` in ``channel`` that no message bears."""

    sender: NodeId
    recipient: NodeId
    channel: Channel
    sequence: int
    reason: VoidReason


@dataclass(frozen=True, slots=True)
class SignedVoid:
    """A void with its signatures; ``id`` is the digest of its payload."""

    void: Void
    id: bytes
    signed: Signed


Evidence = SignedReceipt | SignedVoid


def encode_void(void: Void) -> bytes:
    """Return the payload a sender signs; the same void always gives the same bytes."""
    fields: dict[int, Item] = {
        _EVENT: VOID_EVENT,
        _RECIPIENT: void.recipient,
        _SENDER: void.sender,
        _CHANNEL: void.channel,
        _SEQUENCE: void.sequence,
        _REASON: int(void.reason),
    }
    return encode(fields)


def sign_void(void: Void, signer: IdentitySigner, network: bytes) -> bytes:
    """Return the void signed by its sender."""
    return sign(signer, domains.EVIDENCE, network, encode_void(void))


def parse_void(raw: bytes) -> SignedVoid:
    """Return the void in a signed object; MALFORMED or UNKNOWN_FIELD otherwise. NOT here: signatures."""
    signed = parse_signed(raw, MAX_SIGNED)
    fields = as_map(decode(signed.payload, MAX_SIGNED), "void", _KEYS)
    reason = as_int(fields[_REASON], "reason", 1)
    if fields[_EVENT] != VOID_EVENT or reason not in {int(each) for each in VoidReason}:
        raise Malformed("void")
    void = Void(
        sender=parse_node_id(fields[_SENDER]),
        recipient=parse_node_id(fields[_RECIPIENT]),
        channel=parse_channel(fields[_CHANNEL]),
        sequence=as_int(fields[_SEQUENCE], "sequence", 1),
        reason=VoidReason(reason),
    )
    if void.sender == void.recipient:
        raise Malformed("a node does not write to itself")
    return SignedVoid(void, payload_digest(signed.payload), signed)


def parse_evidence(raw: bytes) -> Evidence:
    """Return the receipt or void in a signed object, told apart by the event number; MALFORMED for neither."""
    fields = decode(parse_signed(raw, MAX_SIGNED).payload, MAX_SIGNED)
    event = fields.get(_EVENT) if isinstance(fields, dict) else None
    return parse_void(raw) if event == VOID_EVENT else parse_receipt(raw)


def verify_void(void: SignedVoid, sender: IdentityPublic, network: bytes) -> None:
    """Raise unless both signatures are the sender's: UNKNOWN_KEY or BAD_SIGNATURE."""
    verify(void.signed, sender, domains.EVIDENCE, network)
