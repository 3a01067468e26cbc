"""Shares of one secret, any k of n of which give it back: Shamir's scheme over GF(2^8), byte by byte. Pure.

Fewer than k shares fit every secret equally well. The lists that come with a set say which share is wrong when one is:
a share is 32 uniformly random bytes, so its digest gives nothing away. The tables are indexed by secret bytes; this
runs offline, once in years, on a machine that nobody else measures, so cache timing is no concern here.
Bytes: docs/wire.md section 13.3.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import xor
from typing import Final

from protocol.cbor import Item, encode
from protocol.errors import Code, Fault, Malformed
from protocol.ports import Entropy
from protocol.shapes import as_bytes, as_fixed, as_int, as_list

SECRET_SIZE: Final = 32
SET_SIZE: Final = 4
MAX_SHARES: Final = 16
LEAST_THRESHOLD: Final = 2  # one share that opens everything is a copy, not a share
_DOMAIN: Final = "xb/1 share"
_DIGEST: Final = 32
_POLYNOMIAL: Final = 0x11B  # of AES; 3 generates its field's multiplicative group
_ORDER: Final = 255


def _tables() -> tuple[bytes, bytes]:
    powers, logarithms = bytearray(2 * _ORDER), bytearray(256)
    value = 1
    for exponent in range(_ORDER):
        powers[exponent] = powers[exponent + _ORDER] = value
        logarithms[value] = exponent
        value ^= value << 1
        if value > _ORDER:
            value ^= _POLYNOMIAL
    return bytes(powers), bytes(logarithms)


_POWER, _LOG = _tables()


@dataclass(frozen=True, slots=True)
class Share:
    """One share of a set: ``index`` from 1 says which, ``threshold`` how many are needed; the value is never shown."""

    set_id: bytes
    threshold: int
    total: int
    index: int
    value: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ShareSet:
    """A set without its shares: how many there are and are needed, and the digest of each, ascending by index."""

    set_id: bytes
    threshold: int
    digests: tuple[bytes, ...]


def multiply(a: int, b: int) -> int:
    """Return the product of two elements of GF(2^8) modulo x^8 + x^4 + x^3 + x + 1."""
    return _POWER[_LOG[a] + _LOG[b]] if a and b else 0


def divide(a: int, b: int) -> int:
    """Return ``a / b``; ``ZeroDivisionError`` for b = 0."""
    if b == 0:
        raise ZeroDivisionError("GF(2^8)")
    return _POWER[_LOG[a] + _ORDER - _LOG[b]] if a else 0


def split(secret: bytes, threshold: int, total: int, entropy: Entropy) -> tuple[Share, ...]:
    """Return ``total`` shares of 32 secret bytes, any ``threshold`` of which give it back; needs 2 <= k <= n <= 16.

    Every coefficient is a fresh random byte, zero included: otherwise k - 1 shares would exclude some secrets.
    """
    if len(secret) != SECRET_SIZE or not LEAST_THRESHOLD <= threshold <= total <= MAX_SHARES:
        raise Malformed("a secret is 32 bytes, and 2 <= needed <= shares <= 16")
    set_id = entropy(SET_SIZE)
    rows = (secret, *(entropy(SECRET_SIZE) for _ in range(threshold - 1)))
    return tuple(
        Share(set_id, threshold, total, x, bytes(evaluate(column, x) for column in zip(*rows, strict=True)))
        for x in range(1, total + 1)
    )


def evaluate(coefficients: Sequence[int], x: int) -> int:
    """Return a polynomial's value at ``x``; the coefficient of x^0 comes first."""
    value = 0
    for each in reversed(coefficients):
        value = multiply(value, x) ^ each
    return value


def combine(shares: Sequence[Share]) -> bytes:
    """Return the secret of shares of one set. NOT here: whether they are right (``check_share``).

    Refuses QUORUM for too few different shares, MALFORMED for shares of different sets.
    """
    if len({(each.set_id, each.threshold, each.total) for each in shares}) > 1:
        raise Malformed("shares of different sets")
    if not shares or len({each.index for each in shares}) < shares[0].threshold:
        raise Fault(Code.QUORUM, "shares")
    chosen = list({each.index: each for each in shares}.values())[: shares[0].threshold]
    weights = [_weight(each.index, [other.index for other in chosen if other is not each]) for each in chosen]
    columns = zip(*(each.value for each in chosen), strict=True)
    return bytes(reduce(xor, map(multiply, column, weights)) for column in columns)


def set_of(shares: Sequence[Share]) -> ShareSet:
    """Return the set that all its shares, ascending, belong to."""
    first = shares[0]
    return ShareSet(first.set_id, first.threshold, tuple(share_digest(each) for each in shares))


def share_digest(share: Share) -> bytes:
    """Return the digest by which a share is recognised; it binds the set, the index and the value."""
    head: list[Item] = [_DOMAIN, share.set_id, share.threshold, share.total, share.index, share.value]
    return hashlib.sha256(encode(head)).digest()


def check_share(share: Share, known: ShareSet) -> None:
    """Raise SHARE_REJECTED, naming the share, unless it is one of this set and as it was made."""
    if share.set_id != known.set_id:
        raise Fault(Code.SHARE_REJECTED, f"share {share.index} belongs to another set")
    within = 1 <= share.index <= len(known.digests)
    if not within or not hmac.compare_digest(share_digest(share), known.digests[share.index - 1]):
        raise Fault(Code.SHARE_REJECTED, f"share {share.index} is not as it was made")


def set_item(known: ShareSet) -> Item:
    """Return the set as part of a file: [set id, threshold, [digest]]."""
    return [known.set_id, known.threshold, list(known.digests)]


def parse_set(item: Item) -> ShareSet:
    """Return the set in a file; MALFORMED for numbers that no set has."""
    set_id, threshold, digests = as_fixed(item, "share set", 3)
    rows = as_list(digests, "digests", LEAST_THRESHOLD, MAX_SHARES)
    found = ShareSet(
        as_bytes(set_id, "set id", SET_SIZE),
        as_int(threshold, "threshold", LEAST_THRESHOLD),
        tuple(as_bytes(each, "digest", _DIGEST) for each in rows),
    )
    if found.threshold > len(found.digests):
        raise Malformed("threshold")
    return found


def _weight(x: int, others: Sequence[int]) -> int:
    """Return Lagrange's weight at 0 of the point x; subtraction is exclusive or."""
    weight = 1
    for each in others:
        weight = multiply(weight, divide(each, each ^ x))
    return weight
