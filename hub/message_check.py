"""Whether the stored messages are those that their leaves stand for: no row swapped, added, removed or altered."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, select

from hub.log_store import read_entries
from hub.schema import MESSAGE, WRAP
from protocol.api import MESSAGE_LOG
from protocol.cbor import decode
from protocol.cose import parse as parse_signed
from protocol.envelope import Manifest, parse_manifest
from protocol.errors import Fault
from protocol.leaf import LeafKind, parse_leaf, payload_digest
from protocol.limits import MAX_SIGNED

MESSAGES_AT_ONCE: Final = 64  # each costs a parse of its manifest, 0.2 ms


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is still stored of one message."""

    leaf: int
    id: bytes
    signed: bytes
    contents: bytes | None


def damaged_messages(connection: Connection, first: int) -> tuple[int, ...]:
    """Return the leaves, among the next ``MESSAGES_AT_ONCE`` from ``first`` on, whose message is not the logged one.

    Each leaf of a message must have its row, no other leaf may have one, and what is still kept of it must have the
    digests that its sender signed. Signatures are not verified again: the leaf fixes the payload; recipients verify.
    """
    last = first + MESSAGES_AT_ONCE
    entries = read_entries(connection, MESSAGE_LOG, first, last)
    leaves = {first + at: parse_leaf(entry) for at, entry in enumerate(entries)}
    logged = {index: leaf.digest for index, leaf in leaves.items() if leaf.kind is LeafKind.MESSAGE}
    columns = (MESSAGE.c.leaf, MESSAGE.c.id, MESSAGE.c.signed, MESSAGE.c.contents)
    rows = connection.execute(select(*columns).where(MESSAGE.c.leaf >= first, MESSAGE.c.leaf < last)).all()
    stored = {row.leaf: row.id for row in rows}
    damaged = {leaf for leaf in logged.keys() | stored.keys() if logged.get(leaf) != stored.get(leaf)}
    wraps = _wraps(connection, first, last)
    for row in rows:
        if row.signed is not None and not _intact(
            _Kept(row.leaf, row.id, row.signed, row.contents), wraps.get(row.leaf, ())
        ):
            damaged.add(row.leaf)
    return tuple(sorted(damaged))


def _wraps(connection: Connection, first: int, last: int) -> Mapping[int, list[tuple[int, bytes]]]:
    columns = (WRAP.c.leaf, WRAP.c.idx, WRAP.c.wrap)
    kept = select(*columns).where(WRAP.c.leaf >= first, WRAP.c.leaf < last, WRAP.c.wrap.is_not(None))
    out: dict[int, list[tuple[int, bytes]]] = {}
    for leaf, index, wrap in connection.execute(kept):
        out.setdefault(leaf, []).append((index, wrap))
    return out


def _intact(row: _Kept, wraps: Sequence[tuple[int, bytes]]) -> bool:
    try:
        payload = parse_signed(row.signed, MAX_SIGNED).payload
        return payload_digest(payload) == row.id and _matches(parse_manifest(payload), row.contents, wraps)
    except Fault:
        return False  # what cannot be read is not what was logged


def _matches(manifest: Manifest, contents: bytes | None, wraps: Sequence[tuple[int, bytes]]) -> bool:
    signed = manifest.wrap_hashes
    if any(index >= len(signed) or hashlib.sha256(wrap).digest() != signed[index] for index, wrap in wraps):
        return False
    if contents is None:
        return True
    inline = [part.digest for part in manifest.parts if part.inline]
    stored = decode(contents)
    if not isinstance(stored, list):
        return False
    return [hashlib.sha256(each).digest() for each in stored if isinstance(each, bytes)] == inline
