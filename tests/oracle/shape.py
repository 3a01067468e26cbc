"""The common types of docs/wire.md section 1.3 and the order of refusals of section 1.5."""

import re
from collections.abc import Callable, Container
from itertools import pairwise

from tests.oracle.codec import Refused

LARGEST = 9007199254740991
NODE = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}[a-z0-9]", re.ASCII)
TYPE_ID = re.compile(r"[A-Z]{2,4}-[A-Z0-9]{1,4}/[1-9][0-9]{0,3}", re.ASCII)
CHANNELS = ("court-support", "cso", "joint-centre", "police", "police-cso", "rogatory", "statistics", "system")


def need(fact: bool, code: str = "MALFORMED") -> None:
    """Refuse with the code unless the fact holds."""
    if not fact:
        raise Refused(code)


def array(value: object, least: int, most: int | None = None) -> list[object]:
    """Return an array of so many elements."""
    if not isinstance(value, list):
        raise Refused("MALFORMED")
    need(least <= len(value) <= (least if most is None else most))
    return value


def mapping(value: object, required: Container[int], optional: Container[int] = ()) -> dict[int, object]:
    """Return a closed map of integer keys: first unknown keys are refused, then missing ones."""
    if not isinstance(value, dict):
        raise Refused("MALFORMED")
    need(all(type(key) is int and (key in required or key in optional) for key in value), "UNKNOWN_FIELD")
    need(all(key in value for key in range(32) if key in required))
    return value


def blob(value: object, size: int | None = None) -> bytes:
    """Return a byte string, of this size where one is given."""
    if not isinstance(value, bytes) or (size is not None and len(value) != size):
        raise Refused("MALFORMED")
    return value


def digest(value: object) -> bytes:
    """Return a SHA-256 value."""
    return blob(value, 32)


def reference(value: object) -> bytes:
    """Return 16 bytes."""
    return blob(value, 16)


def count(value: object, least: int = 0, most: int = LARGEST) -> int:
    """Return an integer between the bounds; a boolean is none."""
    if type(value) is not int or not least <= value <= most:
        raise Refused("MALFORMED")
    return value


def positive(value: object) -> int:
    """Return an integer from 1."""
    return count(value, 1)


def text(value: object, most: int, least: int = 1) -> str:
    """Return a text of so many bytes."""
    if not isinstance(value, str) or not least <= len(value.encode()) <= most:
        raise Refused("MALFORMED")
    return value


def code(value: object) -> str:
    """Return a code: 1 to 64 bytes without control characters."""
    word = text(value, 64)
    need(all(char >= " " and char != "\x7f" for char in word))
    return word


def matching(value: object, pattern: re.Pattern[str]) -> str:
    """Return a text that the pattern matches as a whole."""
    if not isinstance(value, str) or pattern.fullmatch(value) is None:
        raise Refused("MALFORMED")
    return value


def node(value: object) -> str:
    """Return a node id."""
    return matching(value, NODE)


def one_of(value: object, allowed: Container[object]) -> object:
    """Return a value that stands in a list, booleans and integers told apart."""
    need(isinstance(value, (int, str)) and not isinstance(value, bool) and value in allowed)
    return value


def ascending(values: list[bytes]) -> bool:
    """Tell whether byte strings ascend strictly."""
    return all(one < other for one, other in pairwise(values))


def listed(value: object, element: Callable[[object], str | bytes], most: int) -> list[bytes]:
    """Return the bytes of a list of codes or references, of 1 to `most` and ascending."""
    found = [item.encode() if isinstance(item, str) else item for item in map(element, array(value, 1, most))]
    need(ascending(found))
    return found
