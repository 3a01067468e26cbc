"""Kinds for the logs: Merkle proofs, checkpoints with their witnesses, and evidence."""

from typing import Final

from egnatia.conformance.fields import Fields
from egnatia.conformance.kind import Kind, declare
from egnatia.conformance.objects import identity, keys_of
from egnatia.conformance.vector import VectorError
from protocol.checkpoint import LogKeys, verify_head
from protocol.cosignature import Witness, verify_quorum
from protocol.evidence import encode_receipt, parse_receipt, verify_acceptance, verify_receipt
from protocol.ids import MessageId
from protocol.leaf import encode_leaf, parse_leaf
from protocol.merkle import verify_consistency, verify_inclusion
from protocol.note import encode_note
from protocol.unserved import verify_unserved
from protocol.voids import parse_void, verify_void


def _inclusion(fields: Fields) -> bool:
    place = fields.number("index"), fields.number("size")
    verify_inclusion(fields.data("leaf"), *place, fields.many("proof"), fields.data("root"))
    return True


def _consistency(fields: Fields) -> bool:
    sizes = fields.number("first"), fields.number("second")
    verify_consistency(*sizes, fields.data("root1"), fields.data("root2"), fields.many("proof"))
    return True


def log_keys(fields: Fields) -> LogKeys:
    """Return the log's two public keys."""
    return LogKeys(fields.data("log-ed25519"), fields.data("log-mldsa44"))


def _checkpoint(fields: Fields) -> bool:
    raw = fields.data("note")
    head = verify_head(raw, fields.text("origin"), log_keys(fields))
    names, eds, mls = fields.texts("witness"), fields.many("witness-ed25519"), fields.many("witness-mldsa44")
    if not len(names) == len(eds) == len(mls):
        raise VectorError("a witness has a name and both keys")
    if names or fields.has("quorum"):
        known = [Witness(name, LogKeys(ed, ml)) for name, ed, ml in zip(names, eds, mls, strict=True)]
        verify_quorum(head, known, fields.number("quorum"))
    checkpoint = head.checkpoint
    return (
        encode_note(head.note) == raw
        and fields.number("size", checkpoint.size) == checkpoint.size
        and fields.maybe("root") in (None, checkpoint.root)
        and fields.number("time", head.time) == head.time
    )


def _evidence(fields: Fields) -> bool:
    form = fields.choice("acceptance", "receipt", "void", "leaf", "unserved")
    raw = fields.data(form)
    if form == "leaf":
        return encode_leaf(parse_leaf(raw)) == raw
    if form == "receipt":
        receipt = parse_receipt(raw)
        verify_receipt(receipt, identity(fields, "recipient"), fields.data("network"))
        same = encode_receipt(receipt.receipt) == receipt.signed.payload
        return same and fields.maybe("id") in (None, receipt.id)
    if form == "void":
        return _void(raw, fields)
    message = MessageId(fields.data("message"))
    if form == "unserved":
        return _unserved(raw, message, fields)
    found = verify_acceptance(raw, message, fields.text("origin"), log_keys(fields))
    return fields.number("time", found.leaf.time) == found.leaf.time


def _unserved(raw: bytes, message: MessageId, fields: Fields) -> bool:
    found = verify_unserved(raw, message, fields.text("origin"), log_keys(fields))
    return fields.number("time", found.leaf.time) == found.leaf.time


def _void(raw: bytes, fields: Fields) -> bool:
    void = parse_void(raw)
    verify_void(void, identity(fields, "sender"), fields.data("network"))
    return void.signed.raw == raw and fields.maybe("id") in (None, void.id)


def _maybe(declared: dict[str, str]) -> dict[str, str]:
    return {name: words.replace("bytes ", "bytes? ", 1) for name, words in declared.items()}


_LOG: Final = {
    "log_ed25519": "bytes the log's Ed25519 key",
    "log_mldsa44": "bytes the log's ML-DSA-44 key",
}

LOG_KINDS: Final = (
    Kind(
        "merkle-inclusion",
        "verify an inclusion proof",
        declare(
            leaf="bytes the leaf's hash",
            index="number its place",
            size="number the tree's size",
            root="bytes the tree's root",
            proof="bytes* the hashes of the audit path",
        ),
        _inclusion,
    ),
    Kind(
        "merkle-consistency",
        "verify a consistency proof",
        declare(
            first="number the old size",
            second="number the new size",
            root1="bytes the old root",
            root2="bytes the new root",
            proof="bytes* the hashes of the proof",
        ),
        _consistency,
    ),
    Kind(
        "checkpoint",
        "verify a checkpoint by both keys of its log, and by its witnesses where a quorum is given",
        declare(
            note="bytes the signed note",
            origin="text the log it must be of",
            **_LOG,
            size="number? the tree's size",
            root="bytes? the tree's root",
            time="number? the time that the log states",
            quorum="number? witnesses that must have cosigned",
            witness="text* a witness's name",
            witness_ed25519="bytes* its Ed25519 key",
            witness_mldsa44="bytes* its ML-DSA-44 key",
        ),
        _checkpoint,
    ),
    Kind(
        "evidence",
        "verify an acceptance, a receipt, a void or what the hub says of who never fetched, or parse a leaf",
        declare(
            acceptance="bytes? the hub's acceptance",
            receipt="bytes? or a recipient's signed receipt",
            void="bytes? or a sender's signed void",
            leaf="bytes? or an entry of the message log",
            unserved="bytes? or the hub's evidence that a recipient never fetched it",
            message="bytes? with evidence of the hub, and needed there: the message it must be of",
            origin="text? with evidence of the hub: the log it must be in",
            log_ed25519="bytes? with evidence of the hub: the log's Ed25519 key",
            log_mldsa44="bytes? with evidence of the hub: the log's ML-DSA-44 key",
            time="number? with evidence of the hub: the leaf's time",
            network="bytes? with a receipt or void: the network id",
            **_maybe(keys_of("recipient")),
            **_maybe(keys_of("sender")),
            id="bytes? with a receipt or void: its id",
        ),
        _evidence,
    ),
)
