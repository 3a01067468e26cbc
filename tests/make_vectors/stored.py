"""What the libraries draw at random and nobody can draw again: ML-DSA signatures and HPKE encapsulations.

They are inputs of the generator, kept in ``stored.txt`` and verified whenever they are used. All other bytes of a
vector are computed anew.
"""

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path

STORED = Path(__file__).with_name("stored.txt")


class Missing(Exception):
    """A stored output that the vectors need is not there."""


class Store:
    """Label -> bytes. With ``frozen`` nothing new is made."""

    def __init__(self, path: Path = STORED, *, frozen: bool = False) -> None:
        self._path = path
        self._frozen = frozen
        self._used: set[str] = set()
        lines = path.read_text(encoding="ascii").splitlines() if path.exists() else []
        self._values = {label: base64.b64decode(value) for label, _, value in (line.partition(" ") for line in lines)}

    def take(self, what: bytes, make: Callable[[], bytes], verify: Callable[[bytes], None]) -> bytes:
        """Return the stored output for ``what``, or a new one; either is verified, which raises when it fails."""
        label = hashlib.sha256(what).hexdigest()[:32]
        self._used.add(label)
        if label not in self._values:
            if self._frozen:
                raise Missing(label)
            self._values[label] = make()
        verify(self._values[label])
        return self._values[label]

    def text(self) -> str:
        """Return the file that holds what was used, and nothing else."""
        pairs = sorted((label, value) for label, value in self._values.items() if label in self._used)
        return "".join(f"{label} {base64.b64encode(value).decode()}\n" for label, value in pairs)

    def save(self) -> None:
        self._path.write_text(self.text(), encoding="ascii")
