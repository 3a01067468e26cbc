"""Takes a body to disk piece by piece while it is verified: memory stays constant, and half a part is no part."""

import asyncio
import errno
import os
import secrets
from collections.abc import AsyncIterator, Callable
from io import FileIO
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

from protocol.errors import Code, Fault
from protocol.parts import PartCheck
from runtime.pieces import gathered

P = ParamSpec("P")
T = TypeVar("T")

_WRITE_AT: Final = 256 << 10  # bytes gathered for one write: a hop into a thread costs as much as hashing 64 KiB
_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


async def in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what ``work`` returns in a thread; a cancelled caller still waits until it ended.

    Otherwise a file could be closed, and its number given to another, while a thread is about to write to it.
    """
    task = asyncio.ensure_future(asyncio.to_thread(work, *args, **kwargs))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


async def spool(folder: Path, pieces: AsyncIterator[bytes], check: PartCheck) -> Path:
    """Return a new durable file in ``folder`` that holds the whole verified part; whoever called owns it.

    Raises what ``pieces`` and ``check`` raise, and DISK_FULL; then no file is left.
    """
    path = folder / secrets.token_hex(16)
    file = await in_thread(_create, path)
    try:
        async for block in gathered(pieces, _WRITE_AT):
            await in_thread(_write, file, check, block)
        await in_thread(_finish, file, check)
    except BaseException:
        file.close()
        path.unlink(missing_ok=True)
        raise
    return path


def _create(path: Path) -> FileIO:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    try:
        return FileIO(os.open(path, flags, 0o600), "wb")
    except OSError as err:
        raise told(err) from err


def _write(file: FileIO, check: PartCheck, block: bytes) -> None:
    check.update(block)  # first: more than was signed is not written
    view = memoryview(block)
    try:
        while view:
            view = view[file.write(view) :]
    except OSError as err:
        raise told(err) from err


def _finish(file: FileIO, check: PartCheck) -> None:
    check.finish()
    try:
        os.fsync(file.fileno())
    except OSError as err:
        raise told(err) from err
    file.close()


def told(err: OSError) -> Exception:
    """Return DISK_FULL for an error that says so; any other error is returned as it is."""
    return Fault(Code.DISK_FULL, str(err)) if err.errno in _FULL else err
