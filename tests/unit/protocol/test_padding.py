import pytest

from protocol.errors import Code
from protocol.padding import pad, padme, unpad
from tests.simulators.refusal import refused


@pytest.mark.parametrize(
    ("length", "padded"),
    [
        (0, 256),
        (1, 256),
        (256, 256),
        (257, 272),
        (272, 272),
        (273, 288),
        (1000, 1024),
        (1025, 1088),
        (65_537, 67_584),
        (1 << 20, 1 << 20),
        ((1 << 20) + 1, (1 << 20) + (1 << 15)),
        (10**9, 1_006_632_960),
    ],
)
def test_sizes(length: int, padded: int) -> None:
    assert padme(length) == padded


@pytest.mark.parametrize("content", [b"", b"a", b"\x80", b"\x80\x00", b"\x00" * 300, b"x" * 255, b"x" * 256])
def test_content_survives(content: bytes) -> None:
    padded = pad(content)
    assert len(padded) == padme(len(content) + 1)
    assert unpad(padded) == content


@pytest.mark.parametrize(
    "padded",
    [
        b"",
        b"\x00" * 256,
        b"\x80",
        b"\x80" + b"\x00" * 254,
        b"\x80" + b"\x00" * 256,
        b"\x80" + b"\x00" * 271,
        b"\x81" + b"\x00" * 255,
        b"\x80" + b"\x00" * 254 + b"\x01",
        b"x" * 255 + b"\x80" + b"\x00" * 16,
    ],
)
def test_what_pad_would_not_write_is_refused(padded: bytes) -> None:
    with refused(Code.PADDING):
        unpad(padded)
