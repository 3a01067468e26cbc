"""Key wraps and recipient keys: docs/wire.md section 3.2."""

import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from nacl.bindings import crypto_scalarmult, crypto_scalarmult_base
from nacl.exceptions import CryptoError

from tests.oracle.codec import Refused, decode, encode
from tests.oracle.shape import array, blob, digest, need
from tests.oracle.signed import sha256

MAX_WRAP = 2048
WRAP_ALGORITHM, INFO_ALGORITHM = -70001, -70002
ML_KEM_KEY, ML_KEM_TEXT = 1184, 1088
PUBLIC_KEY, ENCAPSULATION, CIPHERTEXT = 1216, 1120, 80
SUITE_ID = b"HPKE" + bytes.fromhex("647a00110002")
LABEL = bytes.fromhex("5c2e2f2f5e5c")
MODULUS = 3329
FIELD = 2**255 - 19


@dataclass(frozen=True)
class Wrap:
    """A wrap of the right form."""

    protected: bytes
    key_id: bytes
    encapsulation: bytes
    ciphertext: bytes


@dataclass(frozen=True)
class PrivateKey:
    """Both private halves of a recipient key, and its public key."""

    ml_kem: MLKEM768PrivateKey
    x25519: bytes
    public: bytes


def private_key(seed: bytes) -> PrivateKey:
    """Return the key pair of a 32-byte seed."""
    stream = hashlib.shake_256(seed).digest(96)
    ml_kem = MLKEM768PrivateKey.from_seed_bytes(stream[:64])
    public = ml_kem.public_key().public_bytes_raw() + crypto_scalarmult_base(stream[64:])
    return PrivateKey(ml_kem, stream[64:], public)


def recipient_key_id(public: bytes) -> bytes:
    """Return the id of a recipient key of suite 1."""
    return sha256(encode(["xb/1 recipient key", 1, public]))


def check_public_key(public: bytes) -> None:
    """Refuse a recipient key that is not sound."""
    need(len(public) == PUBLIC_KEY, "KEY_INVALID")
    for start in range(0, 1152, 3):
        pair = int.from_bytes(public[start : start + 3], "little")
        need(pair & 0xFFF < MODULUS and pair >> 12 < MODULUS, "KEY_INVALID")
    point = public[ML_KEM_KEY:]
    need(int.from_bytes(point, "little") < FIELD, "KEY_INVALID")
    try:
        crypto_scalarmult(bytes(32), point)
    except (CryptoError, RuntimeError) as error:
        raise Refused("KEY_INVALID") from error


def parse_wrap(data: bytes) -> Wrap:
    """Return a wrap; its contents are still closed."""
    protected, unprotected, ciphertext = array(decode(data, MAX_WRAP), 3)
    raw = blob(protected)
    header = decode(raw)
    if not isinstance(header, dict) or list(header) != [1, 4]:
        raise Refused("MALFORMED")
    need(type(header[1]) is int and header[1] == WRAP_ALGORITHM, "MIXED_SUITE")
    kid = digest(header[4])
    if not isinstance(unprotected, dict) or list(unprotected) != [-4]:
        raise Refused("MALFORMED")
    return Wrap(raw, kid, blob(unprotected[-4], ENCAPSULATION), blob(ciphertext, CIPHERTEXT))


def open_wrap(wrap: Wrap, key: PrivateKey, core: bytes, node: str) -> bytes:
    """Return the 64 bytes that a wrap holds for this node and core."""
    need(wrap.key_id == recipient_key_id(key.public), "UNKNOWN_DECRYPTION_KEY")
    context = encode(["xb/1 wrap", sha256(core), node])
    info = encode(["HPKE Recipient", INFO_ALGORITHM, wrap.protected, context])
    try:
        secret = schedule(shared_secret(key, wrap.encapsulation), info)
        return AESGCM(secret[:32]).decrypt(secret[32:44], wrap.ciphertext, b"")
    except (InvalidTag, ValueError, CryptoError, RuntimeError) as error:
        raise Refused("WRAP_DECRYPT") from error


def shared_secret(key: PrivateKey, encapsulation: bytes) -> bytes:
    """Return the secret of MLKEM768-X25519."""
    lattice = key.ml_kem.decapsulate(encapsulation[:ML_KEM_TEXT])
    ephemeral = encapsulation[ML_KEM_TEXT:]
    curve = crypto_scalarmult(key.x25519, ephemeral)
    need(curve != bytes(32), "WRAP_DECRYPT")
    return hashlib.sha3_256(lattice + curve + ephemeral + key.public[ML_KEM_KEY:] + LABEL).digest()


def schedule(shared: bytes, info: bytes) -> bytes:
    """Return the 108 bytes of the key schedule, one stage of SHAKE256."""
    return hashlib.shake_256(
        lp(b"")
        + lp(shared)
        + b"HPKE-v1"
        + SUITE_ID
        + lp(b"secret")
        + (108).to_bytes(2, "big")
        + b"\0"
        + lp(b"")
        + lp(info)
    ).digest(108)


def lp(data: bytes) -> bytes:
    """Return bytes behind their length in two bytes."""
    return len(data).to_bytes(2, "big") + data
