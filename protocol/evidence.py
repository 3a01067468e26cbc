"""Evidence of what happened to a message, with the event names of ETSI EN 319 522-3.

The hub's acceptance is a record rebuilt identically from leaf and checkpoint, never a signature per message. A
recipient signs hand-over and access with its own receipt time. Bytes: docs/wire.md section 4.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from protocol import domains
from protocol.cbor import Item, decode, encode
from protocol.checkpoint import Checkpoint, LogKeys, verify_checkpoint
from protocol.cose import Signed, sign, verify
from protocol.cose import parse as parse_signed
from protocol.errors import Code, Fault, Malformed
from protocol.ids import MessageId, NodeId, parse_digest, parse_node_id
from protocol.leaf import Leaf, LeafKind, parse_leaf, payload_digest
from protocol.limits import MAX_CHECKPOINT, MAX_HOLD_NOTE, MAX_PROOF, MAX_SIGNED, MAX_STATEMENT
from protocol.merkle import leaf_hash, verify_inclusion
from protocol.ports import IdentityPublic, IdentitySigner
from protocol.shapes import as_bytes, as_int, as_list, as_map


class Event(IntEnum):
    """Events a recipient signs; numbers are append-only, names are the standard's."""

    CONTENT_HANDOVER = 1
    CONTENT_ACCESS_TRACKING = 2
    CONTENT_HANDOVER_FAILURE = 3
    CONSIGNMENT_REJECTION = 4


EVENT_NAMES: Final = {
    Event.CONTENT_HANDOVER: "ContentHandover",
    Event.CONTENT_ACCESS_TRACKING: "ContentAccessTracking",
    Event.CONTENT_HANDOVER_FAILURE: "ContentHandoverFailure",
    Event.CONSIGNMENT_REJECTION: "ConsignmentRejection",
}
ACCEPTANCE_NAME: Final = "SubmissionAcceptance"
_RULE: Final = 10


@dataclass(frozen=True, slots=True)
class Inclusion:
    """That an entry stands in a log: its bytes, index, the proof's tree size and its hashes."""

    entry: bytes
    index: int
    size: int
    proof: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The hub's SubmissionAcceptance for one message, verified."""

    message: MessageId
    leaf: Leaf
    index: int
    checkpoint: Checkpoint
    raw: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a recipient says about one message. ``held`` tells that a person must release it first.

    ``rule`` names the rule that holds it, sealed to the message's sender (``protocol.hold_note``); empty where nothing
    is said.
    """

    event: Event
    message: MessageId
    recipient: NodeId
    at: int
    held: bool = False
    rule: bytes = b""


@dataclass(frozen=True, slots=True)
class SignedReceipt:
    """A receipt with its signatures; ``id`` is the digest of its payload."""

    receipt: Receipt
    id: bytes
    signed: Signed


def encode_inclusion(inclusion: Inclusion) -> Item:
    """Return an inclusion as an item for embedding."""
    return [inclusion.entry, inclusion.index, inclusion.size, list(inclusion.proof)]


def parse_inclusion(item: Item) -> Inclusion:
    """Return the inclusion in an item; MALFORMED otherwise. NOT here: verification against a root."""
    entry, index, size, proof = as_list(item, "inclusion", 4, 4)
    return Inclusion(
        as_bytes(entry, "entry"),
        as_int(index, "index"),
        as_int(size, "size", 1),
        tuple(parse_digest(each) for each in as_list(proof, "proof", 0, MAX_PROOF)),
    )


def encode_acceptance(message: MessageId, inclusion: Inclusion, checkpoint: bytes) -> bytes:
    """Return the acceptance evidence; the same leaf and checkpoint always give the same bytes."""
    return encode({1: message, 2: encode_inclusion(inclusion), 3: checkpoint})


def verify_acceptance(raw: bytes, message: MessageId, origin: str, keys: LogKeys) -> Acceptance:
    """Return the acceptance in ``raw`` after verifying it for ``message``; MALFORMED for another form.

    Verifies the checkpoint's signatures (BAD_CHECKPOINT, BAD_SIGNATURE), that the leaf names this message
    (BAD_EVIDENCE) and that the leaf is included (BAD_INCLUSION). Consistency with earlier checkpoints is the caller's.
    """
    fields = as_map(decode(raw, MAX_CHECKPOINT + MAX_STATEMENT), "acceptance", (1, 2, 3))
    told, inclusion, note = parse_digest(fields[1]), parse_inclusion(fields[2]), as_bytes(fields[3], "checkpoint")
    if told != message:
        raise Fault(Code.BAD_EVIDENCE, "acceptance of another message")
    checkpoint = verify_checkpoint(note, origin, keys)
    leaf = verify_leaf(inclusion, checkpoint)
    if leaf.kind is not LeafKind.MESSAGE or leaf.digest != message:
        raise Fault(Code.BAD_EVIDENCE, "leaf of another message")
    return Acceptance(message, leaf, inclusion.index, checkpoint, raw)


def verify_leaf(inclusion: Inclusion, checkpoint: Checkpoint) -> Leaf:
    """Return the leaf after verifying that it stands in the log the checkpoint signs; BAD_INCLUSION otherwise."""
    if inclusion.size != checkpoint.size:
        raise Fault(Code.BAD_INCLUSION, "proof is for another size")
    hashed = leaf_hash(inclusion.entry)
    verify_inclusion(hashed, inclusion.index, inclusion.size, inclusion.proof, checkpoint.root)
    return parse_leaf(inclusion.entry)


def encode_receipt(receipt: Receipt) -> bytes:
    """Return the payload a recipient signs."""
    fields: dict[int, Item] = {1: int(receipt.event), 2: receipt.message, 3: receipt.recipient, 4: receipt.at}
    fields[5] = receipt.held
    if receipt.rule:
        fields[_RULE] = receipt.rule
    return encode(fields)


def parse_receipt(raw: bytes) -> SignedReceipt:
    """Return the receipt in a signed object; MALFORMED otherwise. NOT here: signatures (``verify_receipt``)."""
    signed = parse_signed(raw, MAX_SIGNED)
    fields = as_map(decode(signed.payload, MAX_SIGNED), "receipt", (1, 2, 3, 4, 5), (_RULE,))
    event = as_int(fields[1], "event", 1)
    if event not in {int(each) for each in Event} or not isinstance(fields[5], bool):
        raise Malformed("receipt")
    rule = as_bytes(fields[_RULE], "rule") if _RULE in fields else b""
    held = fields[5] and event == Event.CONTENT_HANDOVER
    if _RULE in fields and not (held and 0 < len(rule) <= MAX_HOLD_NOTE):
        raise Malformed("rule of a receipt")
    receipt = Receipt(
        event=Event(event),
        message=MessageId(parse_digest(fields[2])),
        recipient=parse_node_id(fields[3]),
        at=as_int(fields[4], "at"),
        held=fields[5],
        rule=rule,
    )
    return SignedReceipt(receipt, payload_digest(signed.payload), signed)


def sign_receipt(receipt: Receipt, signer: IdentitySigner, network: bytes) -> bytes:
    """Return the signed receipt."""
    return sign(signer, domains.EVIDENCE, network, encode_receipt(receipt))


def verify_receipt(receipt: SignedReceipt, recipient: IdentityPublic, network: bytes) -> None:
    """Raise unless both signatures are the recipient's: UNKNOWN_KEY or BAD_SIGNATURE (attacks 31, 63)."""
    verify(receipt.signed, recipient, domains.EVIDENCE, network)
