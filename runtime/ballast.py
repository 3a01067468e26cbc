"""A spare file that an operator releases when the disk is full, because a full SQLite cannot even delete."""

import hashlib
from pathlib import Path
from typing import Final

from runtime.files import sync_directory, write_atomic

_SEED: Final = b"ballast"  # filling that no file system compresses or stores sparsely


def place(path: Path, size: int) -> None:
    """Return when a ballast of ``size`` bytes lies on the disk; one of that size is kept, size 0 removes it."""
    if size == 0:
        release(path)
        return
    if path.exists() and path.stat().st_size == size:
        return
    write_atomic(path, hashlib.shake_256(_SEED).digest(size), private=True)


def release(path: Path) -> int:
    """Remove the ballast and return the bytes set free; 0 when there was none."""
    try:
        size = path.stat().st_size
        path.unlink()
    except FileNotFoundError:
        return 0
    sync_directory(path.absolute().parent)
    return size
