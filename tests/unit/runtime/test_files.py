import os
from pathlib import Path

import pytest

from protocol.errors import Code, Fault
from runtime.files import create_private, read_private, under, write_atomic
from runtime.operator import OperatorError


def test_an_atomic_write_replaces_and_leaves_nothing_behind(tmp_path: Path) -> None:
    target = tmp_path / "a"
    write_atomic(target, b"old")
    write_atomic(target, b"new", private=True)
    assert target.read_bytes() == b"new"
    assert target.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_an_interrupted_write_keeps_the_old_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "a"
    write_atomic(target, b"old")

    def crash(_: int) -> None:
        raise OSError(28, "full")

    monkeypatch.setattr(os, "fsync", crash)
    with pytest.raises(OSError, match="full"):
        write_atomic(target, b"new")
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_private_file_is_never_overwritten(tmp_path: Path) -> None:
    create_private(tmp_path / "k", b"1")
    with pytest.raises(FileExistsError):
        create_private(tmp_path / "k", b"2")
    assert (tmp_path / "k").stat().st_mode & 0o777 == 0o600
    assert read_private(tmp_path / "k", 10) == b"1"


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o620, 0o602, 0o677])
def test_key_material_others_can_touch_is_refused(tmp_path: Path, mode: int) -> None:
    key = tmp_path / "k"
    create_private(key, b"secret")
    key.chmod(mode)
    with pytest.raises(OperatorError) as caught:
        read_private(key, 10)
    assert caught.value.code == "KEY_FILE_OPEN"
    assert "secret" not in str(caught.value)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_key_material_of_another_account_is_refused(tmp_path: Path) -> None:
    create_private(tmp_path / "k", b"1")
    os.chown(tmp_path / "k", 12345, -1)
    with pytest.raises(OperatorError) as caught:
        read_private(tmp_path / "k", 10)
    assert caught.value.code == "KEY_FILE_OWNER"


def test_what_is_no_key_file_is_refused(tmp_path: Path) -> None:
    create_private(tmp_path / "k", b"12345")
    for path, limit in ((tmp_path / "none", 10), (tmp_path, 10), (tmp_path / "k", 4)):
        with pytest.raises(OperatorError) as caught:
            read_private(path, limit)
        assert caught.value.code == "KEY_FILE"


@pytest.mark.parametrize("name", ["a", "state.db-1", "A b.txt", "x" * 200, "nul-1", "COM10"])
def test_plain_names_stay_under_their_root(tmp_path: Path, name: str) -> None:
    assert under(tmp_path, name).parent == tmp_path


@pytest.mark.parametrize(
    "name",
    [
        "", ".", "..", "../x", "a/b", "a\\b", "/etc/passwd", "C:x", "C:\\x", "a\x00", "a\n", "x" * 201, "\u202ex",
        "\uff0e\uff0e", "e\u0301", ".hidden", "CON", "con.txt", "LPT1",
        "a.", "a ", " a", "a?b", "a*", "a|b", "a<b", 'a"',
    ],
)  # fmt: skip
def test_names_that_could_leave_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Fault) as caught:
        under(tmp_path, name)
    assert caught.value.code is Code.NAME_REJECTED
