"""What this node keeps that proves a message: the signed manifest, the hub's acceptance, receipts; all their SQL.

Evidence whose leaf the hub lost is left out: it proves nothing under a log that began anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from nodes.gateway import evidences, inbox, outbox
from nodes.gateway.evidences import ACCEPTANCE, HUB, subject_of
from nodes.gateway.restarts import LOST
from protocol.cbor import decode
from protocol.cose import Signed
from protocol.cose import parse as parse_signed
from protocol.envelope import Manifest, parse_envelope, parse_manifest
from protocol.evidence import Inclusion, SignedReceipt, parse_inclusion, parse_receipt
from protocol.ids import MessageId
from protocol.limits import MAX_CHECKPOINT, MAX_SIGNED, MAX_STATEMENT
from protocol.shapes import as_bytes, as_map
from protocol.unserved import Unserved, parse_unserved


@dataclass(frozen=True, slots=True)
class StoredProof:
    """A place in the log as it was proved when it happened, and the checkpoint of that moment."""

    inclusion: Inclusion
    checkpoint: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """All that is kept of one message. ``logged`` is None for one that the hub has not accepted yet."""

    message: MessageId
    signed: Signed = field(repr=False)
    manifest: Manifest = field(repr=False)
    logged: StoredProof | None
    receipts: tuple[tuple[SignedReceipt, StoredProof], ...] = ()
    unserved: tuple[tuple[Unserved, StoredProof], ...] = ()
    contents: tuple[bytes, ...] = field(default=(), repr=False)
    wraps: tuple[tuple[int, bytes], ...] = field(default=(), repr=False)

    @property
    def proof(self) -> StoredProof:
        """The hub's acceptance; whoever asks has looked that there is one."""
        if self.logged is None:
            raise RuntimeError("a message that is not logged has no place in the log")
        return self.logged

    @property
    def proofs(self) -> tuple[StoredProof, ...]:
        """Every place in the log that belongs to the message."""
        return (self.proof, *(proof for _, proof in self.receipts), *(proof for _, proof in self.unserved))


def load_kept(connection: Connection, messages: Sequence[MessageId]) -> list[Kept] | None:
    """Return what is kept of each message; None if one of them is not here. Damaged rows raise their parser's fault."""
    found = [_load(connection, each) for each in dict.fromkeys(messages)]
    whole = [each for each in found if each is not None]
    return whole if len(whole) == len(found) else None


def _load(connection: Connection, message: MessageId) -> Kept | None:
    raw, envelope = inbox.proof_bytes(connection, message), None
    if raw is None:
        raw, envelope = outbox.signed_bytes(connection, message), outbox.envelope_bytes(connection, message)
    if raw is None:
        return None
    signed = parse_signed(raw, MAX_SIGNED)
    sealed = None if envelope is None else parse_envelope(envelope)
    logged, receipts, unserved = None, [], []
    for each in evidences.proofs(connection, message):
        if (each.issuer, each.event) == (HUB, ACCEPTANCE):
            logged = _stored(each.proof)
        elif subject_of(each.issuer) is not None:
            unserved.append((_record(each.proof), _stored(each.proof)))
        elif not each.issuer.startswith(LOST) and each.raw:
            receipts.append((parse_receipt(each.raw), _stored(each.proof)))
    return Kept(
        message=message,
        signed=signed,
        manifest=parse_manifest(signed.payload),
        logged=logged,
        receipts=tuple(receipts),
        unserved=_uncontradicted(unserved, receipts),
        contents=() if sealed is None else sealed.contents,
        wraps=() if sealed is None else tuple(enumerate(sealed.wraps)),
    )


def _uncontradicted(
    unserved: list[tuple[Unserved, StoredProof]], receipts: list[tuple[SignedReceipt, StoredProof]]
) -> tuple[tuple[Unserved, StoredProof], ...]:
    """Return what the hub says of those who said nothing themselves: no file holds two contrary words about one."""
    spoken = {receipt.receipt.recipient for receipt, _ in receipts}
    return tuple(each for each in unserved if each[0].recipient not in spoken)


def _record(raw: bytes) -> Unserved:
    fields = as_map(decode(raw, MAX_CHECKPOINT + MAX_STATEMENT), "proof", (1, 2, 3))
    return parse_unserved(as_bytes(fields[1], "record"))


def _stored(raw: bytes) -> StoredProof:
    fields = as_map(decode(raw, MAX_CHECKPOINT + MAX_STATEMENT), "proof", (1, 2, 3))
    return StoredProof(parse_inclusion(fields[2]), as_bytes(fields[3], "checkpoint"))
