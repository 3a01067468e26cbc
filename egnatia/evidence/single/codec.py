"""1. How the file is written: CBOR in one spelling only.

The reader below is forgiving, and then the value is written again: bytes that do not come out the same are refused.
So there is one spelling for everything, and no place to hide anything in.
"""

import hashlib
from collections.abc import Collection

SIGNED_TAG = 98
DEEPEST = 16
Value = object


class Refused(Exception):
    """The file does not prove what it should; the words say why."""


def need(holds: object, why: str) -> None:
    """Refuse unless something holds."""
    if not holds:
        raise Refused(why)


def sha256(*parts: bytes) -> bytes:
    """Return the SHA-256 of the joined parts."""
    return hashlib.sha256(b"".join(parts)).digest()


class Tagged(list[Value]):
    """The one element that stands under tag 98."""


def write(value: Value) -> bytes:
    """Return the one spelling of a value."""
    if isinstance(value, bool) or value is None:
        return {False: b"\xf4", True: b"\xf5", None: b"\xf6"}[value]
    if isinstance(value, int):
        return head_bytes(0, value) if value >= 0 else head_bytes(1, -1 - value)
    if isinstance(value, bytes):
        return head_bytes(2, len(value)) + value
    if isinstance(value, str):
        return head_bytes(3, len(value.encode())) + value.encode()
    if isinstance(value, Tagged):
        return head_bytes(6, SIGNED_TAG) + write(value[0])
    if isinstance(value, list):
        return head_bytes(4, len(value)) + b"".join(write(each) for each in value)
    if isinstance(value, dict):
        pairs = sorted((write(key), write(each)) for key, each in value.items())
        return head_bytes(5, len(value)) + b"".join(key + each for key, each in pairs)
    raise Refused("a value that CBOR of this kind does not have")


def head_bytes(kind: int, number: int) -> bytes:
    """Return kind and number in the shortest form."""
    for low, width in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 24:
            break
        if number < 1 << (8 * width):
            return bytes([kind << 5 | low]) + number.to_bytes(width, "big")
    return bytes([kind << 5 | number])


def read(raw: bytes) -> Value:
    """Return the value that some bytes spell; refuse any but its one spelling."""
    try:
        value, end = one_value(raw, 0, DEEPEST)
        again = write(value)
    except (IndexError, ValueError, TypeError, OverflowError) as error:
        raise Refused("bytes that are not CBOR of this kind") from error
    need(end == len(raw) and again == raw, "another spelling than the one that is allowed")
    return value


def one_value(raw: bytes, at: int, depth: int) -> tuple[Value, int]:
    """Return the value at a place and where it ends."""
    need(depth > 0, "nested too deep")
    kind, low = raw[at] >> 5, raw[at] & 31
    at += 1
    if kind == 7:
        need(low in (20, 21, 22), "a value that CBOR of this kind does not have")
        return {20: False, 21: True, 22: None}[low], at
    number = low
    if low >= 24:
        width = 1 << (low - 24)
        number, at = int.from_bytes(raw[at : at + width], "big"), at + width
    if kind in (0, 1):
        return (number if kind == 0 else -1 - number), at
    if kind == 6:
        inner, at = one_value(raw, at, depth - 1)
        return Tagged([inner]), at
    need(number <= len(raw) - at, "a length beyond the end")
    if kind in (2, 3):
        piece = raw[at : at + number]
        return (piece if kind == 2 else piece.decode()), at + number
    found = []
    for _ in range(number * (kind - 3)):
        each, at = one_value(raw, at, depth - 1)
        found.append(each)
    return (found if kind == 4 else dict(zip(found[::2], found[1::2], strict=True))), at


def a_list(value: Value, length: int | None = None) -> list[Value]:
    """Return a list, of this length where one is given."""
    if not isinstance(value, list) or isinstance(value, Tagged) or length not in (None, len(value)):
        raise Refused("a list of another length, or none")
    return value


def some_bytes(value: Value, length: int | None = None) -> bytes:
    """Return bytes, of this length where one is given."""
    if not isinstance(value, bytes) or length not in (None, len(value)):
        raise Refused("bytes of another length, or none")
    return value


def digest(value: Value) -> bytes:
    """Return a SHA-256."""
    return some_bytes(value, 32)


def number(value: Value, least: int = 0) -> int:
    """Return a whole number."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value < 1 << 53:
        raise Refused("another number, or none")
    return value


def text(value: Value) -> str:
    """Return a text that is not empty."""
    if not isinstance(value, str) or not value:
        raise Refused("no text")
    return value


def a_map(value: Value, required: Collection[int], optional: Collection[int] = ()) -> dict[int, Value]:
    """Return a map that has the required keys, some of the optional ones, and no other."""
    if not isinstance(value, dict) or not set(required) <= set(value) <= {*required, *optional}:
        raise Refused("a map with a field that is missing or unknown")
    return value
