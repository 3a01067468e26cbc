"""A reader of a C2SP tlog-tiles log, written from that page alone: paths, tiles, bundles, root, inclusion."""

import base64
import hashlib
from collections.abc import Callable

Get = Callable[[str], bytes]
WIDTH = 256


def path(level: str, index: int, width: int) -> str:
    """Return `tile/<L>/<N>[.p/<W>]`: N in groups of three digits, all but the last with an x before them."""
    digits = f"{index:03d}" if index < 1000 else f"{index:0{-(-len(str(index)) // 3) * 3}d}"
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    name = "/".join([f"x{group}" for group in groups[:-1]] + groups[-1:])
    return f"tile/{level}/{name}" + ("" if width == WIDTH else f".p/{width}")


def checkpoint(get: Get) -> tuple[str, int, bytes]:
    """Return origin, size and root of the newest checkpoint, its signatures aside."""
    origin, size, root = get("checkpoint").decode().split("\n\n")[0].splitlines()[:3]
    return origin, int(size), base64.b64decode(root, validate=True)


def subtree(get: Get, size: int, level: int, index: int) -> bytes:
    """Return the hash of the complete subtree of 2**level leaves that begins at index * 2**level."""
    height = level % 8
    first = index << height
    tiles = size >> (8 * (level // 8))
    tile = first // WIDTH
    data = get(path(str(level // 8), tile, min(WIDTH, tiles - tile * WIDTH)))
    row = [data[at : at + 32] for at in range(first % WIDTH * 32, (first % WIDTH + (1 << height)) * 32, 32)]
    while len(row) > 1:
        row = [hashlib.sha256(b"\x01" + row[at] + row[at + 1]).digest() for at in range(0, len(row), 2)]
    return row[0]


def span(get: Get, size: int, start: int, end: int) -> bytes:
    """Return the hash over the leaves [start, end)."""
    count = end - start
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return subtree(get, size, level, start >> level)
    middle = start + (1 << ((count - 1).bit_length() - 1))
    left, right = span(get, size, start, middle), span(get, size, middle, end)
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(get: Get, size: int) -> bytes:
    """Return the root over all leaves, computed from tiles of hashes alone."""
    return span(get, size, 0, size) if size else hashlib.sha256(b"").digest()


def entries(get: Get, size: int, tile: int) -> list[bytes]:
    """Return the entries of one bundle: each behind its length in two bytes."""
    data = get(path("entries", tile, min(WIDTH, size - tile * WIDTH)))
    out = []
    while data:
        length = int.from_bytes(data[:2], "big")
        out.append(data[2 : 2 + length])
        data = data[2 + length :]
    return out


def inclusion(get: Get, size: int, index: int) -> list[bytes]:
    """Return the audit path of a leaf, from the leaf up."""
    start, end, found = 0, size, []
    while end - start > 1:
        middle = start + (1 << ((end - start - 1).bit_length() - 1))
        if index < middle:
            found.append(span(get, size, middle, end))
            end = middle
        else:
            found.append(span(get, size, start, middle))
            start = middle
    return found[::-1]
