"""Evidence by the hub that a recipient was never handed a message: ContentHandoverFailure of ETSI EN 319 522-3.

A deterministic record under a leaf of its own kind, never a signature per message (protocol decision 12), rebuilt
identically from record, leaf and checkpoint. It says where the item lay and when its life ended; the leaf's time is not
before that end. Whoever was handed the item, confirmed or not, is never spoken of. Bytes: docs/wire.md section 4.11.
"""

from dataclasses import dataclass
from typing import Final

from protocol.cbor import decode, encode
from protocol.checkpoint import Checkpoint, LogKeys, verify_checkpoint
from protocol.core import Core
from protocol.errors import Code, Fault
from protocol.evidence import Inclusion, encode_inclusion, parse_inclusion, verify_leaf
from protocol.ids import Channel, MessageId, NodeId, parse_channel, parse_digest, parse_node_id
from protocol.leaf import Leaf, LeafKind, payload_digest
from protocol.limits import MAX_CHECKPOINT, MAX_STATEMENT
from protocol.shapes import as_bytes, as_fixed, as_int, as_map

UNSERVED_NAME: Final = "ContentHandoverFailure"
UNSERVED_EVENT: Final = 6
"""Its number where evidence of all kinds is listed, behind events and voids; no receipt bears it."""


@dataclass(frozen=True, slots=True)
class Unserved:
    """That item ``number`` of a recipient's mailbox was never handed out while the message lived, in seconds UTC."""

    message: MessageId
    recipient: NodeId
    channel: Channel
    number: int
    expires_at: int

    def encode(self) -> bytes:
        """Return the record's bytes; its leaf names their SHA-256."""
        return encode([self.message, self.recipient, self.channel, self.number, self.expires_at])


@dataclass(frozen=True, slots=True)
class ProvedUnserved:
    """A record that stands in the log, verified."""

    record: Unserved
    leaf: Leaf
    index: int
    checkpoint: Checkpoint


def parse_unserved(raw: bytes) -> Unserved:
    """Return the record; MALFORMED otherwise. NOT here: its leaf, and whether it is about a message's recipient."""
    message, recipient, channel, number, expires = as_fixed(decode(raw, MAX_STATEMENT), "unserved", 5)
    return Unserved(
        MessageId(parse_digest(message)),
        parse_node_id(recipient),
        parse_channel(channel),
        as_int(number, "number", 1),
        as_int(expires, "expires"),
    )


def check_unserved_leaf(record: Unserved, leaf: Leaf) -> None:
    """Raise BAD_EVIDENCE unless the leaf is the record's, and not older than the end that the record states."""
    if (leaf.kind, leaf.digest) != (LeafKind.UNSERVED, payload_digest(record.encode())):
        raise Fault(Code.BAD_EVIDENCE, "leaf of another record")
    if leaf.time < record.expires_at:
        raise Fault(Code.BAD_EVIDENCE, "logged before the message's life ended")


def check_unserved_core(record: Unserved, core: Core) -> None:
    """Raise unless the record tells the message's own channel and end (BAD_EVIDENCE), of one of its recipients.

    NOT_A_RECIPIENT for anybody else. NOT here: that the record names the message's id.
    """
    if core.recipient(record.recipient) is None:
        raise Fault(Code.NOT_A_RECIPIENT)
    if (record.channel, record.expires_at) != (core.channel, core.expires_at):
        raise Fault(Code.BAD_EVIDENCE, "another channel or end than the message's")


def encode_unserved_evidence(record: Unserved, inclusion: Inclusion, checkpoint: bytes) -> bytes:
    """Return the evidence; the same record, leaf and checkpoint always give the same bytes."""
    return encode({1: record.encode(), 2: encode_inclusion(inclusion), 3: checkpoint})


def verify_unserved(raw: bytes, message: MessageId, origin: str, keys: LogKeys) -> ProvedUnserved:
    """Return what the evidence in ``raw`` proves of ``message``; MALFORMED for another form.

    Verifies that the record names this message (BAD_EVIDENCE), the checkpoint's signatures (BAD_CHECKPOINT,
    BAD_SIGNATURE), that the leaf is included (BAD_INCLUSION) and is the record's (BAD_EVIDENCE). NOT here: the
    message's own recipients and end (``check_unserved_core``), the directory at the leaf, consistency with earlier
    checkpoints.
    """
    fields = as_map(decode(raw, MAX_CHECKPOINT + MAX_STATEMENT), "unserved evidence", (1, 2, 3))
    record, inclusion = parse_unserved(as_bytes(fields[1], "record")), parse_inclusion(fields[2])
    note = as_bytes(fields[3], "checkpoint")
    if record.message != message:
        raise Fault(Code.BAD_EVIDENCE, "record of another message")
    checkpoint = verify_checkpoint(note, origin, keys)
    leaf = verify_leaf(inclusion, checkpoint)
    check_unserved_leaf(record, leaf)
    return ProvedUnserved(record, leaf, inclusion.index, checkpoint)
