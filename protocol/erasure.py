"""Evidence of an erasure: a node signs which items it erased, when, on which ground and by whom, never what they said.

It is kept at the node as long as the processing log, and handed to whoever may ask: the sender that set the date, a
data protection authority. ``epoch`` is the last epoch key under which one of the items was wrapped; it and all before
it are destroyed, so no copy of the node's database opens them (invariant 10).
Bytes: docs/wire.md section 4.10.
"""

from dataclasses import dataclass
from typing import Final

from protocol import domains
from protocol.cbor import Item, decode, encode
from protocol.cose import Signed, sign, verify
from protocol.cose import parse as parse_signed
from protocol.errors import Malformed
from protocol.ids import DIGEST_SIZE, REFERENCE_SIZE, NodeId, parse_node_id
from protocol.leaf import payload_digest
from protocol.limits import MAX_ERASED, MAX_SIGNED
from protocol.ports import IdentityPublic, IdentitySigner
from protocol.shapes import as_bytes, as_fixed, as_int, as_list, as_text

_SIZES: Final = frozenset({REFERENCE_SIZE, DIGEST_SIZE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """``ids`` are message ids, or references of cases, consents and accounts, strictly ascending; ``by`` is an id too.

    ``items`` says how many stored items went with them; ``at`` is in seconds UTC.
    """

    node: NodeId
    at: int
    ground: str
    by: str
    epoch: int
    items: int
    ids: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class SignedErasure:
    """Evidence of an erasure with its signatures; ``id`` is the digest of its payload."""

    erasure: Erasure
    id: bytes
    signed: Signed


def encode_erasure(erasure: Erasure) -> bytes:
    """Return the payload a node signs; the same erasure always gives the same bytes."""
    ids: list[Item] = list(erasure.ids)
    head: list[Item] = [erasure.node, erasure.at, erasure.ground, erasure.by, erasure.epoch, erasure.items]
    return encode([*head, ids])


def sign_erasure(erasure: Erasure, signer: IdentitySigner, network: bytes) -> bytes:
    """Return the evidence signed by its node."""
    return sign(signer, domains.ERASURE, network, encode_erasure(erasure))


def parse_erasure(raw: bytes) -> SignedErasure:
    """Return the evidence in a signed object; MALFORMED otherwise. NOT here: signatures (``verify_erasure``)."""
    signed = parse_signed(raw, MAX_SIGNED)
    node, at, ground, by, epoch, items, listed = as_fixed(decode(signed.payload, MAX_SIGNED), "erasure", 7)
    ids = tuple(as_bytes(each, "id") for each in as_list(listed, "ids", 1, MAX_ERASED))
    if any(len(each) not in _SIZES for each in ids) or list(ids) != sorted(set(ids)):
        raise Malformed("ids")
    erasure = Erasure(
        node=parse_node_id(node),
        at=as_int(at, "at"),
        ground=as_text(ground, "ground"),
        by=as_text(by, "by"),
        epoch=as_int(epoch, "epoch"),
        items=as_int(items, "items"),
        ids=ids,
    )
    return SignedErasure(erasure, payload_digest(signed.payload), signed)


def verify_erasure(erasure: SignedErasure, node: IdentityPublic, network: bytes) -> None:
    """Raise unless both signatures are the node's: UNKNOWN_KEY or BAD_SIGNATURE."""
    verify(erasure.signed, node, domains.ERASURE, network)
