"""Envelopes and deliveries, from the outside to the rows: docs/wire.md sections 3 and 3.8."""

from dataclasses import dataclass

from tests.oracle.codec import Refused, decode
from tests.oracle.core import Core, parse_core
from tests.oracle.fields import (
    MAX_PART,
    SHORT_REFERENCE,
    Row,
    check_short_reference,
    commitment,
    parse_rows,
    read_document,
    row_hash,
)
from tests.oracle.files import ATTACHMENT, MAX_ATTACHMENT, check_members
from tests.oracle.floe import content_aad, open_floe, part_key, unpad
from tests.oracle.shape import array, ascending, blob, count, digest, need, positive
from tests.oracle.signed import MAX_SIGNED, Identity, Signed, parse_signed, sha256, verify_signed
from tests.oracle.wrap import PrivateKey, open_wrap, parse_wrap

MAX_ENVELOPE = 1048576
MAX_WRAPS = 256
MAX_PARTS = 66
INLINE = ("body", "identity")
DOMAIN = "xb/1 message"
SUITES = (1,)


@dataclass(frozen=True)
class Manifest:
    """What a sender signs: the core, the wraps' hashes, and every part with length and digest."""

    core: Core
    wraps: list[bytes]
    parts: dict[str, tuple[int, bytes]]

    def attachments(self) -> dict[str, int]:
        """Return the lengths of the attachments."""
        return {name: size for name, (size, _) in self.parts.items() if name not in INLINE}


@dataclass(frozen=True)
class Delivery:
    """A delivery whose hashes are those of its manifest."""

    signed: Signed
    manifest: Manifest
    index: int
    wrap: bytes
    contents: dict[str, bytes]


@dataclass(frozen=True)
class Sender:
    """By whom, in which network and under which least suite a message must be sealed."""

    identity: Identity
    network: bytes
    minimum: int = 1


@dataclass(frozen=True)
class Opened:
    """The plaintext of both inline parts; no identity for who may not read it."""

    body: bytes
    identity: bytes | None


def parse_manifest(payload: bytes) -> Manifest:
    """Return a manifest that keeps every rule of form."""
    raw, hashes, parts = array(decode(payload, MAX_SIGNED), 3)
    core = parse_core(blob(raw))
    wraps = [digest(item) for item in array(hashes, 1, MAX_WRAPS)]
    found = [parse_part(item) for item in array(parts, 1, MAX_PARTS)]
    names = [name for name, _, _ in found]
    need(len(wraps) == len(core.nodes))
    need(ascending([name.encode() for name in names]) and "body" in names)
    need(("identity" in names) == (core.identity is not None))
    return Manifest(core, wraps, {name: (size, value) for name, size, value in found})


def parse_part(value: object) -> tuple[str, int, bytes]:
    """Return name, length and digest of a part."""
    name, size, told = array(value, 3)
    if not isinstance(name, str) or (name not in INLINE and ATTACHMENT.fullmatch(name) is None):
        raise Refused("MALFORMED")
    length, value_of = positive(size), digest(told)
    need(length <= (MAX_PART if name in INLINE else MAX_ATTACHMENT), "TOO_LARGE")
    return name, length, value_of


def parse_signed_manifest(data: bytes) -> tuple[Signed, Manifest]:
    """Return a signed manifest; nobody's signature was verified."""
    signed = parse_signed(data)
    return signed, parse_manifest(signed.payload)


def check_contents(manifest: Manifest, contents: list[bytes]) -> dict[str, bytes]:
    """Return the inline ciphertexts by name; each is the one that was signed."""
    inline = [name for name in manifest.parts if name in INLINE]
    need(len(contents) == len(inline), "PART_MISSING")
    for name, data in zip(inline, contents, strict=True):
        need(manifest.parts[name] == (len(data), sha256(data)), "BODY_HASH")
    return dict(zip(inline, contents, strict=True))


def parse_envelope(data: bytes) -> tuple[Signed, Manifest]:
    """Return what a submission signs; its wraps and contents are those that were signed."""
    raw, wraps, contents = array(decode(data, MAX_ENVELOPE), 3)
    signed, manifest = parse_signed_manifest(blob(raw))
    wrap_list = [blob(item) for item in array(wraps, 1, MAX_WRAPS)]
    content_list = [blob(item) for item in array(contents, 1, len(INLINE))]
    check_contents(manifest, content_list)
    need([sha256(wrap) for wrap in wrap_list] == manifest.wraps, "WRAP_HASH")
    return signed, manifest


def parse_delivery(data: bytes) -> Delivery:
    """Return a delivery that keeps every rule of form, section 3.8 step 1."""
    raw, place, wrap, contents = array(decode(data, MAX_ENVELOPE), 4)
    signed, manifest = parse_signed_manifest(blob(raw))
    index, sealed = count(place), blob(wrap)
    need(index < len(manifest.wraps))
    content_list = [blob(item) for item in array(contents, 1, len(INLINE))]
    found = check_contents(manifest, content_list)
    need(sha256(sealed) == manifest.wraps[index], "WRAP_HASH")
    return Delivery(signed, manifest, index, sealed, found)


def verify_sender(signed: Signed, core: Core, sender: Sender) -> None:
    """Refuse an unknown or too old suite, then signatures that are not the sender's (steps 4 and 5)."""
    need(core.suite in SUITES, "UNKNOWN_SUITE")
    need(core.suite >= sender.minimum, "DOWNGRADE")
    verify_signed(signed, DOMAIN, sender.network, sender.identity)


def open_delivery(data: bytes, sender: Sender, node: str, key: PrivateKey) -> Opened:
    """Return what a delivery says to this node, section 3.8 without the steps that need a directory or schemas."""
    delivery = parse_delivery(data)
    core = delivery.manifest.core
    verify_sender(delivery.signed, core, sender)
    need(core.nodes[delivery.index] == node, "NOT_A_RECIPIENT")
    wrap = parse_wrap(delivery.wrap)
    need(wrap.key_id == core.key_ids[delivery.index], "WRAP_HASH")
    secrets = open_wrap(wrap, key, core.raw, node)
    body = open_part(core, "body", secrets[:32], delivery.contents["body"])
    rows = check_rows(body, core.body)
    identity, identity_rows = None, None
    if core.identity is not None and secrets[32:] != bytes(32):
        identity = open_part(core, "identity", secrets[32:], delivery.contents["identity"])
        identity_rows = check_rows(identity, core.identity)
    references = [row for row in rows if row.path == SHORT_REFERENCE]
    fields = [row for row in rows if row.path != SHORT_REFERENCE]
    for row in references:
        check_short_reference(row.value)
    check_members(fields, delivery.manifest.attachments())
    read_document(fields)
    if identity_rows is not None:
        read_document(identity_rows)
    return Opened(body, identity)


def open_part(core: Core, name: str, secret: bytes, ciphertext: bytes) -> bytes:
    """Return the plaintext of an inline part under content or identity key, its padding removed."""
    core_hash = sha256(core.raw)
    return unpad(open_floe(part_key(secret, core_hash, name), content_aad(core_hash, name), ciphertext))


def check_rows(data: bytes, committed: bytes) -> list[Row]:
    """Return the rows of a part; they are those that the core commits to."""
    rows = parse_rows(data)
    need(commitment([row_hash(row) for row in rows]) == committed, "FIELD_COMMITMENT")
    return rows
