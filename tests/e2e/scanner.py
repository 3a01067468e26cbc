"""Looks for planted strings in files, texts and the memory of processes, in the forms in which they could lie there."""

import base64
import gzip
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

MARK: Final = "zqkanari"  # stands in no language, no library and no file of this project
_DIGITS: Final = 4
_CHUNK: Final = 32 << 20
_OVERLAP: Final = 256


def canary(number: int) -> str:
    """Return a string that occurs nowhere else."""
    return f"{MARK}{number:0{_DIGITS}}"


def _forms() -> Iterator[bytes]:
    for encoding in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le"):
        for text in (MARK, MARK.upper(), MARK.capitalize()):
            yield text.encode(encoding)
    yield MARK.encode().hex().encode()
    yield MARK.encode().hex().upper().encode()
    for shift in range(3):  # base64 looks different at each of three offsets; the first and last digits are left out
        yield base64.b64encode(b"\0" * shift + MARK.encode())[4 if shift else 0 : -4]


_FORMS: Final = tuple(sorted(set(_forms())))


def in_bytes(data: bytes, *more: bytes) -> set[bytes]:
    """Return which forms of planted strings, or of ``more``, occur."""
    return {each for each in (*_FORMS, *more) if each in data}


def in_folder(folder: Path, *more: bytes) -> dict[str, set[bytes]]:
    """Return the files that hold a planted string: databases, their logs, everything. Compressed ones are opened."""
    found = {}
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        data = path.read_bytes()
        hits = in_bytes(data, *more)
        if data[:2] == b"\x1f\x8b":
            hits |= in_bytes(gzip.decompress(data), *more)
        if hits:
            found[path.name] = hits
    return found


def in_memory(pid: int, *more: bytes) -> set[bytes]:
    """Return the planted strings in the writable memory of a process. Not being allowed to look is a failure."""
    found: set[bytes] = set()
    looked = 0
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for start, end in _writable(pid):
            for part in _read(memory.fileno(), start, end):
                looked += len(part)
                found |= in_bytes(part, *more)
    if looked < 1 << 20:
        raise AssertionError(f"only {looked} bytes of process {pid} could be read")
    return found


def _writable(pid: int) -> Iterable[tuple[int, int]]:
    for line in Path(f"/proc/{pid}/maps").read_text(encoding="utf-8").splitlines():
        area, rights, *_ = line.split()
        if rights.startswith("rw"):
            start, _, end = area.partition("-")
            yield int(start, 16), int(end, 16)


def _read(memory: int, start: int, end: int) -> Iterator[bytes]:
    at = start
    while at < end:
        try:
            part = os.pread(memory, min(_CHUNK, end - at), at)
        except OSError:  # an area that was given back meanwhile, or that belongs to a device
            return
        if not part:
            return
        yield part
        at += len(part) if at + len(part) >= end else max(1, len(part) - _OVERLAP)
