"""A short reference that two people can compare over the telephone (docs/wire.md section 3.11).

Ten random symbols and two check symbols, written as three groups of four: `K7QM-2XHD-9RF3`. The alphabet has no letter
that is mistaken for a digit. Read as one number to base 32, a reference leaves 1 when divided by 1021: the pure system
of ISO 7064, with a prime modulus for this alphabet. So one wrong symbol and two exchanged neighbours are always
noticed, and nearly every other slip as well.

It is random and stands inside the sealed part only: nobody who does not hold the message can tell whose it is.
"""

from collections.abc import Iterable
from typing import Final

from protocol.cbor import Item
from protocol.errors import Malformed
from protocol.fields import Field, Row
from protocol.ports import Entropy

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Digits and capital letters without I, L, O and U."""
PATH: Final = "short-reference"
"""Path of its row. It is no JSON pointer, so no document has such a field."""

_MODULUS: Final = 1021
_BASE: Final = 32
_CHECKS: Final = _BASE**2  # two check symbols hold every remainder of the modulus
_SYMBOLS: Final = 12
_GROUP: Final = 4
_BITS: Final = 5
_HEARD: Final = str.maketrans("OIL", "011")
_IGNORED: Final = str.maketrans("", "", " -\u2010\u2011\u2013")


def new_reference(entropy: Entropy) -> str:
    """Return a fresh reference of 50 random bits, as it is stored and shown."""
    number = int.from_bytes(entropy(7), "big") >> 6
    number *= _CHECKS
    return _write(number + (1 - number) % _MODULUS)


def reference_rows(reference: str | None) -> tuple[Field, ...]:
    """Return the row that a body carries for its reference, none without one."""
    return () if reference is None else ((PATH, reference),)


def find_reference(rows: Iterable[Row]) -> str | None:
    """Return the reference among a body's rows, None without one; MALFORMED unless it stands there as it is written."""
    found = [row.value for row in rows if row.path == PATH]
    return parse_reference(found[0]) if found else None


def parse_reference(value: Item) -> str:
    """Return the reference as it is stored; MALFORMED for anything else. For what a peer sent."""
    if not isinstance(value, str) or read_reference(value) != value:
        raise Malformed("short reference")
    return value


def read_reference(typed: str) -> str:
    """Return the reference that a person typed or heard: any case, blanks and dashes, O for 0, I and L for 1.

    MALFORMED when symbols are missing or unknown, or when the check symbols do not fit.
    """
    symbols = bare(typed)
    if len(symbols) != _SYMBOLS or not set(symbols) <= set(ALPHABET):
        raise Malformed("short reference")
    number = 0
    for each in symbols:
        number = number * _BASE + ALPHABET.index(each)
    if number % _MODULUS != 1:
        raise Malformed("check symbols of the short reference")
    return _write(number)


def looks_like_reference(typed: str) -> bool:
    """Tell whether a person seems to mean a reference, so that a slip can be named; the check symbols are not asked."""
    grouped = typed.upper().translate(str.maketrans(" \u2010\u2011\u2013", "----")).split("-")
    groups = [each for each in grouped if each]
    return len(groups) > 1 and len(bare(typed)) in range(_SYMBOLS - 2, _SYMBOLS + 3)


def bare(typed: str) -> str:
    """Return what was typed in the letters of the alphabet, without blanks and dashes."""
    return typed.upper().translate(_IGNORED).translate(_HEARD)


def _write(number: int) -> str:
    symbols = "".join(ALPHABET[number >> _BITS * at & (_BASE - 1)] for at in reversed(range(_SYMBOLS)))
    return "-".join(symbols[at : at + _GROUP] for at in range(0, _SYMBOLS, _GROUP))
