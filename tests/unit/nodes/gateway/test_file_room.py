"""The folder of attachment files: durable or absent, private, and left-overs go while new files stay."""

import errno
from pathlib import Path
from typing import NamedTuple

import pytest

from nodes.config import FileSettings
from nodes.gateway.file_room import FileRoom
from protocol.errors import Code, Fault
from tests.simulators.party import CountingEntropy


class Usage(NamedTuple):
    free: int


@pytest.fixture
def room(tmp_path: Path) -> FileRoom:
    found = FileRoom(tmp_path / "files", FileSettings(), CountingEntropy(), 1_000)
    found.prepare()
    return found


def write_half(room: FileRoom, name: str) -> None:
    with room.create(name) as out:
        out.write(b"half")
        raise RuntimeError


def test_a_new_file_is_whole_or_absent(room: FileRoom, tmp_path: Path) -> None:
    name = room.new_name()
    with room.create(name) as out:
        out.write(b"content")
    assert (room.size(name), (tmp_path / "files" / name).stat().st_mode & 0o777) == (7, 0o600)
    other = room.new_name()
    with pytest.raises(RuntimeError):
        write_half(room, other)
    assert room.size(other) == 0
    with pytest.raises(FileExistsError), room.create(name):
        pass


def test_a_file_that_is_being_made_is_no_left_over(room: FileRoom) -> None:
    names = [room.new_name() for _ in range(2)]
    for name in names:
        with room.create(name):
            pass
    assert room.settled() == frozenset()
    room.settle(names[0])
    assert room.settled() == {names[0]}
    room.drop_all(room.settled())
    assert [room.size(name) for name in names] == [0, 0]
    assert room.settled() == frozenset()


def test_writing_on_drops_what_stood_behind(room: FileRoom) -> None:
    name = room.new_name()
    for offset, data in ((0, b"0123456789"), (4, b"ab")):
        with room.extend(name, offset) as out:
            room.write(out, data)
            room.make_durable(out)
    with room.open(name) as raw:
        assert raw.read() == b"0123ab"


def test_a_full_disk_is_said_before_and_while_writing(room: FileRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nodes.gateway.file_room.shutil.disk_usage", lambda _: Usage(1_500))
    room.check_space(500)
    with pytest.raises(Fault) as refused:
        room.check_space(501)
    assert refused.value.code is Code.DISK_FULL

    with pytest.raises(Fault) as refused, room.create(room.new_name()):
        raise OSError(errno.ENOSPC, "full")
    assert refused.value.code is Code.DISK_FULL
    with pytest.raises(PermissionError), room.create(room.new_name()):
        raise PermissionError


def test_no_name_leaves_the_folder(room: FileRoom) -> None:
    for name in ("../x", "/etc/passwd", "", "a/b"):
        with pytest.raises(Fault, match="NAME_REJECTED"):
            room.open(name)


def test_a_closed_room_ends_long_work(room: FileRoom) -> None:
    room.check_open()
    room.close()
    with pytest.raises(Fault, match="NOT_READY"):
        room.check_open()
