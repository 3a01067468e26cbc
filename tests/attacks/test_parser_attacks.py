"""Attacks on the codec and on what stands between reading and believing, by their number in the catalogue.

Where the catalogue gives milliseconds, work is counted: items that the decoder reads, lines that it runs.
"""

import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from protocol import cbor, domains, envelope
from protocol.cbor import Item, decode, encode
from protocol.core import parse_core
from protocol.cose import parse as parse_signed
from protocol.cose import verify
from protocol.errors import Code
from protocol.limits import MAX_DEPTH, MAX_ITEMS, MAX_SIGNED
from tests.attacks.test_decoding_work import work
from tests.simulators.hub_world import POLICE, World
from tests.simulators.network import MK, RS
from tests.simulators.party import NETWORK, Party, deliver, send
from tests.simulators.refusal import refused

SENDER, BELGRADE, SARAJEVO = Party("mk.ilecu"), Party("rs.ilecu"), Party("ba.ilecu")
ENVELOPE = send(SENDER, BELGRADE, SARAJEVO)


def core(**changes: Item) -> bytes:
    fields = dict(decode(ENVELOPE.manifest.core_bytes))  # type: ignore[call-overload]  # a core is a map
    return encode(fields | {int(label[1:]): value for label, value in changes.items()})


def test_attack_008_a_message_reflected_to_its_sender() -> None:
    """A node is no recipient of its own message, and what it signed as a sender is none of its receipts."""
    own = [SENDER.node, bytes(32), 1, None, "action"]
    with refused(Code.SELF_RECIPIENT):
        parse_core(core(_5=[own]))
    with refused(Code.NOT_A_RECIPIENT):
        SENDER.opens(deliver(ENVELOPE, BELGRADE), SENDER)
    with refused(Code.BAD_SIGNATURE):
        verify(ENVELOPE.signed, SENDER.identity.public, domains.EVIDENCE, NETWORK)


def wider(raw: bytes, at: int) -> bytes:
    """Return ``raw`` with the head at ``at`` written one size larger than it needs."""
    major, value = raw[at] & 0xE0, raw[at] & 0x1F
    if value < 24:
        return raw[:at] + bytes([major | 24, value]) + raw[at + 1 :]
    size = 1 << (value - 24)
    grown = raw[at + 1 : at + 1 + size].rjust(2 * size, b"\x00")
    return raw[:at] + bytes([major | (value + 1)]) + grown + raw[at + 1 + size :]


HEADS = {
    "an integer": b"\x05",
    "a larger integer": encode(300),
    "a still larger integer": encode(70_000),
    "a negative integer": b"\x25",
    "the length of bytes": encode(b"bytes"),
    "the length of a long text": encode("x" * 300),
    "the length of an array": encode([1, 2]),
    "the length of a map": encode({1: 2}),
}


@pytest.mark.parametrize("raw", HEADS.values(), ids=HEADS)
def test_attack_093_a_head_longer_than_needed(raw: bytes) -> None:
    assert encode(decode(raw)) == raw
    with refused(Code.MALFORMED):
        decode(wider(raw, 0))


@pytest.mark.parametrize("opened", [b"\x5f\x41a\xff", b"\x7f\x61a\xff", b"\x9f\x01\xff", b"\xbf\x01\x02\xff", b"\xff"])
def test_attack_093_an_item_without_an_end(opened: bytes) -> None:
    for raw in (opened, b"\x81" + opened, b"\xa1\x01" + opened):
        with refused(Code.MALFORMED):
            decode(raw)


KEYS = {
    "twice": b"\xa2\x01\x00\x01\x00",
    "descending": b"\xa2\x02\x00\x01\x00",
    "text before its shorter neighbour": b"\xa2\x62bb\x00\x61a\x00",
    "bytes": b"\xa1\x41k\x00",
    "true": b"\xa1\xf5\x00",
    "null": b"\xa1\xf6\x00",
    "a double": b"\xa1\xfb\x3f\xf0\x00\x00\x00\x00\x00\x00\x00",
    "an array": b"\xa1\x80\x00",
    "one half of a pair": b"\xa1\x01",
}


@pytest.mark.parametrize("raw", KEYS.values(), ids=KEYS)
def test_attack_094_keys_twice_unsorted_or_of_another_type(raw: bytes) -> None:
    with refused(Code.MALFORMED):
        decode(raw)


TYPES = {
    "half": b"\xf9\x3c\x00",
    "single": b"\xfa\x3f\x80\x00\x00",
    "double": b"\xfb\x3f\xf0\x00\x00\x00\x00\x00\x00\x00",
    "not a number": b"\xf9\x7e\x00",
    "infinite": b"\xf9\x7c\x00",
    "undefined": b"\xf7",
    "simple 32": b"\xf8\x20",
    "true in two bytes": b"\xf8\x15",
    "date text": b"\xc0\x74" + b"2026-01-01T00:00:00Z",
    "date number": b"\xc1\x00",
    "bignum": b"\xc2\x49\x01" + bytes(8),
    "negative bignum": b"\xc3\x41\x01",
    "set": b"\xd9\x01\x02\x80",
    "shared value": b"\xd8\x1c\x80",
    "reference to a shared value": b"\xd8\x1d\x00",
    "self-described": b"\xd9\xd9\xf7\x00",
}


@pytest.mark.parametrize("raw", TYPES.values(), ids=TYPES)
def test_attack_095_types_outside_the_profile(raw: bytes) -> None:
    for inside in (raw, b"\x81" + raw, b"\xa1\x01" + raw):
        with refused(Code.MALFORMED):
            decode(inside)


def test_attack_096_a_map_of_colliding_keys_is_refused_by_work_and_not_by_time() -> None:
    """Keys that share one slot of a hash table cost as many lines as keys that do not."""
    prime = (1 << 61) - 1

    def raw(keys: list[int]) -> bytes:
        return encode(dict.fromkeys(keys, 0))

    colliding, plain = raw([prime * k for k in range(1, 8)]), raw([prime * k + k for k in range(1, 8)])
    assert len(colliding) == len(plain)
    assert work(decode, colliding).lines == work(decode, plain).lines
    many = b"\xba\x00\x10\x00\x00" + encode(prime) + b"\x00"
    with refused(Code.MALFORMED):
        decode(many)
    assert work(decode, many).lines < 400


BOMBS = {
    "nested 100 000 deep": b"\x81" * 100_000 + b"\x00",
    "maps nested 100 000 deep": b"\xa1\x01" * 100_000 + b"\x00",
    "an array of 2**63 items": b"\x9b\x80" + bytes(7),
    "an array of 2**64 - 1 items": b"\x9b" + b"\xff" * 8,
    "a map of 2**63 pairs": b"\xbb\x80" + bytes(7),
    "bytes of 2**63": b"\x5b\x80" + bytes(7),
    "text of 4 GiB": b"\x7a\xff\xff\xff\xff",
}


@pytest.mark.parametrize("raw", BOMBS.values(), ids=BOMBS)
def test_attack_097_a_claim_of_size_or_depth_is_refused_without_allocation(raw: bytes) -> None:
    done = work(lambda each: decode(each, len(raw)), raw)
    assert done.lines < 100 * MAX_DEPTH, "refused at the depth or at the claim, not at the end"
    tracemalloc.start()
    with refused(Code.MALFORMED):
        decode(raw, len(raw))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1 << 16


def test_attack_097_items_are_counted_over_the_whole_input() -> None:
    inner = encode([0] * 1_000)
    raw = b"\x9a" + (MAX_ITEMS // 1_000 + 1).to_bytes(4, "big") + inner * (MAX_ITEMS // 1_000 + 1)
    with refused(Code.MALFORMED):
        decode(raw, len(raw))


class Counted:
    """Counts how often bytes are read as an object, and gives another object at every reading but the first."""

    def __init__(self, parse: Any, other: Any) -> None:
        self._parse, self._other = parse, other
        self.seen: list[bytes] = []

    def __call__(self, raw: bytes) -> Any:
        self.seen.append(raw)
        return self._parse(raw) if self.seen.count(raw) == 1 else self._other


def test_attack_102_what_was_verified_is_what_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A parser that tells two stories about the same bytes: both readers take one object and ask it everything."""
    other = send(BELGRADE, SENDER)
    counted = Counted(envelope.parse_manifest, other.manifest)
    monkeypatch.setattr(envelope, "parse_manifest", counted)
    found = envelope.parse_envelope(ENVELOPE.encode())
    verify(found.signed, SENDER.identity.public, domains.MESSAGE, NETWORK)
    assert (found.manifest.core.sender, len(counted.seen)) == (SENDER.node, 1)
    counted.seen.clear()
    delivery = envelope.parse_delivery(
        encode([ENVELOPE.signed.raw, 1, ENVELOPE.wraps[1], list(ENVELOPE.contents)]),
    )
    opened = BELGRADE.opens(delivery, SENDER)
    assert (opened.core.sender, len(counted.seen)) == (SENDER.node, 1)


async def test_attack_102_the_hub_admits_the_object_that_it_verified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path)
    await world.found()
    sealed = world.senders.seal(RS, MK)
    counted = Counted(envelope.parse_manifest, world.senders.seal(MK, RS).manifest)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        monkeypatch.setattr(envelope, "parse_manifest", counted)
        status, _ = await rs.submit(sealed)
        monkeypatch.undo()
        page = await mk.fetch(POLICE)
    assert (status, counted.seen) == (201, [sealed.signed.payload])
    assert sealed.signed.raw in page[1]


def test_attack_102_verifying_reads_nothing_again(monkeypatch: pytest.MonkeyPatch) -> None:
    reads = [0]
    whole = cbor._Reader.item

    def reading(self: Any, depth: int) -> Any:
        reads[0] += 1
        return whole(self, depth)

    monkeypatch.setattr(cbor._Reader, "item", reading)
    signed = parse_signed(ENVELOPE.signed.raw, MAX_SIGNED)
    before = reads[0]
    assert before > 0, "the counter counts"
    verify(signed, SENDER.identity.public, domains.MESSAGE, NETWORK)
    assert reads[0] == before
