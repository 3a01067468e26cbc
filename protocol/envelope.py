"""The envelope: signed manifest, wraps and part ciphertexts; and the delivery, which holds one recipient's wrap only.

The manifest is [core, [SHA-256(wrap)], [[part name, length, SHA-256]]]; a message's id is the SHA-256 of its encoding.
Hashing the wraps instead of holding them lets the hub hand each node its own wrap under an unchanged signature.
Bytes: docs/wire.md section 3.
"""

import hashlib
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from protocol.cbor import Item, decode, encode
from protocol.core import Core, parse_core
from protocol.cose import Signed
from protocol.cose import parse as parse_signed
from protocol.errors import Code, Fault, Malformed
from protocol.ids import MessageId, message_id, parse_digest
from protocol.limits import MAX_ATTACHMENT, MAX_ENVELOPE, MAX_PART, MAX_PARTS, MAX_RECIPIENTS, MAX_SIGNED
from protocol.shapes import as_bytes, as_fixed, as_int, as_list

BODY: Final = "body"
IDENTITY: Final = "identity"
_INLINE: Final = (BODY, IDENTITY)
_ATTACHMENT = re.compile(r"att-(?:[0-5][0-9]|6[0-3])")


@dataclass(frozen=True, slots=True)
class Part:
    """One sealed part as the manifest names it: length in bytes and SHA-256 of its ciphertext (attachment: root)."""

    name: str
    length: int
    digest: bytes

    @property
    def inline(self) -> bool:
        """Whether the ciphertext travels inside the envelope; attachments do not."""
        return self.name in _INLINE


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the sender signed. ``core_bytes`` are kept: hashes and wraps bind the bytes, not a re-encoding."""

    core: Core
    core_bytes: bytes
    wrap_hashes: tuple[bytes, ...]
    parts: tuple[Part, ...]

    @property
    def attachments(self) -> tuple[Part, ...]:
        """The parts that travel outside the envelope, ascending by name."""
        return tuple(part for part in self.parts if not part.inline)


@dataclass(frozen=True, slots=True)
class Envelope:
    """A complete message as its sender submits it. Parsed, not yet verified."""

    id: MessageId
    manifest: Manifest
    signed: Signed
    wraps: tuple[bytes, ...]
    contents: tuple[bytes, ...]

    def encode(self) -> bytes:
        """Return the bytes of the submission."""
        return encode([self.signed.raw, list(self.wraps), list(self.contents)])


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message as one recipient fetches it: its own wrap only."""

    id: MessageId
    manifest: Manifest
    signed: Signed
    index: int
    wrap: bytes
    contents: tuple[bytes, ...]

    def encode(self) -> bytes:
        """Return the bytes a node fetches."""
        return encode_delivery(self.signed.raw, self.index, self.wrap, self.contents)


def is_attachment(name: str) -> bool:
    """Whether a part of this name travels outside the envelope: `att-00` to `att-63`."""
    return _ATTACHMENT.fullmatch(name) is not None


def encode_delivery(signed: bytes, index: int, wrap: bytes, contents: tuple[bytes, ...]) -> bytes:
    """Return the bytes of a delivery from its stored pieces, without parsing them again."""
    return encode([signed, index, wrap, list(contents)])


def encode_manifest(core_bytes: bytes, wraps: tuple[bytes, ...], parts: tuple[Part, ...]) -> bytes:
    """Return the payload that the sender signs."""
    hashes: list[Item] = [hashlib.sha256(wrap).digest() for wrap in wraps]
    return encode([core_bytes, hashes, [[part.name, part.length, part.digest] for part in parts]])


def parse_manifest(payload: bytes) -> Manifest:
    """Return the manifest in a payload; one wrap per recipient, parts ascending by name, `body` always there."""
    core_bytes, hashes, parts = as_fixed(decode(payload, MAX_SIGNED), "manifest", 3)
    raw = as_bytes(core_bytes, "core")
    core = parse_core(raw)
    manifest = Manifest(
        core=core,
        core_bytes=raw,
        wrap_hashes=tuple(parse_digest(each) for each in as_list(hashes, "wraps", 1, MAX_RECIPIENTS)),
        parts=tuple(_parse_part(each) for each in as_list(parts, "parts", 1, MAX_PARTS)),
    )
    names = [part.name for part in manifest.parts]
    if len(manifest.wrap_hashes) != len(core.to):
        raise Malformed("one wrap per recipient")
    if any(a >= b for a, b in pairwise(names)) or BODY not in names:
        raise Malformed("parts")
    if (IDENTITY in names) != (core.identity_root is not None):
        raise Malformed("identity part and its commitment go together")
    return manifest


def parse_envelope(raw: bytes) -> Envelope:
    """Return the envelope in a submission.

    Order: bounds, canonical form, manifest, then the hashes of every wrap and inline part (WRAP_HASH, BODY_HASH).
    NOT here: signatures, the sender's key, recipients' keys, replay, policy. They belong to admission.
    """
    signed_raw, wraps, contents = as_fixed(decode(raw, MAX_ENVELOPE), "envelope", 3)
    signed = parse_signed(as_bytes(signed_raw, "signed"), MAX_SIGNED)
    manifest = parse_manifest(signed.payload)
    envelope = Envelope(
        id=message_id(signed.payload),
        manifest=manifest,
        signed=signed,
        wraps=tuple(as_bytes(each, "wrap") for each in as_list(wraps, "wraps", 1, MAX_RECIPIENTS)),
        contents=_parse_contents(contents, manifest),
    )
    if tuple(hashlib.sha256(wrap).digest() for wrap in envelope.wraps) != manifest.wrap_hashes:
        raise Fault(Code.WRAP_HASH)
    return envelope


def parse_delivery(raw: bytes) -> Delivery:
    """Return the delivery in a mailbox item; WRAP_HASH, BODY_HASH and MALFORMED as for an envelope.

    NOT here: signatures, whether the wrap belongs to this node, opening.
    """
    signed_raw, index, wrap, contents = as_fixed(decode(raw, MAX_ENVELOPE), "delivery", 4)
    signed = parse_signed(as_bytes(signed_raw, "signed"), MAX_SIGNED)
    manifest = parse_manifest(signed.payload)
    delivery = Delivery(
        id=message_id(signed.payload),
        manifest=manifest,
        signed=signed,
        index=as_int(index, "index", 0, len(manifest.wrap_hashes) - 1),
        wrap=as_bytes(wrap, "wrap"),
        contents=_parse_contents(contents, manifest),
    )
    if hashlib.sha256(delivery.wrap).digest() != manifest.wrap_hashes[delivery.index]:
        raise Fault(Code.WRAP_HASH)
    return delivery


def _parse_part(item: Item) -> Part:
    name, length, digest = as_fixed(item, "part", 3)
    if not isinstance(name, str) or (name not in _INLINE and not is_attachment(name)):
        raise Malformed("part name")
    part = Part(name, as_int(length, "length", 1), parse_digest(digest))
    if part.length > (MAX_PART if part.inline else MAX_ATTACHMENT):
        raise Fault(Code.TOO_LARGE, name)
    return part


def _parse_contents(item: Item, manifest: Manifest) -> tuple[bytes, ...]:
    inline = [part for part in manifest.parts if part.inline]
    contents = tuple(as_bytes(each, "part") for each in as_list(item, "contents", 1, len(_INLINE)))
    if len(contents) != len(inline):
        raise Fault(Code.PART_MISSING)
    for part, content in zip(inline, contents, strict=True):
        if len(content) != part.length or hashlib.sha256(content).digest() != part.digest:
            raise Fault(Code.BODY_HASH, part.name)
    return contents
