"""Attachments file to file: sealed into parts and opened again, beside SHA-256 and AES-GCM over the same file."""

import hashlib
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bench.report import Line
from protocol.attachments import pad_pieces, trim_pieces
from protocol.floe_stream import StreamOpener, StreamSealer
from protocol.parts import PartCheck, PartList, PartListBuilder

SIZE: Final = 256 << 20
ROUNDS: Final = 5
_PIECE: Final = 1 << 20
_LEAST: Final = 0.6
_MOST_MIB: Final = 64
_KEY: Final = bytes(32)
_TAG: Final = 16
_CONTEXT: Final = b"bench"


@dataclass(frozen=True, slots=True)
class Files:
    """Plaintext, and what each pipeline writes."""

    plain: Path
    bare: Path
    sealed: Path
    opened: Path


def attachments() -> list[Line]:
    """Return rates, ratios to the bare primitives of the same rounds, and the memory of a process that does it."""
    with tempfile.TemporaryDirectory(prefix="bench-files-") as folder:
        files = lay_out(Path(folder))
        seals, opens, bare_seals, bare_opens = [], [], [], []
        for _ in range(ROUNDS):
            bare_seals.append(timed(lambda: bare_seal(files)))
            parts, spent = seal_once(files)
            seals.append(spent)
            bare_opens.append(timed(lambda: bare_open(files)))
            opens.append(timed(partial(open_file, files, parts)))
        above = memory_above_idle(files)
    seal, open_ = ratio(bare_seals, seals), ratio(bare_opens, opens)
    return [
        Line("attachment sealed, file to file", rate(seals)),
        Line("attachment opened, file to file", rate(opens)),
        Line("SHA-256 + AES-GCM, file to file", rate(bare_seals)),
        Line("attachment sealed / SHA-256 + AES-GCM", f"{seal:.2f}", f">= {_LEAST}", seal >= _LEAST),
        Line("attachment opened / SHA-256 + AES-GCM", f"{open_:.2f}", f">= {_LEAST}", open_ >= _LEAST),
        Line("attachment, memory above idle", f"{above:.0f} MiB", f"<= {_MOST_MIB} MiB", above <= _MOST_MIB),
    ]


def lay_out(folder: Path) -> Files:
    files = Files(*(folder / name for name in ("plain", "bare", "sealed", "opened")))
    with files.plain.open("wb") as out:
        for _ in range(SIZE // _PIECE):
            out.write(os.urandom(_PIECE))
    return files


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def seal_once(files: Files) -> tuple[PartList, float]:
    start = time.perf_counter()
    parts = seal_file(files)
    return parts, time.perf_counter() - start


def ratio(bare: list[float], ours: list[float]) -> float:
    return statistics.median(one / other for one, other in zip(bare, ours, strict=True))


def rate(spent: list[float]) -> str:
    return f"{SIZE / statistics.median(spent) / 1e6:.0f} MB/s"


def bare_seal(files: Files) -> bytes:
    cipher, digest = AESGCM(_KEY), hashlib.sha256()
    with files.plain.open("rb") as plain, files.bare.open("wb") as out:
        number = 0
        while piece := plain.read(_PIECE):
            sealed = cipher.encrypt(number.to_bytes(12, "big"), piece, None)
            digest.update(sealed)
            out.write(sealed)
            number += 1
    return digest.digest()


def bare_open(files: Files) -> bytes:
    cipher, digest = AESGCM(_KEY), hashlib.sha256()
    with files.bare.open("rb") as sealed, files.opened.open("wb") as out:
        number = 0
        while piece := sealed.read(_PIECE + _TAG):
            digest.update(piece)
            out.write(cipher.decrypt(number.to_bytes(12, "big"), piece, None))
            number += 1
    return digest.digest()


def seal_file(files: Files) -> PartList:
    sealer, builder = StreamSealer(_KEY, _CONTEXT, os.urandom), PartListBuilder()
    with files.plain.open("rb") as plain, files.sealed.open("wb") as out:

        def put(sealed: bytes) -> None:
            builder.update(sealed)
            out.write(sealed)

        put(sealer.header)
        for piece in pad_pieces(iter(lambda: plain.read(_PIECE), b""), SIZE):
            put(sealer.update(piece))
        put(sealer.finish())
    return builder.finish("att-00")


def open_file(files: Files, parts: PartList) -> None:
    opener = StreamOpener(_KEY, _CONTEXT, parts.length)
    with files.sealed.open("rb") as sealed, files.opened.open("wb") as out:

        def pieces() -> Iterator[bytes]:
            for index in range(len(parts.leaves)):
                check, left = PartCheck(parts, index), parts.size(index)
                while left:
                    piece = sealed.read(min(_PIECE, left))
                    left -= len(piece)
                    check.update(piece)
                    yield from opener.update(piece)
                check.finish()
            opener.finish()

        for piece in trim_pieces(pieces(), SIZE):
            out.write(piece)


def memory_above_idle(files: Files) -> float:
    """Return the peak in MiB above what a fresh process holds once everything is imported."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.attachments", str(files.plain.parent)],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def peak() -> float:
    """Return this process's largest resident size so far in MiB; where the system tells, without its parent's."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.findall(r"VmHWM:\s+(\d+) kB", status.read_text(encoding="ascii"))[0]) / (1 << 10)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def main() -> None:
    """Print by how many MiB sealing and opening raise the peak of this process."""
    folder = Path(sys.argv[1])
    files = Files(*(folder / name for name in ("plain", "bare", "sealed", "opened")))
    before = peak()
    open_file(files, seal_file(files))
    print(f"{peak() - before:.1f}")


if __name__ == "__main__":
    main()
