"""Padding: every content survives, sizes only grow, and few of them exist."""

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import Fault
from protocol.padding import pad, padme, unpad

lengths = st.integers(0, 1 << 40)


@given(st.binary(max_size=2000))
def test_every_content_survives(content: bytes) -> None:
    assert unpad(pad(content)) == content


@given(st.binary(max_size=700) | st.binary(max_size=300).map(lambda raw: pad(raw)[:-1]))
def test_what_unpads_is_what_pad_writes(padded: bytes) -> None:
    with contextlib.suppress(Fault):
        assert pad(unpad(padded)) == padded


@given(lengths)
def test_a_padded_size_is_its_own_padded_size(length: int) -> None:
    padded = padme(length)
    assert padded >= max(length, 256)
    assert padme(padded) == padded


@given(lengths, lengths)
def test_longer_content_never_has_a_smaller_size(first: int, second: int) -> None:
    assert padme(min(first, second)) <= padme(max(first, second))


@given(st.integers(257, 1 << 40))
def test_padding_costs_at_most_an_eighth(length: int) -> None:
    assert (padme(length) - length) * 8 <= length


def test_few_sizes_exist_below_a_mebibyte() -> None:
    assert len({padme(length) for length in range(1, 1 << 20, 7)}) <= 257
