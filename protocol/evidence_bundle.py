"""The evidence bundle: one file that proves messages and what became of them, without the hub, the nodes or a network.

A bundle is [fingerprint, manifest, [member]]. The manifest lists every member by name, length and SHA-256; the
fingerprint is the SHA-256 of the manifest, so one number names every byte of the file. Nothing in a bundle is believed
because its maker says so: members are signed by those whose acts they are, or follow from what is signed. Who made the
file, and when, stands in the manifest as a claim that nothing proves. Bytes: docs/wire.md section 4.8.
"""

import hashlib
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from protocol.cbor import Item, decode, encode
from protocol.checkpoint import Checkpoint, parse_checkpoint_text
from protocol.errors import Code, Fault, Malformed
from protocol.evidence_told import ToldMessage, encode_told, parse_told
from protocol.ids import NodeId, parse_digest, parse_node_id, parse_reference
from protocol.limits import MAX_CHECKPOINT, MAX_EVIDENCE_FILE, MAX_EVIDENCE_MESSAGES, MAX_ITEMS, MAX_STATEMENT
from protocol.note import parse_note
from protocol.shapes import as_bytes, as_fixed, as_int, as_list, as_map

VERSION: Final = 1
DIRECTORY: Final = "directory"
DIRECTORY_HEAD: Final = "directory-checkpoint"
_CHECKPOINT, _MESSAGE = "checkpoint-", "message-"
_HEADS: Final = 999
_MEMBERS: Final = 2 + _HEADS + MAX_EVIDENCE_MESSAGES
_VERSION, _NETWORK, _CHARTER, _MAKER, _MADE, _LIST = range(1, 7)


@dataclass(frozen=True, slots=True)
class Member:
    """One part of the file as the manifest names it."""

    name: str
    length: int
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceBundle:
    """What a bundle holds. Parsed, not verified; ``keys.evidence_check`` says what it proves.

    ``charter`` is the digest of the network's first charter, which a reader compares with the one he was given.
    ``directory`` is the directory log from its first entry on, ``directory_checkpoint`` the head that covers exactly
    these entries. ``checkpoints`` are heads of the message log, ascending by size; each has evidence that refers to it.
    ``maker`` and ``made_at`` are claims.
    """

    network: bytes
    charter: bytes
    maker: NodeId
    made_at: int
    directory: tuple[bytes, ...] = field(repr=False)
    directory_checkpoint: bytes = field(repr=False)
    checkpoints: tuple[bytes, ...] = field(repr=False)
    messages: tuple[ToldMessage, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class BundleFile:
    """A bundle with the list of its members and the fingerprint that a person compares."""

    bundle: EvidenceBundle
    members: tuple[Member, ...]
    fingerprint: bytes


def encode_evidence_bundle(bundle: EvidenceBundle) -> bytes:
    """Return the bytes of a bundle. The same content always gives the same bytes."""
    members: list[bytes] = [encode(list(bundle.directory)), bundle.directory_checkpoint, *bundle.checkpoints]
    members += [encode_told(each) for each in bundle.messages]
    names = _names(len(bundle.checkpoints), len(bundle.messages))
    listed: list[Item] = [
        [name, len(raw), hashlib.sha256(raw).digest()] for name, raw in zip(names, members, strict=True)
    ]
    manifest = encode(
        {
            _VERSION: VERSION,
            _NETWORK: bundle.network,
            _CHARTER: bundle.charter,
            _MAKER: bundle.maker,
            _MADE: bundle.made_at,
            _LIST: listed,
        }
    )
    return encode([hashlib.sha256(manifest).digest(), manifest, members])


def parse_evidence_bundle(raw: bytes) -> BundleFile:
    """Return what a bundle holds. Digests come first, so that a changed byte costs no signature.

    Order: length (TOO_LARGE), canonical form (MALFORMED), fingerprint and every member's digest (BAD_EVIDENCE),
    manifest (MALFORMED, UNKNOWN_FIELD also for a member of another name or in another place, UNKNOWN_SUITE for another
    version), then the members. Refused as BAD_EVIDENCE besides: a checkpoint that nothing refers to or that is missing,
    messages out of the order of the log, and what ``parse_told`` refuses. NOT here: signatures, proofs, the directory.
    """
    fingerprint, manifest, items = as_fixed(decode(raw, MAX_EVIDENCE_FILE), "bundle", 3)
    listed = as_bytes(manifest, "manifest")
    if parse_digest(fingerprint) != hashlib.sha256(listed).digest():
        raise Fault(Code.BAD_EVIDENCE, "fingerprint")
    fields = as_map(decode(listed, MAX_EVIDENCE_FILE), "manifest", range(1, 7))
    if as_int(fields[_VERSION], "version", 1) != VERSION:
        raise Fault(Code.UNKNOWN_SUITE, "version of the bundle")
    members = tuple(_parse_member(each) for each in as_list(fields[_LIST], "members", 4, _MEMBERS))
    bodies = [as_bytes(each, "member") for each in as_list(items, "bodies", 0, _MEMBERS)]
    _check_digests(members, bodies)
    heads = sum(each.name.startswith(_CHECKPOINT) for each in members)
    if [each.name for each in members] != _names(heads, len(members) - heads - 2):
        raise Fault(Code.UNKNOWN_FIELD, "members")
    bundle = EvidenceBundle(
        network=parse_reference(fields[_NETWORK]),
        charter=parse_digest(fields[_CHARTER]),
        maker=parse_node_id(fields[_MAKER]),
        made_at=as_int(fields[_MADE], "made at"),
        directory=_parse_directory(bodies[0]),
        directory_checkpoint=bodies[1],
        checkpoints=tuple(bodies[2 : 2 + heads]),
        messages=tuple(parse_told(each) for each in bodies[2 + heads :]),
    )
    _check_order(bundle)
    return BundleFile(bundle, members, parse_digest(fingerprint))


def head_of(note: bytes) -> Checkpoint:
    """Return the unverified tree head in a checkpoint; BAD_CHECKPOINT for another form."""
    return parse_checkpoint_text(parse_note(note).text)


def _names(heads: int, messages: int) -> list[str]:
    return [
        DIRECTORY,
        DIRECTORY_HEAD,
        *(f"{_CHECKPOINT}{number:03}" for number in range(heads)),
        *(f"{_MESSAGE}{number:03}" for number in range(messages)),
    ]


def _parse_member(item: Item) -> Member:
    name, length, digest = as_fixed(item, "member", 3)
    if not isinstance(name, str):
        raise Malformed("name of a member")
    return Member(name, as_int(length, "length", 1), parse_digest(digest))


def _check_digests(members: tuple[Member, ...], bodies: list[bytes]) -> None:
    if len(members) != len(bodies):
        raise Fault(Code.BAD_EVIDENCE, "a member is missing or was added")
    for member, raw in zip(members, bodies, strict=True):
        if len(raw) != member.length or hashlib.sha256(raw).digest() != member.digest:
            raise Fault(Code.BAD_EVIDENCE, f"member {member.name}")


def _parse_directory(raw: bytes) -> tuple[bytes, ...]:
    entries = as_list(decode(raw, MAX_EVIDENCE_FILE), "directory", 1, MAX_ITEMS)
    return tuple(_bounded(as_bytes(each, "entry")) for each in entries)


def _bounded(entry: bytes) -> bytes:
    if len(entry) > MAX_STATEMENT:
        raise Fault(Code.TOO_LARGE, "entry")
    return entry


def _check_order(bundle: EvidenceBundle) -> None:
    if any(len(each) > MAX_CHECKPOINT for each in (bundle.directory_checkpoint, *bundle.checkpoints)):
        raise Fault(Code.TOO_LARGE, "checkpoint")
    sizes = [head_of(each).size for each in bundle.checkpoints]
    if any(a >= b for a, b in pairwise(sizes)):
        raise Fault(Code.BAD_EVIDENCE, "checkpoints not ascending")
    used = {each.size for message in bundle.messages for each in message.inclusions}
    if used != set(sizes):
        raise Fault(Code.BAD_EVIDENCE, "a checkpoint that nothing refers to, or one that is missing")
    if any(a.logged.index >= b.logged.index for a, b in pairwise(bundle.messages)):
        raise Fault(Code.BAD_EVIDENCE, "messages not in the order of the log")
