"""Bodies on their way to disk: whole and synced, or not there."""

import errno
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.spool import spool, told
from protocol.errors import Code, Fault
from protocol.parts import PartCheck, PartList, PartListBuilder
from tests.simulators.refusal import refused

CONTENT = bytes(range(256)) * 3_000


def wanted() -> PartList:
    builder = PartListBuilder()
    builder.update(CONTENT)
    return builder.finish("att-00")


async def pieces() -> AsyncIterator[bytes]:
    for at in range(0, len(CONTENT), 50_000):
        yield CONTENT[at : at + 50_000]


def files(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_what_comes_in_pieces_is_one_private_file(tmp_path: Path) -> None:
    path = await spool(tmp_path, pieces(), PartCheck(wanted(), 0))
    status = path.stat()
    assert (path.read_bytes(), status.st_mode & 0o777, path.parent) == (CONTENT, 0o600, tmp_path)


@pytest.mark.parametrize("call", ["fsync", "open"])
async def test_a_full_disk_is_told_and_leaves_nothing(
    tmp_path: Path, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(os, call, full)
    with refused(Code.DISK_FULL):
        await spool(tmp_path, pieces(), PartCheck(wanted(), 0))
    monkeypatch.undo()
    assert files(tmp_path) == []


def test_another_failure_of_the_disk_stays_what_it_is() -> None:
    broken = OSError(errno.EIO, "input/output error")
    assert told(broken) is broken
    found = told(OSError(errno.EDQUOT, "quota"))
    assert isinstance(found, Fault)
    assert found.code is Code.DISK_FULL
