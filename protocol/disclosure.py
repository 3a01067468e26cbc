"""Onward transfer of chosen rows under the sender's original signatures (docs/wire.md section 3.7).

A disclosure is the signed manifest, the name of one inline part, and in row order either the whole row or its salted
hash. Whoever holds the sender's public identity recomputes the commitment that the core carries, so a row that was
changed, moved or left out is noticed. Withheld rows tell nothing but their number: their salts are random and stay
with those who hold the message. The core is always visible, and so are the names and sizes of the other parts.

A proof of one row is the same object with one row in it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from protocol import domains
from protocol.cbor import Item, decode, encode
from protocol.checkpoint import LogKeys, verify_checkpoint
from protocol.cose import Signed, verify
from protocol.cose import parse as parse_signed
from protocol.envelope import BODY, IDENTITY, Manifest, is_attachment, parse_manifest
from protocol.errors import Code, Fault, Malformed
from protocol.evidence import Inclusion, encode_inclusion, parse_inclusion, verify_leaf
from protocol.fields import SALT_SIZE, Row, fields_root, row_hash
from protocol.ids import DIGEST_SIZE, MessageId, message_id
from protocol.leaf import Leaf, LeafKind
from protocol.limits import MAX_ATTACHMENTS, MAX_CHECKPOINT, MAX_DISCLOSURE, MAX_PATH, MAX_ROWS, MAX_SIGNED
from protocol.ports import IdentityPublic
from protocol.shapes import as_bytes, as_fixed, as_list, as_map, as_text

Slot = Row | bytes
"""A row that is revealed, or the 32-byte salted hash of one that is withheld."""

_SIGNED, _PART, _SLOTS, _CARRIED, _LOGGED = range(1, 6)
_ROW_SIZE: Final = 3


@dataclass(frozen=True, slots=True)
class LogProof:
    """What shows to others that the hub logged the message: its leaf with the path, and a checkpoint that covers it."""

    inclusion: Inclusion
    checkpoint: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """A parsed disclosure. Nothing in it is verified; only ``verify_rows`` returns rows that may be believed.

    ``carried`` pairs the name of an attachment of the disclosed message with the name under which the carrying message
    brings it, sealed anew; an attachment that is not named there is withheld.
    """

    signed: Signed
    manifest: Manifest
    part: str
    slots: tuple[Slot, ...]
    carried: tuple[tuple[str, str], ...] = ()
    logged: LogProof | None = None

    @property
    def message(self) -> MessageId:
        """The id of the message whose rows are disclosed."""
        return message_id(self.signed.payload)

    @property
    def withheld(self) -> int:
        """How many rows of the part are not shown."""
        return sum(isinstance(each, bytes) for each in self.slots)

    @property
    def attachments_withheld(self) -> tuple[str, ...]:
        """The attachments of the message that do not come along, ascending."""
        here = {name for name, _ in self.carried}
        return tuple(each.name for each in self.manifest.parts if not each.inline and each.name not in here)


@dataclass(frozen=True, slots=True)
class Source:
    """The message as its reader holds it: what the sender signed, and all rows of the part that is disclosed."""

    signed: Signed
    part: str
    rows: tuple[Row, ...]


def disclose(
    source: Source,
    paths: Collection[str],
    logged: LogProof | None = None,
    carried: tuple[tuple[str, str], ...] = (),
) -> Disclosure:
    """Return the disclosure that reveals exactly the rows at ``paths``.

    Refuses DISCLOSURE when nothing is chosen, a path is not in the part, or an attachment is not in the message, and
    FIELD_COMMITMENT when the rows are not those the sender committed to: nobody could verify the result.
    """
    missing = set(paths).difference(row.path for row in source.rows)
    if missing:
        raise Fault(Code.DISCLOSURE, "no such row")
    found = Disclosure(
        signed=source.signed,
        manifest=parse_manifest(source.signed.payload),
        part=source.part,
        slots=tuple(row if row.path in paths else row_hash(row) for row in source.rows),
        carried=carried,
        logged=logged,
    )
    made = parse_disclosure(encode_disclosure(found))
    _check_commitment(made)
    return made


def encode_disclosure(disclosure: Disclosure) -> bytes:
    """Return the bytes of a disclosure."""
    fields: dict[int, Item] = {
        _SIGNED: disclosure.signed.raw,
        _PART: disclosure.part,
        _SLOTS: [each if isinstance(each, bytes) else [each.salt, each.path, each.value] for each in disclosure.slots],
    }
    if disclosure.carried:
        fields[_CARRIED] = [list(each) for each in disclosure.carried]
    if disclosure.logged is not None:
        fields[_LOGGED] = encode_log_proof(disclosure.logged)
    return encode(fields)


def parse_disclosure(raw: bytes) -> Disclosure:
    """Return the disclosure in ``raw``, at most MAX_DISCLOSURE bytes (TOO_LARGE).

    Refuses MALFORMED and UNKNOWN_FIELD for another shape, what the manifest's parser refuses, and DISCLOSURE for slots
    that prove nothing: a salt or hash of another length, a path twice, no row at all, a part or attachment that the
    message does not have (attack 60). NOT here: signatures and commitment (``verify_rows``), the log
    (``verify_logged``).
    """
    fields = as_map(decode(raw, MAX_DISCLOSURE), "disclosure", (_SIGNED, _PART, _SLOTS), (_CARRIED, _LOGGED))
    signed = parse_signed(as_bytes(fields[_SIGNED], "signed"), MAX_SIGNED)
    manifest = parse_manifest(signed.payload)
    disclosure = Disclosure(
        signed=signed,
        manifest=manifest,
        part=_parse_part(fields[_PART], manifest),
        slots=tuple(_parse_slot(each) for each in as_list(fields[_SLOTS], "slots", 1, MAX_ROWS)),
        carried=parse_carried(fields[_CARRIED], manifest) if _CARRIED in fields else (),
        logged=parse_log_proof(fields[_LOGGED]) if _LOGGED in fields else None,
    )
    paths = [each.path for each in disclosure.slots if isinstance(each, Row)]
    if not paths or len(set(paths)) != len(paths):
        raise Fault(Code.DISCLOSURE, "rows")
    return disclosure


def verify_rows(disclosure: Disclosure, sender: IdentityPublic, network: bytes) -> tuple[Row, ...]:
    """Return the revealed rows after both signatures and the commitment were verified.

    ``sender`` is the identity that the directory shows for the core's sender at the leaf's directory size; finding it
    is the caller's step. Refuses UNKNOWN_KEY, BAD_SIGNATURE, FIELD_COMMITMENT for a row that was altered, moved, added
    or dropped (attack 59), and FIELD_ORDER for rows that no recipient would have accepted.
    """
    verify(disclosure.signed, sender, domains.MESSAGE, network)
    _check_commitment(disclosure)
    rows = tuple(each for each in disclosure.slots if isinstance(each, Row))
    if any(a.path >= b.path for a, b in pairwise(rows)):
        raise Fault(Code.FIELD_ORDER)
    return rows


def verify_logged(logged: LogProof | None, message: MessageId, origin: str, keys: LogKeys) -> Leaf:
    """Return the leaf of ``message`` after its place in the log was verified under the log's keys.

    Refuses BAD_EVIDENCE when there is no proof or one about something else, and what the checks of checkpoint and
    inclusion refuse. NOT here: whether the leaf's view of the directory is ours (SPLIT_VIEW).
    """
    if logged is None:
        raise Fault(Code.BAD_EVIDENCE, "no proof of the log")
    checkpoint = verify_checkpoint(logged.checkpoint, origin, keys)
    leaf = verify_leaf(logged.inclusion, checkpoint)
    if leaf.kind is not LeafKind.MESSAGE or leaf.digest != message:
        raise Fault(Code.BAD_EVIDENCE, "leaf of something else")
    return leaf


def encode_log_proof(logged: LogProof) -> Item:
    """Return a proof as an item for embedding."""
    return [encode_inclusion(logged.inclusion), logged.checkpoint]


def parse_log_proof(item: Item) -> LogProof:
    """Return the proof in an item; MALFORMED, or TOO_LARGE for the checkpoint. NOT here: ``verify_logged``."""
    inclusion, checkpoint = as_fixed(item, "logged", 2)
    raw = as_bytes(checkpoint, "checkpoint")
    if len(raw) > MAX_CHECKPOINT:
        raise Fault(Code.TOO_LARGE, "checkpoint")
    return LogProof(parse_inclusion(inclusion), raw)


def _check_commitment(disclosure: Disclosure) -> None:
    core = disclosure.manifest.core
    root = core.body_root if disclosure.part == BODY else core.identity_root
    if fields_root(each if isinstance(each, bytes) else row_hash(each) for each in disclosure.slots) != root:
        raise Fault(Code.FIELD_COMMITMENT)


def _parse_part(item: Item, manifest: Manifest) -> str:
    if item not in (BODY, IDENTITY) or item not in {each.name for each in manifest.parts}:
        raise Fault(Code.DISCLOSURE, "part")
    return str(item)


def _parse_slot(item: Item) -> Slot:
    if isinstance(item, bytes):
        if len(item) != DIGEST_SIZE:
            raise Fault(Code.DISCLOSURE, "hash")
        return item
    if not isinstance(item, list) or len(item) != _ROW_SIZE:
        raise Fault(Code.DISCLOSURE, "row")
    salt, path, value = item
    if not isinstance(salt, bytes) or len(salt) != SALT_SIZE:
        raise Fault(Code.DISCLOSURE, "salt")
    return Row(salt, as_text(path, "path", MAX_PATH), value)


def _name(item: Item) -> str:
    if not isinstance(item, str):
        raise Malformed("attachment")
    return item


def parse_carried(item: Item, manifest: Manifest) -> tuple[tuple[str, str], ...]:
    """Return the pairs of attachments that come along, ascending; DISCLOSURE for one that the message does not have."""
    known = {each.name for each in manifest.parts if not each.inline}
    pairs = [as_fixed(each, "attachment", 2) for each in as_list(item, "attachments", 1, MAX_ATTACHMENTS)]
    out = tuple((_name(ours), _name(theirs)) for ours, theirs in pairs)
    if any(a[0] >= b[0] for a, b in pairwise(out)) or len({theirs for _, theirs in out}) != len(out):
        raise Fault(Code.DISCLOSURE, "attachment twice")
    if any(ours not in known or not is_attachment(theirs) for ours, theirs in out):
        raise Fault(Code.DISCLOSURE, "attachment")
    return out
