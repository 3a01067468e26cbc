"""Typed access to decoded items: each function returns the asked type or raises ``Malformed`` with the field's name.

Specified in docs/wire.md section 1.3.
"""

from collections.abc import Collection, Mapping
from itertools import pairwise

from protocol.cbor import Item
from protocol.errors import Code, Fault, Malformed
from protocol.limits import MAX_CODE_TEXT


def as_int(value: Item, name: str, low: int = 0, high: int = (1 << 53) - 1) -> int:
    """Return an integer within [low, high]; booleans are refused. 2^53-1 keeps JSON readers exact."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise Malformed(name)
    return value


def as_bytes(value: Item, name: str, size: int | None = None) -> bytes:
    """Return a byte string, of exactly ``size`` bytes where given."""
    if not isinstance(value, bytes) or (size is not None and len(value) != size):
        raise Malformed(name)
    return value


def as_text(value: Item, name: str, limit: int = MAX_CODE_TEXT) -> str:
    """Return non-empty text of at most ``limit`` bytes without control characters."""
    if not isinstance(value, str) or not value or len(value.encode()) > limit:
        raise Malformed(name)
    if not value.isprintable() and any(ord(c) < ord(" ") or c == "\x7f" for c in value):
        raise Malformed(name)
    return value


def as_bool(value: Item, name: str) -> bool:
    """Return a boolean; 0 and 1 are refused."""
    if not isinstance(value, bool):
        raise Malformed(name)
    return value


def as_list(value: Item, name: str, low: int = 0, high: int = 1 << 16) -> list[Item]:
    """Return an array with low to high members."""
    if not isinstance(value, list) or not low <= len(value) <= high:
        raise Malformed(name)
    return value


def as_fixed(value: Item, name: str, size: int) -> list[Item]:
    """Return an array of exactly ``size`` members."""
    if not isinstance(value, list) or len(value) != size:
        raise Malformed(name)
    return value


def as_map(value: Item, name: str, required: Collection[int], optional: Collection[int] = ()) -> Mapping[int, Item]:
    """Return a map whose keys are all of ``required`` and some of ``optional``.

    A missing key is MALFORMED; a key outside both is UNKNOWN_FIELD: each schema version is closed (attack 103).
    """
    if not isinstance(value, dict):
        raise Malformed(name)
    for key in value:
        if isinstance(key, str) or (key not in required and key not in optional):
            raise Fault(Code.UNKNOWN_FIELD, f"{name}[{key}]")
    for key in required:
        if key not in value:
            raise Malformed(f"{name}[{key}] missing")
    return value


def as_sorted_texts(value: Item, name: str, high: int, limit: int = MAX_CODE_TEXT) -> tuple[str, ...]:
    """Return strictly ascending unique texts."""
    out = tuple(as_text(each, name, limit) for each in as_list(value, name, 0, high))
    if any(a >= b for a, b in pairwise(out)):
        raise Malformed(f"{name} not ascending")
    return out
