"""Files that are whole or absent: atomic writes, private key files, names that stay under their root."""

import os
import secrets
import stat
import sys
from pathlib import Path
from typing import BinaryIO, Final

from protocol.errors import Code, Fault
from runtime.operator import OperatorError

_PRIVATE: Final = 0o600
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_RESERVED: Final = frozenset(
    {"CON", "PRN", "AUX", "NUL", *(f"COM{n}" for n in range(1, 10)), *(f"LPT{n}" for n in range(1, 10))}
)
_FORBIDDEN: Final = frozenset('<>:"|?*\\/')
_MAX_NAME: Final = 200  # bytes of one path segment; file systems allow 255, a temporary name needs a few


def write_atomic(path: Path, content: bytes, *, private: bool = False) -> None:
    """Replace ``path`` by ``content`` so that after any crash it holds the old or the new bytes, durably.

    ``private`` creates it readable by its owner only. Raises ``OSError``; a leftover temporary file is removed.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        _write_new(temporary, content, _PRIVATE if private else 0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)


def create_private(path: Path, content: bytes) -> None:
    """Write a new file readable by its owner only; an existing one is never overwritten (``FileExistsError``)."""
    _write_new(path, content, _PRIVATE)
    sync_directory(path.parent)


def open_private(path: Path) -> BinaryIO:
    """Return a new or emptied file to write that only its owner reads."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, _PRIVATE), "wb")


def _write_new(path: Path, content: bytes, mode: int) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags, mode), "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def sync_file(path: Path) -> None:
    """Return when the file's bytes are on stable storage."""
    descriptor = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_directory(folder: Path) -> None:
    """Return when the folder's entries are on stable storage. Windows offers no such call and orders renames itself."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_private(path: Path, limit: int) -> bytes:
    """Return key material of at most ``limit`` bytes.

    Refuses with ``OperatorError`` a file that is missing, larger, no regular file, owned by another account, or
    readable by others. On Windows the profile folder's access list is what protects it; modes mean nothing there.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except OSError as err:
        raise _unreadable(path, err.strerror or "cannot be opened") from err
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise _unreadable(path, "is no regular file")
        _refuse_shared(path, status)
        with os.fdopen(descriptor, "rb", closefd=False) as source:
            content = source.read(limit + 1)
    finally:
        os.close(descriptor)
    if len(content) > limit:
        raise _unreadable(path, f"is larger than {limit} bytes")
    return content


def _refuse_shared(path: Path, status: os.stat_result) -> None:
    if sys.platform == "win32":
        return
    if status.st_mode & _OTHERS:
        raise OperatorError(
            "KEY_FILE_OPEN",
            f"{path} can be read or written by other accounts (mode {stat.S_IMODE(status.st_mode):04o})",
            "Key material belongs to its owner alone",
            f"Run: chmod 600 {path}, and replace the key if others may have read it",
        )
    if status.st_uid not in {os.geteuid(), 0}:
        raise OperatorError(
            "KEY_FILE_OWNER",
            f"{path} belongs to another account",
            "Key material belongs to the account that uses it",
            "Change its owner to the account that runs this service",
        )


def _unreadable(path: Path, finding: str) -> OperatorError:
    return OperatorError(
        "KEY_FILE",
        f"{path}: {finding}",
        "The service does not start without its key material",
        "Correct the path in the settings, or restore the file from its copy",
    )


def under(root: Path, name: str) -> Path:
    """Return the path of ``name`` directly under ``root``; ``Fault(NAME_REJECTED)`` for anything that could leave it.

    Separators, drive letters, device names, control and non-ASCII characters, leading dots and trailing dots or
    blanks are refused on every system, so that a name accepted on one is accepted on all.
    """
    if not name.isascii() or not name.isprintable() or _FORBIDDEN & set(name) or not 0 < len(name) <= _MAX_NAME:
        raise Fault(Code.NAME_REJECTED, "characters or length")
    if name.startswith((".", " ")) or name.endswith((".", " ")) or name.split(".", maxsplit=1)[0].upper() in _RESERVED:
        raise Fault(Code.NAME_REJECTED, "reserved name")
    return root / name
