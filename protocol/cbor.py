"""Deterministic CBOR (RFC 8949 section 4.2.1), the one encoder and the one decoder of the wire.

The decoder accepts exactly what the encoder writes: whatever it returns encodes to the same bytes again. Integers of
64 bits, byte and text strings, arrays, maps with int or text keys in ascending encoded order, true, false, null and the
tags of ``TAGS``. Floats, undefined, indefinite lengths, other tags, duplicate keys and trailing bytes are refused.
Bytes: docs/wire.md section 1.2.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from protocol.errors import Code, Fault, Malformed
from protocol.limits import MAX_DEPTH, MAX_ITEMS, MAX_OBJECT, MAX_TEXT

TAGS: Final = frozenset({98})  # COSE_Sign; nothing else on this wire is tagged

_UINT, _NINT, _BYTES, _TEXT, _ARRAY, _MAP, _TAG, _SIMPLE = range(8)
_ONE, _EIGHT = 24, 27
_SIMPLES_FROM: Final = _SIMPLE << 5
_MAX_U64: Final = (1 << 64) - 1
_SIMPLES: Final[dict[int, bool | None]] = {20: False, 21: True, 22: None}


@dataclass(frozen=True, slots=True)
class Tagged:
    """A tagged item; only tags of ``TAGS`` encode or decode."""

    tag: int
    value: "Item"


_PROFILE: Final = "int, bytes, str, sequence, mapping, bool, None or Tagged"
Item = int | bytes | str | bool | Tagged | Sequence["Item"] | Mapping[int, "Item"] | Mapping[str, "Item"] | None


_HEADS: Final = tuple(
    tuple(bytes((major << 5 | value,) if value < _ONE else (major << 5 | _ONE, value)) for value in range(256))
    for major in range(_SIMPLE)
)
"""The heads of one and two bytes, by major type and value: nearly all that a message has."""


def encode(item: Item) -> bytes:
    """Return the deterministic encoding. A type outside the profile is a programming error (``TypeError``)."""
    out: list[bytes] = []
    _write(item, out)
    return b"".join(out)


def _head(major: int, value: int) -> bytes:
    if value < len(_HEADS[major]):
        return _HEADS[major][value]
    top = major << 5
    for extra, size in ((25, 2), (26, 4), (27, 8)):
        if value < 1 << (8 * size):
            return bytes((top | extra,)) + value.to_bytes(size, "big")
    raise TypeError("integer beyond 64 bits")


def _write(item: Item, out: list[bytes]) -> None:
    # The commonest first: a busy writer spends its time in this chain.
    if isinstance(item, bytes):
        out += (_head(_BYTES, len(item)), item)
    elif isinstance(item, str):
        raw = item.encode()
        out += (_head(_TEXT, len(raw)), raw)
    elif isinstance(item, (list, tuple)):
        out.append(_head(_ARRAY, len(item)))
        for each in item:
            if isinstance(each, bytes):
                out += (_head(_BYTES, len(each)), each)
            else:
                _write(each, out)
    elif isinstance(item, bool):
        out.append(b"\xf5" if item else b"\xf4")
    elif isinstance(item, int):
        out.append(_integer(item))
    elif item is None:
        out.append(b"\xf6")
    elif isinstance(item, (dict, Mapping)):
        _write_map(item, out)
    elif isinstance(item, Tagged):
        _write_tagged(item, out)
    else:
        raise TypeError(f"{type(item).__name__} is not one of {_PROFILE}")


def _integer(value: int) -> bytes:
    return _head(_UINT, value) if value >= 0 else _head(_NINT, -1 - value)


def _write_tagged(item: Tagged, out: list[bytes]) -> None:
    if item.tag not in TAGS:
        raise TypeError(f"tag {item.tag} is not part of the wire")
    out.append(_head(_TAG, item.tag))
    _write(item.value, out)


def _write_map(item: Mapping[int, Item] | Mapping[str, Item], out: list[bytes]) -> None:
    pairs = []
    for key, value in item.items():
        if isinstance(key, bool) or not isinstance(key, (int, str)):
            raise TypeError("map keys are integers or text")
        pairs.append((encode(key) if isinstance(key, str) else _integer(key), value))
    pairs.sort(key=_first)
    out.append(_head(_MAP, len(pairs)))
    for raw, value in pairs:
        out.append(raw)
        _write(value, out)


def _first(pair: tuple[bytes, Item]) -> bytes:
    return pair[0]


def decode(raw: bytes, limit: int = MAX_OBJECT) -> Item:
    """Return the item that ``raw`` encodes.

    Refuses (MALFORMED) everything the encoder would not write, and (TOO_LARGE) more than ``limit`` bytes. Work is
    linear in ``len(raw)``: no length claim allocates before its bytes are there.
    """
    if len(raw) > limit:
        raise Fault(Code.TOO_LARGE, f"{len(raw)} bytes")
    reader = _Reader(raw)
    item = reader.item(MAX_DEPTH)
    if reader.at != len(raw):
        raise Malformed("trailing bytes")
    return item


def decode_array(raw: bytes, limit: int = MAX_OBJECT) -> list[tuple[Item, bytes]]:
    """Return the elements of the array that ``raw`` encodes, each with its own bytes, which encode it.

    Refuses what ``decode`` refuses, and MALFORMED for anything but an array.
    """
    if len(raw) > limit:
        raise Fault(Code.TOO_LARGE, f"{len(raw)} bytes")
    reader = _Reader(raw)
    major, size = reader.head()
    if major != _ARRAY or size > len(raw) - reader.at:
        raise Malformed("no array, or one longer than its bytes")
    out = []
    for _ in range(size):
        begin = reader.at
        item = reader.item(MAX_DEPTH - 1)
        out.append((item, raw[begin : reader.at]))
    if reader.at != len(raw):
        raise Malformed("trailing bytes")
    return out


def join_array(encoded: Sequence[bytes]) -> bytes:
    """Return the array whose elements were encoded before."""
    return _head(_ARRAY, len(encoded)) + b"".join(encoded)


class _Reader:
    """A cursor over one input. ``left`` counts the items still allowed, so that work stays linear in the input."""

    __slots__ = ("at", "left", "raw")

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.at = 0
        self.left = MAX_ITEMS

    def item(self, depth: int) -> Item:
        if depth == 0:
            raise Malformed("nesting too deep")
        major, value = self.head()
        if major == _BYTES:
            at = self.at
            end = self.at = at + value
            if end > len(self.raw):
                raise Malformed("truncated")
            return self.raw[at:end]
        if major == _UINT:
            return value
        if major == _TEXT:
            return self.text(value)
        if major == _ARRAY:
            return self.array(value, depth - 1)
        if major == _MAP:
            return self.map(value, depth - 1)
        if major == _NINT:
            return -1 - value
        if major == _TAG:
            return self.tagged(value, depth - 1)
        return self.simple(value)

    def head(self) -> tuple[int, int]:
        self.left -= 1
        if self.left < 0:
            raise Malformed("too many items")
        raw, at = self.raw, self.at
        if at >= len(raw):
            raise Malformed("truncated")
        first = raw[at]
        low = first & 0x1F
        if low < _ONE:
            self.at = at + 1
            return first >> 5, low
        if low == _ONE and first < _SIMPLES_FROM and at + 1 < len(raw) and raw[at + 1] >= _ONE:
            self.at = at + 2
            return first >> 5, raw[at + 1]
        self.at = at + 1
        return first >> 5, self.long(first >> 5, low)

    def long(self, major: int, low: int) -> int:
        """Read a value of 1, 2, 4 or 8 bytes; a shorter form must not have held it."""
        if low > _EIGHT or major == _SIMPLE:
            raise Malformed("indefinite or reserved length, or a float")
        size = 1 << (low - _ONE)
        value = int.from_bytes(self.take(size), "big")
        if value < (_ONE if size == 1 else 1 << (4 * size)):
            raise Malformed("non-minimal length")
        return value

    def take(self, size: int) -> bytes:
        at = self.at
        end = at + size
        if end > len(self.raw):
            raise Malformed("truncated")
        self.at = end
        return self.raw[at:end]

    def text(self, size: int) -> str:
        if size > MAX_TEXT:
            raise Malformed("text too long")
        try:
            return self.take(size).decode("utf-8", "strict")
        except UnicodeDecodeError:
            raise Malformed("text is not UTF-8") from None

    def array(self, size: int, depth: int) -> list[Item]:
        if size > len(self.raw) - self.at:
            raise Malformed("array longer than its bytes")
        return [self.item(depth) for _ in range(size)]

    def map(self, size: int, depth: int) -> dict[int, Item] | dict[str, Item]:
        if size * 2 > len(self.raw) - self.at:
            raise Malformed("map longer than its bytes")
        out: dict[int | str, Item] = {}
        last = b""
        for _ in range(size):
            begin = self.at
            key = self.key()
            raw = self.raw[begin : self.at]
            if raw <= last:
                raise Malformed("map keys not ascending")
            last = raw
            out[key] = self.item(depth)
        return out  # type: ignore[return-value]  # key kinds may mix on the wire; readers check the keys they know

    def key(self) -> int | str:
        major, value = self.head()
        if major == _UINT:
            return value
        if major == _NINT:
            return -1 - value
        if major == _TEXT:
            return self.text(value)
        raise Malformed("map key is neither integer nor text")

    def tagged(self, tag: int, depth: int) -> Tagged:
        if tag not in TAGS:
            raise Malformed("tag")
        return Tagged(tag, self.item(depth))

    def simple(self, value: int) -> bool | None:
        if value not in _SIMPLES:
            raise Malformed("simple value")
        return _SIMPLES[value]
