"""2. Who signed: every statement carries two signatures, Ed25519 and ML-DSA-65, and both have to hold.

What is signed includes the kind of the object and the number of the network, so that no signature serves for another
object or in another network.
"""

from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey, MLDSA65PublicKey
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from egnatia.evidence.single.codec import Tagged, Value, a_list, a_map, digest, need, read, sha256, some_bytes, write

CLASSIC, LATTICE = -19, -49
SIZE_44, SIZE_65 = 1312, 1952


class Keys(NamedTuple):
    """The two public keys of whoever signs."""

    classic: bytes
    lattice: bytes

    def ids(self) -> tuple[bytes, bytes]:
        """Return the ids under which signatures name the keys."""
        return key_id(CLASSIC, self.classic), key_id(LATTICE, self.lattice)


class Signature(NamedTuple):
    """Both signatures of one signer, with the ids of the keys."""

    ids: tuple[bytes, bytes]
    classic: bytes
    lattice: bytes


def key_id(algorithm: int, key: bytes) -> bytes:
    """Return the id of a key."""
    return sha256(write(["xb/1 key", algorithm, key]))


def kid(keys: Keys) -> bytes:
    """Return the id under which a signer is counted."""
    return keys.ids()[0]


def keys_of(value: Value, lattice: int = SIZE_65) -> Keys:
    """Return a pair of public keys."""
    classic, other = a_list(value, 2)
    return Keys(some_bytes(classic, 32), some_bytes(other, lattice))


def classic_holds(key: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether an Ed25519 signature holds, by the rules of libsodium."""
    try:
        VerifyKey(key).verify(message, signature)
    except (BadSignatureError, ValueError):
        return False
    return True


def lattice_holds(key: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether an ML-DSA signature holds; the length of the key names the parameters."""
    kind = MLDSA44PublicKey if len(key) == SIZE_44 else MLDSA65PublicKey
    try:
        kind.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def take_apart(raw: bytes) -> tuple[bytes, Signature]:
    """Return the payload of a signed object (COSE_Sign, RFC 9052) and its two signatures, which nobody verified yet."""
    whole = read(raw)
    need(isinstance(whole, Tagged), "an object that nobody signed")
    body, plain, payload, signatures = a_list(whole[0], 4)  # type: ignore[index]  # needed above
    need(body == b"" and plain == {}, "headers that a signed object does not have")
    one, other = a_list(signatures, 2)
    first, first_id = one_signature(one, CLASSIC)
    second, second_id = one_signature(other, LATTICE)
    return some_bytes(payload), Signature((first_id, second_id), first, second)


def one_signature(value: Value, algorithm: int) -> tuple[bytes, bytes]:
    """Return a signature by this algorithm and the id of its key."""
    header, plain, signature = a_list(value, 3)
    fields = a_map(read(some_bytes(header)), (1, 4))
    need(plain == {} and fields[1] == algorithm, "another algorithm, or headers that nobody signed")
    return some_bytes(signature), digest(fields[4])


def check_signature(payload: bytes, found: Signature, keys: Keys, kind: str, network: bytes) -> None:
    """Refuse unless both signatures are those of the keys, over this kind of object in this network."""
    need(found.ids == keys.ids(), f"the {kind} is signed with other keys than the directory shows")
    for algorithm, holds, key, identity, signature in (
        (CLASSIC, classic_holds, keys.classic, found.ids[0], found.classic),
        (LATTICE, lattice_holds, keys.lattice, found.ids[1], found.lattice),
    ):
        context = write([f"xb/1 {kind}", network])
        message = write(["Signature", b"", write({1: algorithm, 4: identity}), context, payload])
        need(holds(key, message, signature), f"a signature of the {kind} does not hold")
