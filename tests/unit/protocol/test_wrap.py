"""Key wraps: one node, one message, one algorithm."""

import hashlib
from dataclasses import replace

import pytest

from protocol.cbor import Item, decode, encode
from protocol.errors import Code
from protocol.ids import KeyId, NodeId
from protocol.wrap import (
    CIPHERTEXT_SIZE,
    ENC_SIZE,
    PUBLIC_SIZE,
    WRAP_ALG,
    encode_wrap,
    open_wrap,
    parse_recipient_public,
    parse_wrap,
    recipient_key_id,
    recipient_private,
    recipient_public_bytes,
    seal_wrap,
    wrap_info,
    wrap_protected,
)
from tests.simulators.refusal import refused

SEED, OTHER_SEED = b"\x01" * 32, b"\x02" * 32
PUBLIC = recipient_public_bytes(SEED)
KEY_ID = recipient_key_id(PUBLIC)
SECRET = bytes(range(64))
CORE = b"the core's bytes"
NODE = NodeId("rs.ilecu")
RAW = seal_wrap(SECRET, PUBLIC, KEY_ID, CORE, NODE)


def elements() -> list[Item]:
    return list(decode(RAW))  # type: ignore[arg-type]  # a wrap is an array


def test_the_recipient_opens_what_was_wrapped() -> None:
    wrap = parse_wrap(RAW)
    assert wrap.key_id == KEY_ID
    assert (len(wrap.enc), len(wrap.ciphertext)) == (ENC_SIZE, CIPHERTEXT_SIZE)
    assert open_wrap(recipient_private(SEED), wrap, wrap_info(CORE, NODE, wrap.protected)) == SECRET


def test_a_wrap_encodes_to_the_same_bytes() -> None:
    wrap = parse_wrap(RAW)
    assert encode_wrap(wrap.key_id, wrap.sealed) == RAW
    assert wrap.protected == wrap_protected(KEY_ID)


@pytest.mark.parametrize(
    ("core", "node", "key_id"),
    [
        (b"another core", NODE, KEY_ID),
        (CORE, NodeId("ba.ilecu"), KEY_ID),
        (CORE, NODE, KeyId(bytes(32))),
    ],
)
def test_a_wrap_opens_for_its_message_and_recipient_only(core: bytes, node: NodeId, key_id: KeyId) -> None:
    with refused(Code.WRAP_DECRYPT):
        open_wrap(recipient_private(SEED), parse_wrap(RAW), wrap_info(core, node, wrap_protected(key_id)))


def test_every_failure_to_open_looks_the_same() -> None:
    wrap = parse_wrap(RAW)
    info = wrap_info(CORE, NODE, wrap.protected)
    broken = [
        (OTHER_SEED, wrap),
        (SEED, replace(wrap, enc=bytes(ENC_SIZE))),
        (SEED, replace(wrap, enc=wrap.enc[:-32] + bytes(32))),
        (SEED, replace(wrap, enc=wrap.enc[:-1])),
        (SEED, replace(wrap, ciphertext=b"")),
        (SEED, replace(wrap, ciphertext=bytes(CIPHERTEXT_SIZE))),
    ]
    for seed, bad in broken:
        with refused(Code.WRAP_DECRYPT) as caught:
            open_wrap(recipient_private(seed), bad, info)
        assert caught.value.detail == ""


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        RAW + b"\x00",
        encode(elements()[:2]),
        encode([*elements(), b""]),
        encode([{}, *elements()[1:]]),
        encode([b"", *elements()[1:]]),
        encode([encode({1: WRAP_ALG, 4: KEY_ID[:8]}), *elements()[1:]]),
        encode([elements()[0], {}, elements()[2]]),
        encode([elements()[0], {-4: bytes(ENC_SIZE - 1)}, elements()[2]]),
        encode([*elements()[:2], bytes(CIPHERTEXT_SIZE + 1)]),
        encode([*elements()[:2], None]),
    ],
)
def test_other_shapes_are_malformed(raw: bytes) -> None:
    with refused(Code.MALFORMED):
        parse_wrap(raw)


@pytest.mark.parametrize(
    "raw",
    [
        encode([encode({1: WRAP_ALG, 4: KEY_ID, -5: b"psk"}), *elements()[1:]]),
        encode([elements()[0], {-4: bytes(ENC_SIZE), 4: KEY_ID}, elements()[2]]),
    ],
)
def test_other_header_fields_are_malformed(raw: bytes) -> None:
    with refused(Code.MALFORMED):
        parse_wrap(raw)


def test_a_wrap_has_a_bound() -> None:
    with refused(Code.TOO_LARGE):
        parse_wrap(bytes(2049))


def test_the_named_key_is_the_used_key() -> None:
    with refused(Code.KEY_INVALID):
        seal_wrap(SECRET, PUBLIC, recipient_key_id(recipient_public_bytes(OTHER_SEED)), CORE, NODE)


@pytest.mark.parametrize("size", [0, 32, 63, 65])
def test_a_wrapped_secret_has_64_bytes(size: int) -> None:
    with pytest.raises(ValueError, match="64"):
        seal_wrap(bytes(size), PUBLIC, KEY_ID, CORE, NODE)


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_seed_has_32_bytes(size: int) -> None:
    for build in (recipient_private, recipient_public_bytes):
        with pytest.raises(ValueError, match="32"):
            build(bytes(size))


def test_a_key_id_is_a_full_hash_over_suite_and_key() -> None:
    assert len(PUBLIC) == PUBLIC_SIZE
    assert hashlib.sha256(encode(["xb/1 recipient key", 1, PUBLIC])).digest() == KEY_ID


def test_a_sound_public_key_is_accepted() -> None:
    assert parse_recipient_public(PUBLIC) is not None


@pytest.mark.parametrize(
    "public",
    [
        b"",
        PUBLIC[:-1],
        PUBLIC + b"\x00",
        PUBLIC[:-32] + bytes(32),
        PUBLIC[:-1] + bytes((PUBLIC[-1] | 0x80,)),
        b"\xff" * 3 + PUBLIC[3:],
    ],
    ids=["empty", "short", "long", "small order", "second spelling", "modulus"],
)
def test_an_unsound_public_key_is_invalid(public: bytes) -> None:
    with refused(Code.KEY_INVALID):
        parse_recipient_public(public)
    with refused(Code.KEY_INVALID):
        seal_wrap(SECRET, public, recipient_key_id(public), CORE, NODE)


@pytest.mark.parametrize("algorithm", [50, WRAP_ALG - 1, -3, True, None])
def test_another_algorithm_is_a_mixed_suite(algorithm: Item) -> None:
    with refused(Code.MIXED_SUITE):
        parse_wrap(encode([encode({1: algorithm, 4: KEY_ID}), *elements()[1:]]))


def test_the_bytes_of_a_wrap() -> None:
    """Numbers that other implementations read: alg -70001, kid in label 4, encapsulation in label -4."""
    wrap = parse_wrap(RAW)
    protected = "582a" + "a2013a0001117004" + "5820" + KEY_ID.hex()
    assert RAW.hex() == "83" + protected + "a123" + "590460" + wrap.enc.hex() + "5850" + wrap.ciphertext.hex()


def test_the_bytes_of_info() -> None:
    protected = wrap_protected(KEY_ID)
    extra = encode(["xb/1 wrap", hashlib.sha256(CORE).digest(), NODE])
    assert wrap_info(CORE, NODE, protected) == encode(["HPKE Recipient", -70_002, protected, extra])
