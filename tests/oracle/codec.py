"""Deterministic CBOR in the profile of docs/wire.md section 1.2, and the one way to refuse."""

from dataclasses import dataclass, field

MAX_DEPTH = 16
MAX_ITEMS = 65536
MAX_TEXT = 65536
MAX_OBJECT = 4194304
SIGN_TAG = 98
SIMPLE: dict[int, object] = {20: False, 21: True, 22: None}
UNSIGNED, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG = range(7)


class Refused(Exception):
    """An input is refused with a code of docs/wire.md section 10."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Tagged:
    """What stands under tag 98, the only tag of the wire."""

    value: object


@dataclass
class Reader:
    """A place in the input, and how many items were read so far."""

    data: bytes
    at: int = 0
    items: int = field(default=0)

    def take(self, count: int) -> bytes:
        """Return the next bytes; refuse an input that ends before."""
        if count > len(self.data) - self.at:
            raise Refused("MALFORMED")
        self.at += count
        return self.data[self.at - count : self.at]


def decode(data: bytes, limit: int = MAX_OBJECT) -> object:
    """Return the object that the bytes encode; refuse whatever `encode` would not write."""
    if len(data) > limit:
        raise Refused("TOO_LARGE")
    reader = Reader(data)
    value = read_item(reader, 1)
    if reader.at != len(data):
        raise Refused("MALFORMED")
    return value


def read_item(reader: Reader, depth: int) -> object:
    """Return the item at the reader's place."""
    reader.items += 1
    if depth > MAX_DEPTH or reader.items > MAX_ITEMS:
        raise Refused("MALFORMED")
    first = reader.take(1)[0]
    major, low = first >> 5, first & 31
    if major > TAG:
        if low not in SIMPLE:
            raise Refused("MALFORMED")
        return SIMPLE[low]
    number = read_number(reader, low)
    if major == UNSIGNED:
        return number
    if major == NEGATIVE:
        return -1 - number
    if major == BYTES:
        return reader.take(number)
    if major == TEXT:
        return read_text(reader, number)
    if major == ARRAY:
        return [read_item(reader, depth + 1) for _ in range(held(reader, number))]
    if major == MAP:
        return read_map(reader, number, depth)
    if number != SIGN_TAG:
        raise Refused("MALFORMED")
    return Tagged(read_item(reader, depth + 1))


def held(reader: Reader, count: int) -> int:
    """Return a claimed number of items; refuse one for which the input has too few bytes."""
    if count > len(reader.data) - reader.at:
        raise Refused("MALFORMED")
    return count


def read_number(reader: Reader, low: int) -> int:
    """Return the argument of an item's head; refuse every form but the shortest."""
    if low < 24:
        return low
    if low > 27:
        raise Refused("MALFORMED")
    width = 1 << (low - 24)
    number = int.from_bytes(reader.take(width), "big")
    smallest = 24 if width == 1 else 1 << (4 * width)
    if number < smallest:
        raise Refused("MALFORMED")
    return number


def read_text(reader: Reader, length: int) -> str:
    """Return a text; refuse long ones and all that is not UTF-8."""
    if length > MAX_TEXT:
        raise Refused("MALFORMED")
    try:
        return reader.take(length).decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused("MALFORMED") from error


def read_map(reader: Reader, count: int, depth: int) -> dict[object, object]:
    """Return a map; refuse keys that are not integers or text, repeat or descend."""
    found: dict[object, object] = {}
    before = b""
    for _ in range(held(reader, count)):
        start = reader.at
        key = read_item(reader, depth + 1)
        spelled = reader.data[start : reader.at]
        if type(key) not in (int, str) or spelled <= before:
            raise Refused("MALFORMED")
        before = spelled
        found[key] = read_item(reader, depth + 1)
    return found


def encode(value: object) -> bytes:
    """Return the one encoding of a value."""
    for number, simple in SIMPLE.items():
        if value is simple:
            return bytes([0xE0 | number])
    if isinstance(value, int):
        return head(UNSIGNED, value) if value >= 0 else head(NEGATIVE, -1 - value)
    if isinstance(value, bytes):
        return head(BYTES, len(value)) + value
    if isinstance(value, str):
        raw = value.encode()
        return head(TEXT, len(raw)) + raw
    if isinstance(value, (list, tuple)):
        return head(ARRAY, len(value)) + b"".join(encode(item) for item in value)
    if isinstance(value, dict):
        pairs = sorted((encode(key), encode(item)) for key, item in value.items())
        return head(MAP, len(value)) + b"".join(key + item for key, item in pairs)
    if isinstance(value, Tagged):
        return head(TAG, SIGN_TAG) + encode(value.value)
    raise TypeError(type(value))


def head(major: int, number: int) -> bytes:
    """Return the head of an item with its argument in the shortest form."""
    if number < 24:
        return bytes([major << 5 | number])
    for low, width in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 1 << (8 * width):
            return bytes([major << 5 | low]) + number.to_bytes(width, "big")
    raise OverflowError(number)
