"""The folder of attachment files. Every file is encrypted, has a random name, and is durable before a row counts on it.

Names that people or peers chose never reach this folder. All calls block and belong into a thread.
"""

import errno
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from nodes.config import FileSettings
from protocol.errors import Code, Fault
from protocol.ports import Entropy
from runtime.files import sync_directory, under
from runtime.operator import from_os_error

_NAME: Final = 16  # random bytes
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


class FileRoom:
    """One folder that belongs to this node alone. ``reserve`` bytes of its disk are never used."""

    def __init__(self, folder: Path, settings: FileSettings, entropy: Entropy, reserve: int) -> None:
        self.settings: Final = settings
        self._folder = folder
        self._entropy = entropy
        self._reserve = reserve
        self._closed = False
        self._fresh: set[str] = set()

    def prepare(self) -> None:
        """Make the folder if it is not there; other accounts of this machine may not enter it.

        ``OperatorError`` for a place where that cannot be done.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as err:
            raise from_os_error(err, str(self._folder)) from err

    def close(self) -> None:
        """Let long work end at its next step: the process is about to stop."""
        self._closed = True

    def check_open(self) -> None:
        """Raise NOT_READY once ``close`` was called."""
        if self._closed:
            raise Fault(Code.NOT_READY, "stopping")

    def new_name(self) -> str:
        """Return a name that no file has. Until it is settled, the sweep leaves its file alone."""
        name = self._entropy(_NAME).hex()
        self._fresh.add(name)
        return name

    def settle(self, name: str) -> None:
        """Say that a new file's row is stored, or that there will be none."""
        self._fresh.discard(name)

    def check_space(self, needed: int) -> None:
        """Raise DISK_FULL unless ``needed`` bytes fit beside the reserve."""
        if shutil.disk_usage(self._folder).free < needed + self._reserve:
            raise Fault(Code.DISK_FULL, "attachments")

    @contextmanager
    def create(self, name: str) -> Iterator[BinaryIO]:
        """Give a new file to write; it is durable when the block ends, and gone when the block fails."""
        path = under(self._folder, name)
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        try:
            with _full_is_a_fault(), os.fdopen(os.open(path, flags, 0o600), "w+b") as out:
                yield out
                out.flush()
                os.fsync(out.fileno())
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        sync_directory(self._folder)

    def extend(self, name: str, offset: int) -> BinaryIO:
        """Return a file to write on from ``offset``, after whatever stood behind that was dropped."""
        path = under(self._folder, name)
        flags = os.O_WRONLY | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        out = os.fdopen(os.open(path, flags, 0o600), "wb")
        out.truncate(offset)
        out.seek(offset)
        return out

    def write(self, out: BinaryIO, data: bytes | bytearray) -> None:
        """Write all of ``data``; DISK_FULL where there is no room."""
        with _full_is_a_fault():
            out.write(data)
            out.flush()

    def make_durable(self, out: BinaryIO) -> None:
        """Return when everything written is on stable storage, the file's name included."""
        with _full_is_a_fault():
            os.fsync(out.fileno())
        sync_directory(self._folder)

    def open(self, name: str) -> BinaryIO:
        """Return a file to read; ``FileNotFoundError`` when it is not there."""
        return under(self._folder, name).open("rb")

    def size(self, name: str) -> int:
        """Return how many bytes a file has, 0 when it is not there."""
        path = under(self._folder, name)
        return path.stat().st_size if path.exists() else 0

    def drop(self, name: str) -> None:
        """Delete a file; harmless when it is not there."""
        under(self._folder, name).unlink(missing_ok=True)

    def settled(self) -> frozenset[str]:
        """Return the names of all files that are not being made. Every row that counts on one of them is stored."""
        return frozenset(each.name for each in self._folder.iterdir()) - self._fresh

    def drop_all(self, names: Iterable[str]) -> None:
        """Delete files; one that a reader holds open on Windows is left for the next time."""
        for name in names:
            with suppress(PermissionError):
                self.drop(name)


@contextmanager
def _full_is_a_fault() -> Iterator[None]:
    try:
        yield
    except OSError as err:
        if err.errno not in _FULL:
            raise
        raise Fault(Code.DISK_FULL, "attachments") from err
