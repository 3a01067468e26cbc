"""Attack 47 and its kin: no input makes a parser work more than a small multiple of its length.

Work is counted in executed lines of our own parsers and in bytes that they copy, never in time.
"""

import contextlib
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, Self

import pytest

from protocol.cbor import decode, encode
from protocol.core import parse_core
from protocol.envelope import parse_delivery, parse_envelope
from protocol.errors import Fault
from protocol.fields import parse_rows
from protocol.limits import MAX_SIGNED
from protocol.mailbox import parse_page
from protocol.note import parse_note
from protocol.statements import parse_entry, parse_payload
from tests.fuzz.targets import TARGETS

SIZE = 64 * 1024
LINES_PER_BYTE = 25  # the densest input is one item a byte, and an item takes about twenty lines
COPIES_PER_BYTE = 4  # a value is copied once, its text decoded once, a key sliced and compared once


class Work:
    """Counts while it is entered: lines of ``protocol`` and bytes that its decoder hands on."""

    def __init__(self) -> None:
        self.lines = 0
        self.copied = 0

    def __enter__(self) -> Self:
        self._before = sys.gettrace()
        sys.settrace(self._call)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._before)

    def _call(self, frame: FrameType, _: str, __: object) -> Any:
        return self._line if "/protocol/" in frame.f_code.co_filename else None

    def _line(self, frame: FrameType, event: str, value: object) -> Any:
        self.lines += event == "line"
        if event == "return" and frame.f_code.co_name in ("take", "text", "key") and isinstance(value, (bytes, str)):
            self.copied += len(value)
        return self._line


def work(parse: Callable[[bytes], object], raw: bytes) -> Work:
    with Work() as done, contextlib.suppress(Fault):
        parse(raw)
    return done


def filled(pattern: bytes, head: bytes = b"") -> bytes:
    return (head + pattern * (SIZE // len(pattern) + 1))[:SIZE]


def long(major: int, size: int) -> bytes:
    """Return the head of an item of ``size``, three bytes where that is enough."""
    if size < 1 << 16:
        return bytes([major << 5 | 25]) + size.to_bytes(2, "big")
    return bytes([major << 5 | 26]) + size.to_bytes(4, "big")


HOSTILE = {
    "one array as long as itself": filled(b"\x00", long(4, SIZE - 3)),
    "an array that ends one item early": filled(b"\x00", long(4, SIZE - 2)),
    "one map as long as itself": filled(b"\x00", long(5, (SIZE - 3) // 2)),
    "a map whose keys ascend to its end": encode(dict.fromkeys(range(16_000), 0))[:SIZE],
    "a map whose last key is wrong": encode(dict.fromkeys(range(16_000), 0))[: SIZE - 2] + b"\x00\x00",
    "a map with long keys that differ at their end": encode({f"{'k' * 200}{n:04}": 0 for n in range(300)})[:SIZE],
    "arrays within arrays": filled(b"\x81"),
    "arrays that each claim the rest": filled(b"".join(long(4, SIZE) for _ in range(7))),
    "maps within maps": filled(b"\xa1\x00"),
    "tags within tags": filled(b"\xd8\x62"),
    "many empty arrays": filled(b"\x80", long(4, SIZE - 3)),
    "many empty maps": filled(b"\xa0", long(4, SIZE - 3)),
    "many empty texts": filled(b"\x60", long(4, SIZE - 3)),
    "many integers that are not minimal at the end": filled(b"\x00", long(4, SIZE - 4))[:-1] + b"\x18",
    "wide and deep by turns": encode([[[[[[[[[0] * 60] * 4] * 4] * 4] * 2] * 2] * 2] * 2])[:SIZE],
    "a text of the whole length": long(3, SIZE - 3) + b"x" * (SIZE - 3),
    "a text that is wrong at its end": long(3, SIZE - 3) + b"x" * (SIZE - 4) + b"\xff",
    "a byte string of the whole length": long(2, SIZE - 3) + bytes(SIZE - 3),
    "byte strings within byte strings": encode([bytes(SIZE // 4)] * 4)[:SIZE],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_attack_047_a_hostile_input_costs_a_small_multiple_of_its_length(name: str) -> None:
    raw = HOSTILE[name]
    done = work(decode, raw)
    assert done.lines <= LINES_PER_BYTE * len(raw)
    assert done.copied <= COPIES_PER_BYTE * len(raw)


def test_the_densest_input_is_near_the_bound() -> None:
    """A control: were nothing counted, every bound would hold."""
    raw = HOSTILE["one array as long as itself"]
    done = work(decode, raw)
    assert done.lines > LINES_PER_BYTE * len(raw) // 3
    text = HOSTILE["a text of the whole length"]
    assert work(decode, text).copied >= 2 * (len(text) - 3)


def signed(payload: bytes) -> bytes:
    kid = encode({1: -19, 4: bytes(32)})
    other = encode({1: -49, 4: bytes(32)})
    return b"\xd8\x62" + encode([b"", {}, payload, [[kid, {}, bytes(64)], [other, {}, bytes(3309)]]])


def rows(count: int) -> bytes:
    return encode([[number.to_bytes(16, "big"), f"/{number:05}", None] for number in range(count)])


OBJECTS: dict[str, tuple[Callable[[bytes], object], bytes]] = {
    "rows": (parse_rows, rows(2300)),
    "rows that descend at the end": (parse_rows, rows(2300)[:-26] + rows(1)[-26:]),
    "a core with as many recipients as fit": (
        parse_core,
        encode({5: [[f"n{n:05}", bytes(32), 1, None, "action"] for n in range(1200)], 6: "police"}),
    ),
    "an envelope around nested bytes": (parse_envelope, encode([signed(bytes(60_000)), [b""], [b""]])),
    "an envelope with many wraps": (parse_envelope, encode([signed(b"\x80"), [b""] * 60_000, [b""]])),
    "a delivery with many contents": (parse_delivery, encode([signed(b"\x80"), 0, b"", [b""] * 60_000])),
    "an entry with many signers": (parse_entry, encode([b"\x80", [[bytes(32), b"", bytes(32), b""]] * 860])),
    "a statement of many codes": (
        parse_payload,
        encode([8, {1: "rs.contact", 2: 0, 3: 1, 4: 1, 5: [f"MT-{n:04}/1" for n in range(5000)]}]),
    ),
    "a page of many items": (
        parse_page,
        encode({1: b"", 2: b"", 3: [[n, 1, [b"", 0, 1, []], b""] for n in range(6000)]}),
    ),
    "a note of many lines": (parse_note, b"log\n1\nx\n\n" + "\u2014 a AAAAAAAA\n".encode() * 3500),
    "a note of one long line": (parse_note, "log\n1\nx\n\n\u2014 a ".encode() + b"A" * 65_000 + b"\n"),
    "a note of many gaps": (parse_note, b"a\n\n" * 21_000),
}


@pytest.mark.parametrize("name", OBJECTS)
def test_attack_047_a_hostile_object_costs_a_small_multiple_of_its_length(name: str) -> None:
    parse, raw = OBJECTS[name]
    assert SIZE // 2 < len(raw) <= MAX_SIGNED
    done = work(parse, raw)
    assert done.lines <= LINES_PER_BYTE * len(raw)
    assert done.copied <= COPIES_PER_BYTE * len(raw)


@pytest.mark.parametrize("name", [name for name in TARGETS if name != "vector"])
def test_attack_047_no_parser_is_slow_on_noise(name: str) -> None:
    dense = encode([0] * (SIZE // 8))
    for raw in (HOSTILE["arrays within arrays"], dense, bytes(SIZE), b"\n" * SIZE):
        done = work(TARGETS[name].again, raw)  # what is accepted is written again too
        assert done.lines <= 2 * LINES_PER_BYTE * len(raw)
