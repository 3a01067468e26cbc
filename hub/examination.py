"""What can be said of a submission from its bytes and its sender's public keys alone: form, hashes, signatures.

Pure, and free of everything else the hub consists of.
"""

from dataclasses import dataclass

from protocol import domains
from protocol.cose import verify
from protocol.envelope import Envelope, parse_envelope
from protocol.errors import Code, Fault, Malformed
from protocol.ids import NodeId
from protocol.ports import IdentityPublic
from protocol.wrap import parse_wrap


@dataclass(frozen=True, slots=True)
class Question:
    """A submission as it came, the message and sender its request names, and the keys which that sender has now."""

    raw: bytes
    named: bytes
    caller: NodeId
    identity: IdentityPublic | None
    network: bytes


@dataclass(frozen=True, slots=True)
class Finding:
    """The parsed envelope, None where its bytes are refused. Only without a code were both signatures verified."""

    envelope: Envelope | None
    code: Code | None = None
    detail: str = ""

    def verified(self) -> Envelope:
        """Return the envelope; raise the fault that was found instead."""
        if self.envelope is None or self.code is not None:
            raise Fault(self.code or Code.INTERNAL, self.detail)
        return self.envelope


def examine(question: Question) -> Finding:
    """Return what was found; never raises a ``Fault``.

    An envelope with a code is well formed, but its signatures are not the named sender's. No signature is paid for when
    there are no keys or another sender is named: whoever asked refuses that by itself (``hub.admission.screen``).
    """
    try:
        envelope = parse_envelope(question.raw)
        if envelope.id != question.named:
            raise Malformed("the path names another message")
    except Fault as fault:
        return Finding(None, fault.code, fault.detail)
    if question.identity is None or envelope.manifest.core.sender != question.caller:
        return Finding(envelope, Code.SENDER_MISMATCH)
    try:
        verify_signatures(envelope, question.identity, question.network)
    except Fault as fault:
        return Finding(envelope, fault.code, fault.detail)
    return Finding(envelope)


def verify_signatures(envelope: Envelope, identity: IdentityPublic, network: bytes) -> None:
    """Raise unless both signatures are the identity's and each wrap is for the key the core names.

    UNKNOWN_KEY, BAD_SIGNATURE, MIXED_SUITE, WRAP_HASH, MALFORMED. CPU work for a thread.
    """
    verify(envelope.signed, identity, domains.MESSAGE, network)
    for recipient, wrap in zip(envelope.manifest.core.to, envelope.wraps, strict=True):
        if parse_wrap(wrap).key_id != recipient.key_id:
            raise Fault(Code.WRAP_HASH, "a wrap is for another key than the core names")
