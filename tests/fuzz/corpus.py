"""The committed corpus: inputs by which the fuzzer reached new places, one file each, named by their digest."""

import hashlib
from pathlib import Path

CORPUS = Path(__file__).with_name("corpus")
LIMIT = 2 << 20  # bytes, all targets together


def corpus(name: str) -> list[bytes]:
    """Return the inputs kept for a target, by file name."""
    return [path.read_bytes() for path in sorted((CORPUS / name).glob("*")) if path.is_file()]


def file_name(raw: bytes) -> str:
    """Return the name under which an input is kept."""
    return hashlib.sha256(raw).hexdigest()[:16]
