"""Signs again what this node signed with keys that it has since replaced, and that the hub therefore refuses.

Only the signatures change: an id is the digest of the payload, so message, sequence and evidence stay what they were.
CPU work for a thread.
"""

from dataclasses import replace
from typing import Final

from nodes.gateway.here import Here
from nodes.gateway.postings import Kind
from protocol import domains
from protocol.cose import Signed, ed25519_kid, parse, sign
from protocol.envelope import Envelope, parse_envelope
from protocol.limits import MAX_SIGNED

_DOMAINS: Final = {
    Kind.RECEIPT: domains.EVIDENCE,
    Kind.VOID: domains.EVIDENCE,
    Kind.TOKEN: domains.TOKEN,
    Kind.ANCHOR: domains.ANCHOR,
}


def resign_envelope(raw: bytes, here: Here) -> Envelope | None:
    """Return the same message under the identity in force; None when it already carries that identity's signatures."""
    envelope = parse_envelope(raw)
    signed = _again(envelope.signed, domains.MESSAGE, here)
    return None if signed is None else replace(envelope, signed=signed)


def resign_posting(kind: Kind, raw: bytes, here: Here) -> bytes | None:
    """Return the same statement under the identity in force; None when it already carries its signatures."""
    signed = _again(parse(raw, MAX_SIGNED), _DOMAINS[kind], here)
    return None if signed is None else signed.raw


def _again(signed: Signed, domain: str, here: Here) -> Signed | None:
    signer = here.signer
    if signed.ed_kid == ed25519_kid(signer.public.ed25519):
        return None
    return parse(sign(signer, domain, here.network, signed.payload), MAX_SIGNED)
