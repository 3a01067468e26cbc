"""Who appears in the vectors, with keys from their names, and the bytes that only look random."""

import hashlib

from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA65PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from nacl.signing import SigningKey

from protocol.checkpoint import LogKeys
from protocol.ids import KeyId, NodeId
from protocol.ports import IdentityPublic
from protocol.wrap import (
    encode_wrap,
    parse_recipient_public,
    recipient_key_id,
    recipient_private,
    recipient_public_bytes,
    wrap_info,
    wrap_protected,
)
from tests.make_vectors.stored import Store

NETWORK = bytes(range(16))
NOW = 1_790_000_000
DAY = 86_400
_HPKE = Suite(KEM.MLKEM768_X25519, KDF.SHAKE256, AEAD.AES_256_GCM)


def drawn(*label: object, size: int = 32) -> bytes:
    """Bytes that depend on the label only."""
    return hashlib.shake_256("/".join(str(each) for each in label).encode()).digest(size)


class Drawing:
    """Entropy that depends on its name and the number of the call."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.calls = 0

    def __call__(self, size: int) -> bytes:
        self.calls += 1
        return drawn("entropy", self.name, self.calls, size=size)


class Signer:
    """An identity (``IdentitySigner``) whose ML-DSA signatures are stored."""

    def __init__(self, name: str, store: Store) -> None:
        self.name = name
        self._store = store
        self._ed = SigningKey(drawn("ed25519", name))
        self._ml = MLDSA65PrivateKey.from_seed_bytes(drawn("mldsa65", name))
        self.public = IdentityPublic(bytes(self._ed.verify_key), self._ml.public_key().public_bytes_raw())

    def sign_ed25519(self, message: bytes) -> bytes:
        return self._ed.sign(message).signature

    def sign_mldsa65(self, message: bytes) -> bytes:
        what = f"mldsa65/{self.name}/".encode() + message
        check = self._ml.public_key()
        return self._store.take(what, lambda: self._ml.sign(message), lambda found: check.verify(found, message))

    def fields(self, who: str) -> dict[str, bytes]:
        """Return the two fields that name this identity in a vector."""
        return {f"{who}_ed25519": self.public.ed25519, f"{who}_mldsa65": self.public.mldsa65}


class LogSigner:
    """The keys of a log or a witness (``CheckpointSigner``), its ML-DSA signatures stored."""

    def __init__(self, name: str, store: Store) -> None:
        self.name = name
        self._store = store
        self._ed = SigningKey(drawn("log ed25519", name))
        self._ml = MLDSA44PrivateKey.from_seed_bytes(drawn("log mldsa44", name))
        self.keys = LogKeys(bytes(self._ed.verify_key), self._ml.public_key().public_bytes_raw())

    def sign_ed25519(self, message: bytes) -> bytes:
        return self._ed.sign(message).signature

    def sign_mldsa44(self, message: bytes) -> bytes:
        what = f"mldsa44/{self.name}/".encode() + message
        check = self._ml.public_key()
        return self._store.take(what, lambda: self._ml.sign(message), lambda found: check.verify(found, message))


class Reader:
    """A node with one recipient key."""

    def __init__(self, name: str, store: Store) -> None:
        self.node = NodeId(name)
        self._store = store
        self.seed = drawn("recipient", name)
        self.public = recipient_public_bytes(self.seed)
        self.key_id = recipient_key_id(self.public)

    def encrypt(self, secret: bytes, info: bytes) -> bytes:
        """Return the stored encapsulation and ciphertext of ``secret`` under ``info``."""
        private = recipient_private(self.seed)

        def opens(found: bytes) -> None:
            if _HPKE.decrypt(found, private, info) != secret:
                raise ValueError("a stored wrap holds something else")

        what = b"/".join((b"hpke", self.node.encode(), secret, info))
        return self._store.take(what, lambda: _HPKE.encrypt(secret, parse_recipient_public(self.public), info), opens)

    def wrap(self, secret: bytes, core: bytes, node: NodeId | None = None, key_id: KeyId | None = None) -> bytes:
        """Return the wrap of ``secret``; ``node`` and ``key_id`` may say something untrue."""
        kid = key_id or self.key_id
        info = wrap_info(core, node or self.node, wrap_protected(kid))
        return encode_wrap(kid, self.encrypt(secret, info))


class Cast:
    """Everybody, over one store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.sender = Signer("mk.contact", store)
        self.other = Signer("al.contact", store)
        self.hub = Signer("hub", store)
        self.registrars = tuple(Signer(f"registrar-{number}", store) for number in range(3))
        self.rs = Reader("rs.contact", store)
        self.ba = Reader("ba.contact", store)
        self.rs_signer = Signer("rs.contact", store)
        self.log = LogSigner("log", store)
        self.witnesses = tuple(LogSigner(f"witness-{number}", store) for number in range(4))
