"""Small pictures made by hand, whole enough for a browser and for whoever reads headers."""

import struct
import zlib


def chunk(name: bytes, content: bytes) -> bytes:
    """Return one part of a PNG."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(width: int = 3, height: int = 2, *before: bytes) -> bytes:
    """Return a PNG that says it is so large; ``before`` stands between its header and what it shows."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0))
    rows = zlib.compress((b"\0" + b"\x2a\x6f\x9e\xff" * min(width, 64)) * min(height, 64))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(before) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
