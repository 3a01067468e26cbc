"""The worked example's logs: a directory entry, the message's leaf, proofs, checkpoints and a cosignature."""

import hashlib
from dataclasses import dataclass

from protocol import domains
from protocol.cbor import encode
from protocol.checkpoint import (
    Checkpoint,
    checkpoint_text,
    cosigned_message,
    directory_origin,
    messages_origin,
    verify_head,
)
from protocol.cosignature import Witness, add_cosignatures, verify_cosignature
from protocol.evidence import Inclusion, encode_acceptance, encode_inclusion, verify_acceptance
from protocol.ids import Channel, MessageId
from protocol.leaf import Leaf, LeafKind, encode_leaf
from protocol.merkle import leaf_hash
from protocol.note import (
    ED25519_COSIGNATURE,
    ED25519_NOTE,
    MLDSA44_COSIGNATURE,
    Note,
    NoteLine,
    encode_note,
    note_key_id,
)
from protocol.statement_nodes import KeyPublication, PublishedKey
from protocol.statements import encode_entry, encode_statement, parse_entry
from tests.wire_example.book import Book
from tests.wire_example.parties import (
    HUB_LOG,
    MONDAY,
    NETWORK,
    NOW,
    SHELTER,
    WEEK,
    WITNESS,
    WITNESS_NAME,
    LogSigner,
)
from tests.wire_example.signing import sign_short
from tests.wire_example.trees import Tree

ACCEPTED = NOW + 2
SEALED = NOW + 3


@dataclass(frozen=True, slots=True)
class Logged:
    """Where the message stands, under which checkpoint."""

    tree: Tree
    inclusion: Inclusion
    checkpoint: bytes


def write_directory(book: Book) -> tuple[int, bytes]:
    """Add the entry that publishes the first recipient's key, and the directory it stands in; return size and root."""
    book.step(
        "Directory entry (6.1, 6.5)",
        "`ngo.kuca.rs` publishes its key of this week. The entry is the last of a directory of seven; the six before "
        "it are stand-ins (the texts `entry 0` to `entry 5`), so that the tree can be recomputed.",
    )
    window = (MONDAY, MONDAY + WEEK)
    body = KeyPublication(
        node=SHELTER.node,
        issued_at=MONDAY - WEEK,
        sequence=1,
        previous=None,
        keys=(PublishedKey(Channel("cso"), SHELTER.public_key, *window),),
    )
    payload = encode_statement(body)
    signed = sign_short(book, "statement", payload, SHELTER.identity, domains.STATEMENT)
    book.put("statement.id", hashlib.sha256(payload).digest())
    entry = book.put("directory.entry.6", encode_entry([signed]))
    if parse_entry(entry).body != body:
        raise ValueError("the entry says something else")
    tree = Tree([*(f"entry {number}".encode() for number in range(6)), entry])
    book.put("directory.entry.6.leaf-hash", leaf_hash(entry))
    book.put("directory.root", tree.root(), "core label 23; the size, label 22, is 7")
    return tree.size, tree.root()


def write_log(book: Book, message: bytes, directory: tuple[int, bytes]) -> Logged:
    """Add the message's leaf, its proof, checkpoint and acceptance."""
    book.step(
        "Leaf and inclusion (4.2, 5.1)",
        "The message is entry 3 of a message log of five. The others are leaves of kind 6 whose digest is the SHA-256 "
        "of the texts `act 0`, `act 1`, `act 2`, `act 4`, with the same time and directory.",
    )
    size, root = directory

    def leaf_of(kind: LeafKind, digest: bytes) -> bytes:
        return encode_leaf(Leaf(kind, digest, ACCEPTED, size, root))

    entries = [leaf_of(LeafKind.ADMINISTRATION, hashlib.sha256(f"act {at}".encode()).digest()) for at in range(5)]
    entries[3] = leaf_of(LeafKind.MESSAGE, message)
    tree = Tree(entries)
    for at, entry in enumerate(entries):
        book.put(f"log.entry.{at}", entry, "the message's leaf" if at == 3 else "")
        book.put(f"log.entry.{at}.leaf-hash", leaf_hash(entry))
    inclusion = tree.inclusion(3)
    for at, each in enumerate(inclusion.proof):
        book.put(f"log.inclusion.{at}", each)
    book.put("log.root", tree.root(), "of size 5")
    book.put("log.root.3", tree.root(3), "of size 3")
    for at, each in enumerate(tree.consistency(3)):
        book.put(f"log.consistency.{at}", each, "from size 3 to size 5")
    checkpoint = _write_checkpoint(book, Checkpoint(messages_origin(NETWORK), tree.size, tree.root()))
    book.step("Acceptance (4.3)", "What the hub answers to the submission, and anybody can rebuild.")
    book.put("inclusion", encode(encode_inclusion(inclusion)))
    raw = book.put("acceptance", encode_acceptance(MessageId(message), inclusion, checkpoint))
    verify_acceptance(raw, MessageId(message), messages_origin(NETWORK), HUB_LOG.keys)
    return Logged(tree, inclusion, checkpoint)


def _write_checkpoint(book: Book, head: Checkpoint) -> bytes:
    book.step(
        "Checkpoint (5.2, 5.3)",
        f"The log signs its text with Ed25519 and, at time {SEALED}, with ML-DSA-44. The origin of the directory log "
        f"would be `{directory_origin(NETWORK)}`.",
    )
    text = book.put("checkpoint.text", checkpoint_text(head))
    keys = HUB_LOG.keys
    plain = NoteLine(
        head.origin,
        book.put("checkpoint.ed25519.key-hash", note_key_id(head.origin, ED25519_NOTE, keys.ed25519)),
        book.put("checkpoint.ed25519.signature", HUB_LOG.sign_ed25519(text)),
    )
    stamped = _mldsa_line(book, "checkpoint", HUB_LOG, (head.origin, head, SEALED))
    raw = book.put("checkpoint", encode_note(Note(text, (plain, stamped))))
    found = verify_head(raw, head.origin, keys)
    book.step("Cosignature (5.4)", f"The witness saw the same tree at time {SEALED + 60}.")
    message = book.put("witness.ed25519.message", f"cosignature/v1\ntime {SEALED + 60}\n".encode() + text)
    stamp = (SEALED + 60).to_bytes(8, "big")
    own = NoteLine(
        WITNESS_NAME,
        book.put("witness.ed25519.key-hash", note_key_id(WITNESS_NAME, ED25519_COSIGNATURE, WITNESS.ed25519)),
        book.put("witness.ed25519.stamped", stamp + WITNESS.sign_ed25519(message)),
    )
    other = _mldsa_line(book, "witness", WITNESS, (WITNESS_NAME, head, SEALED + 60))
    cosigned = book.put("checkpoint.cosigned", add_cosignatures(found, (own, other)))
    verify_cosignature(verify_head(cosigned, head.origin, keys), Witness(WITNESS_NAME, WITNESS.keys))
    return raw


def _mldsa_line(book: Book, short: str, signer: LogSigner, what: tuple[str, Checkpoint, int]) -> NoteLine:
    name, head, time = what
    message = book.put(f"{short}.ml-dsa-44.message", cosigned_message(name, head, time))
    signature = book.random(
        f"{short}.ml-dsa-44.signature",
        lambda: signer.sign_mldsa44(message),
        lambda found: signer.check_mldsa44(found, message),
    )
    key_hash = note_key_id(name, MLDSA44_COSIGNATURE, signer.keys.mldsa44)
    book.put(f"{short}.ml-dsa-44.key-hash", key_hash)
    return NoteLine(name, key_hash, time.to_bytes(8, "big") + signature)
