"""The worked example from rows to delivery."""

import hashlib
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from protocol import domains
from protocol.cbor import encode
from protocol.core import Core, Mode, Recipient, encode_core
from protocol.envelope import Part, encode_delivery, encode_manifest, parse_envelope
from protocol.fields import Row, commit, encode_rows, row_hash
from protocol.floe import seal as floe_seal
from protocol.ids import Channel, NodeId, PolicyDigest, Reference, TypeId
from protocol.padding import pad
from protocol.part_keys import NO_IDENTITY, part_aad, part_key
from protocol.wrap import open_wrap, parse_wrap, recipient_private, seal_wrap, wrap_info, wrap_protected
from tests.wire_example import hpke
from tests.wire_example.book import Book
from tests.wire_example.parties import ADVICE, NOW, SENDER, SENDER_IDENTITY, SHELTER, Reader, seed
from tests.wire_example.signing import sign_in

SHORT_REFERENCE = "BDSA-ZPGN-JNK7"
BODY_FIELDS = (
    ("/case/opened", "2026-11-30"),
    ("/needs/0", "housing"),
    ("/needs/1", "legal_aid"),
    ("/people", 2),
    ("/summary", "Two women, safe for tonight."),
    ("/urgent", True),
    ("short-reference", SHORT_REFERENCE),
)
IDENTITY_FIELDS = (("/name", "Ana Jovanović"),)


@dataclass(frozen=True, slots=True)
class Message:
    """What the later steps need of the message."""

    id: bytes
    envelope: bytes
    deliveries: tuple[bytes, ...]


def write_rows(book: Book, part: str, fields: tuple[tuple[str, str | int | bool], ...]) -> tuple[Row, ...]:
    """Add the rows of one part, their hashes and the commitment."""
    rows = tuple(Row(seed(f"{part} salt {path}")[:16], path, value) for path, value in fields)
    for number, row in enumerate(rows):
        book.given(f"{part}.row.{number}", encode([row.salt, row.path, row.value]), f"`{row.path}` = {row.value!r}")
        book.put(f"{part}.row.{number}.hash", row_hash(row))
    book.put(f"{part}.rows", encode_rows(rows), "the plaintext before padding")
    book.put(f"{part}.commitment", commit(rows))
    return rows


def write_core(book: Book, directory: tuple[int, bytes], roots: tuple[bytes, bytes]) -> bytes:
    """Add the core."""
    readers = ((SHELTER, 4, Mode.ACTION), (ADVICE, 1, Mode.INFORMATION))
    core = Core(
        suite=1,
        random=Reference(book.given("core.random", seed("random")[:16])),
        sender=SENDER,
        to=tuple(Recipient(each.node, each.key_id, sequence, None, mode) for each, sequence, mode in readers),
        channel=Channel("cso"),
        type=TypeId("MT-V1/1"),
        purpose="assistance",
        conversation=Reference(book.given("core.conversation", seed("conversation")[:16])),
        policy=PolicyDigest(book.given("core.policy", seed("policy"), "stands for the digest of a policy bundle")),
        directory_size=directory[0],
        directory_root=directory[1],
        issued_at=NOW,
        expires_at=NOW + 30 * 86_400,
        body_root=roots[0],
        language="en",
        erase_by=NOW + 90 * 86_400,
        consents=(Reference(book.given("core.consent", seed("consent")[:16])),),
        identity_root=roots[1],
    )
    raw = book.put("core", encode_core(core), "the core bytes, everywhere")
    book.put("core.sha256", hashlib.sha256(raw).digest(), "`ch` in section 3.3")
    return raw


def write_part(book: Book, core: bytes, name: str, secret: bytes) -> bytes:
    """Add one sealed part from its rows to its ciphertext."""
    rows = book.values()[f"{name}.rows"]
    key = book.put(f"{name}.part-key", part_key(secret, core, name))
    aad = book.put(f"{name}.aad", part_aad(core, name))
    padded = book.put(f"{name}.padded", pad(rows), f"{len(rows)} + 1 bytes become {len(pad(rows))}")
    iv = book.given(f"{name}.floe.iv", seed(f"{name} iv"))
    nonce = book.given(f"{name}.floe.nonce.0", seed(f"{name} nonce")[:12])
    drawn = iter((iv, nonce))
    sealed = floe_seal(key, aad, padded, lambda _size: next(drawn))
    keys = hpke.floe_keys(key, aad, iv)
    book.put(f"{name}.floe.params", sealed[:10])
    book.put(f"{name}.floe.header-tag", keys.tag)
    book.put(f"{name}.floe.message-key", keys.message_key)
    book.put(f"{name}.floe.dek.0", keys.dek)
    book.put(f"{name}.floe.header", sealed[:74])
    book.put(f"{name}.floe.segment.0", sealed[74:], "the final segment")
    place = bytes(8) + b"\x01"
    if AESGCM(keys.dek).decrypt(nonce, sealed[90:], place) != padded or sealed[42:74] != keys.tag:
        raise ValueError("FLOE is not as the page says")
    book.put(f"{name}.ciphertext", sealed, "header and segment")
    return sealed


def write_wrap(book: Book, short: str, reader: Reader, core: bytes, secret: bytes) -> bytes:
    """Add one wrap and everything that opens it."""
    book.put(f"{short}.wrap.plaintext", secret)
    protected = book.put(f"{short}.wrap.protected", wrap_protected(reader.key_id))
    info = book.put(f"{short}.wrap.info", wrap_info(core, reader.node, protected))

    def check(found: bytes) -> None:
        if open_wrap(recipient_private(reader.seed), parse_wrap(found), info) != secret:
            raise ValueError("the wrap holds something else")

    made = book.random(
        f"{short}.wrap", lambda: seal_wrap(secret, reader.public_key, reader.key_id, core, reader.node), check
    )
    wrap = parse_wrap(made)
    keys = hpke.open_by_hand(reader.seed, wrap.enc, info)
    book.put(f"{short}.wrap.encapsulation", wrap.enc)
    book.put(f"{short}.wrap.ciphertext", wrap.ciphertext)
    book.put(f"{short}.wrap.ml-kem-seed", keys.mlkem_seed)
    book.put(f"{short}.wrap.x25519-private", keys.x25519_private)
    book.put(f"{short}.wrap.ss-m", keys.ss_m)
    book.put(f"{short}.wrap.ss-x", keys.ss_x)
    book.put(f"{short}.wrap.shared-secret", keys.shared_secret)
    book.put(f"{short}.wrap.secret", keys.secret, "108 bytes")
    if AESGCM(keys.secret[:32]).decrypt(keys.secret[32:44], wrap.ciphertext, b"") != secret:
        raise ValueError("HPKE is not as the page says")
    return made


def write_message(book: Book, directory: tuple[int, bytes]) -> Message:
    """Add rows, core, parts, wraps, manifest, signatures, envelope and deliveries."""
    book.step(
        "Rows and commitments (3.4)",
        "The body has seven rows, the identity part one; the last body row is a short reference (3.11). Salts are made "
        "up here and random everywhere else. (The fields are chosen to be short; they are not a complete document of "
        "their type.)",
    )
    body, identity = write_rows(book, "body", BODY_FIELDS), write_rows(book, "identity", IDENTITY_FIELDS)
    book.step("Core (3.1)", "Channel `cso`, type `MT-V1/1`, two recipients, one consent reference.")
    core = write_core(book, directory, (commit(body), commit(identity)))
    book.step("Content (3.3)", "Both parts fit into one FLOE segment.")
    content_key, identity_key = (book.given(f"{name}-key", seed(f"{name} key")) for name in ("content", "identity"))
    contents = (write_part(book, core, "body", content_key), write_part(book, core, "identity", identity_key))
    book.step("Wraps (3.2)", "The first recipient may read the identity part, the second may not.")
    wraps = (
        write_wrap(book, "kuca", SHELTER, core, content_key + identity_key),
        write_wrap(book, "savet", ADVICE, core, content_key + NO_IDENTITY),
    )
    book.step("Manifest, signatures, envelope (2, 3)", "The payload is the manifest; its SHA-256 is the message id.")
    parts = tuple(
        Part(name, len(sealed), hashlib.sha256(sealed).digest())
        for name, sealed in zip(("body", "identity"), contents, strict=True)
    )
    for short, wrap in zip(("kuca", "savet"), wraps, strict=True):
        book.put(f"{short}.wrap.sha256", hashlib.sha256(wrap).digest())
    payload = book.put("message.payload", encode_manifest(core, wraps, parts))
    found = book.put("message.id", hashlib.sha256(payload).digest())
    signed = sign_in(book, "message", payload, SENDER_IDENTITY, domains.MESSAGE)
    envelope = book.put("envelope", encode([signed, list(wraps), list(contents)]), "what the sender submits")
    parse_envelope(envelope)
    deliveries = tuple(
        book.put(f"{short}.delivery", encode_delivery(signed, index, wraps[index], contents), "what it fetches")
        for index, short in enumerate(("kuca", "savet"))
    )
    return Message(found, envelope, deliveries)


def reader_of(node: NodeId) -> Reader:
    """Return the recipient with this node id."""
    return next(each for each in (SHELTER, ADVICE) if each.node == node)
