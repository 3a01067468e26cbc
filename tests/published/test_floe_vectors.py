"""Known answers of the FLOE specification: four implementations, segments of 64 bytes and 4 KiB, key rotation."""

from pathlib import Path

import pytest

from protocol.errors import Code
from protocol.floe import HEADER_SIZE, Opener, Params, open_, segment_count
from protocol.floe_stream import RangeOpener, StreamOpener
from tests.published.vectors import files, raw
from tests.simulators.refusal import refused

KEY, AAD = bytes(32), b"This is AAD"
CIPHERTEXTS = files("floe/kats/*_ct.txt", 17)


def known(path: Path) -> tuple[bytes, bytes, Params]:
    """Return ciphertext, content and parameters; the rotation sets change keys every four segments."""
    ciphertext = raw(path.read_text(encoding="ascii").strip())
    content = raw(path.with_name(path.name.replace("_ct", "_pt")).read_text(encoding="ascii").strip())
    rotation = 2 if "rotation" in path.name else 20
    return ciphertext, content, Params(segment=int.from_bytes(ciphertext[2:6], "big"), rotation=rotation)


@pytest.mark.parametrize("path", CIPHERTEXTS, ids=lambda path: path.stem)
def test_known_ciphertexts_open(path: Path) -> None:
    ciphertext, content, params = known(path)
    assert open_(KEY, AAD, ciphertext, params) == content


@pytest.mark.parametrize("path", CIPHERTEXTS, ids=lambda path: path.stem)
def test_their_last_segment_opens_alone(path: Path) -> None:
    ciphertext, content, params = known(path)
    last = segment_count(len(ciphertext), params) - 1
    opener = Opener(KEY, AAD, ciphertext[:HEADER_SIZE], params)
    piece = opener.segment(last, ciphertext[HEADER_SIZE + last * params.segment :], final=True)
    assert piece == content[last * params.plain :]


@pytest.mark.parametrize("path", CIPHERTEXTS, ids=lambda path: path.stem)
def test_they_open_as_a_stream_and_by_range(path: Path) -> None:
    ciphertext, content, params = known(path)
    opener = StreamOpener(KEY, AAD, len(ciphertext), params)
    pieces = [piece for at in range(0, len(ciphertext), 999) for piece in opener.update(ciphertext[at : at + 999])]
    opener.finish()
    assert b"".join(pieces) == content
    ranged = RangeOpener((KEY, AAD), len(ciphertext), lambda at, size: ciphertext[at : at + size], params)
    third = len(content) // 3
    assert b"".join(ranged.read(third, 2 * third)) == content[third : 2 * third]


@pytest.mark.parametrize("path", CIPHERTEXTS, ids=lambda path: path.stem)
def test_they_open_under_no_other_context(path: Path) -> None:
    ciphertext, _, params = known(path)
    with refused(Code.COMMITMENT):
        open_(KEY, b"This is another AAD", ciphertext, params)


def test_rotation_matters() -> None:
    rotating = [path for path in CIPHERTEXTS if "rotation" in path.name]
    assert len(rotating) == 5
    for path in rotating:
        ciphertext, _, params = known(path)
        with refused(Code.BODY_DECRYPT):
            open_(KEY, AAD, ciphertext, Params(segment=params.segment, rotation=20))
