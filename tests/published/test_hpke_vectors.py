"""HPKE with post-quantum keys: the seed expansion, the library we wrap, and the COSE structure of our suite."""

from typing import Any

import pytest
from cryptography.hazmat.bindings._rust import openssl
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from protocol.cbor import decode, encode
from protocol.wrap import (
    ENC_SIZE,
    PUBLIC_SIZE,
    parse_recipient_public,
    recipient_private,
    recipient_public_bytes,
    recipient_structure,
)
from tests.published.vectors import document, raw

MLKEM768_X25519 = 0x647A
KDFS = {0x0001: KDF.HKDF_SHA256, 0x0011: KDF.SHAKE256}
AEADS = {0x0002: AEAD.AES_256_GCM, 0x0003: AEAD.CHACHA20_POLY1305}
HYBRID = [each for each in document("hpke-pq/test-vectors.json") if each["kem_id"] == MLKEM768_X25519]
COSE = {each["alg"]: each for each in document("cose-hpke-pq/examples/cose-vectors.json")}
EXTERNAL_AAD = b"The Fellowship of the Ring"
A256GCM = 3


def test_both_hybrid_vectors_are_published() -> None:
    assert [(each["kdf_id"], each["aead_id"]) for each in HYBRID] == [(0x0001, 0x0003), (0x0011, 0x0003)]


@pytest.mark.parametrize("vector", HYBRID, ids=lambda each: f"kdf-{each['kdf_id']}")
def test_a_seed_expands_to_the_published_key(vector: dict[str, Any]) -> None:
    public = recipient_public_bytes(raw(vector["skRm"]))
    assert public == raw(vector["pkRm"])
    assert parse_recipient_public(public) is not None


@pytest.mark.parametrize("vector", HYBRID, ids=lambda each: f"kdf-{each['kdf_id']}")
def test_the_first_encryption_opens(vector: dict[str, Any]) -> None:
    suite = Suite(KEM.MLKEM768_X25519, KDFS[vector["kdf_id"]], AEADS[vector["aead_id"]])
    first = vector["encryptions"][0]
    opened = _open(suite, vector, raw(first["ct"]), raw(first["aad"]))
    assert opened == raw(first["pt"])


def _open(suite: Suite, vector: dict[str, Any], ciphertext: bytes, aad: bytes) -> bytes:
    """Open with additional data, which only the library's test entry takes; the wire never has any."""
    private = recipient_private(raw(vector["skRm"]))
    return openssl.hpke._decrypt_with_aad(suite, raw(vector["enc"]) + ciphertext, private, raw(vector["info"]), aad)


def test_the_published_cose_recipient_of_our_suite_opens() -> None:
    """HPKE-9-KE is our suite under its draft number: same structure, same info, so its content key comes out."""
    message = COSE["HPKE-9-KE"]
    body = decode(_untagged(raw(message["hex"])))
    protected, unprotected, ciphertext, recipients = body  # type: ignore[misc]  # four elements of COSE_Encrypt
    recipient_protected, recipient_unprotected, wrapped = recipients[0]
    key = decode(raw(message["key"]))
    assert len(key[-1]) == PUBLIC_SIZE
    assert recipient_public_bytes(key[-2]) == key[-1]
    assert len(recipient_unprotected[-4]) == ENC_SIZE
    suite = Suite(KEM.MLKEM768_X25519, KDF.SHAKE256, AEAD.AES_256_GCM)
    info = recipient_structure(A256GCM, recipient_protected, b"")
    content_key = suite.decrypt(recipient_unprotected[-4] + wrapped, recipient_private(key[-2]), info)
    aad = encode(["Encrypt", protected, EXTERNAL_AAD])
    assert AESGCM(content_key).decrypt(unprotected[5], ciphertext, aad)


def _untagged(message: bytes) -> bytes:
    """Strip tag 96, which our wire does not have."""
    assert message[:2] == b"\xd8\x60"
    return message[2:]
