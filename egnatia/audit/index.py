"""What is searched: headers of messages and evidence about them, read from signed objects as they are brought.

Reading is not believing: an object is verified by ``egnatia.audit.objects`` when a sample takes it. What is listed has
at least the digest in its leaf. An object that was exchanged or cut at the hub is kept all the same, as what the hub
showed for that leaf: it blocks nothing behind it, is never listed, and every verification names it.
"""

from collections.abc import Mapping, Sequence

from egnatia.audit.copy_store import Copy
from protocol.audit import Record
from protocol.cose import parse as parse_signed
from protocol.envelope import parse_manifest
from protocol.errors import Fault
from protocol.evidence import SignedReceipt
from protocol.hub_acts import parse_signatures
from protocol.leaf import Leaf, LeafKind, payload_digest
from protocol.limits import MAX_SIGNED
from protocol.unserved import UNSERVED_EVENT, parse_unserved
from protocol.voids import parse_evidence


def index_records(copy: Copy, records: Sequence[Record], leaves: Mapping[int, Leaf]) -> tuple[int, ...]:
    """Store records and what is searched of them; return the leaves whose object is not the one that was logged."""
    wrong = []
    for each in records:
        leaf = leaves[each.leaf]
        copy.run("INSERT OR REPLACE INTO record VALUES (?, ?, ?)", [(each.leaf, int(leaf.kind), each.raw)])
        if not is_logged(leaf, each.raw):
            wrong.append(each.leaf)
        elif leaf.kind is LeafKind.MESSAGE:
            _index_message(copy, each, leaf)
        elif leaf.kind is LeafKind.EVIDENCE:
            _index_evidence(copy, each, leaf)
        elif leaf.kind is LeafKind.UNSERVED:
            _index_unserved(copy, each, leaf)
    return tuple(wrong)


def is_logged(leaf: Leaf, raw: bytes) -> bool:
    """Return whether an object is the one that a leaf names; what cannot be read is not."""
    try:
        return object_digest(leaf.kind, raw) == leaf.digest
    except Fault:
        return False


def object_digest(kind: LeafKind, raw: bytes) -> bytes:
    """Return the digest that a leaf of this kind names for an object."""
    if kind is LeafKind.UNSERVED:
        return payload_digest(parse_unserved(raw).encode())
    signed = parse_signatures(raw)[0].signed if kind is LeafKind.ADMINISTRATION else parse_signed(raw, MAX_SIGNED)
    return payload_digest(signed.payload)


def _index_message(copy: Copy, record: Record, leaf: Leaf) -> None:
    core = parse_manifest(parse_signed(record.raw, MAX_SIGNED).payload).core
    row = (record.leaf, leaf.digest, leaf.time, core.sender, core.channel, core.type, core.purpose, core.expires_at)
    copy.run("INSERT OR REPLACE INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?)", [row])
    copy.run("INSERT OR REPLACE INTO addressee VALUES (?, ?)", [(record.leaf, each.node) for each in core.to])


def _index_evidence(copy: Copy, record: Record, leaf: Leaf) -> None:
    found = parse_evidence(record.raw)
    if not isinstance(found, SignedReceipt):
        return  # a void is about no message
    said = found.receipt
    row = (record.leaf, said.message, said.recipient, int(said.event), leaf.time, said.at, int(said.held))
    copy.run("INSERT OR REPLACE INTO evidence VALUES (?, ?, ?, ?, ?, ?, ?)", [row])


def _index_unserved(copy: Copy, record: Record, leaf: Leaf) -> None:
    said = parse_unserved(record.raw)
    row = (record.leaf, said.message, said.recipient, UNSERVED_EVENT, leaf.time, said.expires_at, 0)
    copy.run("INSERT OR REPLACE INTO evidence VALUES (?, ?, ?, ?, ?, ?, ?)", [row])
