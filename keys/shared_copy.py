"""The shared copy of a keystore: the same secrets under a key that only k of n printed shares give back. Pure.

File = CBOR [magic, share set, keystore file]. The digests of the shares stand in it, so that a wrong one is named. The
secret also stays in the keystore itself: a copy can be renewed after every rotation without gathering the shares, and
an older copy, which still holds erased keys, is replaced. Bytes: docs/wire.md section 13.3.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from keys.private_keys import Secrets, SharedLock
from keys.sealed_store import Cost, new_lock, open_secrets, seal_secrets
from keys.shares import SECRET_SIZE, Share, ShareSet, check_share, combine, parse_set, set_item, set_of, split
from protocol.cbor import decode, encode
from protocol.errors import Code, Fault, Malformed
from protocol.limits import MAX_OBJECT
from protocol.ports import Entropy
from protocol.shapes import as_bytes, as_fixed

MAGIC: Final = "xb/1 shared keystore"


@dataclass(frozen=True, slots=True)
class SharedCopy:
    """A parsed shared copy."""

    shares: ShareSet
    keystore: bytes


def share_out(secrets: Secrets, threshold: int, total: int, entropy: Entropy) -> tuple[Secrets, tuple[Share, ...]]:
    """Return the keystore with a new split secret, and its shares; the shares of an earlier set open no new copy."""
    secret = entropy(SECRET_SIZE)
    shares = split(secret, threshold, total, entropy)
    return replace(secrets, shared=SharedLock(set_of(shares), secret)), shares


def seal_copy(secrets: Secrets, entropy: Entropy, cost: Cost | None = None) -> bytes:
    """Return the shared copy of these secrets; NOT_FOUND before ``share_out``."""
    if secrets.shared is None:
        raise Fault(Code.NOT_FOUND, "no shares were made of this keystore")
    lock = new_lock(_passphrase(secrets.shared.secret), entropy, cost)
    return encode([MAGIC, set_item(secrets.shared.shares), seal_secrets(secrets, lock, entropy)])


def parse_copy(raw: bytes) -> SharedCopy:
    """Return the share set and the keystore in a shared copy; MALFORMED for any other file."""
    magic, shares, keystore = as_fixed(decode(raw, MAX_OBJECT), "shared copy", 3)
    if magic != MAGIC:
        raise Malformed("not a shared copy of a keystore")
    return SharedCopy(parse_set(shares), as_bytes(keystore, "keystore"))


def open_copy(copy: SharedCopy, shares: Sequence[Share]) -> Secrets:
    """Return the secrets in a shared copy.

    Refuses SHARE_REJECTED, naming the share that is not of this copy's set or not as it was made; QUORUM for too few;
    KEYSTORE_AUTH for a changed file.
    """
    for share in shares:
        check_share(share, copy.shares)
    secrets, _ = open_secrets(copy.keystore, _passphrase(combine(shares)))
    return secrets


def _passphrase(secret: bytes) -> bytes:
    return secret.hex().encode()
