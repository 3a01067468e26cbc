"""A log in memory: its tree by complete subtrees, its tiles, and the keys that sign its checkpoints."""

import hashlib
from collections.abc import Iterable

from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from nacl.signing import SigningKey

from protocol.checkpoint import Checkpoint, LogKeys
from protocol.merkle import Frontier, leaf_hash
from protocol.tiles import WIDTH, tile_nodes


class MemoryTree:
    """Keeps every complete subtree twice: as a hash by (level, index), and inside the tile it belongs to."""

    def __init__(self, entries: Iterable[bytes] = ()) -> None:
        self.frontier = Frontier()
        self.entries: list[bytes] = []
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.tiles: dict[tuple[int, int], bytearray] = {}
        for entry in entries:
            self.append(entry)

    def append(self, entry: bytes) -> None:
        self.entries.append(entry)
        self.frontier, fresh = self.frontier.append(leaf_hash(entry))
        self.nodes.update({(level, index): node for level, index, node in fresh})
        for level, position, node in tile_nodes(fresh):
            self.tiles.setdefault((level, position // WIDTH), bytearray()).extend(node)

    def get(self, level: int, index: int) -> bytes:
        return self.nodes[level, index]

    def tile(self, level: int, index: int) -> bytes:
        return bytes(self.tiles[level, index])

    def checkpoint(self, origin: str) -> Checkpoint:
        return Checkpoint(origin, self.frontier.size, self.frontier.root())


class PlainLogSigner:
    """Checkpoint keys whose seeds come from a name."""

    def __init__(self, name: str) -> None:
        self._ed = SigningKey(hashlib.sha256(f"note-ed/{name}".encode()).digest())
        self._ml = MLDSA44PrivateKey.from_seed_bytes(hashlib.sha256(f"note-ml/{name}".encode()).digest())
        self.keys = LogKeys(bytes(self._ed.verify_key), self._ml.public_key().public_bytes_raw())

    def sign_ed25519(self, message: bytes) -> bytes:
        return self._ed.sign(message).signature

    def sign_mldsa44(self, message: bytes) -> bytes:
        return self._ml.sign(message)
