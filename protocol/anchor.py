"""Anchors: a node signs how far a log of its own had come, and the hub writes that into the message log.

What the hub learns is the number of entries and nothing else. The head itself stays at the node: it is committed to
together with a salt, because the entries of a short log could be guessed. Whoever is shown salt and head can tell
whether they are what was anchored.
Bytes: docs/wire.md section 4.7.
"""

import hashlib
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from protocol import domains
from protocol.cbor import decode, encode
from protocol.cose import Signed, sign, verify
from protocol.cose import parse as parse_signed
from protocol.errors import Malformed
from protocol.ids import DIGEST_SIZE, NodeId, parse_digest, parse_node_id
from protocol.leaf import payload_digest
from protocol.limits import MAX_SIGNED
from protocol.ports import IdentityPublic, IdentitySigner
from protocol.shapes import as_fixed, as_int

SALT_SIZE: Final = 16  # bytes


class AnchorKind(IntEnum):
    """Which log of the node is anchored; numbers are append-only."""

    PROCESSING_LOG = 1


@dataclass(frozen=True, slots=True)
class Anchor:
    """``count`` entries of a log of ``node``, and the commitment to their head."""

    kind: AnchorKind
    node: NodeId
    count: int
    commitment: bytes


@dataclass(frozen=True, slots=True)
class SignedAnchor:
    """An anchor with its signatures; ``id`` is the digest of its payload."""

    anchor: Anchor
    id: bytes
    signed: Signed


def commit(salt: bytes, node: NodeId, count: int, head: bytes) -> bytes:
    """Return the commitment to a head; ``ValueError`` for a salt or head of another length."""
    if len(salt) != SALT_SIZE or len(head) != DIGEST_SIZE:
        raise ValueError("a salt has 16 bytes, a head 32")
    return hashlib.sha256(encode([domains.ANCHORED, salt, node, count, head])).digest()


def encode_anchor(anchor: Anchor) -> bytes:
    """Return the payload a node signs; the same anchor always gives the same bytes."""
    return encode([int(anchor.kind), anchor.node, anchor.count, anchor.commitment])


def sign_anchor(anchor: Anchor, signer: IdentitySigner, network: bytes) -> bytes:
    """Return the anchor signed by its node."""
    return sign(signer, domains.ANCHOR, network, encode_anchor(anchor))


def parse_anchor(raw: bytes) -> SignedAnchor:
    """Return the anchor in a signed object; MALFORMED otherwise. NOT here: signatures (``verify_anchor``)."""
    signed = parse_signed(raw, MAX_SIGNED)
    kind, node, count, commitment = as_fixed(decode(signed.payload, MAX_SIGNED), "anchor", 4)
    if as_int(kind, "kind", 1) not in {int(known) for known in AnchorKind}:
        raise Malformed("anchor kind")
    anchor = Anchor(
        AnchorKind(as_int(kind, "kind", 1)),
        parse_node_id(node),
        as_int(count, "count", 1),
        parse_digest(commitment),
    )
    return SignedAnchor(anchor, payload_digest(signed.payload), signed)


def verify_anchor(anchor: SignedAnchor, node: IdentityPublic, network: bytes) -> None:
    """Raise unless both signatures are the node's: UNKNOWN_KEY or BAD_SIGNATURE."""
    verify(anchor.signed, node, domains.ANCHOR, network)
