"""Wycheproof: the accept sets of the primitives, through our functions where we have one."""

import hmac
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey, MLDSA65PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, HashAlgorithm
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from protocol.cose import ed25519_verifies
from protocol.errors import Fault
from protocol.wrap import PUBLIC_SIZE, parse_recipient_public, recipient_public_bytes
from tests.published.vectors import raw, wycheproof

Case = tuple[dict[str, Any], dict[str, Any]]
MLKEM = recipient_public_bytes(bytes(32))[: PUBLIC_SIZE - 32]
MLDSA_KEYS = {"mldsa_44_verify": MLDSA44PublicKey, "mldsa_65_verify": MLDSA65PublicKey}


def number(case: Case) -> str:
    return f"{case[1]['tcId']}-{case[1]['result']}"


@pytest.mark.parametrize("case", wycheproof("ed25519", 151), ids=number)
def test_ed25519(case: Case) -> None:
    group, given = case
    accepted = ed25519_verifies(raw(group["publicKey"]["pk"]), raw(given["sig"]), raw(given["msg"]))
    assert accepted == (given["result"] == "valid")


@pytest.mark.parametrize(("name", "least"), [("mldsa_44_verify", 180), ("mldsa_65_verify", 210)])
def test_mldsa(name: str, least: int) -> None:
    for group, given in wycheproof(name, least):
        context = raw(given["ctx"]) if "ctx" in given else None
        try:
            key = MLDSA_KEYS[name].from_public_bytes(raw(group["publicKey"]))
            key.verify(raw(given["sig"]), raw(given["msg"]), context)
            accepted = True
        except (InvalidSignature, ValueError):
            accepted = False
        assert accepted == (given["result"] == "valid"), given["tcId"]


def registered(public: bytes) -> bool:
    try:
        parse_recipient_public(MLKEM + public)
    except Fault:
        return False
    return True


@pytest.mark.parametrize("case", wycheproof("x25519", 518), ids=number)
def test_x25519(case: Case) -> None:
    """What we would register computes the published secret; small order and second spellings are never registered."""
    _, given = case
    public, flags = raw(given["public"]), set(given["flags"])
    assert registered(public) == flags.isdisjoint({"LowOrderPublic", "ZeroSharedSecret", "NonCanonicalPublic"})
    if registered(public):
        private = X25519PrivateKey.from_private_bytes(raw(given["private"]))
        assert private.exchange(X25519PublicKey.from_public_bytes(public)) == raw(given["shared"])


def test_aes_256_gcm() -> None:
    cases = [each for each in wycheproof("aes_gcm", 316) if each[0]["keySize"] == 256 and each[0]["ivSize"] == 96]
    assert len(cases) >= 60
    for _, given in cases:
        cipher, sealed = AESGCM(raw(given["key"])), raw(given["ct"]) + raw(given["tag"])
        if given["result"] == "valid":
            assert cipher.decrypt(raw(given["iv"]), sealed, raw(given["aad"])) == raw(given["msg"])
        else:
            with pytest.raises(InvalidTag):
                cipher.decrypt(raw(given["iv"]), sealed, raw(given["aad"]))


@pytest.mark.parametrize(("name", "digest", "least"), [("hkdf_sha256", SHA256, 86), ("hkdf_sha384", SHA384, 83)])
def test_hkdf_expand(name: str, digest: type[HashAlgorithm], least: int) -> None:
    """We use the second half of HKDF only; the first is one HMAC."""
    for _, given in wycheproof(name, least):
        salt = raw(given["salt"]) or bytes(digest().digest_size)
        key = hmac.digest(salt, raw(given["ikm"]), digest().name)
        if given["result"] == "valid":
            assert HKDFExpand(digest(), given["size"], raw(given["info"])).derive(key) == raw(given["okm"])
        else:
            with pytest.raises(ValueError, match=r"(?i)length|size|large"):
                HKDFExpand(digest(), given["size"], raw(given["info"])).derive(key)
