"""Attachments: streams equal the whole form, lists and answers read back, changed bytes are seen."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import Fault
from protocol.floe import HEADER_SIZE, Params, Sealer, open_
from protocol.floe_stream import RangeOpener, StreamOpener, StreamSealer
from protocol.limits import MAX_ATTACHMENT, UPLOAD_PART
from protocol.parts import PartList, parse_part_list, part_count
from protocol.uploads import HeldParts, UploadState, encode_upload, no_parts, parse_upload
from tests.simulators.party import CountingEntropy

KEY, AAD = b"k" * 32, b"context"
params = st.builds(Params, segment=st.integers(33, 80), rotation=st.integers(0, 4))
names = st.integers(0, 63).map(lambda number: f"att-{number:02}")
lengths = st.integers(1, 40 * UPLOAD_PART) | st.just(MAX_ATTACHMENT)


def cut(data: bytes, at: list[int]) -> list[bytes]:
    edges = [0, *sorted(min(each, len(data)) for each in at), len(data)]
    return [data[a:b] for a, b in pairwise(edges)]


cuts = st.lists(st.integers(0, 700), max_size=12)


def whole(content: bytes, chosen: Params) -> bytes:
    sealer = Sealer(KEY, AAD, CountingEntropy(), chosen)
    pieces = [content[at : at + chosen.plain] for at in range(0, len(content), chosen.plain)] or [b""]
    return b"".join([sealer.header, *map(sealer.segment, pieces[:-1]), sealer.final(pieces[-1])])


@given(params, st.binary(max_size=400), cuts)
def test_a_stream_seals_what_the_whole_form_seals(chosen: Params, content: bytes, at: list[int]) -> None:
    sealer = StreamSealer(KEY, AAD, CountingEntropy(), chosen)
    pieces = [sealer.update(piece) for piece in cut(content, at)]
    ciphertext = b"".join((sealer.header, *pieces, sealer.finish()))
    assert ciphertext == whole(content, chosen)
    assert open_(KEY, AAD, ciphertext, chosen) == content


@given(params, st.binary(max_size=400), cuts)
def test_a_stream_opens_what_the_whole_form_sealed(chosen: Params, content: bytes, at: list[int]) -> None:
    ciphertext = whole(content, chosen)
    opener = StreamOpener(KEY, AAD, len(ciphertext), chosen)
    pieces = [piece for each in cut(ciphertext, at) for piece in opener.update(each)]
    opener.finish()
    assert b"".join(pieces) == content


@given(params, st.binary(min_size=1, max_size=400), st.data())
def test_any_range_is_the_contents(chosen: Params, content: bytes, data: st.DataObject) -> None:
    ciphertext = whole(content, chosen)
    opener = RangeOpener((KEY, AAD), len(ciphertext), lambda at, size: ciphertext[at : at + size], chosen)
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, len(content)))
    assert b"".join(opener.read(start, end)) == content[start:end]


@given(params, st.binary(max_size=300), cuts, st.data())
def test_a_stream_releases_only_true_content(
    chosen: Params, content: bytes, at: list[int], data: st.DataObject
) -> None:
    ciphertext = bytearray(whole(content, chosen))
    place = data.draw(st.integers(0, len(ciphertext) - 1))
    ciphertext[place] ^= 1 << data.draw(st.integers(0, 7))
    opener = StreamOpener(KEY, AAD, len(ciphertext), chosen)
    released: list[bytes] = []
    with pytest.raises(Fault):
        released.extend(piece for each in cut(bytes(ciphertext), at) for piece in opener.update(each))
    assert content.startswith(b"".join(released))
    assert sum(map(len, released)) <= max(place - HEADER_SIZE, 0)


@given(names, lengths, st.data())
def test_a_part_list_reads_back(name: str, length: int, data: st.DataObject) -> None:
    count = part_count(length)
    leaves = data.draw(st.binary(min_size=32, max_size=32)) * count
    parts = PartList(name, length, tuple(leaves[at : at + 32] for at in range(0, len(leaves), 32)))
    assert parse_part_list(parts.encode()) == parts


@given(st.binary(max_size=200))
def test_accepted_bytes_are_the_objects_own(raw: bytes) -> None:
    for parse, encoded in ((parse_part_list, PartList.encode), (parse_upload, encode_upload)):
        try:
            found = parse(raw)
        except Fault:
            continue
        assert encoded(found) == raw  # type: ignore[arg-type]  # each parser with its own encoder


@st.composite
def rows(draw: st.DrawFn, name: str) -> HeldParts:
    count = draw(st.integers(1, 50))
    row = HeldParts(name, draw(st.booleans()), count, no_parts(count))
    for index in draw(st.sets(st.integers(0, count - 1))):
        row = row.with_part(index)
    return row


@st.composite
def states(draw: st.DrawFn) -> UploadState:
    found = sorted(draw(st.sets(names, min_size=1, max_size=5)))
    return UploadState(draw(st.integers(0, 1 << 40)), tuple(draw(rows(name)) for name in found))


@given(states())
def test_an_upload_reads_back(state: UploadState) -> None:
    assert parse_upload(encode_upload(state)) == state
