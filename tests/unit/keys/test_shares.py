"""Any k of n give the secret back; fewer fit every secret equally well; a wrong share is named."""

from collections import Counter
from collections.abc import Sequence
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.shares import (
    Share,
    check_share,
    combine,
    divide,
    evaluate,
    multiply,
    parse_set,
    set_item,
    set_of,
    share_digest,
    split,
)
from protocol.errors import Code
from tests.simulators.party import CountingEntropy
from tests.simulators.refusal import refused

SECRET = bytes(range(7, 39))


def shared(threshold: int, total: int, secret: bytes = SECRET) -> tuple[Share, ...]:
    return split(secret, threshold, total, CountingEntropy())


def slow_multiply(a: int, b: int) -> int:
    out = 0
    while b:
        out ^= a * (b & 1)
        a, b = (a << 1) ^ (0x11B if a & 0x80 else 0), b >> 1
    return out


def test_the_tables_are_the_field_of_aes() -> None:
    assert all(multiply(a, b) == slow_multiply(a, b) for a in range(256) for b in range(256))
    assert multiply(0x57, 0x83) == 0xC1  # the worked example of FIPS 197, section 4.2


def test_division_undoes_multiplication() -> None:
    assert all(divide(multiply(a, b), b) == a for a in range(256) for b in range(1, 256))
    with pytest.raises(ZeroDivisionError):
        divide(1, 0)


@pytest.mark.parametrize(("threshold", "total"), [(2, 2), (2, 3), (3, 5), (5, 5), (2, 16)])
def test_any_k_of_n_give_the_secret_back(threshold: int, total: int) -> None:
    shares = shared(threshold, total)
    assert {combine(some) for some in combinations(shares, threshold)} == {SECRET}
    assert combine(shares[::-1]) == SECRET


@settings(max_examples=50)
@given(st.binary(min_size=32, max_size=32), st.integers(2, 6), st.integers(0, 4), st.randoms(use_true_random=False))
def test_whatever_the_secret(secret: bytes, threshold: int, more: int, chance: object) -> None:
    shares = list(shared(threshold, threshold + more, secret))
    chance.shuffle(shares)  # type: ignore[attr-defined]
    assert combine(shares[:threshold]) == secret


@pytest.mark.parametrize("x", [1, 2, 16])
def test_one_of_two_shares_fits_every_secret_equally(x: int) -> None:
    seen = Counter((secret, evaluate((secret, random), x)) for secret in range(256) for random in range(256))
    assert len(seen) == 256 * 256
    assert set(seen.values()) == {1}


@pytest.mark.parametrize("secret", [0, 1, 0xA7])
def test_two_of_three_shares_fit_every_secret_equally(secret: int) -> None:
    pairs = {(evaluate((secret, a, b), 1), evaluate((secret, a, b), 2)) for a in range(256) for b in range(256)}
    assert len(pairs) == 256 * 256, "each pair of shares comes from exactly one polynomial with this secret"


def test_a_coefficient_may_be_zero() -> None:
    zeros = split(SECRET, 2, 3, bytes)
    assert all(each.value == SECRET for each in zeros), "random zeros are as likely as anything else"


def test_too_few_shares_are_refused() -> None:
    first, second, third = shared(3, 3)
    for some in ((), (first,), (first, second), (first, first, second)):
        with refused(Code.QUORUM):
            combine(some)
    assert combine((first, first, second, third)) == SECRET


def test_shares_of_two_sets_are_not_mixed() -> None:
    other = split(SECRET, 2, 3, CountingEntropy("other"))
    with refused(Code.MALFORMED):
        combine([shared(2, 3)[0], other[1]])


@pytest.mark.parametrize(("threshold", "total"), [(1, 3), (3, 2), (2, 17), (0, 0)])
def test_senseless_numbers_are_refused(threshold: int, total: int) -> None:
    with refused(Code.MALFORMED):
        shared(threshold, total)
    with refused(Code.MALFORMED):
        split(SECRET[:31], 2, 3, CountingEntropy())


def changed(share: Share, **fields: object) -> Share:
    from dataclasses import replace

    return replace(share, **fields)  # type: ignore[arg-type]


def test_a_wrong_share_is_named() -> None:
    shares = shared(2, 3)
    known = set_of(shares)
    for share in shares:
        check_share(share, known)
    altered: Sequence[Share] = [
        changed(shares[1], value=shares[1].value[:-1] + bytes([shares[1].value[-1] ^ 1])),
        changed(shares[0], index=2),
        changed(shares[1], threshold=3),
        changed(shares[1], set_id=b"elsewhere"[:4]),
    ]
    for each in altered:
        with pytest.RaisesGroup(pytest.RaisesExc(Exception, match="share 2"), allow_unwrapped=True):
            check_share(each, known)
    for index in (0, 4):
        with refused(Code.SHARE_REJECTED):
            check_share(changed(shares[0], index=index), known)


def test_a_digest_binds_everything() -> None:
    share = shared(2, 3)[0]
    others = [
        changed(share, set_id=b"abcd"),
        changed(share, threshold=3),
        changed(share, total=4),
        changed(share, index=2),
        changed(share, value=bytes(32)),
    ]
    assert len({share_digest(each) for each in (share, *others)}) == 6


def test_a_set_reads_back() -> None:
    known = set_of(shared(2, 3))
    assert parse_set(set_item(known)) == known
    with refused(Code.MALFORMED):
        parse_set([known.set_id, 4, list(known.digests)])


def test_a_share_never_shows_its_value() -> None:
    share = shared(2, 2)[0]
    assert share.value.hex() not in repr(share)
    assert "value" not in repr(share)
