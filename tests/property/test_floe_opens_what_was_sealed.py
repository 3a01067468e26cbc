"""FLOE: any content under any small parameter set survives, and no changed ciphertext opens."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import Code, Fault
from protocol.floe import HEADER_SIZE, Opener, Params, Sealer, open_, sealed_length, segment_count
from tests.simulators.party import CountingEntropy

KEY, AAD = b"k" * 32, b"context"
params = st.builds(Params, segment=st.integers(33, 80), rotation=st.integers(0, 4))
contents = st.binary(max_size=400)


@dataclass(frozen=True, slots=True)
class Sealed:
    params: Params
    content: bytes
    ciphertext: bytes


def seal_with(chosen: Params, content: bytes) -> Sealed:
    sealer = Sealer(KEY, AAD, CountingEntropy(), chosen)
    step = chosen.plain
    pieces = [content[at : at + step] for at in range(0, len(content), step)] or [b""]
    segments = [sealer.segment(piece) for piece in pieces[:-1]]
    return Sealed(chosen, content, b"".join([sealer.header, *segments, sealer.final(pieces[-1])]))


sealeds = st.builds(seal_with, params, contents)


@given(sealeds)
def test_every_content_survives(sealed: Sealed) -> None:
    assert open_(KEY, AAD, sealed.ciphertext, sealed.params) == sealed.content
    assert len(sealed.ciphertext) == sealed_length(len(sealed.content), sealed.params)


@given(sealeds, st.data())
def test_every_segment_opens_alone(sealed: Sealed, data: st.DataObject) -> None:
    last = segment_count(len(sealed.ciphertext), sealed.params) - 1
    index = data.draw(st.integers(0, last))
    at = HEADER_SIZE + index * sealed.params.segment
    opener = Opener(KEY, AAD, sealed.ciphertext[:HEADER_SIZE], sealed.params)
    piece = opener.segment(index, sealed.ciphertext[at : at + sealed.params.segment], final=index == last)
    assert piece == sealed.content[index * sealed.params.plain : (index + 1) * sealed.params.plain]


@given(sealeds, st.data())
def test_no_flipped_bit_goes_unseen(sealed: Sealed, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(sealed.ciphertext) - 1))
    changed = bytearray(sealed.ciphertext)
    changed[at] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(Fault) as caught:
        open_(KEY, AAD, bytes(changed), sealed.params)
    assert caught.value.code is (Code.COMMITMENT if at < HEADER_SIZE else Code.BODY_DECRYPT)


@given(sealeds, st.data())
def test_no_cut_goes_unseen(sealed: Sealed, data: st.DataObject) -> None:
    size = data.draw(st.integers(0, len(sealed.ciphertext) - 1))
    with pytest.raises(Fault) as caught:
        open_(KEY, AAD, sealed.ciphertext[:size], sealed.params)
    assert caught.value.code is (Code.COMMITMENT if size < HEADER_SIZE else Code.BODY_DECRYPT)


@given(st.binary(max_size=300), params)
def test_arbitrary_bytes_are_refused_with_a_code(raw: bytes, chosen: Params) -> None:
    with pytest.raises(Fault) as caught:
        open_(KEY, AAD, raw, chosen)
    assert caught.value.code in {Code.COMMITMENT, Code.BODY_DECRYPT}
