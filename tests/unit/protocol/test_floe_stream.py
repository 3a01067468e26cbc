"""FLOE as a stream: with small segments every border is met; equality with the whole form is in tests/property."""

import pytest

from protocol.errors import Code
from protocol.floe import HEADER_SIZE, Params, open_, sealed_length
from protocol.floe_stream import RangeOpener, StreamOpener, StreamSealer
from tests.simulators.party import CountingEntropy
from tests.simulators.refusal import refused

KEY, AAD = bytes(range(32)), b"part att-00"
SMALL = Params(segment=40, rotation=1)  # eight bytes of content a segment
CONTENT = bytes(range(60))


def sealed(content: bytes = CONTENT, step: int = 7) -> bytes:
    sealer = StreamSealer(KEY, AAD, CountingEntropy(), SMALL)
    pieces = [sealer.update(content[at : at + step]) for at in range(0, len(content), step)]
    return b"".join((sealer.header, *pieces, sealer.finish()))


def opened(ciphertext: bytes, step: int = 11, length: int | None = None) -> bytes:
    opener = StreamOpener(KEY, AAD, len(ciphertext) if length is None else length, SMALL)
    out = [piece for at in range(0, len(ciphertext), step) for piece in opener.update(ciphertext[at : at + step])]
    opener.finish()
    return b"".join(out)


@pytest.mark.parametrize("size", range(34))
def test_every_size_survives(size: int) -> None:
    content = CONTENT[:size]
    assert len(sealed(content)) == sealed_length(size, SMALL)
    assert opened(sealed(content)) == open_(KEY, AAD, sealed(content), SMALL) == content


def test_nothing_follows_the_final_segment() -> None:
    sealer = StreamSealer(KEY, AAD, CountingEntropy(), SMALL)
    sealer.finish()
    for late in (lambda: sealer.update(b"x"), sealer.finish):
        with pytest.raises(RuntimeError):
            late()


def test_a_segment_is_released_before_the_next_one_is_there() -> None:
    ciphertext = sealed()
    opener = StreamOpener(KEY, AAD, len(ciphertext), SMALL)
    assert list(opener.update(ciphertext[: HEADER_SIZE + 40])) == [CONTENT[:8]]
    assert list(opener.update(ciphertext[HEADER_SIZE + 40 : HEADER_SIZE + 79])) == []


def test_every_segment_before_an_altered_one_is_released_and_none_after() -> None:
    ciphertext = bytearray(sealed())
    ciphertext[HEADER_SIZE + 3 * 40 + 20] ^= 1
    opener = StreamOpener(KEY, AAD, len(ciphertext), SMALL)
    out: list[bytes] = []
    with refused(Code.BODY_DECRYPT):
        out.extend(opener.update(bytes(ciphertext)))
    assert b"".join(out) == CONTENT[:24]


@pytest.mark.parametrize("cut", [0, 1, HEADER_SIZE, HEADER_SIZE + 40, HEADER_SIZE + 41, 200])
def test_a_truncated_stream_is_refused(cut: int) -> None:
    ciphertext = sealed()
    with refused(Code.BODY_DECRYPT):
        opened(ciphertext[:cut], length=len(ciphertext))


def test_an_extended_stream_is_refused() -> None:
    ciphertext = sealed()
    with refused(Code.BODY_DECRYPT):
        opened(ciphertext + b"x", length=len(ciphertext))
    with refused(Code.BODY_DECRYPT):
        opened(ciphertext + sealed()[HEADER_SIZE : HEADER_SIZE + 40])


def test_reordered_segments_are_refused() -> None:
    ciphertext = sealed()
    at = HEADER_SIZE
    swapped = ciphertext[:at] + ciphertext[at + 40 : at + 80] + ciphertext[at : at + 40] + ciphertext[at + 80 :]
    with refused(Code.BODY_DECRYPT):
        opened(swapped)


def test_a_stream_cut_at_a_segment_does_not_pass_for_a_shorter_one() -> None:
    with refused(Code.BODY_DECRYPT):
        opened(sealed()[: HEADER_SIZE + 80])


def test_another_key_or_context_is_refused_before_any_content() -> None:
    ciphertext = sealed()
    for key, aad in ((bytes(32), AAD), (KEY, b"part att-01")):
        opener = StreamOpener(key, aad, len(ciphertext), SMALL)
        with refused(Code.COMMITMENT):
            list(opener.update(ciphertext))
        with refused(Code.COMMITMENT):
            RangeOpener((key, aad), len(ciphertext), reader(ciphertext), SMALL)


@pytest.mark.parametrize("length", [0, HEADER_SIZE, HEADER_SIZE + 31])
def test_a_length_that_no_ciphertext_has_is_refused(length: int) -> None:
    with refused(Code.BODY_DECRYPT):
        StreamOpener(KEY, AAD, length, SMALL)
    with refused(Code.BODY_DECRYPT):
        RangeOpener((KEY, AAD), length, reader(b""), SMALL)


def reader(ciphertext: bytes, read: list[tuple[int, int]] | None = None):
    def read_at(offset: int, length: int) -> bytes:
        if read is not None:
            read.append((offset, length))
        return ciphertext[offset : offset + length]

    return read_at


def test_any_range_opens_and_reads_only_what_it_touches() -> None:
    ciphertext = sealed()
    read: list[tuple[int, int]] = []
    opener = RangeOpener((KEY, AAD), len(ciphertext), reader(ciphertext, read), SMALL)
    assert opener.size == len(CONTENT)
    read.clear()
    assert b"".join(opener.read(9, 25)) == CONTENT[9:25]
    assert read == [(HEADER_SIZE + index * 40, 40) for index in (1, 2, 3)]
    for start in range(61):
        for end in range(start, 61):
            assert b"".join(opener.read(start, end)) == CONTENT[start:end]


@pytest.mark.parametrize(("start", "end"), [(-1, 1), (2, 1), (0, 61)])
def test_a_range_outside_the_content_is_a_programming_error(start: int, end: int) -> None:
    ciphertext = sealed()
    opener = RangeOpener((KEY, AAD), len(ciphertext), reader(ciphertext), SMALL)
    with pytest.raises(ValueError, match="range"):
        list(opener.read(start, end))


def test_a_buffer_that_its_owner_fills_again_is_not_believed_to_stay() -> None:
    buffer = bytearray(b"12345678")
    sealer = StreamSealer(KEY, AAD, CountingEntropy(), SMALL)
    first = sealer.update(buffer)  # type: ignore[arg-type]  # what readinto gives
    buffer[:] = b"--------"
    assert open_(KEY, AAD, sealer.header + first + sealer.finish(), SMALL) == b"12345678"
