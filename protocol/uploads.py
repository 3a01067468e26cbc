"""How far the upload of attachments has come: what the hub answers to the sender (docs/wire.md section 3.6).

One object answers both the reservation and every later question, so that a sender that lost its own notes can go on.
"""

from dataclasses import dataclass
from itertools import pairwise

from protocol.cbor import Item, decode, encode
from protocol.envelope import is_attachment
from protocol.errors import Malformed
from protocol.limits import MAX_ATTACHMENTS, MAX_SIGNED, MAX_UPLOAD_PARTS
from protocol.shapes import as_bool, as_bytes, as_fixed, as_int, as_list, as_map


@dataclass(frozen=True, slots=True)
class HeldParts:
    """Which parts of one attachment the hub holds. Part i is bit i mod 8 of byte i div 8, the lowest bit first."""

    name: str
    listed: bool  # the part list is there; before that no part can be taken
    count: int
    held: bytes

    def has(self, index: int) -> bool:
        """Whether part ``index`` is held."""
        return bool(self.held[index >> 3] >> (index & 7) & 1)

    def with_part(self, index: int) -> "HeldParts":
        """Return the same with part ``index`` held too."""
        changed = bytearray(self.held)
        changed[index >> 3] |= 1 << (index & 7)
        return HeldParts(self.name, self.listed, self.count, bytes(changed))

    @property
    def missing(self) -> tuple[int, ...]:
        """The indexes of the parts that are not held, ascending."""
        return tuple(index for index in range(self.count) if not self.has(index))


@dataclass(frozen=True, slots=True)
class UploadState:
    """A reservation: when it lapses, seconds UTC, and each attachment by name."""

    until: int
    attachments: tuple[HeldParts, ...]

    @property
    def complete(self) -> bool:
        """Whether the message can be committed."""
        return all(each.listed and not each.missing for each in self.attachments)


def no_parts(count: int) -> bytes:
    """Return the bits of an attachment of ``count`` parts of which none is held."""
    return bytes(-(-count // 8))


def encode_upload(state: UploadState) -> bytes:
    """Return the bytes of the answer."""
    rows: list[Item] = [[each.name, each.listed, each.count, each.held] for each in state.attachments]
    return encode({1: state.until, 2: rows})


def parse_upload(raw: bytes) -> UploadState:
    """Return the state in an answer; MALFORMED for bits beyond the parts and for names out of order."""
    fields = as_map(decode(raw, MAX_SIGNED), "upload", (1, 2))
    rows = tuple(_parse_row(each) for each in as_list(fields[2], "attachments", 1, MAX_ATTACHMENTS))
    if any(a.name >= b.name for a, b in pairwise(rows)):
        raise Malformed("attachments not ascending")
    return UploadState(as_int(fields[1], "until"), rows)


def _parse_row(item: Item) -> HeldParts:
    name, listed, count, held = as_fixed(item, "attachment", 4)
    if not isinstance(name, str) or not is_attachment(name):
        raise Malformed("attachment name")
    parts = as_int(count, "count", 1, MAX_UPLOAD_PARTS)
    bits = as_bytes(held, "held", len(no_parts(parts)))
    if bits[-1] >> ((parts - 1) & 7) + 1:
        raise Malformed("bits beyond the parts")
    return HeldParts(name, as_bool(listed, "listed"), parts, bits)
