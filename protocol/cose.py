"""COSE_Sign (RFC 9052 section 4.1) with exactly two signatures: Ed25519 (RFC 9864), then ML-DSA-65 (RFC 9964).

The shape is fixed: body protected empty, unprotected maps empty, each signature's protected map exactly {alg, kid}.
There is nothing to negotiate and nothing to ignore; the verifier owns the list of required algorithms (protocol
decision 2). ``external_aad`` is [domain, network id], so no signature is valid for another kind of object or another
network. Bytes: docs/wire.md section 2.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PublicKey
from nacl.bindings import crypto_core_ed25519_is_valid_point
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from protocol.cbor import Item, Tagged, decode, encode
from protocol.domains import IDENTITY, KEY, SIGNED
from protocol.errors import Code, Fault, Malformed
from protocol.ids import DIGEST_SIZE
from protocol.ports import IdentityPublic, IdentitySigner
from protocol.shapes import as_bytes, as_fixed, as_list

ED25519: Final = -19
ML_DSA_65: Final = -49
ED25519_KEY: Final = 32
ED25519_SIGNATURE: Final = 64
ML_DSA_65_KEY: Final = 1952

_TAG: Final = 98
_KEYS_KEPT: Final = 512  # expanded public keys, about 4 MB
_ALG, _KID = 1, 4
_REQUIRED: Final = (ED25519, ML_DSA_65)


@dataclass(frozen=True, slots=True)
class Signed:
    """A parsed COSE_Sign. Nothing in it is verified; only ``verify`` returns a payload that may be believed."""

    payload: bytes
    ed_kid: bytes
    ml_kid: bytes
    ed_signature: bytes
    ml_signature: bytes
    raw: bytes


def ed25519_kid(pk: bytes) -> bytes:
    """Return the key id of an Ed25519 public key: a full SHA-256, so equal ids mean equal keys (attack 69)."""
    return _thumbprint(ED25519, pk)


def mldsa_kid(pk: bytes) -> bytes:
    """Return the key id of an ML-DSA-65 public key."""
    return _thumbprint(ML_DSA_65, pk)


def identity_kid(public: IdentityPublic) -> bytes:
    """Return the id of an identity: SHA-256 over both public halves."""
    return hashlib.sha256(encode([IDENTITY, public.ed25519, public.mldsa65])).digest()


def check_identity_public(public: IdentityPublic) -> None:
    """Raise KEY_INVALID unless both halves are keys this network may register (attack 68).

    Every string of the right length is an ML-DSA-65 key.
    """
    check_ed25519_key(public.ed25519)
    if len(public.mldsa65) != ML_DSA_65_KEY:
        raise Fault(Code.KEY_INVALID, "ml-dsa-65")


def check_ed25519_key(pk: bytes) -> None:
    """Raise KEY_INVALID unless ``pk`` is a canonical point of the prime-order group other than the identity."""
    if len(pk) != ED25519_KEY or not crypto_core_ed25519_is_valid_point(pk):
        raise Fault(Code.KEY_INVALID, "ed25519")


def to_be_signed(protected: bytes, external_aad: bytes, payload: bytes) -> bytes:
    """Return the Sig_structure of one signature (RFC 9052 section 4.4) with empty body protected header."""
    return encode(["Signature", b"", protected, external_aad, payload])


def sign(signer: IdentitySigner, domain: str, network: bytes, payload: bytes) -> bytes:
    """Return the tagged COSE_Sign over ``payload``. Two calls differ (hedged ML-DSA): a signature is never an id."""
    aad = _external_aad(domain, network)
    ed = _protected(ED25519, ed25519_kid(signer.public.ed25519))
    ml = _protected(ML_DSA_65, mldsa_kid(signer.public.mldsa65))
    signatures: list[Item] = [
        [ed, {}, signer.sign_ed25519(to_be_signed(ed, aad, payload))],
        [ml, {}, signer.sign_mldsa65(to_be_signed(ml, aad, payload))],
    ]
    return encode(Tagged(_TAG, [b"", {}, payload, signatures]))


def parse(raw: bytes, limit: int) -> Signed:
    """Return the parts of a COSE_Sign of at most ``limit`` bytes (TOO_LARGE).

    Refuses UNKNOWN_KEY for an algorithm outside the required two, DUPLICATE_SIGNATURE, MISSING_SIGNATURE, and MALFORMED
    for any other shape: untagged, detached or nested payload, other headers, other order.
    """
    tagged = decode(raw, limit)
    if not isinstance(tagged, Tagged):
        raise Malformed("COSE_Sign is not tagged")
    protected, unprotected, body, signatures = as_fixed(tagged.value, "COSE_Sign", 4)
    as_bytes(protected, "body protected", 0)
    as_header(unprotected, ())
    payload = as_bytes(body, "payload")
    found = [_parse_signature(each) for each in as_list(signatures, "signatures")]
    algorithms = [algorithm for algorithm, _, _ in found]
    if len(set(algorithms)) != len(algorithms):
        raise Fault(Code.DUPLICATE_SIGNATURE)
    if len(algorithms) < len(_REQUIRED):
        raise Fault(Code.MISSING_SIGNATURE)
    if tuple(algorithms) != _REQUIRED:
        raise Malformed("order of signatures")
    (_, ed_kid, ed_signature), (_, ml_kid, ml_signature) = found
    return Signed(payload, ed_kid, ml_kid, ed_signature, ml_signature, raw)


def verify(signed: Signed, public: IdentityPublic, domain: str, network: bytes) -> bytes:
    """Return the payload after both signatures were verified under ``public``, this domain and this network.

    Refuses UNKNOWN_KEY if the object names other keys, BAD_SIGNATURE if either signature fails. Not here: whether the
    identity was valid at the time, and whether it may say this.
    """
    if signed.ed_kid != ed25519_kid(public.ed25519) or signed.ml_kid != mldsa_kid(public.mldsa65):
        raise Fault(Code.UNKNOWN_KEY)
    aad = _external_aad(domain, network)
    ed = to_be_signed(_protected(ED25519, signed.ed_kid), aad, signed.payload)
    ml = to_be_signed(_protected(ML_DSA_65, signed.ml_kid), aad, signed.payload)
    ed_good = ed25519_verifies(public.ed25519, signed.ed_signature, ed)
    ml_good = _mldsa_verifies(public.mldsa65, signed.ml_signature, ml)
    if not (ed_good and ml_good):
        raise Fault(Code.BAD_SIGNATURE)
    return signed.payload


def ed25519_verifies(pk: bytes, signature: bytes, message: bytes) -> bool:
    """Tell whether libsodium accepts; its accept set is normative (low-order and non-canonical points are refused)."""
    if len(pk) != ED25519_KEY or len(signature) != ED25519_SIGNATURE:
        return False
    try:
        VerifyKey(pk).verify(message, signature)
    except BadSignatureError:
        return False
    return True


def _mldsa_verifies(pk: bytes, signature: bytes, message: bytes) -> bool:
    if len(pk) != ML_DSA_65_KEY:
        return False
    try:
        _mldsa_key(pk).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def as_header(value: Item, labels: tuple[int, ...]) -> Mapping[int, Item]:
    """Return a COSE header map with exactly these labels; MALFORMED otherwise (attack 100)."""
    if not isinstance(value, dict) or set(value) != set(labels):
        raise Malformed("COSE header")
    return value


@lru_cache(maxsize=_KEYS_KEPT)
def _mldsa_key(pk: bytes) -> MLDSA65PublicKey:
    # Expanding a public key costs half a verification; a hub sees the same few hundred keys all day.
    return MLDSA65PublicKey.from_public_bytes(pk)


@lru_cache(maxsize=2 * _KEYS_KEPT)
def _thumbprint(algorithm: int, pk: bytes) -> bytes:
    return hashlib.sha256(encode([KEY, algorithm, pk])).digest()


@lru_cache(maxsize=len(SIGNED))
def _external_aad(domain: str, network: bytes) -> bytes:
    if domain not in SIGNED:
        raise ValueError(f"{domain!r} is not a signed kind of object")
    return encode([domain, network])


@lru_cache(maxsize=2 * _KEYS_KEPT)
def _protected(algorithm: int, kid: bytes) -> bytes:
    return encode({_ALG: algorithm, _KID: kid})


def _parse_signature(item: Item) -> tuple[int, bytes, bytes]:
    protected, unprotected, signature = as_fixed(item, "COSE_Signature", 3)
    as_header(unprotected, ())
    header = as_header(decode(as_bytes(protected, "signature protected")), (_ALG, _KID))
    algorithm = header[_ALG]
    if algorithm not in _REQUIRED:
        raise Fault(Code.UNKNOWN_KEY, "algorithm")
    return algorithm, as_bytes(header[_KID], "kid", DIGEST_SIZE), as_bytes(signature, "signature")
