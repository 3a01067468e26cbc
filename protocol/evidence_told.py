"""One message in an evidence bundle: what its sender signed, its place in the log, and what recipients said of it.

Where its holder chose so, the sealed parts and wraps come along as ciphertext, and rows that are shown to every reader.
Bytes: docs/wire.md section 4.8.
"""

import hashlib
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

from protocol.cbor import Item, decode, encode
from protocol.cose import Signed
from protocol.cose import parse as parse_signed
from protocol.disclosure import Disclosure, Slot, parse_disclosure
from protocol.envelope import Manifest, parse_manifest
from protocol.errors import Code, Fault
from protocol.evidence import Inclusion, SignedReceipt, encode_inclusion, parse_inclusion, parse_receipt
from protocol.ids import MessageId, message_id
from protocol.limits import MAX_EVIDENCE_FILE, MAX_RECIPIENTS, MAX_SIGNED
from protocol.shapes import as_bytes, as_fixed, as_int, as_list, as_map
from protocol.unserved import Unserved, check_unserved_core, parse_unserved

_SIGNED, _LOGGED, _RECEIPTS, _CONTENTS, _WRAPS, _SHOWN, _UNSERVED = range(1, 8)
_MOST_RECEIPTS: Final = 4_096  # a message to 256 nodes, each of which tried, took, read and sent back
_INLINE: Final = 2


@dataclass(frozen=True, slots=True)
class LoggedReceipt:
    """A recipient's receipt and its place in the log."""

    receipt: SignedReceipt
    logged: Inclusion


@dataclass(frozen=True, slots=True)
class LoggedUnserved:
    """The hub's record that a recipient was never handed the message, and its place in the log."""

    record: Unserved
    logged: Inclusion


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldMessage:
    """A message as a bundle tells of it. Parsed, not verified.

    ``receipts`` and ``unserved`` ascend by their place in the log, which is behind the message's. ``contents`` are
    the ciphertexts of all inline parts or nothing; ``wraps`` pair a recipient's position with its wrap; ``shown``
    reveals rows of one part each.
    """

    signed: Signed
    manifest: Manifest = field(repr=False)
    logged: Inclusion
    receipts: tuple[LoggedReceipt, ...] = ()
    contents: tuple[bytes, ...] = field(default=(), repr=False)
    wraps: tuple[tuple[int, bytes], ...] = field(default=(), repr=False)
    shown: tuple[Disclosure, ...] = ()
    unserved: tuple[LoggedUnserved, ...] = ()

    @property
    def id(self) -> MessageId:
        """The message's id."""
        return message_id(self.signed.payload)

    @property
    def inclusions(self) -> tuple[Inclusion, ...]:
        """Every place in the log that is claimed: the message's, then those of receipts, then those of records."""
        said = (*(each.logged for each in self.receipts), *(each.logged for each in self.unserved))
        return (self.logged, *said)


def encode_told(told: ToldMessage) -> bytes:
    """Return the bytes of a member."""
    fields: dict[int, Item] = {
        _SIGNED: told.signed.raw,
        _LOGGED: encode_inclusion(told.logged),
        _RECEIPTS: [[each.receipt.signed.raw, encode_inclusion(each.logged)] for each in told.receipts],
    }
    if told.contents:
        fields[_CONTENTS] = list(told.contents)
    if told.wraps:
        fields[_WRAPS] = [list(each) for each in told.wraps]
    if told.shown:
        fields[_SHOWN] = [[each.part, [_slot(slot) for slot in each.slots]] for each in told.shown]
    if told.unserved:
        fields[_UNSERVED] = [[each.record.encode(), encode_inclusion(each.logged)] for each in told.unserved]
    return encode(fields)


def parse_told(raw: bytes) -> ToldMessage:
    """Return the message in a member.

    Refuses MALFORMED, UNKNOWN_FIELD, what the parsers of its pieces refuse, BODY_HASH and WRAP_HASH for ciphertext that
    the sender did not sign, PART_MISSING for some of the parts, and BAD_EVIDENCE for a receipt or a record of another
    message, with another end than it has, or out of the order of the log; NOT_A_RECIPIENT for a record of somebody
    else. NOT here: signatures, proofs, commitments.
    """
    optional = (_CONTENTS, _WRAPS, _SHOWN, _UNSERVED)
    fields = as_map(decode(raw, MAX_EVIDENCE_FILE), "message", (_SIGNED, _LOGGED, _RECEIPTS), optional)
    signed = parse_signed(as_bytes(fields[_SIGNED], "signed"), MAX_SIGNED)
    manifest = parse_manifest(signed.payload)
    told = ToldMessage(
        signed=signed,
        manifest=manifest,
        logged=parse_inclusion(fields[_LOGGED]),
        receipts=tuple(_parse_receipt(each) for each in as_list(fields[_RECEIPTS], "receipts", 0, _MOST_RECEIPTS)),
        contents=_parse_contents(fields[_CONTENTS], manifest) if _CONTENTS in fields else (),
        wraps=_parse_wraps(fields[_WRAPS], manifest) if _WRAPS in fields else (),
        shown=_parse_shown(fields[_SHOWN], signed.raw) if _SHOWN in fields else (),
        unserved=_parse_unserved(fields[_UNSERVED]) if _UNSERVED in fields else (),
    )
    _check_told(told)
    return told


def _check_told(told: ToldMessage) -> None:
    if any(each.receipt.receipt.message != told.id for each in told.receipts):
        raise Fault(Code.BAD_EVIDENCE, "receipt of another message")
    for each in told.unserved:
        if each.record.message != told.id:
            raise Fault(Code.BAD_EVIDENCE, "record of another message")
        check_unserved_core(each.record, told.manifest.core)
    for logged in ([each.logged for each in told.receipts], [each.logged for each in told.unserved]):
        places = [told.logged.index, *(each.index for each in logged)]
        if any(a >= b for a, b in pairwise(places)):
            raise Fault(Code.BAD_EVIDENCE, "not in the order of the log")


def show_in_bundle(disclosure: Disclosure) -> Disclosure:
    """Return a disclosure as a bundle holds it: without a proof of its own, since the bundle proves the message."""
    return replace(disclosure, carried=(), logged=None)


def _slot(slot: Slot) -> Item:
    return slot if isinstance(slot, bytes) else [slot.salt, slot.path, slot.value]


def _parse_receipt(item: Item) -> LoggedReceipt:
    raw, logged = as_fixed(item, "receipt", 2)
    return LoggedReceipt(parse_receipt(as_bytes(raw, "receipt")), parse_inclusion(logged))


def _parse_unserved(item: Item) -> tuple[LoggedUnserved, ...]:
    found = []
    for each in as_list(item, "unserved", 1, MAX_RECIPIENTS):
        record, logged = as_fixed(each, "unserved", 2)
        found.append(LoggedUnserved(parse_unserved(as_bytes(record, "record")), parse_inclusion(logged)))
    return tuple(found)


def _parse_contents(item: Item, manifest: Manifest) -> tuple[bytes, ...]:
    contents = tuple(as_bytes(each, "part") for each in as_list(item, "contents", 1, _INLINE))
    inline = [part for part in manifest.parts if part.inline]
    if len(contents) != len(inline):
        raise Fault(Code.PART_MISSING)
    for part, content in zip(inline, contents, strict=True):
        if len(content) != part.length or hashlib.sha256(content).digest() != part.digest:
            raise Fault(Code.BODY_HASH, part.name)
    return contents


def _parse_wraps(item: Item, manifest: Manifest) -> tuple[tuple[int, bytes], ...]:
    found = []
    for each in as_list(item, "wraps", 1, MAX_RECIPIENTS):
        place, raw = as_fixed(each, "wrap", 2)
        index = as_int(place, "place", 0, len(manifest.wrap_hashes) - 1)
        wrap = as_bytes(raw, "wrap")
        if hashlib.sha256(wrap).digest() != manifest.wrap_hashes[index]:
            raise Fault(Code.WRAP_HASH)
        found.append((index, wrap))
    if any(a[0] >= b[0] for a, b in pairwise(found)):
        raise Fault(Code.BAD_EVIDENCE, "wraps not ascending")
    return tuple(found)


def _parse_shown(item: Item, signed: bytes) -> tuple[Disclosure, ...]:
    found = []
    for each in as_list(item, "shown", 1, _INLINE):
        part, slots = as_fixed(each, "shown", 2)
        found.append(parse_disclosure(encode({1: signed, 2: part, 3: slots})))
    if any(a.part >= b.part for a, b in pairwise(found)):
        raise Fault(Code.BAD_EVIDENCE, "shown parts not ascending")
    return tuple(found)
