"""One process per database: an exclusive lock that the operating system drops when its holder dies."""

import contextlib
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Final

from runtime.operator import OperatorError, from_os_error

_LOCKED_BYTE: Final = 4_096  # Windows locks bytes; this one lies behind the note
_NOTE_SIZE: Final = 16

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class Ending(StrEnum):
    """How the last holder of the lock ended."""

    CLEAN = ""
    ABRUPT = "open"  # the note is written at the start and removed at the end
    FATAL = "fatal"


class LockFile:
    """A lock on a file of its own, never on the database file (SQLite's locks would be dropped with ours)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(self) -> Ending:
        """Hold the lock until ``release`` or the end of the process, and return how its last holder ended.

        ``OperatorError`` when another process has it or the folder cannot be written.
        """
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
        try:
            descriptor = os.open(self._path, flags, 0o600)
        except OSError as err:
            raise from_os_error(err, str(self._path)) from err
        try:
            _lock(descriptor)
        except OSError as err:
            os.close(descriptor)
            raise OperatorError(
                "DATABASE_IN_USE",
                f"Another process holds {self._path}",
                "One database file has one writer",
                "Stop the other process; the lock goes away with it, the file may stay",
            ) from err
        self._descriptor = descriptor
        os.lseek(descriptor, 0, os.SEEK_SET)
        found = os.read(descriptor, _NOTE_SIZE).decode("ascii", "replace")
        self.note(Ending.ABRUPT)
        return next((ending for ending in Ending if ending == found), Ending.ABRUPT)

    def note(self, ending: Ending) -> None:
        """Leave word for the next holder; a disk that refuses even that leaves the earlier word."""
        if self._descriptor is None:
            return
        with contextlib.suppress(OSError):
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            os.write(self._descriptor, ending.encode())
            os.ftruncate(self._descriptor, len(ending))

    def release(self, *, fatal: bool = False) -> None:
        """Give the lock back; the file stays, since removing it would let two processes lock two files."""
        self.note(Ending.FATAL if fatal else Ending.CLEAN)
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)
