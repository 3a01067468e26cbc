"""A checkpoint signer that knows what is committed, and dies where a test says: before it signs, or right after."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from protocol.checkpoint import CheckpointSigner, LogKeys


class Death(BaseException):
    """The process dies here."""


@dataclass
class WatchedSigner:
    """Signs with ``inner``; ``early`` are the checkpoints it was asked for before their leaves were committed.

    It looks into the database file by itself, as another process would: what is not committed it cannot see.
    """

    inner: CheckpointSigner
    database: Path
    early: list[tuple[str, int]] = field(default_factory=list)
    signed: int = 0
    before: int | None = None  # dies instead of this signature, counted from 1
    after: int | None = None  # dies once this one is made, so that nobody gets it

    @property
    def keys(self) -> LogKeys:
        return self.inner.keys

    def arm(self, *, before: int | None = None, after: int | None = None) -> None:
        """Count anew, and die at that signature."""
        self.signed, self.before, self.after = 0, before, after

    def sign_ed25519(self, message: bytes) -> bytes:
        """Sign the note's text: origin, size and root."""
        origin, size, _ = message.decode().split("\n", 2)
        log = origin.rpartition("/")[2]
        if int(size) > self._committed(log):
            self.early.append((log, int(size)))
        self.signed += 1
        if self.signed == self.before:
            raise Death
        return self.inner.sign_ed25519(message)

    def sign_mldsa44(self, message: bytes) -> bytes:
        """Sign the second line; with it the checkpoint is signed."""
        made = self.inner.sign_mldsa44(message)
        if self.signed == self.after:
            raise Death
        return made

    def _committed(self, log: str) -> int:
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as raw:
            found = raw.execute("SELECT size FROM log_head WHERE log = ?", (log,)).fetchone()
        return 0 if found is None else int(found[0])
