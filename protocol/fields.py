"""Content as salted rows, and the commitment that the core carries (docs/wire.md section 3.4).

A part's plaintext is a list of [salt, path, value] rows, ascending by path. The salted hash of each row makes every
single row provable later, or withholdable, while the sender's signatures stay valid.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from protocol.cbor import Item, decode, decode_array, encode, join_array
from protocol.errors import Code, Fault, Malformed
from protocol.limits import MAX_PART, MAX_PATH, MAX_ROWS
from protocol.ports import Entropy
from protocol.shapes import as_bytes, as_fixed, as_list, as_text

SALT_SIZE: Final = 16
_ROW: Final = b"\x00xb/1 field"
_ROOT: Final = b"\x01xb/1 fields"

Field = tuple[str, Item]
"""A path and its value, before salting."""


@dataclass(frozen=True, slots=True)
class Row:
    """One salted field. The salt hides low-entropy values from whoever sees only the hash."""

    salt: bytes
    path: str
    value: Item


def salt_rows(fields: Iterable[Field], entropy: Entropy) -> tuple[Row, ...]:
    """Return one row per field with a fresh 16-byte salt, ascending by path. A path twice is a programming error."""
    ordered = sorted(fields, key=lambda field: field[0])
    rows = tuple(Row(entropy(SALT_SIZE), path, value) for path, value in ordered)
    _check_order(rows)
    return rows


def row_hash(row: Row) -> bytes:
    """Return the salted hash of one row."""
    return hashlib.sha256(_ROW + encode([row.salt, row.path, row.value])).digest()


def fields_root(hashes: Iterable[bytes]) -> bytes:
    """Return the commitment over the row hashes in row order."""
    return hashlib.sha256(_ROOT + encode(list(hashes))).digest()


def commit(rows: Iterable[Row]) -> bytes:
    """Return the commitment over rows."""
    return fields_root(row_hash(row) for row in rows)


def encode_rows(rows: Iterable[Row]) -> bytes:
    """Return the plaintext of a part."""
    return encode([[row.salt, row.path, row.value] for row in rows])


def encode_committed(rows: Iterable[Row]) -> tuple[bytes, bytes]:
    """Return what ``encode_rows`` and ``commit`` return; each row is encoded once."""
    encoded = [encode([row.salt, row.path, row.value]) for row in rows]
    return join_array(encoded), _root_of(encoded)


def parse_rows(raw: bytes) -> tuple[Row, ...]:
    """Return the rows of a part's plaintext; MALFORMED, or FIELD_ORDER when paths repeat or do not ascend."""
    return _check_rows(as_list(decode(raw, MAX_PART), "rows", 1, MAX_ROWS))


def parse_committed(raw: bytes, root: bytes) -> tuple[Row, ...]:
    """Return the rows of a plaintext to which ``root`` commits; refused as ``parse_rows``, then FIELD_COMMITMENT."""
    items = decode_array(raw, MAX_PART)
    rows = _check_rows(as_list([item for item, _ in items], "rows", 1, MAX_ROWS))
    if _root_of([encoded for _, encoded in items]) != root:
        raise Fault(Code.FIELD_COMMITMENT)
    return rows


def check_commitment(rows: Iterable[Row], root: bytes) -> None:
    """Raise FIELD_COMMITMENT unless the rows are those that ``root`` commits to (attack 38)."""
    if commit(rows) != root:
        raise Fault(Code.FIELD_COMMITMENT)


def _root_of(encoded: Iterable[bytes]) -> bytes:
    return fields_root(hashlib.sha256(_ROW + each).digest() for each in encoded)


def _check_rows(items: Iterable[Item]) -> tuple[Row, ...]:
    rows = tuple(_parse_row(item) for item in items)
    _check_order(rows)
    if len({row.salt for row in rows}) != len(rows):
        raise Malformed("salt used twice")
    return rows


def _parse_row(item: Item) -> Row:
    salt, path, value = as_fixed(item, "row", 3)
    return Row(as_bytes(salt, "salt", SALT_SIZE), as_text(path, "path", MAX_PATH), value)


def _check_order(rows: tuple[Row, ...]) -> None:
    if any(a.path >= b.path for a, b in pairwise(rows)):
        raise Fault(Code.FIELD_ORDER)
