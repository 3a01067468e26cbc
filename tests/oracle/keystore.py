"""The file that holds private keys: docs/wire.md section 13."""

import hmac
from dataclasses import dataclass, field
from functools import lru_cache

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA65PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from nacl.signing import SigningKey

from tests.oracle.codec import MAX_OBJECT, Refused, decode, encode
from tests.oracle.floe import expand
from tests.oracle.shape import array, blob, code, count, digest, mapping, need, one_of, positive, reference
from tests.oracle.signed import sha256
from tests.oracle.statements import channel
from tests.oracle.wrap import private_key, recipient_key_id

FORMAT, VERSION = "xb/1 keystore", 1
ROLES = ("node", "hub", "registrar", "authority", "operator")
SPKI = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


@dataclass(frozen=True)
class Header:
    """What a reader needs before it derives a key."""

    memory: int
    passes: int
    lanes: int
    salt: bytes
    nonce: bytes = field(compare=False)
    commitment: bytes = field(compare=False)


def parse_header(data: bytes) -> Header:
    """Return a header; cost parameters out of bounds are refused before anything is derived."""
    name, version, memory, passes, lanes, salt, nonce, commitment = array(decode(data), 8)
    need(name == FORMAT and type(version) is int and version == VERSION)
    costs = [count(memory), count(passes), count(lanes)]
    parsed = Header(*costs, blob(salt, 16), blob(nonce, 12), blob(commitment, 32))
    bounds = ((65536, 1048576), (3, 10), (1, 16))
    need(all(low <= cost <= high for cost, (low, high) in zip(costs, bounds, strict=True)), "KEYSTORE_PARAMS")
    return parsed


@lru_cache
def derive(passphrase: str, header: Header) -> bytes:
    """Return key and commitment; one derivation serves all files with the same salt and cost."""
    costs = {"iterations": header.passes, "lanes": header.lanes, "memory_cost": header.memory}
    kdf = Argon2id(salt=header.salt, length=32, **costs)
    return expand("sha256", kdf.derive(passphrase.encode()), FORMAT.encode(), 64)


def open_keystore(data: bytes, passphrase: str) -> bytes:
    """Return the plaintext of a keystore; its public part is the one of its secrets."""
    raw, public, ciphertext = array(decode(data, MAX_OBJECT), 3)
    header_bytes, sealed = blob(raw), blob(ciphertext)
    header = parse_header(header_bytes)
    wide = derive(passphrase, header)
    need(hmac.compare_digest(wide[32:], header.commitment), "KEYSTORE_AUTH")
    try:
        plain = AESGCM(wide[:32]).decrypt(header.nonce, sealed, header_bytes)
    except InvalidTag as error:
        raise Refused("KEYSTORE_AUTH") from error
    need(encode(public_part(parse_secrets(plain))) == encode(public), "KEYSTORE_MISMATCH")
    return plain


def parse_secrets(data: bytes) -> dict[int, object]:
    """Return the secrets, each of the form of section 13.2."""
    fields = mapping(decode(data), (1, 2, 5, 6, 8), (3, 4, 7, 9, 10, 11, 12, 13))
    one_of(fields[1], ROLES)
    code(fields[2])
    for place in (3, 4, 11):
        if place in fields:
            for half in array(fields[place], 2):
                digest(half)
    for item in array(fields[5], 0, len(data)):
        name, start, end, seed = array(item, 4)
        channel(name)
        count(start)
        count(end)
        digest(seed)
    for item in array(fields[6], 0, len(data)):
        number, key, created = array(item, 3)
        positive(number)
        digest(key)
        count(created)
    if 7 in fields:
        digest(fields[7])
    for item in array(fields[8], 0, len(data)):
        person, role, one, other = array(item, 4)
        reference(person)
        code(role)
        digest(one)
        digest(other)
    check_rest(fields)
    return fields


def check_rest(fields: dict[int, object]) -> None:
    """Refuse wrong forms of the TLS keys, the authority and what locks the shared copy."""
    for place in (9, 12):
        if place in fields:
            blob(fields[place])
    if 10 in fields:
        for item in array(fields[10], 2):
            blob(item)
    if 13 in fields:
        shares, secret = array(fields[13], 2)
        number, threshold, digests = array(shares, 3)
        blob(number, 4)
        count(threshold, 2, 16)
        found = [digest(item) for item in array(digests, 2, 16)]
        need(threshold <= len(found))  # type: ignore[operator]
        digest(secret)


def public_part(fields: dict[int, object]) -> list[object]:
    """Return what the secrets show to those without the passphrase."""
    recipients, people = [], []
    for name, start, end, seed in fields[5]:  # type: ignore[attr-defined]
        recipients.append([name, start, end, recipient_key_id(private_key(seed).public)])
    for person, role, *seeds in fields[8]:  # type: ignore[attr-defined]
        people.append([person, role, public_pair(seeds, MLDSA65PrivateKey)])
    identity = public_pair(fields[3], MLDSA65PrivateKey) if 3 in fields else None
    log = public_pair(fields[4], MLDSA44PrivateKey) if 4 in fields else None
    tls = pin_of_key(fields[9]) if 9 in fields else None
    authority = pin_of_key(fields[10][0]) if 10 in fields else None  # type: ignore[index]
    return [fields[1], fields[2], identity, log, recipients, people, tls, authority]


def public_pair(seeds: list[bytes], lattice: type[MLDSA44PrivateKey | MLDSA65PrivateKey]) -> list[bytes]:
    """Return both public keys of two seeds."""
    ed25519, other = seeds
    return [bytes(SigningKey(ed25519).verify_key), lattice.from_seed_bytes(other).public_key().public_bytes_raw()]


def pin_of_key(der: bytes) -> bytes:
    """Return the pin of a TLS private key."""
    try:
        key = serialization.load_der_private_key(der, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Refused("KEY_INVALID") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise Refused("KEY_INVALID")
    return sha256(key.public_key().public_bytes(*SPKI))
