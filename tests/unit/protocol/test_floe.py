"""FLOE with small segments, so that every border is met; the published vectors are in tests/published."""

import pytest

from protocol.errors import Code
from protocol.floe import DEFAULT, HEADER_SIZE, Opener, Params, Sealer, open_, seal, sealed_length, segment_count
from tests.simulators.party import CountingEntropy
from tests.simulators.refusal import refused

KEY = bytes(range(32))
AAD = b"part body"
SMALL = Params(segment=40, rotation=1)


def sealed(plaintext: bytes, params: Params = SMALL) -> bytes:
    """Seal with any parameters; ``seal`` itself writes the wire's only."""
    sealer = Sealer(KEY, AAD, CountingEntropy(), params)
    pieces = [plaintext[at : at + params.plain] for at in range(0, len(plaintext), params.plain)] or [b""]
    return b"".join([sealer.header, *map(sealer.segment, pieces[:-1]), sealer.final(pieces[-1])])


@pytest.mark.parametrize("size", [0, 1, DEFAULT.plain - 1, DEFAULT.plain, DEFAULT.plain + 1, 2 * DEFAULT.plain])
def test_default_parameters_survive(size: int) -> None:
    plaintext = (bytes(range(251)) * (size // 251 + 1))[:size]
    ciphertext = seal(KEY, AAD, plaintext, CountingEntropy())
    assert len(ciphertext) == sealed_length(size)
    assert open_(KEY, AAD, ciphertext) == plaintext


@pytest.mark.parametrize("size", range(34))
def test_small_segments_survive(size: int) -> None:
    plaintext = bytes(range(size))
    assert len(sealed(plaintext)) == sealed_length(size, SMALL)
    assert open_(KEY, AAD, sealed(plaintext), SMALL) == plaintext


def test_any_segment_opens_alone_and_in_any_order() -> None:
    ciphertext = sealed(bytes(range(40)))
    opener = Opener(KEY, AAD, ciphertext[:HEADER_SIZE], SMALL)
    last = segment_count(len(ciphertext), SMALL) - 1
    assert last == 4
    for index in (4, 0, 3, 1, 2):
        at = HEADER_SIZE + 40 * index
        content = opener.segment(index, ciphertext[at : at + 40], final=index == last)
        assert content == bytes(range(8 * index, 8 * index + 8))


def test_the_parameters_of_the_wire() -> None:
    assert Params(segment=1 << 20, rotation=20, max_segments=1 << 40) == DEFAULT
    assert DEFAULT.encode().hex() == "0000" + "00100000" + "00000020"
    assert HEADER_SIZE == 10 + 32 + 32


def test_no_byte_of_a_ciphertext_is_idle() -> None:
    whole = sealed(bytes(range(20)))
    for at in range(len(whole)):
        changed = whole[:at] + bytes((whole[at] ^ 1,)) + whole[at + 1 :]
        with refused(Code.COMMITMENT if at < HEADER_SIZE else Code.BODY_DECRYPT):
            open_(KEY, AAD, changed, SMALL)


@pytest.mark.parametrize("size", [*range(32), 41, 80])
def test_a_segment_of_an_impossible_size_is_refused(size: int) -> None:
    opener = Opener(KEY, AAD, sealed(b"")[:HEADER_SIZE], SMALL)
    with refused(Code.BODY_DECRYPT):
        opener.segment(0, size.to_bytes(4, "big").ljust(size, b"\x00")[:size], final=True)
    with refused(Code.BODY_DECRYPT):
        opener.segment(0, (b"\xff" * size), final=False)


def test_two_seals_of_one_text_differ() -> None:
    entropy = CountingEntropy()
    assert seal(KEY, AAD, b"same", entropy) != seal(KEY, AAD, b"same", entropy)


@pytest.mark.parametrize(
    ("key", "aad", "params"),
    [
        (bytes(32), AAD, SMALL),
        (KEY, b"part identity", SMALL),
        (KEY, AAD, Params(segment=41, rotation=1)),
        (KEY, AAD, DEFAULT),
    ],
)
def test_another_key_context_or_parameter_set_is_not_committed(key: bytes, aad: bytes, params: Params) -> None:
    with refused(Code.COMMITMENT):
        open_(key, aad, sealed(b"text"), params)


@pytest.mark.parametrize("size", [0, 10, HEADER_SIZE - 1])
def test_a_cut_header_is_refused(size: int) -> None:
    with refused(Code.COMMITMENT):
        open_(KEY, AAD, sealed(b"text")[:size], SMALL)


def test_cut_swapped_and_repeated_segments_are_refused() -> None:
    whole = sealed(bytes(20))
    header, segments = whole[:HEADER_SIZE], [whole[at : at + 40] for at in range(HEADER_SIZE, len(whole), 40)]
    first, second, last = segments
    for pieces in (
        [],
        [first],
        [first, second],
        [second, first, last],
        [first, first, second, last],
        [first, second, last, last],
        [first, second, last[:-1]],
        [last],
        [first, second, first],
    ):
        with refused(Code.BODY_DECRYPT):
            open_(KEY, AAD, b"".join([header, *pieces]), SMALL)


@pytest.mark.parametrize("index", [-1, 1, SMALL.max_segments])
def test_a_segment_opens_at_its_own_place_only(index: int) -> None:
    whole = sealed(bytes(9))
    opener = Opener(KEY, AAD, whole[:HEADER_SIZE], SMALL)
    with refused(Code.BODY_DECRYPT):
        opener.segment(index, whole[HEADER_SIZE : HEADER_SIZE + 40], final=False)


def test_the_final_segment_is_not_an_inner_one() -> None:
    whole = sealed(bytes(8))
    opener = Opener(KEY, AAD, whole[:HEADER_SIZE], SMALL)
    with refused(Code.BODY_DECRYPT):
        opener.segment(0, whole[HEADER_SIZE:], final=False)


@pytest.mark.parametrize("length", [0, HEADER_SIZE - 50, HEADER_SIZE, HEADER_SIZE + 31, HEADER_SIZE + 40 + 1])
def test_lengths_no_ciphertext_has_are_refused(length: int) -> None:
    with refused(Code.BODY_DECRYPT):
        segment_count(length, SMALL)


def test_more_segments_than_the_parameters_allow_are_refused() -> None:
    few = Params(segment=40, max_segments=2)
    assert segment_count(HEADER_SIZE + 80, few) == 2
    with refused(Code.BODY_DECRYPT):
        segment_count(HEADER_SIZE + 112, few)


def test_the_last_possible_segment_can_only_be_final() -> None:
    sealer = Sealer(KEY, AAD, CountingEntropy(), Params(segment=40, max_segments=2))
    sealer.segment(bytes(8))
    with pytest.raises(ValueError, match="last possible"):
        sealer.segment(bytes(8))
    assert sealer.final(bytes(8))


@pytest.mark.parametrize("size", [0, 7, 9])
def test_an_inner_segment_is_full(size: int) -> None:
    with pytest.raises(ValueError, match="full"):
        Sealer(KEY, AAD, CountingEntropy(), SMALL).segment(bytes(size))


def test_a_final_segment_fits() -> None:
    with pytest.raises(ValueError, match="too long"):
        Sealer(KEY, AAD, CountingEntropy(), SMALL).final(bytes(9))


def test_nothing_follows_the_final_segment() -> None:
    sealer = Sealer(KEY, AAD, CountingEntropy(), SMALL)
    sealer.final(b"")
    with pytest.raises(RuntimeError):
        sealer.final(b"")
    with pytest.raises(RuntimeError):
        sealer.segment(bytes(8))


def test_a_key_has_32_bytes() -> None:
    with pytest.raises(ValueError, match="32"):
        Sealer(bytes(31), AAD, CountingEntropy())
