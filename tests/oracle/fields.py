"""Rows, their commitment and the document they form: docs/wire.md sections 3.4, 3.5 and 3.11."""

import re
from dataclasses import dataclass

from tests.oracle.codec import MAX_DEPTH, Refused, decode, encode
from tests.oracle.shape import LARGEST, array, ascending, need, reference, text
from tests.oracle.signed import sha256

MAX_PART = 524288
MAX_ROWS = 4096
MAX_PATH = 128
SHORT_REFERENCE = "short-reference"
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUPS = re.compile("-".join([f"[{ALPHABET}]{{4}}"] * 3))
ESCAPE = re.compile("~(?![01])")
POSITION = re.compile("0|[1-9][0-9]*")
DIGITS = "0123456789"


@dataclass(frozen=True)
class Row:
    """One salted value."""

    salt: bytes
    path: str
    value: object

    def encoded(self) -> bytes:
        """Return the bytes that are hashed."""
        return encode([self.salt, self.path, self.value])


def parse_row(value: object) -> Row:
    """Return a row; what its value may be is a matter of the document."""
    salt, path, held = array(value, 3)
    word = text(path, MAX_PATH)
    need(all(char >= " " and char != "\x7f" for char in word))
    return Row(reference(salt), word, held)


def parse_rows(data: bytes) -> list[Row]:
    """Return the rows of a part's plaintext."""
    rows = [parse_row(item) for item in array(decode(data, MAX_PART), 1, MAX_ROWS)]
    need(ascending([row.path.encode() for row in rows]), "FIELD_ORDER")
    need(len({row.salt for row in rows}) == len(rows))
    return rows


def row_hash(row: Row) -> bytes:
    """Return the hash of a row."""
    return sha256(b"\0xb/1 field", row.encoded())


def commitment(hashes: list[bytes]) -> bytes:
    """Return what a core commits to."""
    return sha256(b"\1xb/1 fields", encode(hashes))


def read_document(rows: list[Row]) -> dict[str, object]:
    """Return the JSON document of rows; refuse rows that are none."""
    need(bool(rows))
    root: dict[str, object] = {}
    for row in rows:
        check_value(row.value)
        steps = read_pointer(row.path)
        place = root
        for step in steps[:-1]:
            below = place.setdefault(step, {})
            need(isinstance(below, dict))
            place = below  # type: ignore[assignment]
        need(steps[-1] not in place)
        place[steps[-1]] = (row.value,)
    need(not any(key[0] in DIGITS for key in root))
    check_branch(root)
    return root


def read_pointer(path: str) -> list[str]:
    """Return the steps of a JSON pointer, still told apart by their first character."""
    need(path.startswith("/") and ESCAPE.search(path) is None)
    steps = path[1:].split("/")
    need(len(steps) <= MAX_DEPTH)
    for step in steps:
        need(step != "" and all(char >= " " and char != "\x7f" for char in step))
        need(step[0] not in DIGITS or POSITION.fullmatch(step) is not None)
    return steps


def check_value(value: object) -> None:
    """Refuse a value that no row may hold."""
    if isinstance(value, int):
        need(-LARGEST <= value <= LARGEST)
    elif value is not None and not isinstance(value, str):
        need(value in ({}, []))


def check_branch(branch: dict[str, object]) -> None:
    """Refuse an array with gaps, and what is both array and object."""
    positions = sorted(int(key) for key in branch if key[0] in DIGITS)
    need(positions == [] or positions == list(range(len(branch))))
    for below in branch.values():
        if isinstance(below, dict):
            check_branch(below)


def body_document(rows: list[Row]) -> dict[str, object]:
    """Return the document of a body: its short reference is checked and stands beside it, section 3.11."""
    for row in rows:
        if row.path == SHORT_REFERENCE:
            check_short_reference(row.value)
    return read_document([row for row in rows if row.path != SHORT_REFERENCE])


def as_json(branch: object) -> object:
    """Return the JSON value of what `read_document` returns."""
    if not isinstance(branch, dict):
        return branch[0] if isinstance(branch, tuple) else branch
    if any(key[0] in DIGITS for key in branch):
        return [as_json(branch[str(place)]) for place in range(len(branch))]
    return {key.replace("~1", "/").replace("~0", "~"): as_json(below) for key, below in branch.items()}


def check_short_reference(value: object) -> None:
    """Refuse a short reference of another form or with wrong check symbols."""
    if not isinstance(value, str) or GROUPS.fullmatch(value) is None:
        raise Refused("MALFORMED")
    number = 0
    for symbol in value.replace("-", ""):
        number = number * 32 + ALPHABET.index(symbol)
    need(number % 1021 == 1)
