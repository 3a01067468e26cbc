"""The keystore file of one party: the only place where private keys touch a disk, whole or not at all.

It is left out of backups on purpose: a backup that held last month's recipient keys would undo their erasure. A lost
keystore is replaced from the custodian's copy, which is this file under the custodian's passphrase, renewed as often.
"""

import hashlib
from pathlib import Path
from typing import Final

from keys.private_keys import Secrets
from keys.sealed_store import Cost, Lock, new_lock, open_again, open_secrets, parse_sealed, seal_secrets
from protocol.cbor import Item
from protocol.limits import MAX_OBJECT
from protocol.ports import Entropy
from runtime.files import create_private, read_private, write_atomic
from runtime.operator import OperatorError

SUFFIX: Final = ".keystore"


class Keystore:
    """An open keystore: its secrets as last loaded or saved, and where they stand. Built by ``create`` or ``load``.

    A service keeps it open for months while commands may change the file: ``refresh`` takes such changes over, and
    ``save`` refuses to undo them.
    """

    __slots__ = ("_entropy", "_lock", "_path", "_secrets", "_seen")

    def __init__(self, path: Path, secrets: Secrets, lock: Lock, entropy: Entropy) -> None:
        self._path = path
        self._secrets = secrets
        self._lock = lock
        self._entropy = entropy
        self._seen: bytes | None = None  # digest of the file that these secrets are

    @property
    def secrets(self) -> Secrets:
        """What the file holds."""
        return self._secrets

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self._path

    def save(self, secrets: Secrets) -> None:
        """Replace the file. After return the new content is durable and the old content is no longer the file's.

        A crash leaves the old or the new file, never half of one. What a disk keeps in blocks it no longer names is
        outside this promise. ``OperatorError`` when another program changed the file since it was last looked at.
        """
        if self._seen is not None and self._on_disk() not in (self._seen, None):
            raise OperatorError(
                "KEYSTORE_CHANGED",
                f"{self._path.name} was changed by another program meanwhile",
                "Saving now would undo that change",
                "Run the command again",
            )
        raw = seal_secrets(secrets, self._lock, self._entropy)
        write_atomic(self._path, raw, private=True)
        self.note(raw)
        self._secrets = secrets

    def refresh(self) -> bool:
        """Take over what another program saved since; return whether there was anything.

        Raises KEYSTORE_AUTH when the passphrase was changed: then a service has to be started again.
        """
        if self._seen is None or self._on_disk() in (self._seen, None):
            return False
        raw = read_private(self._path, MAX_OBJECT)
        self._secrets = open_again(raw, self._lock)
        self.note(raw)
        return True

    def note(self, raw: bytes) -> None:
        """Remember the file's bytes as those of the present secrets."""
        self._seen = hashlib.sha256(raw).digest()

    def _on_disk(self) -> bytes | None:
        """Return the digest of the file; None when it is gone."""
        try:
            return hashlib.sha256(self._path.read_bytes()).digest()
        except FileNotFoundError:
            return None

    def change_passphrase(self, passphrase: bytes) -> None:
        """Save the same secrets under another passphrase and a new salt."""
        self._lock = new_lock(passphrase, self._entropy, self._lock.cost)
        self.save(self._secrets)

    def copy_to(self, path: Path, passphrase: bytes) -> None:
        """Write the custodian's copy: a new file with the same secrets under the custodian's passphrase."""
        lock = new_lock(passphrase, self._entropy, self._lock.cost)
        write_atomic(path, seal_secrets(self._secrets, lock, self._entropy), private=True)

    def __repr__(self) -> str:
        return f"Keystore({self._path.name})"


def create_keystore(
    path: Path, secrets: Secrets, passphrase: bytes, entropy: Entropy, cost: Cost | None = None
) -> Keystore:
    """Write a new keystore and return it; ``FileExistsError`` rather than overwrite one. Codes as ``new_lock``."""
    lock = new_lock(passphrase, entropy, cost)
    raw = seal_secrets(secrets, lock, entropy)
    create_private(path, raw)
    store = Keystore(path, secrets, lock, entropy)
    store.note(raw)
    return store


def load_keystore(path: Path, passphrase: bytes, entropy: Entropy) -> Keystore:
    """Open a keystore. Codes as ``open_secrets``; a file that others may read is refused with ``OperatorError``."""
    raw = read_private(path, MAX_OBJECT)
    secrets, lock = open_secrets(raw, passphrase)
    store = Keystore(path, secrets, lock, entropy)
    store.note(raw)
    return store


def read_public(path: Path) -> Item:
    """Return a keystore's public part without opening it: for display, never for a decision."""
    return parse_sealed(read_private(path, MAX_OBJECT)).public
