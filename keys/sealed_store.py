"""The keystore's format (protocol decision 14): Argon2id, HKDF to key and commitment, AES-256-GCM. Pure.

File = CBOR [header, public part, ciphertext]. The header [format, version, memory KiB, passes, lanes, salt, nonce,
commitment] is the AEAD's associated data; its parameters are bounded before anything is derived, so a changed file can
neither exhaust the machine nor weaken the derivation. The public part is for people and tools without the passphrase;
on opening it is recomputed from the private keys and must be the same. Bytes: docs/wire.md section 13.1.
"""

import hmac
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from keys.private_keys import Secrets, encode_secrets, parse_secrets, public_part
from protocol.cbor import Item, decode, encode
from protocol.errors import Code, Fault, Malformed
from protocol.limits import MAX_OBJECT
from protocol.ports import Entropy
from protocol.shapes import as_bytes, as_fixed, as_int

FORMAT: Final = "xb/1 keystore"
VERSION: Final = 1
SALT_SIZE: Final = 16
NONCE_SIZE: Final = 12
KEY_SIZE: Final = 32
LEAST_PASSPHRASE: Final = 12  # characters


@dataclass(frozen=True, slots=True)
class Cost:
    """What one guess of the passphrase costs: memory in KiB, passes, lanes."""

    memory: int = 64 * 1024
    passes: int = 3
    lanes: int = 4


MINIMUM: Final = Cost(64 * 1024, 3, 1)
MAXIMUM: Final = Cost(1024 * 1024, 10, 16)  # 1 GiB: more would keep an old laptop from ever opening it


@dataclass(frozen=True, slots=True)
class Lock:
    """A derived key with the salt and cost it came from, so that a running service saves without the passphrase."""

    cost: Cost
    salt: bytes
    key: bytes = field(repr=False)
    commitment: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A parsed keystore file. ``public`` is not believed before it was recomputed."""

    cost: Cost
    salt: bytes
    nonce: bytes
    commitment: bytes
    header: bytes
    public: Item
    ciphertext: bytes


def new_lock(passphrase: bytes, entropy: Entropy, cost: Cost | None = None) -> Lock:
    """Return a lock for a new passphrase; KEYSTORE_PARAMS below 12 characters or for a cost out of bounds."""
    if len(passphrase.decode("utf-8", "replace")) < LEAST_PASSPHRASE:
        raise Fault(Code.KEYSTORE_PARAMS, "passphrase too short")
    return _derive(passphrase, cost or Cost(), entropy(SALT_SIZE))


def seal_secrets(secrets: Secrets, lock: Lock, entropy: Entropy) -> bytes:
    """Return the keystore file that holds ``secrets``; every call takes a fresh nonce."""
    nonce = entropy(NONCE_SIZE)
    cost = lock.cost
    header = encode([FORMAT, VERSION, cost.memory, cost.passes, cost.lanes, lock.salt, nonce, lock.commitment])
    ciphertext = AESGCM(lock.key).encrypt(nonce, encode_secrets(secrets), header)
    return encode([header, public_part(secrets), ciphertext])


def parse_sealed(raw: bytes) -> Sealed:
    """Return the parts of a keystore file; MALFORMED, or KEYSTORE_PARAMS for parameters out of bounds (attack 76)."""
    header_item, public, ciphertext = as_fixed(decode(raw, MAX_OBJECT), "keystore", 3)
    header = as_bytes(header_item, "header")
    format_, version, memory, passes, lanes, salt, nonce, commitment = as_fixed(decode(header), "header", 8)
    if format_ != FORMAT or version != VERSION or isinstance(version, bool):
        raise Malformed("not a keystore of this version")
    cost = Cost(as_int(memory, "memory"), as_int(passes, "passes"), as_int(lanes, "lanes"))
    sealed = Sealed(
        cost,
        as_bytes(salt, "salt", SALT_SIZE),
        as_bytes(nonce, "nonce", NONCE_SIZE),
        as_bytes(commitment, "commitment", KEY_SIZE),
        header,
        public,
        as_bytes(ciphertext, "ciphertext"),
    )
    _check_cost(cost)
    return sealed


def open_secrets(raw: bytes, passphrase: bytes) -> tuple[Secrets, Lock]:
    """Return the private keys and the lock to save them again.

    Refuses KEYSTORE_PARAMS, KEYSTORE_AUTH (wrong passphrase and changed file look alike), KEYSTORE_MISMATCH when the
    public part does not belong to the private keys (attack 77).
    """
    sealed = parse_sealed(raw)
    lock = _derive(passphrase, sealed.cost, sealed.salt)
    return _open(sealed, lock), lock


def open_again(raw: bytes, lock: Lock) -> Secrets:
    """Return the private keys of a file under a lock derived earlier; KEYSTORE_AUTH when its passphrase was changed.

    Otherwise refuses as ``open_secrets``.
    """
    sealed = parse_sealed(raw)
    if (sealed.cost, sealed.salt) != (lock.cost, lock.salt):
        raise Fault(Code.KEYSTORE_AUTH, "another passphrase")
    return _open(sealed, lock)


def _open(sealed: Sealed, lock: Lock) -> Secrets:
    if not hmac.compare_digest(lock.commitment, sealed.commitment):
        raise Fault(Code.KEYSTORE_AUTH, "commitment")
    try:
        plaintext = AESGCM(lock.key).decrypt(sealed.nonce, sealed.ciphertext, sealed.header)
    except InvalidTag:
        raise Fault(Code.KEYSTORE_AUTH, "ciphertext") from None
    secrets = parse_secrets(plaintext)
    if encode(public_part(secrets)) != encode(sealed.public):
        raise Fault(Code.KEYSTORE_MISMATCH)
    return secrets


def _derive(passphrase: bytes, cost: Cost, salt: bytes) -> Lock:
    _check_cost(cost)
    argon = Argon2id(salt=salt, length=KEY_SIZE, iterations=cost.passes, lanes=cost.lanes, memory_cost=cost.memory)
    wide = HKDFExpand(SHA256(), 2 * KEY_SIZE, FORMAT.encode()).derive(argon.derive(passphrase))
    return Lock(cost, salt, wide[:KEY_SIZE], wide[KEY_SIZE:])


def _check_cost(cost: Cost) -> None:
    within = (
        MINIMUM.memory <= cost.memory <= MAXIMUM.memory
        and MINIMUM.passes <= cost.passes <= MAXIMUM.passes
        and MINIMUM.lanes <= cost.lanes <= MAXIMUM.lanes
    )
    if not within:
        raise Fault(Code.KEYSTORE_PARAMS, f"{cost}")
