"""What is fuzzed: every parser of bytes from elsewhere, each with the way back to bytes.

A target takes any bytes and either refuses them with a ``Fault`` or returns what it understood, encoded again. Signed
payloads are encoded again too, so that what a signature covers has one spelling.
"""

import hashlib
from collections.abc import Callable
from dataclasses import replace

from egnatia.conformance.vector import Vector, VectorError, parse_vector, to_bytes
from keys.private_keys import encode_secrets, parse_secrets
from keys.sealed_store import parse_sealed
from protocol.anchor import encode_anchor, parse_anchor
from protocol.api import encode_problem, parse_problem
from protocol.audit import encode_found, encode_refusals, parse_found, parse_refusals
from protocol.audit import encode_page as encode_records
from protocol.audit import parse_page as parse_records
from protocol.catalogue.rows import flatten, unflatten
from protocol.cbor import Item, Tagged, decode, encode
from protocol.checkpoint import checkpoint_text, parse_checkpoint_text
from protocol.core import encode_core, parse_core
from protocol.cose import ED25519, ML_DSA_65, Signed
from protocol.cose import parse as parse_signed
from protocol.cosignature import encode_lines, parse_lines
from protocol.decision import encode_decision, parse_decision
from protocol.disclosure import encode_disclosure, parse_disclosure
from protocol.envelope import Manifest, encode_manifest, parse_delivery, parse_envelope, parse_manifest
from protocol.erasure import encode_erasure, parse_erasure
from protocol.errors import Fault, Malformed
from protocol.evidence import encode_inclusion, encode_receipt, parse_inclusion, parse_receipt
from protocol.evidence_bundle import encode_evidence_bundle, parse_evidence_bundle
from protocol.evidence_told import encode_told, parse_told
from protocol.fields import commit, encode_rows, parse_committed, parse_rows
from protocol.hub_acts import encode_act, parse_act, parse_signatures
from protocol.ids import Channel, MessageId, NodeId
from protocol.leaf import encode_leaf, parse_leaf
from protocol.limits import MAX_SIGNED
from protocol.mailbox import encode_page, parse_page
from protocol.note import Note, NoteLine, encode_note, parse_note
from protocol.padding import pad, unpad
from protocol.parts import parse_part_list
from protocol.receipt_batch import encode_logged_batch, encode_receipts, parse_logged_batch, parse_receipts
from protocol.report import parse_report
from protocol.statements import encode_entry, encode_statement, parse_entry, parse_payload
from protocol.tiles import encode_bundle, parse_bundle, parse_tile_path, tile_path
from protocol.tokens import parse_token
from protocol.unserved import Unserved, parse_unserved
from protocol.uploads import encode_upload, parse_upload
from protocol.voids import parse_void
from protocol.wrap import encode_wrap, parse_wrap
from tests.fuzz.file_targets import FILE_TARGETS
from tests.fuzz.target import SMALL, Broken, Target
from tests.make_vectors.__main__ import VECTORS


def _signed(signed: Signed) -> bytes:
    rows: list[Item] = [
        [encode({1: ED25519, 4: signed.ed_kid}), {}, signed.ed_signature],
        [encode({1: ML_DSA_65, 4: signed.ml_kid}), {}, signed.ml_signature],
    ]
    return encode(Tagged(98, [b"", {}, signed.payload, rows]))


def _payload(signed: Signed, payload: bytes) -> bytes:
    if signed.payload != payload:
        raise Broken("the signed payload has a second spelling")
    return _signed(signed)


def _rows(raw: bytes) -> bytes:
    """Both ways to read rows agree, and refuse the same bytes for the same reason."""
    try:
        rows = parse_rows(raw)
    except Fault as refused:
        try:
            parse_committed(raw, bytes(32))
        except Fault as other:
            if other.code != refused.code:
                raise AssertionError(f"{refused.code} and {other.code}") from other
            raise
        raise AssertionError("taken by one of two readers") from refused
    if parse_committed(raw, commit(rows)) != rows:
        raise AssertionError("read in two ways")
    return encode_rows(rows)


def _document(raw: bytes) -> bytes:
    fields = [(row.path, row.value) for row in parse_rows(raw)]
    if flatten(unflatten(fields)) != fields:
        raise Broken("a document has other rows")
    return raw


def _manifest_bytes(manifest: Manifest, payload: bytes) -> bytes:
    core, hashes, parts = decode(payload)  # type: ignore[misc]  # a parsed manifest has three elements
    if encode_core(manifest.core) != manifest.core_bytes or core != manifest.core_bytes:
        raise Broken("a core has a second spelling")
    again = encode([manifest.core_bytes, hashes, [[part.name, part.length, part.digest] for part in manifest.parts]])
    if manifest.wrap_hashes != tuple(hashes) or len(parts) != len(manifest.parts):  # type: ignore[arg-type]
        raise Broken("a manifest lost something")
    return again


def _manifest(raw: bytes) -> bytes:
    manifest = parse_manifest(raw)
    encode_manifest(manifest.core_bytes, (b"",), manifest.parts)
    return _manifest_bytes(manifest, raw)


def _envelope(raw: bytes) -> bytes:
    envelope = parse_envelope(raw)
    _payload(envelope.signed, _manifest_bytes(envelope.manifest, envelope.signed.payload))
    return envelope.encode()


def _delivery(raw: bytes) -> bytes:
    delivery = parse_delivery(raw)
    _payload(delivery.signed, _manifest_bytes(delivery.manifest, delivery.signed.payload))
    return delivery.encode()


def _entry(raw: bytes) -> bytes:
    entry = parse_entry(raw)
    if encode_statement(entry.body) != entry.payload:
        raise Broken("a statement has a second spelling")
    return encode_entry([each.raw for each in entry.signatures])


def _receipt(raw: bytes) -> bytes:
    receipt = parse_receipt(raw)
    return _payload(receipt.signed, encode_receipt(receipt.receipt))


def _token(raw: bytes) -> bytes:
    found = parse_token(raw)
    token = found.token
    fields: list[Item] = [int(token.kind), token.reference, token.holder, token.sender, token.recipient]
    return _payload(found.signed, encode([*fields, token.expires_at]))


def _void(raw: bytes) -> bytes:
    found = parse_void(raw)
    void = found.void
    fields: dict[int, Item] = {1: 5, 3: void.recipient, 6: void.sender, 7: void.channel}
    return _payload(found.signed, encode(fields | {8: void.sequence, 9: int(void.reason)}))


def _anchor(raw: bytes) -> bytes:
    found = parse_anchor(raw)
    return _payload(found.signed, encode_anchor(found.anchor))


def _erasure(raw: bytes) -> bytes:
    found = parse_erasure(raw)
    return _payload(found.signed, encode_erasure(found.erasure))


def _hub_act(raw: bytes) -> bytes:
    found = parse_act(raw)
    return _payload(found.signed, encode_act(found.act))


def _act_signatures(raw: bytes) -> bytes:
    return encode([_payload(each.signed, encode_act(each.act)) for each in parse_signatures(raw)])


def _acceptance(raw: bytes) -> bytes:
    item = decode(raw)
    if not isinstance(item, dict) or set(item) != {1, 2, 3}:
        raise Malformed("acceptance")
    return encode({**item, 2: encode_inclusion(parse_inclusion(item[2]))})  # type: ignore[dict-item]


def _wrap(raw: bytes) -> bytes:
    wrap = parse_wrap(raw)
    return encode_wrap(wrap.key_id, wrap.sealed)


def _keystore(raw: bytes) -> bytes:
    sealed = parse_sealed(raw)
    return encode([sealed.header, sealed.public, sealed.ciphertext])


def _tile(raw: bytes) -> bytes:
    try:
        return tile_path(parse_tile_path(raw.decode("ascii"))).encode()
    except UnicodeDecodeError:
        raise Malformed("not ASCII") from None


def _vector(raw: bytes) -> bytes:
    """A vector file may be folded otherwise, so what it says is compared, not its bytes."""
    try:
        vector = parse_vector(raw)
    except VectorError:
        raise Malformed("vector") from None
    if parse_vector(vector.encode()) != vector:
        raise Broken("a vector reads back otherwise")
    return raw


def _bundle(raw: bytes) -> bytes:
    """A fuzzer finds no digests, so what it changes is listed anew before it is read, wherever that is possible."""
    found = _listed_anew(raw)
    if encode_evidence_bundle(parse_evidence_bundle(found).bundle) != found:
        raise Broken("a bundle has a second spelling")
    return raw


def _listed_anew(raw: bytes) -> bytes:
    pieces = decode(raw)
    if not isinstance(pieces, list) or [type(each) for each in pieces] != [bytes, bytes, list]:
        return raw
    _, manifest, members = pieces
    try:
        fields = decode(manifest)
        rows = [
            [row[0], len(body), hashlib.sha256(body).digest()] for row, body in zip(fields[6], members, strict=True)
        ]
        manifest = encode(fields | {6: rows})
    except (Fault, TypeError, KeyError, ValueError, IndexError):
        pass
    return encode([hashlib.sha256(manifest).digest(), manifest, members])


def _smallest() -> tuple[bytes, bytes]:
    """A bundle that is small enough to be changed often, and the message in it; nothing of it has to hold."""
    path = next(VECTORS.glob("bundle/*-verified.txt"))
    found = parse_evidence_bundle(to_bytes(dict(parse_vector(path.read_bytes()).fields)["bundle"])).bundle
    note = encode_note(Note(parse_note(found.checkpoints[0]).text, (NoteLine("x", bytes(4), b"x"),)))
    small = replace(found, directory=(b"x",), directory_checkpoint=note, checkpoints=(note,))
    return encode_evidence_bundle(small), encode_told(found.messages[0])


BUNDLE, TOLD = _smallest()
UNSERVED = Unserved(MessageId(bytes(32)), NodeId("rs.ilecu"), Channel("police"), 3, 9).encode()
LOGGED = encode({1: [[bytes(32), [b"leaf", 1, 2, [bytes(32)]]]], 2: b"checkpoint"})
TOKEN = encode({1: "QUOTA", 2: 1_790_000_000, 3: 30})
DECISION = encode(["deny", bytes(32), [["r-1", "Article 31", "t-1", "deny", "rs.contact", [["k", "v"]]]], ["notify"]])
REFUSALS = encode(
    [[[20_000, "rs.contact", "police", "r-1", "Article 31", "deny", 2]], [[20_000, "rs.contact", "QUOTA", 1]]]
)
DRAIN = encode({1: 4, 2: 1, 3: bytes(16), 4: "staff", 5: True})
HUB_ACT = _signed(Signed(DRAIN, bytes(32), bytes(32), b"s", b"s", b""))
LINES = encode_lines((NoteLine("x", bytes(4), bytes(72)), NoteLine("x", b"long", bytes(2_428))))
TEXT = Vector("padding", "PADDING", "a comment", (("padded", "hex 80"), ("content", "base64 gA==")))
TARGETS = {
    target.name: target
    for target in (
        Target("cbor", lambda raw: encode(decode(raw)), "cbor", "item"),
        Target("core", lambda raw: encode_core(parse_core(raw)), "core", "core"),
        Target("rows", _rows, "rows", "rows"),
        Target("document", _document, "document", "rows"),
        Target("signed", lambda raw: _signed(parse_signed(raw, MAX_SIGNED)), "token", "token"),
        Target("manifest", _manifest, "envelope", "payload"),
        Target("envelope", _envelope, "envelope", "envelope"),
        Target("delivery", _delivery, "delivery", "delivery"),
        Target("statement", lambda raw: encode_statement(parse_payload(raw)), "statement", "payload"),
        Target("charter", lambda raw: encode_statement(parse_payload(raw)), "charter", "payload"),
        Target("entry", _entry, "statement", "entry"),
        Target("receipt", _receipt, "evidence", "receipt"),
        Target("void", _void, "evidence", "void"),
        Target("acceptance", _acceptance, "evidence", "acceptance"),
        Target("receipts", lambda raw: encode_receipts(parse_receipts(raw)), "", "", (encode([b"a", b"b"]),)),
        Target("logged-receipts", lambda raw: encode_logged_batch(parse_logged_batch(raw)), "", "", (LOGGED,)),
        Target("unserved", lambda raw: parse_unserved(raw).encode(), "", "", (UNSERVED,)),
        Target("leaf", lambda raw: encode_leaf(parse_leaf(raw)), "evidence", "leaf"),
        Target("token", _token, "token", "token"),
        Target("anchor", _anchor, "anchor", "anchor"),
        Target("erasure", _erasure, "erasure", "erasure"),
        Target("hub-act", _hub_act, "", "", (HUB_ACT,)),
        Target("act-signatures", _act_signatures, "", "", (encode([HUB_ACT]),)),
        Target("record-page", lambda raw: encode_records(parse_records(raw)), "", "", (encode([9, [[3, b"a"]]]),)),
        Target("found-records", lambda raw: encode_found(parse_found(raw)), "", "", (encode([[3, b"a"]]),)),
        Target("refusals", lambda raw: encode_refusals(parse_refusals(raw)), "", "", (REFUSALS,)),
        Target("mailbox", lambda raw: encode_page(parse_page(raw)), "mailbox", "page"),
        Target("wrap", _wrap, "hpke-wrap", "wrap"),
        Target("checkpoint", lambda raw: encode_note(parse_note(raw)), "checkpoint", "note"),
        Target("tree-head", lambda raw: checkpoint_text(parse_checkpoint_text(raw)), "checkpoint", "text"),
        Target("witness-lines", lambda raw: encode_lines(parse_lines(raw)), "", "", (LINES,)),
        Target("padding", lambda raw: pad(unpad(raw)), "padding", "padded"),
        Target("keystore", _keystore, "keystore", "file"),
        Target("secrets", lambda raw: encode_secrets(parse_secrets(raw)), "keystore", "secrets"),
        Target("disclosure", lambda raw: encode_disclosure(parse_disclosure(raw)), "disclosure", "disclosure"),
        Target("evidence-file", _bundle, "", "", (BUNDLE,)),
        Target("evidence-message", lambda raw: encode_told(parse_told(raw)), "", "", (TOLD,)),
        Target("report", lambda raw: _signed(parse_report(raw).signed), "report", "report"),
        Target("part-list", lambda raw: parse_part_list(raw).encode(), "part-list", "list"),
        Target("upload", lambda raw: encode_upload(parse_upload(raw)), "upload", "upload"),
        Target("decision", lambda raw: encode_decision(parse_decision(raw)), "", "", (DECISION,)),
        Target("problem", lambda raw: encode_problem(parse_problem(raw)), "", "", (TOKEN,)),
        Target("tile-path", _tile, "", "", (b"tile/0/x001/067.p/12", b"tile/entries/000", b"tile/7/x123/x456/789")),
        Target(
            "tile-bundle",
            lambda raw: encode_bundle(parse_bundle(raw, 3)),
            *("", "", (encode_bundle((b"", b"one", b"x" * 300)),)),
        ),
        Target("vector", _vector, "", "", (TEXT.encode(),)),
        *FILE_TARGETS,
    )
}


def seeds(target: Target) -> list[bytes]:
    """Return the bytes of the target's vectors, good and bad, and what else is known to be good."""
    found: list[bytes] = []
    for path in sorted(VECTORS.glob(f"{target.kind}/*.txt")) if target.kind else ():
        found += _derived(target, parse_vector(path.read_bytes()))
    return [*target.more, *dict.fromkeys(raw for raw in found if len(raw) <= SMALL)]


def _derived(target: Target, vector: Vector) -> list[bytes]:
    values = dict(vector.fields)
    if target.name == "manifest":
        return _within(lambda: parse_envelope(to_bytes(values["envelope"])).signed.payload)
    if target.name == "tree-head":
        return _within(lambda: parse_note(to_bytes(values["note"])).text)
    return [to_bytes(values[target.field])] if target.field in values else []


def _within(take: Callable[[], bytes]) -> list[bytes]:
    try:
        return [take()]
    except Fault:
        return []
