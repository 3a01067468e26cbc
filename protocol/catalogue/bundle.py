"""A policy bundle: policies, message catalogue and words as content-addressed files under one digest.

The manifest lists each file's path and SHA-256; the digest of the manifest is what a core names and registrars put in
force (docs/wire.md section 6.16). Whoever holds manifest and files can check each of them alone.
"""

import hashlib
import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Final

from protocol.cbor import decode, encode
from protocol.errors import Code, Fault, Malformed
from protocol.ids import PolicyDigest, parse_digest
from protocol.limits import MAX_BUNDLE_FILE, MAX_BUNDLE_FILES, MAX_PATH
from protocol.shapes import as_fixed, as_list, as_text

_PATH: Final = re.compile(r"(?:[a-z][a-z0-9_-]*/)+[A-Za-z0-9][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*\.(?:json|yaml)")

Entry = tuple[str, bytes]
"""Path and SHA-256 of a file."""


def bundle_manifest(files: Mapping[str, bytes]) -> bytes:
    """Return the manifest of ``files``, the same bytes for the same files.

    Raises MALFORMED for a path that is not relative and plain, TOO_LARGE for a file beyond MAX_BUNDLE_FILE.
    """
    entries = [(path, hashlib.sha256(files[path]).digest()) for path in sorted(files)]
    if any(len(raw) > MAX_BUNDLE_FILE for raw in files.values()):
        raise Fault(Code.TOO_LARGE, "bundle file")
    manifest = encode([[path, digest] for path, digest in entries])
    parse_manifest(manifest)
    return manifest


def bundle_digest(manifest: bytes) -> PolicyDigest:
    """Return the digest by which cores and statements name the bundle."""
    return PolicyDigest(hashlib.sha256(manifest).digest())


def parse_manifest(manifest: bytes) -> tuple[Entry, ...]:
    """Return the files of a bundle, strictly ascending by path; MALFORMED for anything else."""
    items = as_list(decode(manifest), "bundle", 1, MAX_BUNDLE_FILES)
    entries = tuple(_entry(*as_fixed(item, "bundle file", 2)) for item in items)
    if any(a[0] >= b[0] for a, b in pairwise(entries)):
        raise Malformed("bundle files not ascending")
    return entries


def _entry(path: object, digest: object) -> Entry:
    text = as_text(path if isinstance(path, str) else None, "bundle path", MAX_PATH)
    if _PATH.fullmatch(text) is None:
        raise Malformed("bundle path")
    return text, parse_digest(digest)


def assemble(manifest: bytes, blobs: Mapping[bytes, bytes]) -> dict[str, bytes]:
    """Return every file of the bundle by its path. ``blobs`` holds files by SHA-256 and may hold others.

    Each file is hashed again: BODY_HASH for a file that is another one, PART_MISSING for one that is not there,
    TOO_LARGE beyond MAX_BUNDLE_FILE.
    """
    return {path: _blob(digest, blobs) for path, digest in parse_manifest(manifest)}


def _blob(digest: bytes, blobs: Mapping[bytes, bytes]) -> bytes:
    raw = blobs.get(digest)
    if raw is None:
        raise Fault(Code.PART_MISSING, "bundle file")
    if len(raw) > MAX_BUNDLE_FILE:
        raise Fault(Code.TOO_LARGE, "bundle file")
    if hashlib.sha256(raw).digest() != digest:
        raise Fault(Code.BODY_HASH, "bundle file")
    return raw
