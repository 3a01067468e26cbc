"""Key wraps: HPKE base mode (RFC 9180) with MLKEM768-X25519, SHAKE256 and AES-256-GCM, one COSE_recipient per node.

The structure is that of COSE-HPKE key encryption; its algorithm numbers are not final, so the wire carries private-use
numbers and a later assignment becomes a new suite. ``info`` binds the protected header, the content algorithm, the core
and the recipient: a wrap moved to another message or another node does not open (attacks 27, 52 to 54, 88).
Bytes: docs/wire.md section 3.2.
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from protocol.cbor import decode, encode
from protocol.cose import as_header
from protocol.domains import RECIPIENT_KEY, WRAP
from protocol.errors import Code, Fault
from protocol.ids import DIGEST_SIZE, KeyId, NodeId
from protocol.shapes import as_bytes, as_fixed
from protocol.suite import SUITE_1

WRAP_ALG: Final = -70_001  # private use: HPKE key encryption of suite 1
CONTENT_ALG: Final = -70_002  # private use: FLOE of suite 1, the next layer
SEED_SIZE: Final = 32
PUBLIC_SIZE: Final = 1216  # ML-KEM-768 key, then X25519 key
SECRET_SIZE: Final = 64  # content key, then identity key (zeros where the recipient may not read identity)
ENC_SIZE: Final = 1120
CIPHERTEXT_SIZE: Final = SECRET_SIZE + 16
_KEYS_KEPT: Final = 512  # public keys: those of one message to everybody, twice

_ALG, _KID, _ENC = 1, 4, -4
_MLKEM_SEED, _MLKEM_PUBLIC = 64, 1184
_WRAP_LIMIT: Final = 2048  # bytes; a wrap has about 1 290
_FIELD_PRIME: Final = (1 << 255) - 19
_SUITE: Final = Suite(KEM.MLKEM768_X25519, KDF.SHAKE256, AEAD.AES_256_GCM)
_PROBE: Final = X25519PrivateKey.from_private_bytes(bytes(SEED_SIZE))  # any scalar: all are multiples of the cofactor


@dataclass(frozen=True, slots=True)
class Wrap:
    """A parsed wrap; ``protected`` is exactly {alg, kid} and enters ``wrap_info``."""

    key_id: KeyId
    enc: bytes
    ciphertext: bytes
    protected: bytes

    @property
    def sealed(self) -> bytes:
        """Encapsulation and ciphertext in one, as HPKE takes them."""
        return self.enc + self.ciphertext


def recipient_private(seed32: bytes) -> MLKEM768X25519PrivateKey:
    """Return the private key of a 32-byte seed."""
    mlkem, x25519 = _expand(seed32)
    return MLKEM768X25519PrivateKey(mlkem, x25519)


def recipient_public_bytes(seed32: bytes) -> bytes:
    """Return the 1 216 public bytes that belong to a seed (the library's hybrid key object cannot give them back)."""
    mlkem, x25519 = _expand(seed32)
    return mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()


@lru_cache(maxsize=_KEYS_KEPT)
def parse_recipient_public(pk: bytes) -> MLKEM768X25519PublicKey:
    """Return the public key in ``pk``. Refuses KEY_INVALID for what no sound key generation yields (attack 68).

    That is: another length, an ML-KEM coefficient beyond the modulus, an X25519 value of small order or written in a
    second way (one key would get two ids).
    """
    mlkem, x25519 = pk[:_MLKEM_PUBLIC], pk[_MLKEM_PUBLIC:]
    if len(pk) != PUBLIC_SIZE or int.from_bytes(x25519, "little") >= _FIELD_PRIME:
        raise Fault(Code.KEY_INVALID, "length or encoding")
    try:
        curve = X25519PublicKey.from_public_bytes(x25519)
        _PROBE.exchange(curve)
        return MLKEM768X25519PublicKey(MLKEM768PublicKey.from_public_bytes(mlkem), curve)
    except ValueError:
        raise Fault(Code.KEY_INVALID, "small order or modulus") from None


@lru_cache(maxsize=_KEYS_KEPT)
def recipient_key_id(pk: bytes) -> KeyId:
    """Return the id of a recipient key: a full SHA-256 over suite and key."""
    return KeyId(hashlib.sha256(encode([RECIPIENT_KEY, SUITE_1, pk])).digest())


@lru_cache(maxsize=_KEYS_KEPT)
def wrap_protected(key_id: KeyId) -> bytes:
    """Return the protected header of every wrap to this key."""
    return encode({_ALG: WRAP_ALG, _KID: key_id})


def wrap_info(core: bytes, recipient: NodeId, protected: bytes) -> bytes:
    """Return the HPKE ``info`` of the wrap that ``recipient`` gets of the message with this core."""
    extra = encode([WRAP, _digest(core), recipient])
    return recipient_structure(CONTENT_ALG, protected, extra)


def recipient_structure(next_alg: int, protected: bytes, extra: bytes) -> bytes:
    """Return the Recipient_structure of COSE-HPKE (draft-ietf-cose-hpke, key encryption)."""
    return encode(["HPKE Recipient", next_alg, protected, extra])


def encode_wrap(key_id: KeyId, hpke_output: bytes) -> bytes:
    """Return the COSE_recipient that carries ``hpke_output`` (encapsulation, then ciphertext)."""
    return encode([wrap_protected(key_id), {_ENC: hpke_output[:ENC_SIZE]}, hpke_output[ENC_SIZE:]])


def parse_wrap(raw: bytes) -> Wrap:
    """Return the parts of a wrap. MIXED_SUITE for another algorithm (attack 84), MALFORMED for another shape."""
    protected_item, unprotected, body = as_fixed(decode(raw, _WRAP_LIMIT), "wrap", 3)
    protected = as_bytes(protected_item, "wrap protected")
    header = as_header(decode(protected), (_ALG, _KID))
    if header[_ALG] != WRAP_ALG:
        raise Fault(Code.MIXED_SUITE, "wrap algorithm")
    return Wrap(
        key_id=KeyId(as_bytes(header[_KID], "wrap kid", DIGEST_SIZE)),
        enc=as_bytes(as_header(unprotected, (_ENC,))[_ENC], "enc", ENC_SIZE),
        ciphertext=as_bytes(body, "wrapped secret", CIPHERTEXT_SIZE),
        protected=protected,
    )


def seal_wrap(secret64: bytes, pk: bytes, key_id: KeyId, core: bytes, recipient: NodeId) -> bytes:
    """Return the wrap of ``secret64`` to ``recipient``. Refuses KEY_INVALID if ``key_id`` is not the id of ``pk``."""
    if len(secret64) != SECRET_SIZE:
        raise ValueError("a wrapped secret has 64 bytes")
    if recipient_key_id(pk) != key_id:
        raise Fault(Code.KEY_INVALID, "key id")
    info = wrap_info(core, recipient, wrap_protected(key_id))
    return encode_wrap(key_id, _SUITE.encrypt(secret64, parse_recipient_public(pk), info))


def open_wrap(priv: MLKEM768X25519PrivateKey, wrap: Wrap, info: bytes) -> bytes:
    """Return the 64 wrapped bytes, or raise WRAP_DECRYPT: one failure for every cause (attack 62)."""
    try:
        return _SUITE.decrypt(wrap.sealed, priv, info)
    except (InvalidTag, ValueError):
        raise Fault(Code.WRAP_DECRYPT) from None


@lru_cache(maxsize=2)
def _digest(core: bytes) -> bytes:
    # A message to 200 has a core of 30 KB and asks for its digest 200 times.
    return hashlib.sha256(core).digest()


def _expand(seed32: bytes) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    """SHAKE256 stretches the seed to the ML-KEM seed (64 bytes) and the X25519 scalar (draft-ietf-hpke-pq)."""
    if len(seed32) != SEED_SIZE:
        raise ValueError("a recipient seed has 32 bytes")
    wide = hashlib.shake_256(seed32).digest(_MLKEM_SEED + SEED_SIZE)
    mlkem = MLKEM768PrivateKey.from_seed_bytes(wide[:_MLKEM_SEED])
    return mlkem, X25519PrivateKey.from_private_bytes(wide[_MLKEM_SEED:])
