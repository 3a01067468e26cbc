"""Attachments in a folder: one file a part, written aside, synced and renamed into its place."""

import contextlib
import os
import re
import shutil
from collections.abc import AsyncIterator
from io import FileIO
from pathlib import Path
from typing import Final

from hub.part_store import PartKey, Sizes
from hub.spool import in_thread, spool, told
from protocol.errors import Code, Fault
from protocol.parts import PartCheck
from runtime.files import sync_directory
from runtime.operator import from_os_error

_PIECE: Final = 128 << 10
_AT_ONCE: Final = 256  # places told at once
_PLACE: Final = re.compile(r"[0-9a-f]{32}")
_PARTIAL: Final = ".partial"


class FolderStore:
    """Keeps parts below one folder that nobody else reads or writes."""

    def __init__(self, root: Path, reserve_bytes: int) -> None:
        self._root = root
        self._partial = root / _PARTIAL
        self._reserve = reserve_bytes

    async def open(self) -> None:
        """Return when the folder is there, for its owner only, and holds no half-written part."""
        await in_thread(self._open)

    def _open(self) -> None:
        try:
            self._partial.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._root.chmod(0o700)
            for left in self._partial.iterdir():
                left.unlink()
        except OSError as err:
            raise from_os_error(err, str(self._root)) from err

    async def put(self, key: PartKey, pieces: AsyncIterator[bytes], check: PartCheck) -> None:
        """Return only after the part is durable; see ``PartStore.put``."""
        if await in_thread(self._room) <= 0:
            raise Fault(Code.DISK_FULL, "attachments")
        partial = await spool(self._partial, pieces, check)
        await in_thread(self._place, partial, self._root / key.path)

    def _place(self, partial: Path, target: Path) -> None:
        try:
            _make(target.parent)
            partial.replace(target)
            sync_directory(target.parent)
        except OSError as err:
            partial.unlink(missing_ok=True)
            raise told(err) from err

    @contextlib.asynccontextmanager
    async def get(self, key: PartKey) -> AsyncIterator[AsyncIterator[bytes]]:
        """Give a part's bytes; ATT_MISSING when its file is not there."""
        try:
            file = await in_thread(_open_part, self._root / key.path)
        except FileNotFoundError as err:
            raise Fault(Code.ATT_MISSING, key.path) from err
        try:
            yield _read(file)
        finally:
            file.close()

    async def remove(self, place: bytes) -> None:
        """Return when the place's folder is gone, durably."""
        await in_thread(self._remove, self._root / place.hex())

    def _remove(self, folder: Path) -> None:
        if folder.exists():
            shutil.rmtree(folder)
            sync_directory(self._root)

    async def places(self) -> AsyncIterator[list[bytes]]:
        """Yield the places that have a folder."""
        names = await in_thread(self._names)
        for at in range(0, len(names), _AT_ONCE):
            yield [bytes.fromhex(name) for name in names[at : at + _AT_ONCE]]

    def _names(self) -> list[str]:
        with os.scandir(self._root) as entries:
            return [entry.name for entry in entries if _PLACE.fullmatch(entry.name)]

    async def sizes(self, place: bytes) -> Sizes:
        """Return the files of a place; what is not named like a part is passed over."""
        return await in_thread(self._sizes, self._root / place.hex())

    def _sizes(self, folder: Path) -> Sizes:
        return {
            (path.parent.name, int(path.name)): path.stat().st_size
            for path in folder.glob("att-*/*")
            if path.name.isdigit()
        }

    async def room(self) -> int | None:
        """Return the free bytes above the reserve."""
        return await in_thread(self._room)

    def _room(self) -> int:
        return max(0, shutil.disk_usage(self._root).free - self._reserve)


def _make(folder: Path) -> None:
    """Make a folder and the one above it durably."""
    for each in (folder.parent, folder):
        if not each.exists():
            each.mkdir(mode=0o700, exist_ok=True)
            sync_directory(each.parent)


def _open_part(path: Path) -> FileIO:
    return FileIO(os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)), "rb")


async def _read(file: FileIO) -> AsyncIterator[bytes]:
    while piece := await in_thread(file.read, _PIECE):
        yield piece
