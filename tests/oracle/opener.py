"""An opener, log verifier and directory written from docs/wire.md alone; it shares no code with the project.

Reads one vector of docs/conformance.md on standard input and prints `ok`, `different` or the code of its refusal:
`python -m tests.oracle.opener < FILE`. What is no vector, or of no known kind, is left with status 2.
"""

import json
import sys
from collections.abc import Callable

from tests.oracle.codec import MAX_OBJECT, Refused, decode, encode
from tests.oracle.core import parse_core
from tests.oracle.disclosure import verify_disclosure, verify_report
from tests.oracle.fields import as_json, body_document, commitment, parse_rows, row_hash
from tests.oracle.files import parse_upload, verify_part, verify_part_list
from tests.oracle.floe import ROTATION, SEGMENT, Sizes, open_floe, unpad
from tests.oracle.log import Keys, verify_checkpoint, verify_consistency, verify_inclusion, verify_witnesses
from tests.oracle.members import ANSWERS as MEMBERS
from tests.oracle.message import Sender, open_delivery, parse_envelope, verify_sender
from tests.oracle.records import (
    parse_leaf,
    verify_acceptance,
    verify_anchor,
    verify_erasure,
    verify_receipt,
    verify_token,
    verify_unserved,
    verify_void,
)
from tests.oracle.shape import need
from tests.oracle.signed import sha256
from tests.oracle.vector import UnfitError, Vector, read_vector
from tests.oracle.wrap import check_public_key, open_wrap, parse_wrap, private_key, recipient_key_id


def answer_cbor(vector: Vector) -> bool:
    """Decode an item and encode it again."""
    item = vector.blob("item")
    return encode(decode(item, vector.number("limit", MAX_OBJECT))) == item


def answer_core(vector: Vector) -> bool:
    """Parse a core."""
    parse_core(vector.blob("core"))
    return True


def answer_rows(vector: Vector) -> bool:
    """Parse rows and commit to them."""
    rows = parse_rows(vector.blob("rows"))
    need(vector.agrees("commitment", commitment([row_hash(row) for row in rows])), "FIELD_COMMITMENT")
    return True


def answer_document(vector: Vector) -> bool:
    """Read the document of a body's rows."""
    document = as_json(body_document(parse_rows(vector.blob("rows"))))
    if not vector.has("json"):
        return True
    try:
        told = json.loads(vector.text("json"))
    except ValueError as error:
        raise UnfitError("json") from error
    return json.dumps(told, sort_keys=True) == json.dumps(document, sort_keys=True)


def sender_of(vector: Vector) -> Sender:
    """Return by whom a message must be."""
    return Sender(vector.identity("sender"), vector.blob("network"), vector.number("minimum-suite", 1))


def answer_envelope(vector: Vector) -> bool:
    """Parse and verify a submission."""
    signed, manifest = parse_envelope(vector.blob("envelope"))
    verify_sender(signed, manifest.core, sender_of(vector))
    return vector.agrees("id", sha256(signed.payload))


def answer_delivery(vector: Vector) -> bool:
    """Verify and open a delivery."""
    key = private_key(vector.blob("seed"))
    opened = open_delivery(vector.blob("delivery"), sender_of(vector), vector.text("recipient"), key)
    closed = opened.identity is None
    return vector.agrees("rows", opened.body) and (
        closed if not vector.has("identity-rows") else vector.agrees("identity-rows", opened.identity)
    )


def answer_token(vector: Vector) -> bool:
    """Verify a token."""
    return vector.agrees("id", verify_token(vector.blob("token"), vector.blob("network"), vector.identity("holder")))


def answer_anchor(vector: Vector) -> bool:
    """Verify an anchor, and open its commitment where salt and head are given."""
    found, said = verify_anchor(vector.blob("anchor"), vector.blob("network"), vector.identity("node"))
    if vector.has("salt"):
        opened = encode(["xb/1 anchored", vector.blob("salt"), said[1], said[2], vector.blob("head")])
        if sha256(opened) != said[3]:
            return False
    return vector.agrees("id", found)


def answer_erasure(vector: Vector) -> bool:
    """Verify evidence of an erasure."""
    found = verify_erasure(vector.blob("erasure"), vector.blob("network"), vector.identity("node"))
    return vector.agrees("id", found)


def answer_inclusion(vector: Vector) -> bool:
    """Follow an audit path."""
    place = (vector.number("index"), vector.number("size"))
    verify_inclusion(vector.blob("leaf"), place, vector.blob("root"), vector.blobs("proof"))
    return True


def answer_consistency(vector: Vector) -> bool:
    """Verify a consistency proof."""
    sizes = (vector.number("first"), vector.number("second"))
    verify_consistency(sizes, (vector.blob("root1"), vector.blob("root2")), vector.blobs("proof"))
    return True


def answer_checkpoint(vector: Vector) -> bool:
    """Verify a checkpoint, and its witnesses where a quorum is given."""
    checkpoint, time = verify_checkpoint(vector.blob("note"), vector.log())
    if vector.has("quorum"):
        names = vector.fields.get("witness", [])
        keys = zip(names, vector.blobs("witness-ed25519"), vector.blobs("witness-mldsa44"), strict=True)
        verify_witnesses(checkpoint, [Keys(*witness) for witness in keys], vector.number("quorum"))
    agree = vector.agrees("size", checkpoint.size) and vector.agrees("root", checkpoint.root)
    return agree and vector.agrees("time", time)


def answer_evidence(vector: Vector) -> bool:
    """Verify evidence of the hub, a receipt or a void, or parse a leaf."""
    if vector.has("leaf"):
        parse_leaf(vector.blob("leaf"))
        return True
    if vector.has("acceptance"):
        message = vector.blob("message") if vector.has("message") else None
        leaf = verify_acceptance(vector.blob("acceptance"), vector.log(), message)
        return vector.agrees("time", leaf.time)
    if vector.has("unserved"):
        leaf = verify_unserved(vector.blob("unserved"), vector.log(), vector.blob("message"))
        return vector.agrees("time", leaf.time)
    network = vector.blob("network")
    if vector.has("receipt"):
        return vector.agrees("id", verify_receipt(vector.blob("receipt"), network, vector.identity("recipient")))
    return vector.agrees("id", verify_void(vector.blob("void"), network, vector.identity("sender")))


def answer_floe(vector: Vector) -> bool:
    """Open a ciphertext."""
    sizes = Sizes(vector.number("segment", SEGMENT), vector.number("rotation", ROTATION))
    plain = open_floe(vector.blob("key"), vector.blob("aad"), vector.blob("ciphertext"), sizes)
    return vector.agrees("plaintext", plain)


def answer_wrap(vector: Vector) -> bool:
    """Open a wrap, or check a public key."""
    if vector.has("public-key"):
        public = vector.blob("public-key")
        check_public_key(public)
        return vector.agrees("key-id", recipient_key_id(public))
    wrap = parse_wrap(vector.blob("wrap"))
    key = private_key(vector.blob("seed"))
    return vector.agrees("secret", open_wrap(wrap, key, vector.blob("core"), vector.text("recipient")))


def answer_padding(vector: Vector) -> bool:
    """Remove padding."""
    return vector.agrees("content", unpad(vector.blob("padded")))


def answer_disclosure(vector: Vector) -> bool:
    """Verify a disclosure, and the log where its keys are given."""
    log = vector.log() if vector.has("origin") else None
    shown = verify_disclosure(vector.blob("disclosure"), vector.blob("network"), vector.identity("sender"), log)
    rows = encode([[row.salt, row.path, row.value] for row in shown.rows()])
    return vector.agrees("rows", rows) and vector.agrees("withheld", len(shown.slots) - len(shown.rows()))


def answer_parts(vector: Vector) -> bool:
    """Verify a part list, and one part where it is given."""
    length = vector.number("length")
    hashes = verify_part_list(vector.blob("list"), vector.text("name"), length, vector.blob("root"))
    if vector.has("part"):
        verify_part(hashes, length, vector.number("index"), vector.blob("part"))
    return True


def answer_report(vector: Vector) -> bool:
    """Verify a report."""
    who = vector.identity("reporter"), vector.identity("sender")
    digest, rows = verify_report(vector.blob("report"), vector.blob("network"), *who)
    proved = encode([[row.salt, row.path, row.value] for row in rows])
    return vector.agrees("id", digest) and vector.agrees("rows", proved)


def answer_upload(vector: Vector) -> bool:
    """Parse the state of an upload."""
    parse_upload(vector.blob("upload"))
    return True


ANSWERS: dict[str, Callable[[Vector], bool]] = {
    "cbor": answer_cbor,
    "core": answer_core,
    "rows": answer_rows,
    "document": answer_document,
    "envelope": answer_envelope,
    "delivery": answer_delivery,
    "token": answer_token,
    "anchor": answer_anchor,
    "erasure": answer_erasure,
    "merkle-inclusion": answer_inclusion,
    "merkle-consistency": answer_consistency,
    "checkpoint": answer_checkpoint,
    "evidence": answer_evidence,
    "floe": answer_floe,
    "hpke-wrap": answer_wrap,
    "padding": answer_padding,
    "disclosure": answer_disclosure,
    "part-list": answer_parts,
    "report": answer_report,
    "upload": answer_upload,
    **MEMBERS,
}


def answer(text: str) -> str:
    """Return the one word for a vector."""
    vector = read_vector(text)
    if vector.kind not in ANSWERS:
        raise UnfitError(vector.kind)
    try:
        return "ok" if ANSWERS[vector.kind](vector) else "different"
    except Refused as refusal:
        return refusal.code


def main() -> int:
    """Answer the vector on standard input; status 2 for what is no vector."""
    try:
        sys.stdout.write(answer(sys.stdin.buffer.read().decode("utf-8")) + "\n")
    except (UnfitError, UnicodeDecodeError) as error:
        sys.stderr.write(f"no vector: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
