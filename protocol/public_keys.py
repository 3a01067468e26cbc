"""Public keys as they stand inside statements: an identity is always both halves, log keys are always both.

Specified in docs/wire.md section 2.2.
"""

from protocol.cbor import Item
from protocol.checkpoint import LogKeys, check_log_keys
from protocol.cose import check_identity_public
from protocol.ports import IdentityPublic
from protocol.shapes import as_bytes, as_fixed


def identity_item(public: IdentityPublic) -> Item:
    """Return [Ed25519, ML-DSA-65]."""
    return [public.ed25519, public.mldsa65]


def parse_identity(item: Item) -> IdentityPublic:
    """Return the identity in ``item``; MALFORMED, or KEY_INVALID for a key that may not be registered (attack 68)."""
    ed25519, mldsa65 = as_fixed(item, "identity", 2)
    public = IdentityPublic(as_bytes(ed25519, "ed25519"), as_bytes(mldsa65, "ml-dsa-65"))
    check_identity_public(public)
    return public


def log_keys_item(keys: LogKeys) -> Item:
    """Return [Ed25519, ML-DSA-44]."""
    return [keys.ed25519, keys.mldsa44]


def parse_log_keys(item: Item) -> LogKeys:
    """Return the checkpoint keys in ``item``; MALFORMED, or KEY_INVALID."""
    ed25519, mldsa44 = as_fixed(item, "log keys", 2)
    keys = LogKeys(as_bytes(ed25519, "ed25519"), as_bytes(mldsa44, "ml-dsa-44"))
    check_log_keys(keys)
    return keys
