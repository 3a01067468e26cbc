"""What a log holds and what is signed about it: docs/wire.md sections 4.2 to 4.5."""

from dataclasses import dataclass

from tests.oracle.codec import decode
from tests.oracle.log import MAX_CHECKPOINT, MAX_PROOF, Keys, verify_checkpoint, verify_inclusion
from tests.oracle.log import leaf_hash as hash_entry
from tests.oracle.shape import (
    CHANNELS,
    array,
    blob,
    code,
    count,
    digest,
    mapping,
    need,
    node,
    one_of,
    positive,
    reference,
)
from tests.oracle.signed import Identity, parse_signed, sha256, verify_signed

MAX_STATEMENT = 61440
MESSAGE = 1
UNSERVED = 8
VOID = 5
RECEIPT_EVENTS = (1, 2, 3, 4)
HANDOVER = 1
MAX_HOLD_NOTE = 2048
MAX_ERASED = 1024


@dataclass(frozen=True)
class Leaf:
    """An entry of the message log."""

    kind: int
    digest: bytes
    time: int


@dataclass(frozen=True)
class Inclusion:
    """An entry with its path."""

    entry: bytes
    index: int
    size: int
    proof: list[bytes]


def parse_leaf(data: bytes) -> Leaf:
    """Return a leaf of the message log."""
    kind, value, time, size, root = array(decode(data, MAX_STATEMENT), 5)
    leaf = Leaf(count(kind, 1, 8), digest(value), count(time))
    count(size)
    digest(root)
    return leaf


def parse_inclusion(value: object) -> Inclusion:
    """Return an inclusion; its path was not followed."""
    entry, index, size, proof = array(value, 4)
    hashes = [digest(item) for item in array(proof, 0, MAX_PROOF)]
    return Inclusion(blob(entry), count(index), positive(size), hashes)


def verify_logged(inclusion: Inclusion, checkpoint: bytes, log: Keys, message: bytes) -> Leaf:
    """Return the leaf of a message that the log holds, section 4.3."""
    leaf = logged_leaf(inclusion, checkpoint, log)
    need(leaf.kind == MESSAGE and leaf.digest == message, "BAD_EVIDENCE")
    return leaf


def logged_leaf(inclusion: Inclusion, checkpoint: bytes, log: Keys) -> Leaf:
    """Return a leaf that the log holds."""
    head, _ = verify_checkpoint(checkpoint, log)
    need(inclusion.size == head.size, "BAD_INCLUSION")
    place = (inclusion.index, inclusion.size)
    verify_inclusion(hash_entry(inclusion.entry), place, head.root, inclusion.proof)
    return parse_leaf(inclusion.entry)


def verify_unserved(data: bytes, log: Keys, message: bytes) -> Leaf:
    """Return the leaf under which a hub said that a recipient never fetched a message, section 4.11."""
    fields = mapping(decode(data, MAX_CHECKPOINT + MAX_STATEMENT), (1, 2, 3))
    record = blob(fields[1])
    about, recipient, channel, number, ended = array(decode(record, MAX_STATEMENT), 5)
    told, end = digest(about), count(ended)
    node(recipient)
    one_of(channel, CHANNELS)
    positive(number)
    inclusion, checkpoint = parse_inclusion(fields[2]), blob(fields[3])
    need(told == message, "BAD_EVIDENCE")
    leaf = logged_leaf(inclusion, checkpoint, log)
    need(leaf.kind == UNSERVED and leaf.digest == sha256(record), "BAD_EVIDENCE")
    need(leaf.time >= end, "BAD_EVIDENCE")
    return leaf


def verify_acceptance(data: bytes, log: Keys, message: bytes | None) -> Leaf:
    """Return the leaf under which a hub accepted a message."""
    fields = mapping(decode(data, MAX_CHECKPOINT + MAX_STATEMENT), (1, 2, 3))
    told = digest(fields[1])
    inclusion = parse_inclusion(fields[2])
    checkpoint = blob(fields[3])
    need(message in (None, told), "BAD_EVIDENCE")
    return verify_logged(inclusion, checkpoint, log, told)


def verify_receipt(data: bytes, network: bytes, recipient: Identity) -> bytes:
    """Return the id of a receipt that its recipient signed."""
    signed = parse_signed(data)
    fields = mapping(decode(signed.payload), (1, 2, 3, 4, 5), (10,))
    one_of(fields[1], RECEIPT_EVENTS)
    digest(fields[2])
    node(fields[3])
    count(fields[4])
    need(isinstance(fields[5], bool))
    if 10 in fields:
        need(1 <= len(blob(fields[10])) <= MAX_HOLD_NOTE)
        need(fields[1] == HANDOVER and fields[5] is True)
    verify_signed(signed, "xb/1 evidence", network, recipient)
    return sha256(signed.payload)


def verify_void(data: bytes, network: bytes, sender: Identity) -> bytes:
    """Return the id of a void that its sender signed."""
    signed = parse_signed(data)
    fields = mapping(decode(signed.payload), (1, 3, 6, 7, 8, 9))
    one_of(fields[1], (VOID,))
    need(node(fields[3]) != node(fields[6]))
    one_of(fields[7], CHANNELS)
    positive(fields[8])
    count(fields[9], 1, 4)
    verify_signed(signed, "xb/1 evidence", network, sender)
    return sha256(signed.payload)


def verify_anchor(data: bytes, network: bytes, signer: Identity) -> tuple[bytes, list[object]]:
    """Return the id of an anchor that its node signed, and what it says."""
    signed = parse_signed(data)
    kind, name, entries, commitment = said = array(decode(signed.payload), 4)
    count(kind, 1, 1)
    node(name)
    positive(entries)
    digest(commitment)
    verify_signed(signed, "xb/1 anchor", network, signer)
    return sha256(signed.payload), said


def verify_erasure(data: bytes, network: bytes, signer: Identity) -> bytes:
    """Return the id of evidence of an erasure that its node signed."""
    signed = parse_signed(data)
    name, at, ground, by, epoch, items, listed = array(decode(signed.payload), 7)
    node(name)
    for number in (at, epoch, items):
        count(number)
    for word in (ground, by):
        code(word)
    ids = [blob(each) for each in array(listed, 1, MAX_ERASED)]
    need(ids == sorted(set(ids)))
    need(all(len(each) in {16, 32} for each in ids))
    verify_signed(signed, "xb/1 erasure", network, signer)
    return sha256(signed.payload)


def verify_token(data: bytes, network: bytes, holder: Identity) -> bytes:
    """Return the id of a token that its holder signed."""
    signed = parse_signed(data)
    kind, number, *nodes, expires = array(decode(signed.payload), 6)
    count(kind, 1, 4)
    reference(number)
    for name in nodes:
        node(name)
    count(expires)
    verify_signed(signed, "xb/1 token", network, holder)
    return sha256(signed.payload)
