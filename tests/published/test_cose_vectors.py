"""COSE examples of the working groups: our Sig_structure is theirs, and their laxer shapes are refused here."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey

from protocol.cbor import Item, encode
from protocol.cose import ML_DSA_65, ed25519_verifies, parse, to_be_signed
from protocol.errors import Code
from protocol.limits import MAX_SIGNED
from tests.published.vectors import document, raw
from tests.simulators.refusal import refused

EDDSA = {name: document(f"cose-eddsa/eddsa-examples/{name}.json") for name in ("eddsa-01", "eddsa-02", "eddsa-sig-01")}
MLDSA = document("cose-mldsa/examples/cose/examples/ML_DSA_65.cose.json")


def text(example: dict[str, Any]) -> bytes:
    return str(example["input"]["plaintext"]).encode()


def to_be_signed_hex(example: dict[str, Any]) -> str:
    return str(example["intermediates"]["signers"][0]["ToBeSign_hex"]).lower()


def test_the_sig_structure_with_empty_body_header_is_theirs() -> None:
    assert to_be_signed(encode({1: -8}), b"", text(EDDSA["eddsa-02"])).hex() == to_be_signed_hex(EDDSA["eddsa-02"])


def test_the_ed25519_signature_over_their_sig_structure_verifies() -> None:
    example = EDDSA["eddsa-01"]
    structure: list[Item] = ["Signature", encode({3: 0}), encode({1: -8}), b"", text(example)]
    assert encode(structure).hex() == to_be_signed_hex(example)
    public = raw(example["input"]["sign"]["signers"][0]["key"]["x_hex"])
    signature = raw(example["output"]["cbor"])[-64:]
    assert ed25519_verifies(public, signature, encode(structure))
    assert not ed25519_verifies(public, signature, encode(structure) + b"\x00")


def test_the_mldsa_signature_over_their_sig_structure_verifies() -> None:
    structure: list[Item] = [
        "Signature1",
        encode({1: ML_DSA_65, 4: raw(MLDSA["sign1"])[11:43]}),
        b"",
        b"hello post quantum signatures",
    ]
    assert encode(structure).hex() == MLDSA["raw_to_be_signed"]
    private = MLDSA65PrivateKey.from_seed_bytes(raw(MLDSA["priv"]))
    assert private.public_key().public_bytes_raw() == raw(MLDSA["raw_public_key"])
    private.public_key().verify(raw(MLDSA["raw_signature"]), encode(structure))


@pytest.mark.parametrize(
    "message",
    [
        raw(EDDSA["eddsa-01"]["output"]["cbor"]),
        raw(EDDSA["eddsa-02"]["output"]["cbor"]),
        raw(EDDSA["eddsa-sig-01"]["output"]["cbor"]),
        raw(MLDSA["sign1"]),
    ],
)
def test_none_of_their_messages_is_one_of_ours(message: bytes) -> None:
    with refused(Code.MALFORMED):
        parse(message, MAX_SIGNED)
