"""Leaves of the message log: a kind, a digest, the hub's time, and the directory under which the hub decided.

Specified in docs/wire.md section 4.2.
"""

import hashlib
from dataclasses import dataclass
from enum import IntEnum

from protocol.cbor import decode, encode
from protocol.errors import Malformed
from protocol.ids import parse_digest
from protocol.limits import MAX_STATEMENT
from protocol.shapes import as_fixed, as_int


class LeafKind(IntEnum):
    """What a leaf stands for; numbers are append-only."""

    MESSAGE = 1
    EVIDENCE = 2
    TOKEN = 3
    ANCHOR = 4
    REPORT = 5
    ADMINISTRATION = 6
    RESTART = 7
    UNSERVED = 8


@dataclass(frozen=True, slots=True)
class Leaf:
    """One entry. ``time`` and ``directory_size`` never decrease along the log (decision 8)."""

    kind: LeafKind
    digest: bytes
    time: int
    directory_size: int
    directory_root: bytes


def encode_leaf(leaf: Leaf) -> bytes:
    """Return the entry's bytes."""
    return encode([int(leaf.kind), leaf.digest, leaf.time, leaf.directory_size, leaf.directory_root])


def parse_leaf(raw: bytes) -> Leaf:
    """Return the leaf in an entry, or raise MALFORMED."""
    kind, digest, time, size, root = as_fixed(decode(raw, MAX_STATEMENT), "leaf", 5)
    number = as_int(kind, "kind", 1)
    if number not in {int(each) for each in LeafKind}:
        raise Malformed("leaf kind")
    return Leaf(
        LeafKind(number),
        parse_digest(digest),
        as_int(time, "time"),
        as_int(size, "directory size"),
        parse_digest(root),
    )


def payload_digest(payload: bytes) -> bytes:
    """Return what a leaf says of a signed object: the SHA-256 of its payload, never of its randomised signatures."""
    return hashlib.sha256(payload).digest()
