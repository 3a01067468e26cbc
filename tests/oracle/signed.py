"""Keys, key ids and the two signatures: docs/wire.md section 2."""

import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey, MLDSA65PublicKey
from nacl.bindings import crypto_core_ed25519_is_valid_point
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from tests.oracle.codec import Refused, Tagged, decode, encode
from tests.oracle.shape import array, blob, digest, need

MAX_SIGNED = 131072
ED25519, ML_DSA_65 = -19, -49
ED25519_KEY, ML_DSA_65_KEY = 32, 1952
ALGORITHMS = (ED25519, ML_DSA_65)


@dataclass(frozen=True)
class Identity:
    """Both public keys of who signs."""

    ed25519: bytes
    ml_dsa_65: bytes


@dataclass(frozen=True)
class Signature:
    """One signature of a COSE_Sign."""

    protected: bytes
    algorithm: int
    key_id: bytes
    signature: bytes


@dataclass(frozen=True)
class Signed:
    """A COSE_Sign of the right form; nothing is said yet about who signed it."""

    payload: bytes
    signatures: list[Signature]


def sha256(*parts: bytes) -> bytes:
    """Return the SHA-256 of the joined parts."""
    return hashlib.sha256(b"".join(parts)).digest()


def key_id(algorithm: int, key: bytes) -> bytes:
    """Return the id of a signing key, section 2.2."""
    return sha256(encode(["xb/1 key", algorithm, key]))


def identity_id(identity: Identity) -> bytes:
    """Return the id of an identity, section 2.2."""
    return sha256(encode(["xb/1 identity", identity.ed25519, identity.ml_dsa_65]))


def check_ed25519_key(key: bytes) -> None:
    """Refuse a key that may not be registered, section 2.2."""
    need(len(key) == ED25519_KEY and crypto_core_ed25519_is_valid_point(key), "KEY_INVALID")


def parse_signed(data: bytes, limit: int = MAX_SIGNED) -> Signed:
    """Return the parts of a COSE_Sign, checked as section 2.4 step 1 says."""
    tagged = decode(data, limit)
    if not isinstance(tagged, Tagged):
        raise Refused("MALFORMED")
    body, unprotected, payload, signatures = array(tagged.value, 4)
    blob(body, 0)
    need(unprotected == {})
    bare = blob(payload)
    if not isinstance(signatures, list):
        raise Refused("MALFORMED")
    need(len(bare) <= limit, "TOO_LARGE")
    members = [parse_signature(item) for item in signatures]
    algorithms = [member.algorithm for member in members]
    need(len(set(algorithms)) == len(algorithms), "DUPLICATE_SIGNATURE")
    need(len(algorithms) == len(ALGORITHMS), "MISSING_SIGNATURE")
    need(tuple(algorithms) == ALGORITHMS)
    return Signed(bare, members)


def parse_signature(value: object) -> Signature:
    """Return one signature; its length is left to the verification."""
    protected, unprotected, signature = array(value, 3)
    raw = blob(protected)
    need(unprotected == {})
    header = decode(raw)
    if not isinstance(header, dict) or list(header) != [1, 4]:
        raise Refused("MALFORMED")
    algorithm = header[1]
    if type(algorithm) is not int or algorithm not in ALGORITHMS:
        raise Refused("UNKNOWN_KEY")
    return Signature(raw, algorithm, digest(header[4]), blob(signature))


def verify_signed(signed: Signed, domain: str, network: bytes, identity: Identity) -> None:
    """Accept only both signatures of this identity over the payload, section 2.4 steps 2 and 3."""
    wanted = [key_id(ED25519, identity.ed25519), key_id(ML_DSA_65, identity.ml_dsa_65)]
    need([member.key_id for member in signed.signatures] == wanted, "UNKNOWN_KEY")
    aad = encode([domain, network])
    one, other = (encode(["Signature", b"", member.protected, aad, signed.payload]) for member in signed.signatures)
    classical = verify_ed25519(identity.ed25519, one, signed.signatures[0].signature)
    lattice = verify_ml_dsa(identity.ml_dsa_65, other, signed.signatures[1].signature)
    need(classical and lattice, "BAD_SIGNATURE")


def verify_ed25519(key: bytes, message: bytes, signature: bytes) -> bool:
    """Tell what libsodium says of a signature."""
    try:
        VerifyKey(key).verify(message, signature)
    except (BadSignatureError, ValueError):
        return False
    return True


def verify_ml_dsa(key: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether an ML-DSA signature with empty context fits; the key's length names the parameters."""
    kind = MLDSA44PublicKey if len(key) == 1312 else MLDSA65PublicKey
    try:
        kind.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
