"""Attacks on sealed parts, their padding and their wraps."""

import tracemalloc

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from protocol.cbor import Item, decode, encode
from protocol.errors import Code
from protocol.floe import DEFAULT, HEADER_SIZE, Opener, open_, seal
from protocol.ids import NodeId
from protocol.padding import pad, unpad
from protocol.wrap import (
    WRAP_ALG,
    open_wrap,
    parse_recipient_public,
    parse_wrap,
    recipient_key_id,
    recipient_private,
    recipient_public_bytes,
    recipient_structure,
    seal_wrap,
    wrap_info,
)
from tests.simulators.party import CountingEntropy
from tests.simulators.refusal import refused
from tests.simulators.salamander import collide

KEY, AAD = b"k" * 32, b"core and part name"
CIPHERTEXT = seal(KEY, AAD, pad(b"rows"), CountingEntropy())
SEED = b"s" * 32
PUBLIC = recipient_public_bytes(SEED)
CORE, NODE = b"core", NodeId("rs.ilecu")
WRAP = seal_wrap(bytes(64), PUBLIC, recipient_key_id(PUBLIC), CORE, NODE)
PRIME = (1 << 255) - 19


@pytest.mark.parametrize("at", range(len(CIPHERTEXT)))
def test_attack_002_flipped_bit_of_the_body(at: int) -> None:
    for bit in range(8):
        changed = bytearray(CIPHERTEXT)
        changed[at] ^= 1 << bit
        with refused(Code.COMMITMENT if at < HEADER_SIZE else Code.BODY_DECRYPT):
            open_(KEY, AAD, bytes(changed))


def derived(key: bytes, iv: bytes, purpose: bytes, size: int) -> bytes:
    return HKDFExpand(SHA384(), size, DEFAULT.encode() + iv + purpose + AAD).derive(key)


def test_attack_036_salamander() -> None:
    """One segment that opens under both keys' segment keys is easy to make; the header still commits to one key."""
    keys, iv, nonce, place = (b"1" * 32, b"2" * 32), b"i" * 32, b"n" * 12, bytes(8) + b"\x01"
    messages = [derived(key, iv, b"MESSAGE_KEY:", 48) for key in keys]
    one, two = (derived(message, iv, b"DEK:" + bytes(8), 32) for message in messages)
    sealed = collide((one, two), nonce, place, bytes(64))
    opened = [AESGCM(key).decrypt(nonce, sealed, place) for key in (one, two)]
    assert opened[0] != opened[1], "plain AES-GCM accepts both, so the generator works"
    segment = (4 + len(nonce) + len(sealed)).to_bytes(4, "big") + nonce + sealed
    for mine, other in (keys, keys[::-1]):
        header = DEFAULT.encode() + iv + derived(mine, iv, b"HEADER_TAG:", 32)
        assert open_(mine, AAD, header + segment) in opened
        with refused(Code.COMMITMENT):
            open_(other, AAD, header + segment)


@pytest.mark.parametrize(
    "probe",
    [
        pad(b"rows")[:-1] + b"\x01",
        pad(b"rows").replace(b"\x80", b"\x81"),
        pad(b"rows").replace(b"\x80", b"\x00"),
        pad(b"rows") + bytes(16),
        pad(b"rows")[:-1],
        b"rows\x80",
        b"",
    ],
)
def test_attack_046_padding_probe(probe: bytes) -> None:
    opened = open_(KEY, AAD, seal(KEY, AAD, probe, CountingEntropy()))
    with refused(Code.PADDING):
        unpad(opened)


@pytest.mark.parametrize(
    "point",
    [0, 1, PRIME - 1, PRIME, PRIME + 1, 1 << 255, (1 << 255) + 1, (1 << 256) - 1, PRIME + 9],
)
def test_attack_068_small_order_or_second_spelling_of_an_x25519_key(point: int) -> None:
    with refused(Code.KEY_INVALID):
        parse_recipient_public(PUBLIC[:-32] + point.to_bytes(32, "little"))


def test_attack_068_points_of_order_eight() -> None:
    for text in (
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    ):
        with refused(Code.KEY_INVALID):
            parse_recipient_public(PUBLIC[:-32] + bytes.fromhex(text))


@pytest.mark.parametrize("at", [0, 600, 1148])
def test_attack_068_mlkem_key_beyond_the_modulus(at: int) -> None:
    with refused(Code.KEY_INVALID):
        parse_recipient_public(PUBLIC[:at] + b"\xff\xff\xff" + PUBLIC[at + 3 :])


@pytest.mark.parametrize("size", [0, 32, 1184, 1215])
def test_attack_068_recipient_key_of_another_length(size: int) -> None:
    with refused(Code.KEY_INVALID):
        parse_recipient_public(PUBLIC[:size])
    with refused(Code.KEY_INVALID):
        parse_recipient_public(PUBLIC + b"\x00")


@pytest.mark.parametrize("algorithm", [50, 57, WRAP_ALG - 1, -3, True, None, "HPKE"])
def test_attack_084_classical_wrap(algorithm: Item) -> None:
    elements = list(decode(WRAP))  # type: ignore[arg-type]  # a wrap is an array
    elements[0] = encode({1: algorithm, 4: recipient_key_id(PUBLIC)})
    with refused(Code.MIXED_SUITE):
        parse_wrap(encode(elements))


@pytest.mark.parametrize("next_alg", [3, 1, -65_534, -70_001, -70_003])
def test_attack_088_content_algorithm_swapped(next_alg: int) -> None:
    """The wrap opens only if both sides name the same content algorithm."""
    wrap = parse_wrap(WRAP)
    good = wrap_info(CORE, NODE, wrap.protected)
    _, _, protected, extra = decode(good)  # type: ignore[misc]  # four elements of Recipient_structure
    assert open_wrap(recipient_private(SEED), wrap, good) == bytes(64)
    with refused(Code.WRAP_DECRYPT):
        open_wrap(recipient_private(SEED), wrap, recipient_structure(next_alg, protected, extra))


@pytest.mark.parametrize(
    ("at", "byte"),
    [(0, 1), (1, 1), (2, 1), (3, 0), (4, 16), (5, 1), (9, 12), (6, 1)],
    ids=["aead", "kdf", "segment", "segment", "segment", "segment", "iv", "iv"],
)
def test_attack_089_floe_parameters_changed(at: int, byte: int) -> None:
    changed = bytearray(CIPHERTEXT)
    changed[at] = byte
    assert bytes(changed) != CIPHERTEXT
    with refused(Code.COMMITMENT):
        open_(KEY, AAD, bytes(changed))
    with refused(Code.COMMITMENT):
        Opener(KEY, AAD, bytes(changed[:HEADER_SIZE]))


def test_a_false_length_allocates_nothing() -> None:
    """A segment that claims 4 GiB is refused by its size, not believed (attacks 45 and 47 rest on it)."""
    liar = CIPHERTEXT[:HEADER_SIZE] + b"\xff\xff\xff\xfe" + CIPHERTEXT[HEADER_SIZE + 4 :]
    tracemalloc.start()
    with refused(Code.BODY_DECRYPT):
        open_(KEY, AAD, liar)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1 << 20
