"""What a picture is by its own header: three kinds are shown, everything else and every bomb is not."""

import struct

import pytest

from nodes.desk.preview_kind import MAX_BYTES, Picture, Why, may_be_picture, picture_of
from tests.simulators.pictures import chunk, png


def jpeg(width: int = 3, height: int = 2, marker: int = 0xC0, before: bytes = b"\xff\xe0\x00\x04ab") -> bytes:
    frame = struct.pack(">BBHBHH", 0xFF, marker, 11, 8, height, width)
    return b"\xff\xd8" + before + frame + bytes(4) + b"\xff\xd9"


def riff(name: bytes, body: bytes) -> bytes:
    inner = b"WEBP" + name + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(inner)) + inner


def extended(width: int, height: int, flags: int = 0) -> bytes:
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return riff(b"VP8X", bytes((flags, 0, 0, 0)) + sides)


LOSSY = riff(b"VP8 ", b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 3, 2))
LOSSLESS = riff(b"VP8L", b"\x2f" + (2 | 1 << 14).to_bytes(4, "little") + bytes(5))


@pytest.mark.parametrize(
    ("raw", "media_type"),
    [
        (png(), "image/png"),
        (png(3, 2, chunk(b"tEXt", b"a")), "image/png"),
        (png(3, 2, *([chunk(b"tEXt", b"")] * 5_000)), "image/png"),
        (jpeg(), "image/jpeg"),
        (jpeg(marker=0xC2, before=b"\xff\xff\xff\xe1\x00\x02\xff\x01"), "image/jpeg"),
        (LOSSY, "image/webp"),
        (LOSSLESS, "image/webp"),
        (extended(3, 2), "image/webp"),
    ],
)
def test_the_three_kinds_are_known_by_their_own_header(raw: bytes, media_type: str) -> None:
    assert picture_of(raw) == Picture(media_type, 3, 2)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><p>",
        b"%PDF-1.7",
        b"GIF89a\x01\x00\x01\x00",
        b"\x89PNG\r\n\x1a\n",
        b"\x89PNG\r\n\x1a\n" + chunk(b"tEXt", b"a" * 13),
        b"<html>" + png(),
        b"\xff\xd8\xff",
        jpeg(before=b"\xff\x00\x00\x0a" + bytes(8)),  # a decoder skips it and may find another frame inside
        jpeg(before=b"\xff" * 5_000 + b"\xe0\x00\x04ab"),
        b"\xff\xd8" + b"\xff" * 100_000,
        b"\xff\xd8" + b"\xff\xda\x00\x02" + b"\xff\xc0" + bytes(12),
        b"\xff\xd8\xff\xe0\x00\x10abc",
        b"\xff\xd8\xff\xe0\x00\x02" + b"no marker here",
        b"RIFF\x04\0\0\0WEBP",
        riff(b"VP8 ", b"\0" * 12),
        riff(b"VP8L", b"\0" * 12),
        riff(b"VP8X", b"\0" * 4),
        riff(b"ICCP", b"\0" * 12),
        jpeg(before=b"\xff\xe0\x00\x02" * 5_000),
        b"RIFF\x04\0\0\0WAVEfmt \x10\0\0\0" + bytes(16),
    ],
)
def test_anything_else_is_for_saving(raw: bytes) -> None:
    assert picture_of(raw) is Why.OTHER


@pytest.mark.parametrize(
    "raw", [png(12_001, 1), png(1, 12_001), png(10_000, 10_000), png(0, 5), jpeg(65_535, 65_535), extended(1 << 24, 2)]
)
def test_a_header_that_promises_too_much_is_not_given_to_a_decoder(raw: bytes) -> None:
    assert picture_of(raw) is Why.WIDE


def test_moving_pictures_are_not_shown() -> None:
    assert picture_of(png(3, 2, chunk(b"acTL", bytes(8)))) is Why.MOVING
    assert picture_of(extended(3, 2, flags=0x02)) is Why.MOVING


def test_a_large_file_is_not_looked_into() -> None:
    assert picture_of(png() + bytes(MAX_BYTES)) is Why.LARGE


def test_names_only_say_where_a_look_is_worth_it() -> None:
    assert may_be_picture("Photo.JPEG")
    assert not may_be_picture("photo.png.exe")
