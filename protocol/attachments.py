"""What the body says of attachments, and that it fits the parts which the manifest names (docs/wire.md section 3.6).

The body holds, for each attachment, one member of its list `attachments`: which part, the file's name, media type, true
size and SHA-256. Name and true size stand there and nowhere else; the part itself is padded and carries neither.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from protocol.cbor import Item
from protocol.envelope import Part, is_attachment
from protocol.errors import Code, Fault, Malformed
from protocol.fields import Field
from protocol.file_names import check_name
from protocol.floe import sealed_length
from protocol.ids import parse_hex_digest
from protocol.limits import MAX_ATTACHMENT, MAX_ATTACHMENTS, MAX_MEDIA_TYPE
from protocol.padding import padme
from protocol.shapes import as_int, as_text

_PATH: Final = re.compile(r"/attachments/(0|[1-9][0-9]{0,3})/(part|name|media_type|size|sha256)")
_TOLD: Final = frozenset(("part", "name", "media_type", "size", "sha256"))
_LIST: Final = "/attachments/"
_ZEROS: Final = bytes(1 << 16)


@dataclass(frozen=True, slots=True)
class Attachment:
    """One attachment as the body tells of it: its part, and the file's name, media type, size in bytes and SHA-256."""

    part: str
    file_name: str
    media_type: str
    size: int
    sha256: bytes

    @property
    def sealed_length(self) -> int:
        """Bytes of the ciphertext: the size is padded with zeros to its PADME size before sealing."""
        return sealed_length(padme(self.size))


@dataclass(frozen=True, slots=True)
class OpenAttachment:
    """An attachment of an opened message: the part to fetch, what the body says of it, and what opens it."""

    part: Part
    about: Attachment
    opening: tuple[bytes, bytes]
    """Key and additional data of its FLOE ciphertext."""

    def __repr__(self) -> str:
        """Return words without the key."""
        return f"OpenAttachment({self.part.name})"


def find_attachments(fields: Iterable[Field]) -> tuple[Attachment, ...]:
    """Return the attachments that a body's rows tell of, ascending by part.

    Refuses MALFORMED for one that is not told completely or whose part is told twice, NAME_REJECTED for its name,
    TOO_LARGE for more than MAX_ATTACHMENTS and for a size that no attachment may have.
    """
    told: dict[str, dict[str, Item]] = {}
    for path, value in fields:
        if not path.startswith(_LIST):
            continue
        told.setdefault(path.split("/")[2], {})
        match = _PATH.fullmatch(path)
        if match is not None:
            told[match[1]][match[2]] = value
    if len(told) > MAX_ATTACHMENTS:
        raise Fault(Code.TOO_LARGE, "attachments")
    found = sorted((_attachment(each) for each in told.values()), key=lambda each: each.part)
    if len({each.part for each in found}) != len(found):
        raise Malformed("a part told twice")
    return tuple(found)


def _attachment(told: Mapping[str, Item]) -> Attachment:
    if set(told) != _TOLD:
        raise Malformed("attachment not told completely")
    part, name = told["part"], told["name"]
    if not isinstance(part, str) or not is_attachment(part):
        raise Malformed("attachment part")
    if not isinstance(name, str):
        raise Malformed("attachment name")
    check_name(name)
    found = Attachment(
        part=part,
        file_name=name,
        media_type=as_text(told["media_type"], "media type", MAX_MEDIA_TYPE),
        size=as_int(told["size"], "size"),
        sha256=parse_hex_digest(as_text(told["sha256"], "sha256")),
    )
    if found.sealed_length > MAX_ATTACHMENT:
        raise Fault(Code.TOO_LARGE, part)
    return found


def match_attachments(told: Iterable[Attachment], parts: Iterable[Part]) -> tuple[tuple[Attachment, Part], ...]:
    """Return each attachment with its part; inline parts are passed over.

    Refuses, in this order, ATT_MISSING for any attachment without its part (attack 24), ATT_LENGTH for any part of
    another length than the padded size has, MALFORMED for a part that the body does not tell of.
    """
    sealed = {part.name: part for part in parts if not part.inline}
    wanted = tuple(told)
    missing = [each.part for each in wanted if each.part not in sealed]
    if missing:
        raise Fault(Code.ATT_MISSING, missing[0])
    pairs = tuple((each, sealed.pop(each.part)) for each in wanted)
    if any(part.length != each.sealed_length for each, part in pairs):
        raise Fault(Code.ATT_LENGTH, "not the padded size")
    if sealed:
        raise Malformed("an attachment that no row tells of")
    return pairs


def pad_pieces(pieces: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Yield ``pieces`` and then zeros up to the PADME size of ``size``, in constant memory.

    Raises ATT_LENGTH unless the pieces have ``size`` bytes in all: a file that grew or shrank meanwhile is not sealed.
    """
    left = size
    for piece in pieces:
        left -= len(piece)
        if left < 0:
            raise Fault(Code.ATT_LENGTH, "longer than told")
        yield piece
    if left:
        raise Fault(Code.ATT_LENGTH, "shorter than told")
    rest = padme(size) - size
    while rest:
        piece = _ZEROS[:rest]
        rest -= len(piece)
        yield piece


def trim_pieces(pieces: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Yield the first ``size`` bytes of padded content; PADDING for filler that is not zeros, or of another length."""
    left, filler = size, padme(size) - size
    for piece in pieces:
        content, rest = piece[:left], piece[left:]
        left -= len(content)
        filler -= len(rest)
        if filler < 0 or rest.strip(b"\x00"):
            raise Fault(Code.PADDING)
        if content:
            yield content
    if left or filler:
        raise Fault(Code.PADDING)
