"""A real log in memory: entries, proofs and signed checkpoints, with keys that come from a fixed seed."""

import hashlib

from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from nacl.signing import SigningKey

from protocol.checkpoint import Checkpoint, LogKeys, sign_checkpoint
from protocol.evidence import Inclusion
from protocol.merkle import Frontier, inclusion_proof, leaf_hash
from tests.simulators.party import NETWORK, NOW

ORIGIN = f"{NETWORK.hex()}/messages"


class LogSigner:
    """Both keys of a log, from its name."""

    def __init__(self, name: str = "log") -> None:
        self._ed = SigningKey(hashlib.sha256(f"log-ed/{name}".encode()).digest())
        self._ml = MLDSA44PrivateKey.from_seed_bytes(hashlib.sha256(f"log-ml/{name}".encode()).digest())
        self.keys = LogKeys(bytes(self._ed.verify_key), self._ml.public_key().public_bytes_raw())

    def sign_ed25519(self, message: bytes) -> bytes:
        return self._ed.sign(message).signature

    def sign_mldsa44(self, message: bytes) -> bytes:
        return self._ml.sign(message)


class SmallLog:
    """Append entries, prove them, sign the head."""

    def __init__(self, origin: str = ORIGIN) -> None:
        self.origin = origin
        self.signer = LogSigner()
        self.entries: list[bytes] = []
        self.frontier = Frontier(0, ())
        self.nodes: dict[tuple[int, int], bytes] = {}

    @property
    def keys(self) -> LogKeys:
        return self.signer.keys

    def append(self, entry: bytes) -> int:
        self.frontier, nodes = self.frontier.append(leaf_hash(entry))
        for level, index, value in nodes:
            self.nodes[level, index] = value
        self.entries.append(entry)
        return len(self.entries) - 1

    def get(self, level: int, index: int) -> bytes:
        return self.nodes[level, index]

    def inclusion(self, index: int) -> Inclusion:
        size = len(self.entries)
        return Inclusion(self.entries[index], index, size, inclusion_proof(index, size, self.get))

    def checkpoint(self) -> bytes:
        head = Checkpoint(self.origin, self.frontier.size, self.frontier.root())
        return sign_checkpoint(self.signer, head, NOW)
