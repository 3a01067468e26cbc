"""The token that programs of this machine show to the API: made once, kept in a file that only its owner reads."""

import contextlib
from pathlib import Path
from typing import Final

from protocol.ports import Entropy
from runtime.files import create_private, read_private

_SIZE: Final = 32  # random bytes
_LIMIT: Final = 1_024


def load_token(path: Path, entropy: Entropy) -> str:
    """Return the token in the file, which is made with a fresh one if there is none.

    ``OperatorError`` for a file that others may read, or that holds no token.
    """
    with contextlib.suppress(FileExistsError):
        create_private(path, entropy(_SIZE).hex().encode() + b"\n")
    return read_token(path)


def read_token(path: Path) -> str:
    """Return the token in an existing file."""
    return read_private(path, _LIMIT).decode("ascii", "replace").strip()
