"""What picture a file is, by its own first bytes, and whether a browser may be given it. Pure.

PNG, JPEG and WebP only, told by what stands in the file and never by a name or a media type that somebody chose. The
width and height that the header promises are read before any decoder sees the file: a small file can promise a picture
that fills the memory of whoever opens it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MAX_BYTES: Final = 20 << 20
MAX_SIDE: Final = 12_000  # pixels
MAX_PIXELS: Final = 50_000_000  # 200 MB once it is decoded
NAMES: Final = (".png", ".jpg", ".jpeg", ".webp")
"""Endings of names behind which a picture may be; what the file really is its first bytes say."""

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG: Final = b"\xff\xd8\xff"
_LONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})  # JPEG markers without a length behind them
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # markers before width and height
_NONE: Final = frozenset({0x00, 0xDA, 0xFF})
"""What ends the look at a header: the picture itself, and what is no marker, behind which decoders look elsewhere."""
_ANIMATED: Final = 0x02  # flag of a WebP header
_MOST_PARTS: Final = 4_000


class Why(StrEnum):
    """Why a file is not shown."""

    OTHER = "other"  # it is none of the three
    LARGE = "large"  # more bytes than are shown
    WIDE = "wide"  # more pixels than are shown
    MOVING = "moving"  # more than one picture in it


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture by its own header."""

    media_type: str
    width: int
    height: int


def picture_of(raw: bytes) -> Picture | Why:
    """Return what a whole file shows, or why it is not shown."""
    if len(raw) > MAX_BYTES:
        return Why.LARGE
    found = _png(raw) or _jpeg(raw) or _webp(raw) or Why.OTHER
    if isinstance(found, Picture) and not _fits(found):
        return Why.WIDE
    return found


def may_be_picture(name: str) -> bool:
    """Tell whether a name says that it is one of the three kinds, so that it is worth a look."""
    return name.lower().endswith(NAMES)


def _fits(found: Picture) -> bool:
    sides = (found.width, found.height)
    return min(sides) > 0 and max(sides) <= MAX_SIDE and found.width * found.height <= MAX_PIXELS


def _png(raw: bytes) -> Picture | Why | None:
    if not raw.startswith(_PNG):
        return None
    header = raw[8:33]
    if header[:8] != b"\0\0\0\rIHDR" or len(header) != 25:  # noqa: PLR2004 - length, name, thirteen bytes, sum
        return Why.OTHER
    if b"acTL" in {name for name, _ in _chunks(raw, 8, "big", 12)}:
        return Why.MOVING
    return Picture("image/png", int.from_bytes(header[8:12], "big"), int.from_bytes(header[12:16], "big"))


def _jpeg(raw: bytes) -> Picture | Why | None:
    if not raw.startswith(_JPEG):
        return None
    at = 2
    for _ in range(_MOST_PARTS):
        filled = raw[at : at + _MOST_PARTS]  # a marker may be preceded by any number of 0xFF; nobody writes so many
        at += max(0, len(filled) - len(filled.lstrip(b"\xff")) - 1)
        if at + 4 > len(raw) or raw[at] != 0xFF or raw[at + 1] in _NONE:  # noqa: PLR2004 - what every marker begins with
            break
        marker = raw[at + 1]
        if marker in _LONE:
            at += 2
            continue
        if marker in _FRAMES:
            return Picture("image/jpeg", _two(raw, at + 7), _two(raw, at + 5))
        at += 2 + max(2, _two(raw, at + 2))
    return Why.OTHER


def _webp(raw: bytes) -> Picture | Why | None:
    if raw[:4] != b"RIFF" or raw[8:12] != b"WEBP":
        return None
    for name, at in _chunks(raw, 12, "little", 8):
        body = raw[at : at + 10]
        if len(body) < 10:  # noqa: PLR2004 - what each of the three headers needs
            return Why.OTHER
        if name == b"VP8X":
            if body[0] & _ANIMATED:
                return Why.MOVING
            return Picture("image/webp", _three(body, 4) + 1, _three(body, 7) + 1)
        if name == b"VP8L" and body[0] == 0x2F:  # noqa: PLR2004 - its signature
            bits = int.from_bytes(body[1:5], "little")
            return Picture("image/webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
        if name == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
            width, height = (int.from_bytes(body[at : at + 2], "little") & 0x3FFF for at in (6, 8))
            return Picture("image/webp", width, height)
        return Why.OTHER
    return Why.OTHER


def _chunks(raw: bytes, at: int, order: str, around: int) -> Iterator[tuple[bytes, int]]:
    """Yield name and place of the content of each chunk of a PNG (length first) or WebP (name first)."""
    for _ in range(_MOST_PARTS):
        head = raw[at : at + 8]
        if len(head) < 8:  # noqa: PLR2004 - length and name
            return
        if order == "big":
            name, length = head[4:], int.from_bytes(head[:4], "big")
        else:
            name, length = head[:4], int.from_bytes(head[4:], "little")
            length += length % 2
        yield name, at + 8
        if name == b"IDAT":
            return
        at += around + length


def _two(raw: bytes, at: int) -> int:
    return int.from_bytes(raw[at : at + 2], "big")


def _three(raw: bytes, at: int) -> int:
    return int.from_bytes(raw[at : at + 3], "little")
