"""Consent and approval tokens: what the hub may know of a consent so that it refuses a message without one.

A token names a random reference, who may send to whom and until when; never the person, the categories or the purpose.
Bytes: docs/wire.md section 4.5.
"""

from dataclasses import dataclass
from enum import IntEnum

from protocol import domains
from protocol.cbor import decode, encode
from protocol.cose import Signed, sign, verify
from protocol.cose import parse as parse_signed
from protocol.errors import Malformed
from protocol.ids import NodeId, Reference, parse_node_id, parse_reference
from protocol.leaf import payload_digest
from protocol.limits import MAX_SIGNED
from protocol.ports import IdentityPublic, IdentitySigner
from protocol.shapes import as_fixed, as_int


class TokenKind(IntEnum):
    """What a token does; numbers are append-only."""

    CONSENT = 1
    CONSENT_WITHDRAWN = 2
    APPROVAL = 3
    APPROVAL_WITHDRAWN = 4


@dataclass(frozen=True, slots=True)
class Token:
    """``holder`` issues and withdraws it. A withdrawal repeats reference, sender and recipient of what it ends."""

    kind: TokenKind
    reference: Reference
    holder: NodeId
    sender: NodeId
    recipient: NodeId
    expires_at: int


@dataclass(frozen=True, slots=True)
class SignedToken:
    """A token with its signatures; ``id`` is the digest of its payload."""

    token: Token
    id: bytes
    signed: Signed


def sign_token(token: Token, signer: IdentitySigner, network: bytes) -> bytes:
    """Return the token signed by its holder."""
    payload = encode(
        [int(token.kind), token.reference, token.holder, token.sender, token.recipient, token.expires_at],
    )
    return sign(signer, domains.TOKEN, network, payload)


def parse_token(raw: bytes) -> SignedToken:
    """Return the token in a signed object; MALFORMED otherwise. NOT here: signatures (``verify_token``)."""
    signed = parse_signed(raw, MAX_SIGNED)
    kind, reference, holder, sender, recipient, expires = as_fixed(decode(signed.payload, MAX_SIGNED), "token", 6)
    if as_int(kind, "kind", 1) not in {int(known) for known in TokenKind}:
        raise Malformed("token kind")
    token = Token(
        TokenKind(as_int(kind, "kind", 1)),
        parse_reference(reference),
        parse_node_id(holder),
        parse_node_id(sender),
        parse_node_id(recipient),
        as_int(expires, "expires"),
    )
    return SignedToken(token, payload_digest(signed.payload), signed)


def verify_token(token: SignedToken, holder: IdentityPublic, network: bytes) -> None:
    """Raise unless both signatures are the holder's: UNKNOWN_KEY or BAD_SIGNATURE."""
    verify(token.signed, holder, domains.TOKEN, network)
